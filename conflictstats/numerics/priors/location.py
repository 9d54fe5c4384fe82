"""Priors of effects, levels and shares."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.numerics.priors.prior import Density

LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Effect:
    """Normal law of a regression coefficient, or of the log rate at the start.

    Attributes
    ----------
    mean, sd : float
        Of the coefficient, on the log scale.
    what : str
        What it is, for the sentence.

    Examples
    --------
    The sentence is about the factor by which the rate changes:

    >>> prior = Effect(mean=0.0, sd=1.0, what="a unit of the covariate")
    >>> print(prior.sentence)
    The factor of a unit of the covariate is from 0.193 to 5.18 with probability 90 %.
    >>> prior.density(np.zeros(1)).value.round(4)
    array([-0.9189])
    """

    mean: float = 0.0
    sd: float = 2.0
    what: str = "a unit of the covariate"

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean):
            raise SettingError(f"mean must be a finite number, got {self.mean!r}")
        _check.positive(self.sd, "sd")

    @classmethod
    def of_change(cls, fold: float, chance: float, what: str) -> "Effect":
        """Law under which something changes the rate by more than a factor at times.

        Parameters
        ----------
        fold, chance : float
            P(the rate changes by more than a factor of ``fold``, up or down) =
            ``chance``.
        what : str
            What changes it, for the sentence.

        Returns
        -------
        Effect
            With mean 0.

        Examples
        --------
        >>> prior = Effect.of_change(10.0, 0.05, "a ceasefire")
        >>> np.exp(prior.quantile(np.array([0.025, 0.975]))).round(3)
        array([ 0.1, 10. ])
        """
        if not 1 < fold < np.inf:
            raise SettingError(f"fold must be a factor above 1, got {fold!r}")
        far = float(special.ndtri(1 - _check.level(chance, "chance") / 2))
        return cls(0.0, float(np.log(fold)) / far, what)

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        low, high = np.exp(self.quantile(np.array([0.05, 0.95])))
        return (
            f"The factor of {self.what} is from {low:.3g} to {high:.3g} with "
            "probability 90 %."
        )

    def density(self, working: FloatArray) -> Density:
        """Log density of coefficients.

        Parameters
        ----------
        working : ndarray
            Coefficients.

        Returns
        -------
        Density
            Of that shape each.
        """
        away = (working - self.mean) / self.sd
        constant = -np.log(self.sd) - 0.5 * LOG_TWO_PI
        return Density(
            np.asarray(constant - 0.5 * away**2), np.asarray(-away / self.sd)
        )

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Coefficients that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities.

        Returns
        -------
        ndarray
            Coefficients.
        """
        return np.asarray(self.mean + self.sd * special.ndtri(chance))

    def natural(self, working: FloatArray) -> FloatArray:
        """Coefficient, as it is.

        Parameters
        ----------
        working : ndarray
            Coefficients.

        Returns
        -------
        ndarray
            The same.
        """
        return working


@dataclass(frozen=True, slots=True)
class Share:
    r"""Beta law of a share; works on its logit.

    .. math:: p(\pi) \propto \pi^{a-1} (1-\pi)^{b-1}

    Attributes
    ----------
    a, b : float
        Its two parameters. The default has mean 0.9.
    what : str
        Which share it is, for the sentence.

    Examples
    --------
    >>> prior = Share(9.0, 1.0, what="deaths found by the first bulletin")
    >>> print(prior.sentence)
    The share of deaths found by the first bulletin is 0.9 on average, and from 0.717
    to 0.994 with probability 90 %.
    """

    a: float = 9.0
    b: float = 1.0
    what: str = "deaths found"

    def __post_init__(self) -> None:
        _check.positive(self.a, "a")
        _check.positive(self.b, "b")

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        low, high = special.betaincinv(self.a, self.b, [0.05, 0.95])
        return (
            f"The share of {self.what} is {self.a / (self.a + self.b):.3g} on average, "
            f"and from {low:.3g} to {high:.3g} with probability 90 %."
        )

    def density(self, working: FloatArray) -> Density:
        """Log density of the logit of a share.

        Parameters
        ----------
        working : ndarray
            Logits.

        Returns
        -------
        Density
            Of that shape each.
        """
        value = self.a * special.log_expit(working)
        value = value + self.b * special.log_expit(np.negative(working))
        slope = self.a - (self.a + self.b) * special.expit(working)
        value = value - special.betaln(self.a, self.b)
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
            Logits of shares.
        """
        share = special.betaincinv(self.a, self.b, chance)
        rest = special.betainccinv(self.b, self.a, chance)
        return np.asarray(np.log(share) - np.log(rest))

    def natural(self, working: FloatArray) -> FloatArray:
        """Share.

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
