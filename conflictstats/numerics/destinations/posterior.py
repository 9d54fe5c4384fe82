"""Joint draws of paths, coefficients and scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import optimize, special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.destinations.walk import Peak, Scales, ShareWalk
from conflictstats.numerics.engine.bordered import Factor, Vector
from conflictstats.numerics.engine.proposal import systematic
from conflictstats.numerics.sampling import pareto

SCALES = 3
POINTS, ROUNDS = 32, 2
"""Points that a law of the scales lays at a time, and laws after those at the tops."""
SCANNED, BROAD = 12, 1.3
"""Places at which the density of the scales is looked at, and how far they spread."""
MOST_TOPS, SAME, LOW = 3, 0.3, 12.0
"""Searches for tops; how near two ends of them are one top; how low one is left out."""
GOLDEN = 1.2207440846057596 ** -np.arange(1.0, SCALES + 1)
"""Steps of a sequence that fills the cube evenly, from the root of x^4 = x + 1."""
WIDER = 1.3
"""Spread of a law over that of the density, so that no tail is left out."""
DIFFERENCE = 0.05
FLATTEST = 0.3
"""Least curvature of the log density of the scales that is believed."""
OUT_OF_REACH = -1e12
"""Log density where no mode was found."""
DEEPEST = 30.0
"""Fall of the log density below which no difference is made."""
SMALLEST, LARGEST = -4.0, 8.0
"""Normal scores beyond which scales stay as they are: a walk with a thousandth of the
expected change is constant already, and the prior gives 1e-15 to the other side."""
FEWEST_FOUND = 0.9
"""Part of the points at which a mode must be found."""
CANDIDATES, FEWEST_CANDIDATES = 4, 4000
"""Draws of the approximation for each that is wanted of the posterior, and at least."""
LARGEST_K = 0.7
"""Shape of the tail above which weights would leave a few draws only."""
FEWEST_EFFECTIVE = 0.05
"""Effective draws, as a part of the candidates, to which weights are then tempered."""
TOGETHER = 500
"""Draws whose density is worked out together."""
DAYS_OF_MONTH = 30.0


class Beliefs(NamedTuple):
    """Rates of the exponential priors.

    Attributes
    ----------
    change : float
        Of the sd of the log odds' change in thirty days.
    start : float
        Of the sd of the log odds on the first date about what gravity says.
    scatter : float
        Of one over the root of the concentration.
    """

    change: float
    start: float
    scatter: float

    def scales(self, scores: Float[np.ndarray, "stack 3"]) -> Scales:
        """Scales that have these normal scores under the prior.

        Parameters
        ----------
        scores : ndarray, shape (stack, 3)
            Standard normal under the prior; beyond their ends, taken at the end.

        Returns
        -------
        Scales
            Of the model.
        """
        inside = np.clip(scores, SMALLEST, LARGEST)
        change, start, scatter = (-special.log_ndtr(-inside) / np.array(self)).T
        return Scales(change**2 / DAYS_OF_MONTH, start**2, 1 / scatter**2)


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws of the posterior.

    Attributes
    ----------
    field : Vector
        Paths, shape (draws, T J), and coefficients, shape (draws, K).
    scales : Scales
        One set a draw.
    pareto_k : float
        Shape of the tail of the importance weights that correct the Gaussian
        approximations.
    converged : bool
        Whether modes were found.
    """

    field: Vector
    scales: Scales
    pareto_k: float
    converged: bool


class _Top(NamedTuple):
    """Normal scores at a top, the field there, and the log density."""

    scores: FloatArray
    field: Vector
    value: float


class _Cloud(NamedTuple):
    """Scales with their weights, and the Gaussian law of the field at each."""

    scores: FloatArray
    log_weight: FloatArray
    peak: Peak


def draw(
    walk: ShareWalk, beliefs: Beliefs, draws: int, rng: np.random.Generator
) -> Draws:
    r"""Draw from the joint posterior.

    Scales get points from normal laws that are fitted in turn to the posterior density
    which Laplace's approximation gives, weighted by the mixture of all these laws
    [1]_. Paths and coefficients come from the Gaussian law at the mode, given the
    scales; all is then corrected by importance weights with a smoothed tail. Where the
    tail is too heavy, a power of them below one is used that leaves enough draws.

    Parameters
    ----------
    walk : ShareWalk
        Data and prior of the coefficients.
    beliefs : Beliefs
        Priors of the scales.
    draws : int
        How many.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Draws
        With what is known of their quality.

    References
    ----------
    .. [1] Cornuet, J.-M. et al. (2012). Adaptive multiple importance sampling.
       *Scandinavian Journal of Statistics* 39, 798-812.
       https://doi.org/10.1111/j.1467-9469.2011.00756.x
    """
    cloud = _scattered(walk, beliefs, _tops(walk, beliefs), rng)
    share = special.softmax(cloud.log_weight)
    wanted = max(CANDIDATES * draws, FEWEST_CANDIDATES)
    point = np.repeat(np.arange(share.size), systematic(share, wanted, rng))
    field, log_weight = _fields(walk, beliefs, cloud, point, rng)
    weight, shape = pareto.smooth(log_weight)
    if shape > LARGEST_K:
        weight = _tempered(weight)
    kept = rng.permutation(
        np.repeat(np.arange(weight.size), systematic(weight, draws, rng))
    )
    return Draws(
        field.at(kept),
        beliefs.scales(cloud.scores[point[kept]]),
        shape,
        bool(cloud.peak.converged.mean() >= FEWEST_FOUND),
    )


