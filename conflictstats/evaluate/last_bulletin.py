"""How well bulletins so far foretell the last figure of an incident."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.models.incidents import Incidents
from conflictstats.models.incidents.evidence import UNIT
from conflictstats.panel.incidents import incident_reports
from conflictstats.panel.paths import MEASURES
from conflictstats.provenance import Table

RULES = ("last", "maximum", "median")
RESAMPLES = 4000


class LastBulletin(NamedTuple):
    """The last figure of each incident, left out and foretold.

    Attributes
    ----------
    figures : DataFrame
        A row an incident: ``event_key, measure, source_org, lag, last_figure``, the
        foretold ``estimate, lower, upper`` (median and 90 % interval), the rules'
        ``rule_last, rule_maximum, rule_median`` (people), and ``crps`` and
        ``crps_last, crps_maximum, crps_median``.
    scores : DataFrame
        A row a rule: mean ``crps`` of the model, mean ``rule_error`` (the score of the
        rule), their ``difference`` with ``lower`` and ``upper`` of a bootstrap over
        incidents (below 0 the model is better), and ``mean_error`` of the model's
        median. People.
    """

    figures: pd.DataFrame
    scores: pd.DataFrame


def leave_last_out(
    reports: Table | pd.DataFrame,
    model: Incidents | None = None,
    *,
    rng: np.random.Generator,
    measures: tuple[str, ...] = MEASURES,
    level: float = 0.9,
) -> LastBulletin:
    r"""Foretell the last figure of each incident from those before.

    The model is fitted once to the reports without any of the last figures, so that
    nothing of them is known. A rule of thumb gives one number, whose score is its
    error:

    .. math:: \mathrm{CRPS}(F, y) = \sum_k (F(k) - [k \ge y])^2

    The last figure is what was printed, and not the truth. Of several on the last day
    the one by the last body in order of name is foretold.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports.
    model : Incidents, optional
        Settings; by default those of :class:`conflictstats.Incidents`.
    rng : numpy.random.Generator
        Source of randomness, of the fit and of the bootstrap.
    measures : tuple of str
        Measures that count people killed; each is foretold apart.
    level : float
        Of the bootstrap intervals.

    Returns
    -------
    LastBulletin
        Figures and scores.

    Raises
    ------
    SchemaError
        If no incident has two reports, or a report is no count of people.

    References
    ----------
    .. [1] Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules,
       prediction, and estimation. *JASA* 102, 359-378.
       https://doi.org/10.1198/016214506000001437
    """
    _check.level(level)
    told = incident_reports(reports, measures)
    told = told.sort_values([*UNIT, "published", "source_org"], kind="stable")
    target = ~told.duplicated(UNIT, keep="last") & told.duplicated(UNIT, keep=False)
    if not target.any():
        raise SchemaError(
            "no incident has two reports on different dates or by different bodies; "
            "there is nothing to foretell"
        )
    before = told[~target].sort_values([*UNIT, "source_org", "published"])
    fit = (model or Incidents()).fit_counts(before.reset_index(drop=True), rng=rng)
    rows = []
    for label, last in told[target].iterrows():
        so_far = before[(before[UNIT] == last[UNIT]).all(axis=1)]
        cells = fit.predict(so_far, source_org=last["source_org"], lag=last["lag"])
        count, probability = cells["count"].values, cells["probability"].values
        dated = so_far.sort_values("published", kind="stable")["count"]
        rules = dated.iloc[-1], dated.max(), dated.median()
        foretold = _foretold(count, probability)
        score = _crps(count, probability, float(last["count"]))
        rows.append((label, *foretold, *rules, score))
    names = ["estimate", "lower", "upper", *(f"rule_{rule}" for rule in RULES), "crps"]
    made = pd.DataFrame(rows, columns=["row", *names]).set_index("row")
    figures = told.loc[target, [*UNIT, "source_org", "lag", "count"]].join(made)
    figures = figures.rename(columns={"count": "last_figure"}).reset_index(drop=True)
    for rule in RULES:
        error = (figures[f"rule_{rule}"] - figures["last_figure"]).abs()
        figures[f"crps_{rule}"] = error
    return LastBulletin(figures, _scores(figures, level, rng))


def _foretold(count: FloatArray, probability: FloatArray) -> list[float]:
    """Median and ends of the 90 % interval."""
    so_far = np.cumsum(probability)
    at = np.searchsorted(so_far, np.array([0.5, 0.05, 0.95]) * so_far[-1])
    return [float(each) for each in count[np.minimum(at, count.size - 1)]]


def _crps(count: FloatArray, probability: FloatArray, observed: float) -> float:
    """Score of a law on counts: mean error less half the mean difference of two."""
    below = np.cumsum(probability)[:-1]
    apart = (below * (1 - below)) @ np.diff(count)
    return float(np.abs(count - observed) @ probability - apart)


def _scores(
    figures: pd.DataFrame, level: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Mean scores of the model and of each rule, with bootstrap intervals."""
    picked = rng.integers(0, len(figures), (RESAMPLES, len(figures)))
    tail = (1 - level) / 2
    rows = []
    for rule in RULES:
        apart = (figures["crps"] - figures[f"crps_{rule}"]).to_numpy()
        lower, upper = np.quantile(apart[picked].mean(axis=1), [tail, 1 - tail])
        rows.append((figures[f"crps_{rule}"].mean(), apart.mean(), lower, upper))
    names = ["rule_error", "difference", "lower", "upper"]
    scores = pd.DataFrame(rows, columns=names, index=pd.Index(RULES, name="rule"))
    error = (figures["estimate"] - figures["last_figure"]).abs().mean()
    scores.insert(0, "crps", figures["crps"].mean())
    return scores.assign(mean_error=error)
