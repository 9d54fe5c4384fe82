"""What Stirling's formulas leave over, and other parts that would cancel."""

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray

FAR = 16.0
"""Above this the asymptotic series are exact to the last digit."""


def gamma_error(z: FloatArray) -> FloatArray:
    """Remainder of Stirling's formula for the log of the gamma function at z + 1.

    Parameters
    ----------
    z : ndarray
        Positive numbers.

    Returns
    -------
    ndarray
        ``log Gamma(z + 1) - (z + 1/2) log z + z - log(2 pi) / 2``.

    Examples
    --------
    It is close to 1 / (12 z):

    >>> gamma_error(np.array([1e6])) * 12e6
    array([1.])
    """
    large = np.maximum(z, FAR)
    inverse = 1 / large**2
    series = (
        1 / 12 - (1 / 360 - (1 / 1260 - inverse / 1680) * inverse) * inverse
    ) / large
    near = z <= FAR
    if near.any():
        small = z[near]
        exact = special.gammaln(small + 1) - (small + 0.5) * np.log(small) + small
        series[near] = exact - 0.5 * np.log(2 * np.pi)
    return series


def digamma_error(z: FloatArray) -> FloatArray:
    """What ``log z - 1 / (2 z)`` leaves over of the digamma function.

    Parameters
    ----------
    z : ndarray
        Positive numbers.

    Returns
    -------
    ndarray
        ``psi(z) - log z + 1 / (2 z)``.

    Examples
    --------
    It is close to -1 / (12 z^2):

    >>> digamma_error(np.array([1e3])) * -12e6
    array([0.9999999])
    """
    large = np.maximum(z, FAR)
    inverse = 1 / large**2
    bracket = 1 / 12 - (1 / 120 - (1 / 252 - inverse / 240) * inverse) * inverse
    series = -inverse * bracket
    near = z <= FAR
    if near.any():
        small = z[near]
        series[near] = special.digamma(small) - np.log(small) + 0.5 / small
    return series


def log_of(ahead: FloatArray, ratio: FloatArray) -> FloatArray:
    """Log of a ratio, to full relative precision near one and near zero.

    Parameters
    ----------
    ahead : ndarray
        The ratio less one, worked out so that it does not cancel near one.
    ratio : ndarray
        The ratio, worked out so that it does not cancel near zero.

    Returns
    -------
    ndarray
        ``log(ratio)``.

    Examples
    --------
    >>> log_of(np.array([1e-20]), np.array([1.0]))
    array([1.e-20])
    """
    far = ahead < -0.5
    if not far.any():
        return np.log1p(ahead)
    near = np.log1p(np.where(far, 0.0, ahead))
    return np.where(far, np.log(np.where(far, ratio, 1.0)), near)


def log_excess(ahead: FloatArray, ratio: FloatArray) -> FloatArray:
    """Log of a ratio beyond the first term of its series about one.

    Parameters
    ----------
    ahead, ratio : ndarray
        The ratio less one, and the ratio, as in :func:`log_of`.

    Returns
    -------
    ndarray
        ``log(ratio) - ahead``, to full relative precision.

    Examples
    --------
    >>> log_excess(np.array([1e-9]), np.array([1 + 1e-9])) * 1e18
    array([-0.5])
    """
    excess = np.asarray(log_of(ahead, ratio) - ahead)
    near = np.abs(ahead) < 0.02
    small = ahead[near]
    series = np.zeros_like(small)
    for power in range(10, 1, -1):
        series = small * series + (-1.0) ** (power + 1) / power
    excess[near] = series * small**2
    return excess


def trigamma_error(z: FloatArray) -> FloatArray:
    """What ``1 / z + 1 / (2 z^2)`` leaves over of the trigamma function.

    Parameters
    ----------
    z : ndarray
        Positive numbers.

    Returns
    -------
    ndarray
        ``psi'(z) - 1 / z - 1 / (2 z^2)``.

    Examples
    --------
    It is close to 1 / (6 z^3):

    >>> trigamma_error(np.array([1e3])) * 6e9
    array([0.9999998])
    """
    large = np.maximum(z, FAR)
    inverse = 1 / large**2
    bracket = 1 / 6 - (1 / 30 - (1 / 42 - (1 / 30) * inverse) * inverse) * inverse
    series = inverse / large * bracket
    near = z <= FAR
    if near.any():
        small = z[near]
        series[near] = special.polygamma(1, small) - (1 + 0.5 / small) / small
    return series


def tetragamma_error(z: FloatArray) -> FloatArray:
    """What ``-1 / z^2 - 1 / z^3`` leaves over of the tetragamma function.

    Parameters
    ----------
    z : ndarray
        Positive numbers.

    Returns
    -------
    ndarray
        ``psi''(z) + 1 / z^2 + 1 / z^3``.

    Examples
    --------
    It is close to -1 / (2 z^4):

    >>> tetragamma_error(np.array([1e3])) * -2e12
    array([0.9999997])
    """
    large = np.maximum(z, FAR)
    inverse = 1 / large**2
    bracket = 1 / 2 - (1 / 6 - (1 / 6 - 0.3 * inverse) * inverse) * inverse
    series = -(inverse**2) * bracket
    near = z <= FAR
    if near.any():
        small = z[near]
        series[near] = special.polygamma(2, small) + (1 + 1 / small) / small**2
    return series