def _tempered(weight: FloatArray) -> FloatArray:
    """The highest power of the weights, to a hundredth, that leaves enough draws."""
    for power in np.linspace(1, 0, 101):
        tempered = weight**power
        tempered /= tempered.sum()
        if 1 / (tempered**2).sum() >= FEWEST_EFFECTIVE * weight.size:
            break
    return np.asarray(tempered)


def _density(
    walk: ShareWalk, beliefs: Beliefs, scores: FloatArray, start: Vector
) -> tuple[FloatArray, Peak]:
    """Log posterior density of normal scores, and the field given each."""
    begin = Vector(*(np.repeat(each, len(scores), axis=0) for each in start))
    peak = walk.peak(beliefs.scales(scores), begin)
    value = peak.log_evidence - 0.5 * (scores**2).sum(axis=1)
    return np.where(peak.converged, value, OUT_OF_REACH), peak


def _tops(walk: ShareWalk, beliefs: Beliefs) -> list[_Top]:
    """Where the density of the scales has tops, the highest first.

    Shares that jump are met by reports that scatter or by walks that are fast, and both
    can be tops: searches begin at several places that are high and far apart.
    """
    start = walk.peak(beliefs.scales(np.zeros((1, SCALES))), walk.start(1)).field
    places = BROAD * special.ndtri((np.arange(1, SCANNED)[:, None] * GOLDEN) % 1.0)
    places = np.vstack([np.zeros(SCALES), places])
    value, peak = _density(walk, beliefs, places, start)
    tops: list[_Top] = []
    for first in _apart(places, value):
        field = peak.field.at(np.array([first]))
        found = _climbed(walk, beliefs, places[first], field)
        if all(np.linalg.norm(found.scores - top.scores) > SAME for top in tops):
            tops.append(found)
    best = max(top.value for top in tops)
    tops = [top for top in tops if top.value >= best - LOW]
    return sorted(tops, key=lambda top: -top.value)


def _apart(places: FloatArray, value: FloatArray) -> list[int]:
    """Numbers of the highest places that are not near higher ones."""
    chosen: list[int] = []
    for each in np.argsort(-value):
        far = np.linalg.norm(places[chosen] - places[each], axis=1) > BROAD
        if value[each] > value.max() - DEEPEST and far.all():
            chosen.append(int(each))
    return chosen[:MOST_TOPS]


def _climbed(
    walk: ShareWalk, beliefs: Beliefs, begin: FloatArray, start: Vector
) -> _Top:
    """The top that is reached from a place."""
    moves = DIFFERENCE * np.vstack([np.eye(SCALES), -np.eye(SCALES)])

    def height(scores: FloatArray) -> tuple[float, FloatArray]:
        points = np.vstack([scores, scores + moves])
        value, _ = _density(walk, beliefs, points, start)
        ahead, behind = np.split(value[1:], 2)
        return -value[0], (behind - ahead) / (2 * DIFFERENCE)

    found = optimize.minimize(
        height, begin, jac=True, method="BFGS", options={"gtol": 0.05}
    )
    value, peak = _density(walk, beliefs, found.x[None], start)
    return _Top(np.asarray(found.x), peak.field, float(value[0]))


def _spread(walk: ShareWalk, beliefs: Beliefs, top: _Top) -> FloatArray:
    """Covariance of the normal law that fits at the top, (3, 3)."""
    width = 4 * DIFFERENCE
    pairs = [(i, j) for i in range(SCALES) for j in range(i + 1)]
    steps = width * np.eye(SCALES)
    corners = [
        top.scores + a * steps[i] + b * steps[j]
        for i, j in pairs
        for a in (1, -1)
        for b in (1, -1)
    ]
    value, _ = _density(walk, beliefs, np.array(corners), top.field)
    value = value.reshape(-1, 4)
    value = np.maximum(value, value.max() - DEEPEST)
    bend = np.zeros((SCALES, SCALES))
    for (i, j), (both, one, other, none) in zip(pairs, value, strict=True):
        bend[i, j] = bend[j, i] = (both - one - other + none) / (4 * width**2)
    values, vectors = np.linalg.eigh(-bend)
    spread: FloatArray = (vectors / np.maximum(values, FLATTEST)) @ vectors.T
    return spread


