"""From the dead of a panel to joint draws of their composition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.models.civilian_share.coarsened import Parted, part_of
from conflictstats.models.civilian_share.deaths import Deaths
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus
from conflictstats.models.civilian_share.sticks import Split, split
from conflictstats.numerics.engine.posterior import RELIED

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.dynamic import DynamicShare

EXPLAINED = 0.5
"""Part of the variance of a share that is too much for an odds ratio to explain."""
FEW_UNKNOWN = 0.1
"""Part of the dead that may be unknown whatever their odds ratio explains."""


class Composed(NamedTuple):
    """Posterior of the composition, cells and then periods.

    Attributes
    ----------
    share : ndarray, shape (draws, T n + W, K)
        Expected shares; they sum to one.
    killed : ndarray, shape (draws, T n + W, K)
        Those who died, people.
    chance : ndarray, shape (draws, m)
        Chance that one like the known of a cell was a civilian, where some are unknown.
    odds_ratio : ndarray, shape (draws,)
        Of an unknown against a known.
    hyper : dict of str to ndarray, shape (draws, n)
        Hyperparameters of each place.
    status : list of DynamicShareStatus
        Of each place.
    pareto_k : ndarray, shape (n,)
        The larger of all splits.
    driven : ndarray, shape (n,)
        Part of the variance of the civilian share that the odds ratio explains.
    """

    share: FloatArray
    killed: FloatArray
    chance: FloatArray
    odds_ratio: FloatArray
    hyper: dict[str, FloatArray]
    status: list[DynamicShareStatus]
    pareto_k: FloatArray
    driven: FloatArray


def compose(
    model: DynamicShare, deaths: Deaths, cell_days: float, rng: np.random.Generator
) -> Composed:
    """Estimate split after split, and draw who the unknown were."""
    spread = model.odds_ratio_sd * rng.standard_normal(model.draws)
    odds_ratio = model.odds_ratio * np.exp(spread)
    share, killed = [], []
    hyper: dict[str, FloatArray] = {}
    chance = np.zeros((model.draws, 0))
    rest = np.ones((model.draws, deaths.place.size))
    left = np.tile(deaths.unknown, (model.draws, 1))
    units: list[list[Split]] = []
    for stick, category in enumerate(deaths.categories[:-1]):
        units.append(_splits(model, deaths, stick, cell_days, rng))
        psi = odds_ratio[:, None] if stick == 0 else np.ones((1, 1))
        found = _parted(deaths, stick, units[-1], left, psi, rng)
        chance = found.chance if stick == 0 else chance
        share.append(rest * found.share)
        killed.append(deaths.known[:, stick] + found.unknown)
        rest, left = rest * (1 - found.share), left - found.unknown
        hyper |= _named(deaths, units[-1], "" if stick == 0 else f"{category}_")
    share.append(rest)
    killed.append(deaths.known[:, -1] + left)
    pareto_k = np.max([[one.pareto_k for one in each] for each in units], axis=0)
    complete = np.min([[one.complete for one in each] for each in units], axis=0)
    driven = _driven(deaths, killed[0], spread)
    return Composed(
        np.stack(share, axis=-1),
        np.stack(killed, axis=-1),
        chance,
        odds_ratio,
        hyper,
        _statuses(model, deaths, complete, pareto_k, driven),
        np.broadcast_to(pareto_k, deaths.places),
        driven,
    )


def _splits(
    model: DynamicShare,
    deaths: Deaths,
    stick: int,
    cell_days: float,
    rng: np.random.Generator,
) -> list[Split]:
    """One split of the dead, of all places together or of each alone."""
    part = deaths.in_cells(deaths.known[:, stick])
    rest = deaths.in_cells(deaths.known[:, stick + 1 :].sum(axis=1))
    above, rarely = model.weekly_change
    alone = model.places == "independent"
    count = deaths.places
    return [
        split(
            part[:, unit],
            rest[:, unit],
            step=(above * np.sqrt(cell_days / 7), rarely),
            places=model.places,
            draws=model.draws,
            rng=rng,
        )
        for unit in ([[i] for i in range(count)] if alone else [[*range(count)]])
    ]


def _parted(
    deaths: Deaths,
    stick: int,
    units: list[Split],
    left: IntArray,
    odds_ratio: FloatArray,
    rng: np.random.Generator,
) -> Parted:
    """The unknown that are left, by one split."""
    share = np.concatenate([unit.share for unit in units], axis=-1)
    alike = _by_place(deaths, [unit.hyper["correlation"] for unit in units])
    return part_of(
        deaths,
        stick,
        deaths.with_periods(share),
        alike[:, deaths.place],
        left,
        odds_ratio,
        rng,
    )


def _named(deaths: Deaths, units: list[Split], before: str) -> dict[str, FloatArray]:
    """Hyperparameters of one split by name, shape (draws, n) each."""
    return {
        before + name: _by_place(deaths, [unit.hyper[name] for unit in units])
        for name in units[0].hyper
    }


def _by_place(deaths: Deaths, each: list[FloatArray]) -> FloatArray:
    """What units have, for each place, shape (draws, n)."""
    together = np.stack(each, axis=-1)
    return np.broadcast_to(together, (len(together), deaths.places))


def _driven(deaths: Deaths, civilians: FloatArray, spread: FloatArray) -> FloatArray:
    """Part of the variance of each place's share that goes with the odds ratio."""
    sums = np.stack([deaths.of_places(each) for each in civilians])
    varies = (sums.std(axis=0) > 0) & (spread.std() > 0)
    away = (sums - sums.mean(axis=0)).T @ (spread - spread.mean()) / len(spread)
    scale = np.where(varies, sums.std(axis=0) * spread.std(), 1.0)
    return np.where(varies, (away / scale) ** 2, 0.0)


def _statuses(
    model: DynamicShare,
    deaths: Deaths,
    complete: BoolArray,
    pareto_k: FloatArray,
    driven: FloatArray,
) -> list[DynamicShareStatus]:
    """How the estimation of each place ended."""
    known = deaths.of_places(deaths.known.sum(axis=1))
    in_cells = deaths.in_cells(deaths.known.sum(axis=1)).sum(axis=0)
    total = deaths.of_places(deaths.total)
    unknown = (total - known) / np.maximum(total, 1)
    rests = (unknown > 0.5) | ((driven > EXPLAINED) & (unknown > FEW_UNKNOWN))
    nobody = np.full(deaths.places, not in_cells.any())
    if model.places == "independent":
        nobody = in_cells == 0
    status = DynamicShareStatus
    found = {
        status.NOT_CONVERGED: ~np.broadcast_to(complete, deaths.places),
        status.NO_DATA: nobody,
        status.REFUSED: unknown >= model.refusal_width,
        status.DOUBTFUL: np.broadcast_to(pareto_k, deaths.places) > RELIED,
        status.PRIOR_DRIVEN: rests,
        status.BORROWED: in_cells == 0,
    }
    worst = [[s for s, here in found.items() if here[i]] for i in range(deaths.places)]
    return [(each or [status.CONVERGED])[0] for each in worst]
