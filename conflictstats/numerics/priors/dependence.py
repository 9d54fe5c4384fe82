r"""Penalised-complexity priors of how alike cells and places are.

The distance d of a model from a simpler one is :math:`\sqrt{2\,\mathrm{KLD}}`, and its
prior is exponential in d: :math:`p(d) \propto \lambda e^{-\lambda d}`.

References
----------
.. [1] Simpson, D., Rue, H., Riebler, A., Martins, T. G. and Sørbye, S. H. (2017).
   Penalising model component complexity. *Statistical Science* 32, 1-28.
   https://doi.org/10.1214/16-STS576
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.polynomial import polynomial
from scipy import optimize, special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.numerics.priors.prior import Density

FARTHEST = float(np.sqrt(2))
"""Distance of a correlation of -1 from one of 1."""
NEARBY = 1e-4
"""Below this a series takes the place of a difference of large numbers."""
SERIES = np.array([0.0, 0.0, *((-1.0) ** k / k for k in range(2, 16))])
"""Coefficients of y - log(1 + y)."""
LOGITS = np.linspace(-40.0, 40.0, 801)
"""Where a quantile is sought; logits beyond this are 0 or 1 to rounding."""


@dataclass(frozen=True, slots=True)
class Correlation:
    r"""Law of the correlation of neighbouring cells; works on artanh of it.

    From no correlation at all (``base=0``) the distance is
    :math:`d = \sqrt{-\log(1-\rho^2)}`, to either side alike, and from a level that
    never changes (``base=1``) it is :math:`d = \sqrt{1-\rho}`, at most
    :math:`\sqrt 2` [1]_.

    Attributes
    ----------
    above, chance : float
        P(:math:`\rho` > ``above``) = ``chance``; for base 0 P(:math:`|\rho|` >
        ``above``), ``above`` from 0 to 1.
    base : {1, 0}
        Correlation of the simpler model.

    References
    ----------
    .. [1] Sørbye, S. H. and Rue, H. (2017). Penalised complexity priors for stationary
       autoregressive processes. *Journal of Time Series Analysis* 38, 923-935.
       https://doi.org/10.1111/jtsa.12242

    Examples
    --------
    >>> prior = Correlation()
    >>> print(prior.sentence)
    The correlation from one cell to the next is above 0.5 with probability 75 %.
    >>> prior.natural(prior.quantile(np.array([0.25])))
    array([0.5])
    """

    above: float = 0.5
    chance: float = 0.75
    base: Literal[0, 1] = 1

    def __post_init__(self) -> None:
        _check.level(self.chance, "chance")
        if self.base not in (0, 1):
            raise SettingError(f"base must be 0 or 1, got {self.base!r}")
        if not -self.base < self.above < 1:
            raise SettingError(
                f"above must be between {-self.base} and 1, both exclusive, for base "
                f"{self.base}; got {self.above!r}"
            )
        least = np.sqrt((1 - self.above) / 2)
        if self.base == 1 and self.chance <= least:
            raise SettingError(
                f"chance must be above {least:.3g} for a law that leans to 1, got "
                f"{self.chance!r}; or choose base=0"
            )

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        size = "" if self.base else "size of the "
        return (
            f"The {size}correlation from one cell to the next is above {self.above:g} "
            f"with probability {100 * self.chance:g} %."
        )

    @property
    def rate(self) -> float:
        r""":math:`\lambda`."""
        if self.base == 1:
            return _bounded_rate(float(np.sqrt(1 - self.above)), FARTHEST, self.chance)
        return float(-np.log(self.chance) / np.sqrt(-np.log1p(-(self.above**2))))

    def density(self, working: FloatArray) -> Density:
        """Log density of the inverse hyperbolic tangent of a correlation.

        Parameters
        ----------
        working : ndarray
            Inverse hyperbolic tangents.

        Returns
        -------
        Density
            Of that shape each.
        """
        rate = self.rate
        if self.base == 1:
            near, far = special.expit(2 * working), special.expit(-2 * working)
            distance = np.sqrt(2 * far)
            constant = np.log(rate) - np.log(-np.expm1(-rate * FARTHEST))
            log_slope = 0.5 * np.log(2) + 0.5 * special.log_expit(-2 * working)
            value = constant - rate * distance + log_slope
            value = value + special.log_expit(2 * working)
            slope = rate * distance * near - near + 2 * far
            return Density(np.asarray(value), np.asarray(slope))
        distance, log_slope, bend = _from_none(np.asarray(working))
        value = np.log(rate / 2) - rate * distance + log_slope
        slope = bend - rate * np.sign(working) * np.exp(log_slope)
        return Density(np.asarray(value), np.asarray(slope))

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Working values that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Inverse hyperbolic tangents of correlations.
        """
        if self.base == 1:
            whole = -np.expm1(-self.rate * FARTHEST)
            distance = -np.log1p(-(1 - chance) * whole) / self.rate
            return np.asarray(-0.5 * special.logit(distance**2 / 2))
        side = np.where(chance < 0.5, -1.0, 1.0)
        tail = 2 * np.where(chance < 0.5, chance, 1 - chance)
        half = 0.5 * (np.log(tail) / self.rate) ** 2
        return np.asarray(side * (half + np.log1p(np.sqrt(-np.expm1(-2 * half)))))

    def natural(self, working: FloatArray) -> FloatArray:
        """Correlation.

        Parameters
        ----------
        working : ndarray
            Inverse hyperbolic tangents of correlations.

        Returns
        -------
        ndarray
            From -1 to 1.
        """
        return np.asarray(np.tanh(working))


