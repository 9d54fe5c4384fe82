"""The model: settings, priors and the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats.errors import FitError, SettingError
from conflictstats.models.counting_bodies.fit import CountingBodiesFit
from conflictstats.models.counting_bodies.posterior import BodiesPosterior, Priors
from conflictstats.models.counting_bodies.spans import spans_of
from conflictstats.models.counting_bodies.status import BodiesStatus
from conflictstats.models.counting_bodies.totals import courses
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism
from conflictstats.numerics.sampling import hmc

START = (float(np.log(10.0)), 4.0)
"""Prior mean and sd of the first log flow: ten a day, within e^4."""
READ_AS = DEFAULTS | {"at_least": Mechanism.EXACT}
"""How totals are read: "at least 544" is what the body itself had counted by then."""
NINETEEN_OF_TWENTY = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingBodies:
    r"""Running totals of several bodies side by side: ratios, catching up, one curve.

    Use it where bodies print how many they have counted since some day, each under its
    own definition and on days of its own: it says how many times as many one body
    counts as another on the days that both counted. It compares what bodies count, not
    how well: no body is the truth, and a ratio of one does not make two counts right.

    .. math:: N_{bk} = \sum_{k' \le k} e^{\beta_b + \delta_{bk'}}
              \sum_{d \in \text{span } k'} e^{\eta_d}, \qquad
              \log y_{bk} \sim N(\log N_{bk},\ \tau^2)

    with :math:`k` the totals of body :math:`b` and a span from one of them to the next;
    :math:`\eta`, the course that all bodies count, is constant between the days on
    which a total is printed and walks with sd :math:`\sigma` in a week;
    :math:`\beta_b` is the body's level, and :math:`\delta_{bk}` what it counted beside
    its usual ratio, normal with sd :math:`\omega / \sqrt{\text{weeks}}` or, with a
    small chance, a catch-up: deaths that were verified then and had happened before.
    What was printed enters as the interval its words leave. A total printed again and
    one that a later total of the body lies below are left out and counted. The
    posterior is sampled without approximation.

    Attributes
    ----------
    mechanisms : mapping of str to str
        How totals are read, by qualifier, over the defaults: ``exact``,
        ``coarsened`` or ``rounded``.
    ratio : tuple of float
        Prior of a ratio: two bodies differ by more than the factor ``first``, up or
        down, with probability ``second``.
    weekly_change : tuple of float
        Prior of :math:`\sigma`, log-normal: its median, and what it passes one time in
        twenty.
    scatter : tuple of float
        The same of :math:`\omega`. It is not close to 0, for no two bodies that count
        by themselves agree always.
    catch_up : tuple of float
        Probability that a body catches up in a span, and the factor by which that
        multiplies what it adds: the median; one time in twenty it is below 1.
    report_error : float
        :math:`\tau`, how far off a total is of what the body then knew, as a part of
        it: a choice.
    draws : int
        Number of joint posterior draws.

    Examples
    --------
    One body counts three for every two of the other:

    >>> ends = pd.to_datetime(["2019-05-12", "2019-05-26", "2019-06-09"])
    >>> said = dict(unit="deaths", coverage="all", measure="cumulative")
    >>> said |= dict(qualifier="exact", date_start=pd.Timestamp("2019-04-29"))
    >>> counts = {"A": [200.0, 400.0, 600.0], "B": [300.0, 600.0, 900.0]}
    >>> totals = pd.concat(
    ...     pd.DataFrame({"body": body, "date_end": ends, "low": n, "high": n} | said)
    ...     for body, n in counts.items()
    ... )
    >>> fit = CountingBodies().fit(totals, rng=np.random.default_rng(1))
    >>> fit.ratios("A")["estimate"].sel(body="B").round(1).item()
    1.5
    """

    mechanisms: Mapping[str, str] = field(default_factory=dict)
    ratio: tuple[float, float] = (3.0, 0.1)
    weekly_change: tuple[float, float] = (0.4, 1.5)
    scatter: tuple[float, float] = (0.15, 0.5)
    catch_up: tuple[float, float] = (0.05, 3.0)
    report_error: float = 0.01
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        factor, chance = self.ratio
        if not (factor > 1 and 0 < chance < 1):
            raise SettingError(
                "ratio must be a factor above 1 and the probability that it is passed, "
                f"got {self.ratio}"
            )
        for name in ("weekly_change", "scatter"):
            median, large = getattr(self, name)
            if not 0 < median < large:
                raise SettingError(
                    f"{name} must be a median above 0 and a larger number that is "
                    f"passed one time in twenty, got {getattr(self, name)}"
                )
        if not (0 < self.catch_up[0] < 1 < self.catch_up[1]):
            raise SettingError(
                "catch_up must be a probability and a factor above 1, got "
                f"{self.catch_up}"
            )
        if not 0 < self.report_error < np.inf:
            raise SettingError(
                f"report_error must be above 0 and finite, got {self.report_error!r}; "
                "0.01 is one percent"
            )

    def fit(
        self,
        totals: pd.DataFrame,
        *,
        rng: np.random.Generator,
        strict: bool = True,
    ) -> CountingBodiesFit:
        """Estimate the course, and what each body counts of it.

        Parameters
        ----------
        totals : DataFrame
            As :func:`conflictstats.totals_of_reports` gives them, of one unit and
            coverage: ``body``, ``unit``, ``coverage``, ``measure`` (cumulative),
            ``date_start``, ``date_end``, ``low``, ``high`` (people; infinite where
            nothing was said) and ``qualifier``. Two definitions of one body are two
            bodies.
        rng : numpy.random.Generator
            Source of randomness; the only one.
        strict : bool
            Raise unless the chains agree.

        Returns
        -------
        CountingBodiesFit
            Draws of what each body counted; it does not hold the totals.

        Raises
        ------
        SchemaError
            If a column is missing, a row is no usable running total (rows are counted
            from 1), units or coverages are mixed, or a body shares no day with another.
        FitError
            If ``strict`` and the chains did not agree.
        """
        spans = spans_of(totals, self._table())
        posterior = BodiesPosterior(spans, self._priors())
        longest = int(np.argmax(spans.days.sum(axis=1)))
        rate = float(spans.low[longest] / spans.days[longest].sum())
        sample = hmc.sample(posterior, posterior.mode(rate), self.draws, rng)
        drawn = courses(posterior, sample.draws, rng)
        fit = CountingBodiesFit.of(self, spans, drawn, sample.rhat)
        if strict and fit.status is BodiesStatus.NOT_CONVERGED:
            raise FitError(fit.status.value)
        return fit

    def _table(self) -> dict[str, Mechanism]:
        """How each word is read."""
        table = dict(READ_AS)
        for word, name in self.mechanisms.items():
            allowed = ["exact", "coarsened", "rounded"]
            _check.one_of(name, allowed, f"mechanisms[{word!r}]")
            table[word] = Mechanism[name.upper()]
        return table

    def _priors(self) -> Priors:
        """The sentences as laws; two bodies differ by root two times one level."""
        factor, chance = self.ratio
        apart = np.log(factor) / NormalDist().inv_cdf(1 - chance / 2)
        step = np.log(self.catch_up[1])
        return Priors(
            start=START,
            level=float(apart / np.sqrt(2)),
            step=_log_normal(*self.weekly_change),
            scatter=_log_normal(*self.scatter),
            catch_up=(self.catch_up[0], step, step / NINETEEN_OF_TWENTY),
            report_error=self.report_error,
        )


def _log_normal(median: float, large: float) -> tuple[float, float]:
    """Mean and sd of the log, where ``large`` is passed one time in twenty."""
    return float(np.log(median)), float(np.log(large / median)) / NINETEEN_OF_TWENTY
