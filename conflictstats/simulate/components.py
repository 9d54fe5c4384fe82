"""Parts of a latent Gaussian model, drawn: paths, places and observations.

Written without the models, from their documentation: a calibration study compares two
derivations of the same law.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from scipy import linalg

from conflictstats import _check
from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError

Component: TypeAlias = Literal["rw1", "rw2", "ar1", "seasonal", "iid"]
Family: TypeAlias = Literal[
    "poisson", "negbin", "binomial", "betabinomial", "gaussian", "lognormal"
]

WEEK = 7
LARGEST_MEAN = 1e15


def draw_path(
    component: Component,
    n_time: int,
    *,
    sd: float,
    rng: np.random.Generator,
    correlation: float = 0.8,
    slope_sd: float = 0.0,
) -> FloatArray:
    r"""Draw one component of a log rate over time; it starts at zero if it wanders.

    ``rw1``
        :math:`x_t - x_{t-1} \sim N(0, \sigma^2)`.
    ``rw2``
        :math:`x_t - 2 x_{t-1} + x_{t-2} \sim N(0, \sigma^2)`, after a first step
        :math:`x_2 - x_1 \sim N(0, s^2)`.
    ``ar1``
        stationary: sd :math:`\sigma`, correlation :math:`\rho^{|t - u|}`.
    ``seasonal``
        one effect for each day of the week, adding up to zero.
    ``iid``
        independent, sd :math:`\sigma`.

    Parameters
    ----------
    component : {"rw1", "rw2", "ar1", "seasonal", "iid"}
        Which.
    n_time : int
        Days.
    sd : float
        :math:`\sigma`.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    correlation : float
        :math:`\rho`, between -1 and 1; for ``ar1``.
    slope_sd : float
        Number s; for ``rw2``.

    Returns
    -------
    ndarray, shape (n_time,)
        Part of the log rate.

    Raises
    ------
    SettingError
        If the component is not one of these.

    Examples
    --------
    >>> week = draw_path("seasonal", 14, sd=1.0, rng=np.random.default_rng(1))
    >>> bool((week[:7] == week[7:]).all()), bool(abs(week[:7].sum()) < 1e-9)
    (True, True)
    """
    kinds = ("rw1", "rw2", "ar1", "seasonal", "iid")
    _check.one_of(component, kinds, "component")
    noise = rng.normal(0, sd, n_time)
    if component == "seasonal":
        effect = rng.normal(0, sd, WEEK)
        return np.resize(effect - effect.mean(), n_time)
    if component == "ar1":
        noise[1:] *= np.sqrt(1 - correlation**2)
        for t in range(1, n_time):
            noise[t] += correlation * noise[t - 1]
    if component in ("rw1", "rw2"):
        noise[0] = 0
    if component == "rw2":
        noise[1:2] = rng.normal(0, slope_sd)
        noise = noise.cumsum()
    return noise.cumsum() if component in ("rw1", "rw2") else noise


def draw_places(
    neighbours: FloatArray,
    *,
    sd: float,
    rng: np.random.Generator,
    structured: float = 1.0,
) -> FloatArray:
    r"""Draw effects of places that are smooth over a graph: BYM2.

    .. math:: x = \sigma \left(\sqrt{\phi}\, u + \sqrt{1 - \phi}\, v\right),
              \qquad v \sim N(0, I), \quad u \sim N(0, c\, L^{+})

    with :math:`L^{+}` the generalised inverse of the graph's Laplacian and c such that
    the geometric mean of the variances of u is one [1]_.

    Parameters
    ----------
    neighbours : ndarray, shape (places, places)
        1 where two places touch, else 0; symmetric, connected.
    sd : float
        :math:`\sigma`.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    structured : float
        :math:`\phi`, from 0 (independent places) to 1 (the scaled ICAR law).

    Returns
    -------
    ndarray, shape (places,)
        Part of the log rate.

    Raises
    ------
    SettingError
        If the graph is not symmetric and in one piece.

    References
    ----------
    .. [1] Riebler, A. et al. (2016). An intuitive Bayesian spatial model for disease
       mapping that accounts for scaling. *Statistical Methods in Medical Research* 25,
       1145-1165. https://doi.org/10.1177/0962280216660421

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> smooth = draw_places(line, sd=1.0, rng=np.random.default_rng(1))
    >>> bool(abs(smooth.sum()) < 1e-9)
    True
    """
    laplacian = np.diag(neighbours.sum(axis=1)) - neighbours
    values, vectors = linalg.eigh(laplacian)
    if (neighbours != neighbours.T).any() or values[1] < 1e-9:
        raise SettingError(
            "neighbours must be a symmetric matrix of one connected graph; got "
            f"{int((values < 1e-9).sum())} pieces; draw each piece on its own"
        )
    root = vectors[:, 1:] / np.sqrt(values[1:])
    scale = float(np.exp(0.5 * np.log((root**2).sum(axis=1)).mean()))
    smooth = root / scale @ rng.standard_normal(len(values) - 1)
    rough = rng.standard_normal(len(values))
    return np.array(sd * (structured**0.5 * smooth + (1 - structured) ** 0.5 * rough))


def draw_observations(
    family: Family,
    predictor: FloatArray,
    dispersion: float,
    *,
    rng: np.random.Generator,
    trials: int | IntArray = 1,
) -> FloatArray:
    r"""Draw observations given their predictors.

    Parameters
    ----------
    family : str
        ``"poisson"``, ``"negbin"``, ``"binomial"``, ``"betabinomial"``, ``"gaussian"``
        or ``"lognormal"``.
    predictor : ndarray
        Log mean of a count; logit of a binomial probability; mean of a Gaussian;
        mean of the log of a log-normal.
    dispersion : float
        NB size r, with variance :math:`\mu + \mu^2 / r`; correlation :math:`\rho` of
        a beta-binomial, with variance :math:`n p (1-p) (1 + (n - 1) \rho)`; sd of a
        Gaussian or of the log of a log-normal. Others have none.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    trials : int or ndarray of int
        Number n of a (beta-)binomial.

    Returns
    -------
    ndarray, shape of ``predictor``
        Whole numbers, but for the last two families.

    Raises
    ------
    SettingError
        If the family is not one of these.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> drawn = draw_observations("negbin", np.full(20_000, np.log(5)), 2.5, rng=rng)
    >>> drawn.mean().round(1).item(), drawn.var().round(0).item()
    (5.0, 15.0)
    """
    laws: dict[str, Callable[[], FloatArray]] = {
        "poisson": lambda: _poisson(np.exp(predictor), rng),
        "negbin": lambda: _negbin(np.exp(predictor), dispersion, rng),
        "binomial": lambda: rng.binomial(trials, _share(predictor)).astype(float),
        "betabinomial": lambda: _betabinomial(
            trials, _share(predictor), dispersion, rng
        ),
        "gaussian": lambda: rng.normal(predictor, dispersion),
        "lognormal": lambda: rng.lognormal(predictor, dispersion),
    }
    return laws[_check.one_of(family, laws, "family")]()


def _share(predictor: FloatArray) -> FloatArray:
    """Inverse of the logit."""
    return np.asarray(np.exp(-np.logaddexp(0, -predictor)), float)


def _negbin(mean: FloatArray, size: float, rng: np.random.Generator) -> FloatArray:
    """Poisson counts whose means are gamma variables."""
    return _poisson(rng.gamma(size, mean / size), rng)


def _poisson(mean: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Poisson counts; beyond what a 64-bit integer holds, their Gaussian limit."""
    count = rng.poisson(np.minimum(mean, LARGEST_MEAN)).astype(float)
    limit = np.round(mean + np.sqrt(mean) * rng.standard_normal(mean.shape))
    return np.where(mean < LARGEST_MEAN, count, limit)


def _betabinomial(
    trials: int | IntArray,
    share: FloatArray,
    correlation: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Binomial counts whose probabilities are beta variables."""
    total = 1 / correlation - 1
    chance = rng.beta(share * total, (1 - share) * total)
    return rng.binomial(trials, chance).astype(float)