def _scattered(
    walk: ShareWalk, beliefs: Beliefs, tops: list[_Top], rng: np.random.Generator
) -> _Cloud:
    """Points of the scales from laws that follow each other, and their weights."""
    laws = [(top.scores, WIDER**2 * _spread(walk, beliefs, top)) for top in tops]
    rounds = len(tops) + ROUNDS
    noise = _even(rounds * POINTS, rng).reshape(rounds, POINTS, SCALES)
    parts: list[tuple[FloatArray, FloatArray, Peak]] = []
    for i, white in enumerate(noise):
        centre, spread = laws[i]
        scores = centre + white @ np.linalg.cholesky(spread).T
        start = tops[i].field if i < len(tops) else tops[0].field
        parts.append((scores, *_density(walk, beliefs, scores, start)))
        if i + 1 >= len(laws):
            every, weight = _weighted(parts, laws)
            share = special.softmax(weight)
            away = every - share @ every
            moments = (share * away.T) @ away + 1e-4 * np.eye(SCALES)
            laws.append((share @ every, WIDER**2 * moments))
    every, weight = _weighted(parts, laws[:rounds])
    return _Cloud(every, weight, _joined([part[2] for part in parts]))


def _weighted(
    parts: list[tuple[FloatArray, FloatArray, Peak]],
    laws: list[tuple[FloatArray, FloatArray]],
) -> tuple[FloatArray, FloatArray]:
    """All points, and their log weights over the mixture of their laws."""
    every = np.concatenate([part[0] for part in parts])
    value = np.concatenate([part[1] for part in parts])
    mixed = special.logsumexp([_log_normal(every, *law) for law in laws], axis=0)
    return every, value - mixed


def _even(points: int, rng: np.random.Generator) -> FloatArray:
    """Normal scores that are spread more evenly than independent ones, (points, 3)."""
    steps = np.arange(1, points + 1)[:, None] * GOLDEN
    return np.asarray(special.ndtri((steps + rng.random(SCALES)) % 1.0))


def _log_normal(at: FloatArray, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Log density of a normal law, without its constant."""
    factor = np.linalg.cholesky(spread)
    scores = np.linalg.solve(factor, (at - mean).T)
    return np.asarray(-0.5 * (scores**2).sum(axis=0) - np.log(np.diag(factor)).sum())


def _joined(peaks: list[Peak]) -> Peak:
    """All of several stacks."""
    field, factor = [peak.field for peak in peaks], [peak.factor for peak in peaks]
    names = ("main", "reach", "corner")
    return Peak(
        np.concatenate([peak.log_evidence for peak in peaks]),
        Vector(*map(np.concatenate, zip(*field, strict=True))),
        Factor(*(np.concatenate([getattr(f, name) for f in factor]) for name in names)),
        np.concatenate([peak.converged for peak in peaks]),
    )


def _fields(
    walk: ShareWalk,
    beliefs: Beliefs,
    cloud: _Cloud,
    point: IntArray,
    rng: np.random.Generator,
) -> tuple[Vector, FloatArray]:
    """Fields from the Gaussian law at each point, and their log weights."""
    size = cloud.peak.field.path.shape[1], cloud.peak.field.effects.shape[1]
    path, effects = (np.empty((point.size, each)) for each in size)
    log_weight = -cloud.peak.log_evidence[point]
    for each in np.unique(point):
        rows, one = np.flatnonzero(point == each), np.array([each])
        noise = Vector(*(rng.standard_normal((1, n, rows.size)) for n in size))
        factor, centre = cloud.peak.factor.at(one), cloud.peak.field.at(one)
        away = factor.colour(noise)
        path[rows] = centre.path + away.path[0].T
        effects[rows] = centre.effects + away.effects[0].T
        squares = sum((white[0] ** 2).sum(axis=0) for white in noise)
        log_weight[rows] -= 0.5 * (factor.log_determinant() - squares)
    log_weight += 0.5 * sum(size) * np.log(2 * np.pi)
    for rows in np.array_split(np.arange(point.size), -(-point.size // TOGETHER)):
        drawn = Vector(path[rows], effects[rows])
        scales = beliefs.scales(cloud.scores[point[rows]])
        log_weight[rows] += walk.log_density(drawn, scales)
    return Vector(path, effects), log_weight
