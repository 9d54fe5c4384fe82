"""The best links and the partitions around them, for rows in sorted order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.linkage.compare import Compared
from conflictstats.linkage.rows import Rows
from conflictstats.linkage.status import LinkageStatus
from conflictstats.numerics.linkage.assignment import best_partition, grown_partition
from conflictstats.numerics.linkage.mixture import Mixture, chances, fit_mixture
from conflictstats.numerics.linkage.partitions import draw_partitions
from conflictstats.numerics.sampling.diagnostics import rhat

WRONG, AGREED = 0.1, 1.05
"""Expected share of wrong links, and R-hat, above which the status says so."""
OUTER = 0.25
"""Share of the links in the outer half of a window above which the status says so."""
JUDGED = 40
"""Draws from which R-hat is looked at."""
SURE = 1e-15
"""Distance of a probability from 0 and 1 below which it makes no difference."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What linking gives.

    Attributes
    ----------
    group : ndarray of int, shape (n,)
        Event of each row in the best answer: the number of its first row.
    probability : ndarray, shape (pair,)
        Of being one event.
    mixture : Mixture
        Probabilities of the levels of agreement.
    drawn : ndarray of int, shape (draw, n)
        Event of each row in each draw.
    status : LinkageStatus
        How it ended.
    diagnostics : mapping of str to float
        Numbers that say how well it went.
    """

    group: IntArray
    probability: FloatArray
    mixture: Mixture
    drawn: IntArray
    status: LinkageStatus
    diagnostics: Mapping[str, float]


def nothing_near(rows: Rows, compared: Compared, draws: int) -> Found:
    """Every row is an event of its own."""
    levels, alone = compared.levels, np.arange(len(rows))
    return Found(
        alone,
        np.zeros(0),
        Mixture(levels.prior_m, levels.prior_u, 0.0),
        np.tile(alone, (draws, 1)),
        LinkageStatus.NO_PAIRS,
        {},
    )


def assigned(
    rows: Rows, compared: Compared, *, fixed: Mixture | None, repeats: bool
) -> Found:
    """Weights by expectation-maximisation, and the partition with the best odds."""
    size = np.sort(np.bincount(rows.table))[::-1]
    most = float(size @ np.arange(len(size)))
    mixture = fit_mixture(compared.levels, most=most, fixed=fixed)
    chance = chances(compared.levels, mixture)[compared.levels.which]
    odds = logit(np.clip(chance, SURE, 1 - SURE))
    group = _best(rows, compared.pairs, odds, repeats=repeats)
    status, diagnostics = _judged(
        together(group, compared.pairs), chance, compared.outer
    )
    none = np.zeros((0, len(rows)), np.int64)
    return Found(group, chance, mixture, none, status, diagnostics)


def drawn_around(
    start: Found,
    rows: Rows,
    compared: Compared,
    *,
    fixed: Mixture | None,
    repeats: bool,
    draws: tuple[int, int],
    rng: np.random.Generator,
) -> Found:
    """Two chains of partitions, and the one that is the most probable row by row.

    One starts from the best answer, the other from as many links as there can be.
    """
    levels, pairs = compared.levels, compared.pairs
    agreement = levels.weigh(levels.prior_m, levels.prior_u).sum(axis=1)[levels.which]
    full = _best(rows, pairs, agreement - agreement.min() + 1, repeats=repeats)
    chains = [
        draw_partitions(
            rows.table,
            pairs,
            levels,
            group,
            far=_possible(rows, repeats=repeats) - len(pairs),
            crowding=compared.crowding,
            fixed=fixed,
            draws=draws[0] // 2,
            thin=draws[1],
            rng=rng,
        )
        for group in (start.group, full)
    ]
    shares = np.mean([each.together for each in chains], axis=0)
    m, u = np.mean([(each.m, each.u) for each in chains], axis=0)
    group = _best(rows, pairs, _over_none(rows, pairs, shares), repeats=repeats)
    status, diagnostics = _judged(together(group, pairs), shares, compared.outer)
    events = [[len(np.unique(group)) for group in each.groups] for each in chains]
    if draws[0] >= JUDGED:
        diagnostics["rhat_events"] = _rhat(np.array(events, float).T)
        if diagnostics["rhat_events"] > AGREED:
            status = LinkageStatus.NOT_MIXED
    return Found(
        group,
        shares,
        Mixture(m, u, start.mixture.share),
        np.concatenate([each.groups for each in chains]),
        status,
        diagnostics,
    )


def together(group: IntArray, pairs: IntArray) -> BoolArray:
    """Pairs that are in one group."""
    return np.asarray(group[pairs[:, 0]] == group[pairs[:, 1]])


def _best(rows: Rows, pairs: IntArray, gain: FloatArray, *, repeats: bool) -> IntArray:
    """The partition that gains most."""
    if repeats:
        return grown_partition(len(rows), pairs, gain)
    return best_partition(rows.table, pairs, gain)


def _over_none(rows: Rows, pairs: IntArray, shares: FloatArray) -> FloatArray:
    """Probability of a pair less that of no partner at all, shape (pair,).

    Of the table of the one for the other, the mean of both rows.
    """
    tables = len(rows.names)
    i, j = pairs.T
    seen = np.concatenate([i * tables + rows.table[j], j * tables + rows.table[i]])
    some = np.bincount(seen, np.tile(shares, 2))[seen].reshape(2, -1)
    return np.asarray(shares - np.mean(1 - some, axis=0))


def _possible(rows: Rows, *, repeats: bool) -> float:
    """Number of pairs of rows that could be one event by their tables."""
    size = np.bincount(rows.table).astype(float)
    all_pairs = len(rows) * (len(rows) - 1) / 2
    return float(all_pairs - (0 if repeats else size @ (size - 1) / 2))


def _judged(
    linked: BoolArray, probability: FloatArray, outer: BoolArray
) -> tuple[LinkageStatus, dict[str, float]]:
    """Links that are expected to be wrong, to be missed, or outside of the windows."""
    wrong = float(np.mean(1 - probability[linked])) if linked.any() else 0.0
    missed = float(probability[~linked].sum())
    days, km = probability @ outer / max(probability.sum(), SURE)
    diagnostics = {
        "expected_wrong_share": wrong,
        "expected_missed": missed,
        "outer_share_days": float(days),
        "outer_share_km": float(km),
    }
    if wrong > WRONG:
        return LinkageStatus.DOUBTFUL, diagnostics
    near_edge = max(days, km) > OUTER
    return LinkageStatus.AT_THE_EDGE if near_edge else LinkageStatus.LINKED, diagnostics


def _rhat(events: FloatArray) -> float:
    """R-hat of the number of events, shape (draw, chain); 1 where all are the same."""
    if (np.ptp(events, axis=0) == 0).all():
        return 1.0 if np.ptp(events) == 0 else np.inf
    return float(rhat(events[:, :, None])[0])