@dataclass(frozen=True, slots=True, eq=False)
class Mixing:
    r"""Law of the part of places' variance that neighbours share; works on its logit.

    With :math:`g_j` the variances of the scaled autoregression in its basis, the
    distance from places that are independent is

    .. math:: d(\rho)^2 = \sum_{j:\,g_j>0} \rho(g_j - 1) - \log(1 + \rho(g_j - 1))

    and :math:`p(d) = \lambda e^{-\lambda d} / (1 - e^{-\lambda d(1)})`. The sum is over
    differences between places alone. Riebler et al. [1]_ have the constant of each
    component in it too, in which the mixture with :math:`\rho=1` has no variance; the
    distance is then infinite, and on a map of a hundred places an eighth of the prior
    lies above :math:`\rho = 1 - 10^{-6}`. The level belongs to the intercept, and is
    left out.

    Attributes
    ----------
    variances : ndarray, shape (n,)
        From :func:`conflictstats.numerics.graph.smooth_variances`: g.
    below, chance : float
        P(:math:`\rho` < ``below``) = ``chance``.

    References
    ----------
    .. [1] Riebler, A., Sørbye, S. H., Simpson, D. and Rue, H. (2016). An intuitive
       Bayesian spatial model for disease mapping that accounts for scaling.
       *Statistical Methods in Medical Research* 25, 1145-1165.
       https://doi.org/10.1177/0962280216660421

    Examples
    --------
    >>> from conflictstats.numerics import graph
    >>> basis = graph.spectral_basis(graph.ring(20))
    >>> prior = Mixing(graph.smooth_variances(basis))
    >>> print(prior.sentence)
    Neighbours share less than 50 % of the places' variance with probability 66.7 %.
    >>> prior.natural(prior.quantile(np.array([2 / 3])))
    array([0.5])
    """

    variances: FloatArray
    below: float = 0.5
    chance: float = 2 / 3

    def __post_init__(self) -> None:
        _check.level(self.below, "below")
        _check.level(self.chance, "chance")
        if not np.any(self._excess):
            raise SettingError(
                "a mixing needs places with neighbours, and none has one: use effects "
                "that are independent by place"
            )
        near, far = self._ends
        if self.chance <= near / far:
            raise SettingError(
                f"chance must be above {near / far:.3g} for a part below {self.below} "
                f"on this graph, got {self.chance!r}"
            )

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        return (
            f"Neighbours share less than {100 * self.below:g} % of the places' "
            f"variance with probability {100 * self.chance:.3g} %."
        )

    @property
    def rate(self) -> float:
        r""":math:`\lambda`."""
        return _bounded_rate(*self._ends, self.chance)

    def density(self, working: FloatArray) -> Density:
        """Log density of the logit of the mixing.

        Parameters
        ----------
        working : ndarray
            Logits.

        Returns
        -------
        Density
            Of that shape each.
        """
        rate, at = self.rate, self._at(np.asarray(working))
        shared, own = special.expit(working), special.expit(np.negative(working))
        whole = -np.expm1(-rate * self._ends[1])
        value = np.log(rate / whole) - rate * at.distance + np.log(at.slope)
        value = value + special.log_expit(working) + special.log_expit(-working)
        bend = 1 + shared * at.bend - shared * at.slope / at.distance
        slope = own * (1 + bend - rate * at.slope * shared) - shared
        return Density(np.asarray(value), np.asarray(slope))

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Logits that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Logits of the mixing, from -40 to 40.
        """
        rate = self.rate
        whole = -np.expm1(-rate * self._ends[1])
        wanted = -np.log1p(-chance * whole) / rate
        right = np.searchsorted(self._at(LOGITS).distance, wanted)
        right = np.clip(right, 1, LOGITS.size - 1)
        low, high = LOGITS[right - 1], LOGITS[right]
        middle = 0.5 * (low + high)
        for _ in range(8):
            at = self._at(np.asarray(middle))
            nearer = at.distance < wanted
            low, high = np.where(nearer, middle, low), np.where(nearer, high, middle)
            slope = at.slope * special.expit(middle) * special.expit(-middle)
            step = (wanted - at.distance) / slope
            middle = np.clip(middle + step, low, high)
        return np.asarray(middle)

    def natural(self, working: FloatArray) -> FloatArray:
        """Part of the variance that neighbours share.

        Parameters
        ----------
        working : ndarray
            Logits.

        Returns
        -------
        ndarray
            From 0 to 1.
        """
        return np.asarray(special.expit(working))

    @property
    def _excess(self) -> FloatArray:
        """Variances over those of independence, less one, of what is not constant."""
        return self.variances[self.variances > 0] - 1

    @property
    def _ends(self) -> tuple[float, float]:
        """Distance at ``below`` and at 1."""
        near, far = self._at(np.array([special.logit(self.below), np.inf])).distance
        return float(near), float(far)

    def _at(self, logit: FloatArray) -> "_Distance":
        """Distance and its derivatives in the mixing, shape of ``logit`` each."""
        excess = self._excess
        shared = special.expit(logit)[..., None]
        y = shared * excess
        grown = special.expit(np.negative(logit))[..., None] + shared * (excess + 1)
        small = np.abs(y) < 0.02
        series = polynomial.polyval(np.where(small, y, 0.0), SERIES)
        terms = np.where(small, series, y - np.log(grown))
        distance = np.sqrt(terms.sum(axis=-1))
        square = (excess**2 / grown).sum(axis=-1)
        cube = -(excess**3 / grown**2).sum(axis=-1)
        slope = shared[..., 0] * square / (2 * distance)
        return _Distance(distance, slope, cube / square)


class _Distance(NamedTuple):
    """Distance, its slope in the mixing, and how the curvature of its square moves."""

    distance: FloatArray
    slope: FloatArray
    bend: FloatArray


def _from_none(working: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distance from no correlation, log of its slope's size, and that log's slope."""
    size = np.abs(working)
    near = size < NEARBY
    y = np.where(near, 1.0, size)
    log_cosh = np.logaddexp(y, -y) - np.log(2)
    close = 2 * np.sinh(0.5 * np.minimum(y, 1)) ** 2
    distance = np.sqrt(2 * np.where(y < 1, np.log1p(close), log_cosh))
    slope = np.tanh(y) / distance
    bend = 4 * np.exp(-2 * y) / -np.expm1(-4 * y) - slope / distance
    bend = np.where(near, -0.5 * working, np.sign(working) * bend)
    log_slope = np.where(near, -0.25 * size**2, np.log(slope))
    return np.where(near, size, distance), log_slope, bend


@lru_cache
def _bounded_rate(near: float, far: float, chance: float) -> float:
    """Rate at which an exponential law cut at ``far`` has ``chance`` below ``near``."""

    def miss(log_rate: float) -> float:
        rate = np.exp(log_rate)
        return float(np.expm1(-rate * near) / np.expm1(-rate * far) - chance)

    top = np.log(-np.log1p(-chance) / near)
    return float(np.exp(optimize.brentq(miss, -40.0 + top, top + 1e-9, xtol=1e-14)))
