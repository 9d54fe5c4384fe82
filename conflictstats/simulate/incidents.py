"""Incidents as several bodies report them, with the truth beside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import SettingError

FIRST_DAY = pd.Timestamp("2019-05-01")
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLaw:
    """How many die in an incident, and how reports come from that.

    Attributes
    ----------
    mean, size, tail : float
        Of the law of the dead: negative binomial, at least one, with a Beta law of its
        probability where ``tail`` is finite (above 1).
    growth : float
        Rise of the logit of the share found with the log of one and the days.
    correlation : float
        Of two deaths of one report in being found, from 0 to below 1.
    correction : float
        Probability that a report is too high.
    struck : float
        Probability, between 0 and 1, that one of those counted in it is struck off.
    slip : float
        Probability that a report speaks of something else.
    """

    mean: float = 12.0
    size: float = 1.5
    tail: float = np.inf
    growth: float = 0.3
    correlation: float = 0.05
    correction: float = 0.05
    struck: float = 0.1
    slip: float = 0.02

    def __post_init__(self) -> None:
        """Refuse numbers that are out of range."""
        if not (0 <= self.correction <= 1 and 0 <= self.slip <= 1):
            raise SettingError(
                "correction and slip must be from 0 to 1, got "
                f"{self.correction} and {self.slip}"
            )
        if not (0 < self.struck < 1 and 0 <= self.correlation < 1 and self.tail > 1):
            raise SettingError(
                "need struck between 0 and 1, correlation from 0 to below 1 and tail "
                f"above 1; got {self.struck}, {self.correlation} and {self.tail}"
            )


def incident_bulletins(
    incidents: int,
    *,
    found: Mapping[str, float],
    rng: np.random.Generator,
    law: ReportLaw = ReportLaw(),
    reports: float = 1.5,
) -> pd.DataFrame:
    r"""Coded reports of incidents by bodies that find more of the dead as days go by.

    Body :math:`b` reports an incident on the day itself and on some of the days after,
    counted back from its last report:

    .. math:: k_j \mid k_{j+1} \sim \mathrm{Bin}(k_{j+1}, s), \quad s \sim
              \mathrm{Beta} \text{ with mean } \pi_b(d_j) / \pi_b(d_{j+1}),
              \quad \operatorname{logit} \pi_b(d) = \alpha_b + \gamma \log(1 + d)

    and the last one in the same way from the truth. In place of a thinning a report may
    be too high: those to be struck off come before so many that are not. Or it speaks
    of something else.

    Parameters
    ----------
    incidents : int
        How many.
    found : mapping of str to float
        Share that a body has found on the day itself, by body.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    law : ReportLaw
        How many die, and how reports come from that.
    reports : float
        Reports of a body of an incident, on average, 1 or more.

    Returns
    -------
    DataFrame
        ``event_key, source_org, published, period_end, value_low, value_high,
        qualifier, kind, measure`` as coded reports have them, and the hidden ``dead``
        and ``slipped``.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    >>> told = incident_bulletins(
    ...     4000,
    ...     found={"A": 0.8},
    ...     law=ReportLaw(growth=0, correction=0, slip=0),
    ...     reports=1,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> round(float(told["value_low"].sum() / told["dead"].sum()), 2)
    0.8
    """
    if not all(0 <= share <= 1 for share in found.values()):
        raise SettingError(f"found must be shares from 0 to 1, got {dict(found)}")
    if incidents < 1 or reports < 1:
        raise SettingError(
            f"need incidents >= 1 and reports >= 1, got {incidents} and {reports}"
        )
    rows = []
    for number in range(incidents):
        dead = _dead(law, rng)
        for body, share in found.items():
            later = rng.integers(1, DAYS, rng.poisson(reports - 1))
            lags = np.unique(np.append(later, 0)).astype(float)
            path = _path(dead, share, lags, law, rng)
            key = f"incident {number:05d}", body, dead
            rows += [(*key, *each) for each in zip(lags, *path, strict=True)]
    names = ["event_key", "source_org", "dead", "lag", "value_low", "slipped"]
    told = pd.DataFrame(rows, columns=names)
    return told.assign(
        published=FIRST_DAY + pd.to_timedelta(told.pop("lag"), "D"),
        period_end=FIRST_DAY,
        value_high=told["value_low"],
        qualifier="exact",
        kind="incident",
        measure="killed",
    )


def _dead(law: ReportLaw, rng: np.random.Generator) -> int:
    """One count of at least one."""
    while True:
        chance = law.size / (law.size + law.mean)
        if np.isfinite(law.tail):
            chance = rng.beta(law.tail, law.mean * (law.tail - 1) / law.size)
        dead = int(rng.poisson(rng.gamma(law.size, (1 - chance) / chance)))
        if dead:
            return dead


def _path(
    dead: int,
    share: float,
    lags: FloatArray,
    law: ReportLaw,
    rng: np.random.Generator,
) -> tuple[FloatArray, BoolArray]:
    """Counts of one body by lag, and which of them speak of something else."""
    slipped = rng.random(lags.size) < law.slip
    counts = np.floor(law.mean / rng.random(lags.size) - law.mean)
    last, ahead = float(dead), 1.0
    for j in np.flatnonzero(~slipped)[::-1]:
        odds = np.inf if share == 1 else share / (1 - share)
        grown = odds * (1 + lags[j]) ** law.growth
        part = 1 - 1 / (1 + grown)
        if rng.random() < law.correction:
            counts[j] = last + _too_many(last, law.struck, rng)
        else:
            counts[j] = _thinned(last, part / ahead, law.correlation, rng)
        last, ahead = counts[j], part
    return counts, slipped


def _thinned(
    count: float, mean: float, correlation: float, rng: np.random.Generator
) -> float:
    """How many are found so far."""
    share = mean
    if correlation > 0 and 0 < mean < 1:
        weight = (1 - correlation) / correlation
        share = rng.beta(weight * mean, weight * (1 - mean))
    return float(rng.binomial(int(count), share))


def _too_many(count: float, struck: float, rng: np.random.Generator) -> float:
    """How many will be struck off, given that somebody is."""
    while True:
        failures = rng.negative_binomial(int(count) + 1, 1 - struck)
        if failures:
            return float(failures)
