r"""The dead of unknown status, under an odds ratio :math:`\psi`."""

from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.civilian_share.deaths import Deaths

NEVER = 1e-12
"""Chances nearer to 0 or 1 than this are read as this."""


def at_odds(chance: FloatArray, odds_ratio: FloatArray) -> FloatArray:
    """Chance with its odds times an odds ratio from 0 to infinity, broadcast."""
    with np.errstate(divide="ignore"):
        shift = np.log(odds_ratio)
    inside = np.clip(chance, NEVER, 1 - NEVER)
    return np.asarray(special.expit(special.logit(inside) + shift))


def chance_of_alike(
    share: FloatArray,
    correlation: FloatArray,
    part: FloatArray,
    rest: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Chance that a death of each cell is of the part, given those known, (draws, m).

    The dead of one cell are alike, so the known of a cell tell of its unknown.
    """
    weight = (1 - correlation) / correlation
    a = np.maximum(weight * share + part, NEVER)
    return rng.beta(a, np.maximum(weight * (1 - share) + rest, NEVER))


class Parted(NamedTuple):
    """One part of the dead: expected share, people, and the chance of the unknown.

    Attributes
    ----------
    share : ndarray, shape (draws, T n + W)
        Expected share of the part, of known and unknown together.
    unknown : ndarray of int, shape (draws, T n + W)
        People of unknown status who are of the part.
    chance : ndarray, shape (draws, m)
        Chance of one like the known, in the m cells where there are unknown.
    """

    share: FloatArray
    unknown: IntArray
    chance: FloatArray


def part_of(
    deaths: Deaths,
    stick: int,
    known_share: FloatArray,
    correlation: FloatArray,
    left: IntArray,
    odds_ratio: FloatArray,
    rng: np.random.Generator,
) -> Parted:
    """Draw who of the unknown that are left is of one category.

    Shares and correlations are of shape (draws, T n + W), odds ratios of (draws, 1).
    """
    unclear = np.flatnonzero(deaths.unknown > 0)
    part, rest = deaths.known[:, stick], deaths.known[:, stick + 1 :].sum(axis=1)
    chance = chance_of_alike(
        known_share[:, unclear],
        correlation[:, unclear],
        part[unclear],
        rest[unclear],
        rng,
    )
    drawn = np.zeros_like(left)
    drawn[:, unclear] = rng.binomial(left[:, unclear], at_odds(chance, odds_ratio))
    weight = unknown_weight(deaths)
    share = known_share + weight * (at_odds(known_share, odds_ratio) - known_share)
    return Parted(share, drawn, chance)


def unknown_weight(deaths: Deaths) -> FloatArray:
    """Part of each cell's dead that is unknown; of its place's where nobody died."""
    total, by_place = deaths.total, deaths.of_places(deaths.total)
    whole = deaths.of_places(deaths.unknown) / np.maximum(by_place, 1)
    return np.where(
        total > 0, deaths.unknown / np.maximum(total, 1), whole[deaths.place]
    )
