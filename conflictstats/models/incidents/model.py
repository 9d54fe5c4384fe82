"""The model: settings, priors and the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats.errors import FitError, SettingError
from conflictstats.models.incidents.answer import answer
from conflictstats.models.incidents.evidence import Evidence
from conflictstats.models.incidents.fit import IncidentsFit, IncidentsStatus
from conflictstats.models.incidents.learn import (
    POSITIVE,
    SHARES,
    Learner,
    Points,
    Priors,
    blocks_of,
)
from conflictstats.panel.incidents import incident_reports
from conflictstats.panel.paths import MEASURES
from conflictstats.provenance import Table

FEWEST = 10
"""A body with fewer reports is taken together with the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    r"""Count of each incident, from what several bodies said of it at several times.

    Use it where an incident has more than one figure: it weighs a body's path of
    bulletins as one growing count, several bodies as several counts of the same dead,
    and says which report is likely to speak of something else. The count is what the
    bodies would come to if they went on counting. Deaths that nobody would ever find
    are not in it, and bodies that copy each other are taken for independent.

    .. math:: Y_e \sim \mathrm{NegBin}(r, p_e),\; p_e \sim \mathrm{Beta}, \qquad
              k_{\text{last}} \mid Y_e \sim (1 - w)\,
              \mathrm{BetaBin}(Y_e; \pi_b(d), \rho) + w\, \mathrm{more}, \qquad
              \operatorname{logit} \pi_b(d) = \alpha_b + \gamma \log(1 + d)

    with :math:`d` days since the incident. An earlier count of the same body is in the
    same way a count of its next one, with share :math:`\pi_b(d) / \pi_b(d')`.
    "More" is a correction to come: each of those counted is struck off with
    probability :math:`\delta`, given that somebody is. With probability
    :math:`\varepsilon` a report is out of line, such as the total of a day given for a
    village, and then :math:`P(K \ge k) = \mu / (\mu + k)`. What all share is integrated
    over, by importance sampling about the mode.

    Attributes
    ----------
    mean, size : tuple of float
        Log-normal priors, median and sd of the log, of the mean :math:`\mu` (people)
        and the size :math:`r` of the law of counts.
    tail : tuple of float
        Log-normal prior of what the power of its tail has above one.
    growth : tuple of float
        Log-normal prior of :math:`\gamma`.
    found : tuple of float
        Beta prior of the share found on the day itself by a typical body.
    between_bodies : tuple of float
        Prior of the sd of :math:`\alpha_b`: exponential, P(sd > first) = second.
    correlation, correction, struck, slip : tuple of float
        Beta priors of :math:`\rho`, :math:`w`, :math:`\delta` and :math:`\varepsilon`.
    least : int
        Smallest count: 1 for a table of deadly incidents, 0 for one that also lists
        those without dead.
    bodies_apart : int
        Most bodies that have a share of their own: those with the most reports, ten at
        least. The others are taken together.
    learn_from : int
        What is shared is learned from so many incidents, at most, drawn evenly.
    points : int
        Points at which the shared posterior is looked at.
    draws : int
        Draws of what is shared.

    References
    ----------
    .. [1] Dawid, A. P. and Skene, A. M. (1979). Maximum likelihood estimation of
       observer error-rates using the EM algorithm. *Applied Statistics* 28, 20-28.
       https://doi.org/10.2307/2346806
    .. [2] Berndt, E., Hall, B., Hall, R. and Hausman, J. (1974). Estimation and
       inference in nonlinear structural models. *Annals of Economic and Social
       Measurement* 3, 653-665.
    .. [3] Vehtari, A. et al. (2024). Pareto smoothed importance sampling. *JMLR*
       25(72), 1-58. https://jmlr.org/papers/v25/19-556.html

    Examples
    --------
    Three bodies that find seven to nine tenths on the day itself; the truth is in nine
    intervals of ten:

    >>> from conflictstats.simulate.incidents import incident_bulletins
    >>> rng = np.random.default_rng(1)
    >>> found = {"A": 0.9, "B": 0.8, "C": 0.7}
    >>> told = incident_bulletins(50, found=found, rng=rng)
    >>> fit = Incidents(points=40).fit(told, rng=rng)
    >>> band = fit.to_frame().set_index("event_key")
    >>> dead = told.groupby("event_key")["dead"].first()
    >>> inside = band["lower"].le(dead) & band["upper"].ge(dead)
    >>> bool(inside.mean() > 0.85)
    True
    """

    mean: tuple[float, float] = (10.0, 1.5)
    size: tuple[float, float] = (1.0, 1.0)
    tail: tuple[float, float] = (3.0, 1.0)
    growth: tuple[float, float] = (0.3, 1.0)
    found: tuple[float, float] = (4.0, 1.0)
    between_bodies: tuple[float, float] = (1.0, 0.05)
    correlation: tuple[float, float] = (1.0, 9.0)
    correction: tuple[float, float] = (1.0, 9.0)
    struck: tuple[float, float] = (1.0, 4.0)
    slip: tuple[float, float] = (1.0, 19.0)
    least: int = 1
    bodies_apart: int = 3
    learn_from: int = 200
    points: int = 400
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name in (*POSITIVE, *SHARES):
            given = getattr(self, name)
            if not (min(given) > 0 and np.isfinite(given).all()):
                law = "a Beta prior" if name in SHARES else "the median and sd of a log"
                raise SettingError(
                    f"{name} must be two numbers above 0, {law}; got {given!r}"
                )
        above, chance = self.between_bodies
        if not (0 < above < np.inf and 0 < chance < 1):
            raise SettingError(
                "between_bodies must be a bound above 0 and the probability, between "
                f"0 and 1, that the sd is above it; got {self.between_bodies!r}"
            )
        fewest = {"least": 0, "bodies_apart": 0, "learn_from": 1, "points": 20}
        for name, least in {**fewest, "draws": 1}.items():
            if getattr(self, name) < least:
                raise SettingError(
                    f"{name} must be {least} or more, got {getattr(self, name)!r}"
                )

    def fit(
        self,
        reports: Table | pd.DataFrame,
        *,
        rng: np.random.Generator | None = None,
        measures: tuple[str, ...] = MEASURES,
        strict: bool = True,
    ) -> IncidentsFit:
        """Learn the count of each incident.

        Parameters
        ----------
        reports : Table or DataFrame
            Coded reports, as :func:`conflictstats.read_reports` gives them; those that
            :func:`conflictstats.panel.incident_reports` takes are used.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.
        measures : tuple of str
            Measures that count people killed; the count of each is apart.
        strict : bool
            Raise where there is no report.

        Returns
        -------
        IncidentsFit
            Posterior count of each incident and measure, and what is said of each
            report.

        Raises
        ------
        SchemaError
            If a column is missing, or a report is no count of people (rows are counted
            from 1).
        FitError
            If ``strict`` and there is no report.
        """
        told = incident_reports(reports, measures)
        if strict and told.empty:
            raise FitError(IncidentsStatus.NO_DATA.value)
        return self.fit_counts(told, rng=rng)

    def fit_counts(
        self, told: pd.DataFrame, *, rng: np.random.Generator | None = None
    ) -> IncidentsFit:
        """Learn from reports that are already chosen.

        Parameters
        ----------
        told : DataFrame
            From :func:`conflictstats.panel.incident_reports`, or some rows of it.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.

        Returns
        -------
        IncidentsFit
            As :meth:`fit` gives it.
        """
        rng = np.random.default_rng() if rng is None else rng
        counted = told["source_org"].value_counts()
        known = sorted(counted.index[counted >= FEWEST], key=lambda b: (-counted[b], b))
        bodies = known[: self.bodies_apart]
        evidence = Evidence.of(told, bodies)
        points = self._learn(evidence, len(bodies) + 1, rng)
        return answer(self, told, evidence, bodies, points, rng)

    def _learn(
        self, evidence: Evidence, bodies: int, rng: np.random.Generator
    ) -> Points:
        """Points of the posterior of what all incidents share."""
        some = np.arange(evidence.incidents)
        if some.size > self.learn_from:
            some = np.sort(rng.choice(some, self.learn_from, replace=False))
        learner = Learner(blocks_of(evidence.some(some), self.least), self.priors)
        return learner.points(bodies, self.points, rng)

    @property
    def priors(self) -> Priors:
        """Priors by the name of what they are about."""
        above, chance = self.between_bodies
        return Priors(
            {name: getattr(self, name) for name in POSITIVE},
            {name: getattr(self, name) for name in SHARES},
            float(-np.log(chance) / above),
        )
