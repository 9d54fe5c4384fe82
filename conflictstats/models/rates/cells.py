"""Draws of every cell, written block by block into arrays that are made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.models.rates.layout import Layout
from conflictstats.models.rates.structure import Structure
from conflictstats.numerics import realised
from conflictstats.numerics.engine.bordered import Vector

LARGE = 20_000_000
"""Draws times cells of a fit above which each is kept in four bytes."""
BLOCK = 1_000_000
"""Draws times cells that are worked out at a time."""
ALMOST_POISSON = 1e9
"""Size at which a negative binomial count scatters as a Poisson count does."""

Put: TypeAlias = Callable[[slice, FloatArray, FloatArray], None]
"""Keeps expected and true deaths of some draws, shape (draws, time, place) each."""


class CellDraws:
    """Expected and true deaths of all places, shape (draws, time, place) each.

    Those of a large fit are kept as 32-bit floats and 32-bit integers, as long as
    every number can be: true counts stay exact, expected deaths lose what is below a
    ten-millionth of them.
    """

    def __init__(self, draws: int, times: int, places: int) -> None:
        shape = draws, times, places
        large = draws * times * places > LARGE
        self.expected = np.empty(shape, np.float32 if large else np.float64)
        self.realised = np.empty(shape, np.int32 if large else np.float64)

    def put(
        self, places: slice, draws: slice, expected: FloatArray, true: FloatArray
    ) -> None:
        """Keep some draws of some places, the first of those that are given."""
        where = draws, slice(None), places
        count = self.expected[where].shape[2]
        self.expected = _written(self.expected, where, expected[..., :count])
        self.realised = _written(self.realised, where, true[..., :count])


def write_cells(
    layout: Layout,
    structure: Structure,
    field: Vector,
    hyper: dict[str, FloatArray],
    put: Put,
    rng: np.random.Generator,
) -> FloatArray:
    """Work out and keep the deaths of every cell; return all expected, (draws,)."""
    draws, cells = len(field.path), layout.times * layout.places
    deaths = np.empty(draws)
    step = max(BLOCK // cells, 1)
    for first in range(0, draws, step):
        rows = slice(first, min(first + step, draws))
        some = field.at(rows)
        natural = {name: values[rows] for name, values in hyper.items()}
        eta = structure.problem.design.predict(some)
        level = structure.level(eta, some, natural)
        expected = np.exp(level) * layout.exposure
        deaths[rows] = expected.sum(axis=1)
        true = _realise(layout, eta, natural, rng)
        shape = len(eta), layout.times, layout.places
        put(rows, expected.reshape(shape), true.reshape(shape))
    return deaths


def _written(
    whole: NDArray[np.generic], where: tuple[slice, ...], part: FloatArray
) -> NDArray[np.generic]:
    """The array with a part written into it, in double precision if it must be."""
    if not _holds(whole.dtype, part):
        whole = whole.astype(np.float64)
    whole[where] = part
    return whole


def _holds(kind: np.dtype[np.generic], numbers: FloatArray) -> bool:
    """Whether a type of four bytes reaches as far as numbers that are not negative."""
    if kind == np.float64:
        return True
    if kind == np.int32:
        return bool(numbers.max(initial=0.0) <= np.iinfo(np.int32).max)
    single = np.finfo(np.float32)
    inside = (single.tiny <= numbers) & (numbers <= single.max)
    return bool((inside | (numbers == 0)).all())


def _realise(
    layout: Layout,
    eta: FloatArray,
    hyper: dict[str, FloatArray],
    rng: np.random.Generator,
) -> FloatArray:
    """True deaths per cell given the reports, shape (draws, cells).

    What of a cell was not observed gets a new draw; the deaths of a period fall to its
    cells in proportion to their rates.
    """
    observed = layout.observed
    seen = observed.see(eta)
    mean = np.exp(seen.predictor)
    unscattered = np.full(len(eta), ALMOST_POISSON)
    spread = np.minimum(hyper.get("size", unscattered), unscattered)[:, None]
    size = np.broadcast_to(spread, mean.shape).copy()
    single = observed.cell.size
    size[:, single:] *= np.exp(seen.log_size_ratio)
    counts = realised.draw_counts(layout.reading, mean, size, hyper["found"], rng)
    total = np.zeros_like(eta)
    total[:, observed.cell] = counts[:, :single]
    for i, member in enumerate(observed.member):
        inside = np.isfinite(observed.log_weight[i])
        parts = realised.allot(counts[:, single + i], seen.share[:, i, inside], rng)
        total[:, member[inside]] += parts
    unseen = np.setdiff1d(np.arange(observed.cells), observed.cell)
    counted = np.zeros(observed.cells)
    np.add.at(counted, observed.member, np.exp(observed.log_weight))
    rest = np.maximum(layout.exposure - counted, 0.0)
    rate = np.exp(eta[:, unseen]) * rest[unseen]
    total[:, unseen] += realised.draw_new(
        rate, np.broadcast_to(spread, rate.shape), rng
    )
    return total
