r"""Penalised-complexity priors of standard deviations: exponential laws.

The simpler model has a standard deviation of zero, and the distance from it grows with
the standard deviation, so that an exponential law of :math:`\sigma` penalises each
further step away from it alike [1]_. Its rate follows from one sentence about a tail.

References
----------
.. [1] Simpson, D., Rue, H., Riebler, A., Martins, T. G. and Sørbye, S. H. (2017).
   Penalising model component complexity: a principled, practical approach to
   constructing priors. *Statistical Science* 32, 1-28.
   https://doi.org/10.1214/16-STS576
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import optimize

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.numerics.priors.prior import Density

NODES = np.linspace(-40.0, 4.0, 881)
"""Logs of a standard normal's size at which its density is summed."""


@dataclass(frozen=True, slots=True)
class StandardDeviation:
    r"""Exponential law of a standard deviation; works on its log.

    .. math:: p(\sigma) = \lambda e^{-\lambda\sigma}, \qquad
              \lambda = -\log(\text{chance}) / \text{above}

    Attributes
    ----------
    above, chance : float
        P(standard deviation > ``above``) = ``chance``.
    what : str
        Whose standard deviation it is, for the sentence.

    References
    ----------
    .. [1] Simpson, D. et al. (2017). Penalising model component complexity.
       *Statistical Science* 32, 1-28. https://doi.org/10.1214/16-STS576

    Examples
    --------
    >>> prior = StandardDeviation(above=1.0, chance=0.05, what="places")
    >>> print(prior.sentence)
    The standard deviation of places is above 1 with probability 5 %.
    >>> prior.natural(prior.quantile(np.array([0.95])))
    array([1.])
    """

    above: float = 1.0
    chance: float = 0.05
    what: str = "the effects"

    def __post_init__(self) -> None:
        _check.positive(self.above, "above")
        _check.level(self.chance, "chance")

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        return (
            f"The standard deviation of {self.what} is above {self.above:g} with "
            f"probability {100 * self.chance:g} %."
        )

    @property
    def rate(self) -> float:
        r""":math:`\lambda`."""
        return float(-np.log(self.chance) / self.above)

    def density(self, working: FloatArray) -> Density:
        """Log density of the log standard deviation.

        Parameters
        ----------
        working : ndarray
            Logs of standard deviations.

        Returns
        -------
        Density
            Of that shape each.
        """
        return _density(working, self.rate)

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Log standard deviations that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Logs of standard deviations.
        """
        return _quantile(chance, self.rate)

    def natural(self, working: FloatArray) -> FloatArray:
        """Standard deviation.

        Parameters
        ----------
        working : ndarray
            Logs of standard deviations.

        Returns
        -------
        ndarray
            Their exponentials.
        """
        return np.asarray(np.exp(working))


@dataclass(frozen=True, slots=True)
class Step:
    r"""Exponential law of a random walk's step, said by what the rate does.

    The sentence is about the rate itself: the chance holds over the unknown standard
    deviation :math:`\sigma` and over the step that is drawn with it. With h cells in
    the period the log rate changes by :math:`\sigma m_h Z`, Z standard normal, and

    .. math:: P(\sigma m_h |Z| > \log F) = \mathrm{E}\,e^{-c/|Z|} = \alpha, \qquad
              c = \lambda \log F / m_h

    is solved for the rate :math:`\lambda`. A walk of order one has
    :math:`m_h = \sqrt h`. One of order two changes its direction: there the sentence
    is about how much the growth factor from one period to the next differs from the
    one before, and :math:`m_h^2 = h(2h^2+1)/3`. It works on :math:`\log\sigma`.

    Attributes
    ----------
    fold, chance : float
        P(the rate, or its growth factor, changes by more than a factor of ``fold``,
        up or down) = ``chance``.
    cells : float
        Cells of the walk in a period: 7 for a week of days.
    period : str
        Name of the period, for the sentence.
    order : {1, 2}
        Order of the walk.

    References
    ----------
    .. [1] Simpson, D. et al. (2017). Penalising model component complexity.
       *Statistical Science* 32, 1-28. https://doi.org/10.1214/16-STS576

    Examples
    --------
    >>> prior = Step()
    >>> print(prior.sentence)
    The rate changes by more than a factor of 4 within a week with probability 5 %.
    >>> sd = prior.natural(prior.quantile(np.random.default_rng(1).random(200_000)))
    >>> change = np.exp(sd * np.random.default_rng(2).standard_normal(200_000))
    >>> float(((change > 4) | (change < 1 / 4)).mean().round(2))
    0.05
    """

    fold: float = 4.0
    chance: float = 0.05
    cells: float = 1.0
    period: str = "week"
    order: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        if not 1 < self.fold < np.inf:
            raise SettingError(f"fold must be a factor above 1, got {self.fold!r}")
        _check.level(self.chance, "chance")
        _check.positive(self.cells, "cells")
        if self.order not in (1, 2):
            raise SettingError(f"order must be 1 or 2, got {self.order!r}")
        if self.order == 2 and self.cells < 1:
            raise SettingError(
                "a walk of order 2 needs a period of one cell or more, got "
                f"{self.cells} cells; name a longer period, with the fold for it"
            )

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        moves = f"The rate changes by more than a factor of {self.fold:g} within"
        if self.order == 2:
            moves = (
                f"The rate's growth changes by more than a factor of {self.fold:g} in"
            )
        return f"{moves} a {self.period} with probability {100 * self.chance:g} %."

    @property
    def rate(self) -> float:
        r""":math:`\lambda`, of the standard deviation of one cell's step."""
        spread = self.cells
        if self.order == 2:
            spread = self.cells * (2 * self.cells**2 + 1) / 3
        return float(_barrier(self.chance) * np.sqrt(spread) / np.log(self.fold))

    def density(self, working: FloatArray) -> Density:
        """Log density of the log standard deviation of a step.

        Parameters
        ----------
        working : ndarray
            Logs of standard deviations.

        Returns
        -------
        Density
            Of that shape each.
        """
        return _density(working, self.rate)

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Log standard deviations that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Logs of standard deviations of one cell's step.
        """
        return _quantile(chance, self.rate)

    def natural(self, working: FloatArray) -> FloatArray:
        """Standard deviation of one cell's step.

        Parameters
        ----------
        working : ndarray
            Logs of standard deviations.

        Returns
        -------
        ndarray
            Their exponentials.
        """
        return np.asarray(np.exp(working))


@dataclass(frozen=True, slots=True)
class Overdispersion:
    r"""Exponential law of a negative binomial's scatter; works on its log.

    .. math:: \operatorname{Var} Y = \mu + \mu^2/r, \qquad
              p(r^{-1/2}) = \lambda e^{-\lambda r^{-1/2}}

    A scatter of 0 is the Poisson law.

    Attributes
    ----------
    above, chance : float
        P(r^(-1/2) > ``above``) = ``chance``.

    References
    ----------
    .. [1] Simpson, D. et al. (2017). Penalising model component complexity.
       *Statistical Science* 32, 1-28. https://doi.org/10.1214/16-STS576

    Examples
    --------
    >>> prior = Overdispersion()
    >>> print(prior.sentence)
    A count scatters around its mean by more than 3 times the mean, beside what chance
    alone does, with probability 5 %.
    >>> prior.natural(np.log([3.0, 0.5])).round(3)
    array([0.111, 4. ])
    """

    above: float = 3.0
    chance: float = 0.05

    def __post_init__(self) -> None:
        _check.positive(self.above, "above")
        _check.level(self.chance, "chance")

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        return (
            f"A count scatters around its mean by more than {self.above:g} times the "
            "mean, beside what chance alone does, with probability "
            f"{100 * self.chance:g} %."
        )

    @property
    def rate(self) -> float:
        r""":math:`\lambda`."""
        return float(-np.log(self.chance) / self.above)

    def density(self, working: FloatArray) -> Density:
        """Log density of the log scatter.

        Parameters
        ----------
        working : ndarray
            Logs of r^(-1/2).

        Returns
        -------
        Density
            Of that shape each.
        """
        return _density(working, self.rate)

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Log scatters that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Logs of r^(-1/2).
        """
        return _quantile(chance, self.rate)

    def natural(self, working: FloatArray) -> FloatArray:
        """Size r of the negative binomial.

        Parameters
        ----------
        working : ndarray
            Logs of r^(-1/2).

        Returns
        -------
        ndarray
            Sizes.
        """
        return np.asarray(np.exp(-2 * np.asarray(working)))


def _density(log_sd: FloatArray, rate: float) -> Density:
    """Log density of the log of an exponential variable."""
    scaled = rate * np.exp(log_sd)
    return Density(np.asarray(np.log(rate) + log_sd - scaled), np.asarray(1 - scaled))


def _quantile(chance: FloatArray, rate: float) -> FloatArray:
    """Quantiles of the log of an exponential variable."""
    return np.asarray(np.log(-np.log1p(-chance) / rate))


def _passed(barrier: float) -> float:
    """E exp(-c / |Z|) by the trapezoidal rule in log |Z|, exact to rounding."""
    size = np.exp(NODES)
    height = np.exp(-0.5 * size**2 - barrier / size + NODES) * np.sqrt(2 / np.pi)
    return float(height.sum() * (NODES[1] - NODES[0]))


@lru_cache
def _barrier(chance: float) -> float:
    """The c for which E exp(-c / |Z|) is ``chance``."""
    log_chance = np.log(chance)
    return float(
        np.exp(
            optimize.brentq(
                lambda log_c: np.log(_passed(np.exp(log_c))) - log_chance,
                -40.0,
                9.0,
                xtol=1e-14,
            )
        )
    )
