"""What each draw says that the bodies had counted by the end of each piece of time."""

from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.models.counting_bodies.posterior import BodiesPosterior, Parts


class Courses(NamedTuple):
    """Draws of counts; the first axis of each array is that of the draws.

    Attributes
    ----------
    level : ndarray, shape (draws, B)
        Log of each body's count of the shared course.
    sds : ndarray, shape (draws, 2)
        Step sd and scatter.
    steps : ndarray, shape (draws, n)
        People that each span's catch-up added; 0 where it held none.
    total : ndarray, shape (draws, J + 1, B)
        People that each body had counted since it began, by the start of the first
        piece and by the end of each: as printed up to its last total, and at its level
        of the shared course afterwards.
    """

    level: FloatArray
    sds: FloatArray
    steps: FloatArray
    total: FloatArray


def courses(
    posterior: BodiesPosterior, states: FloatArray, rng: np.random.Generator
) -> Courses:
    """Split the count of each span over its pieces, catch-ups on a day of it."""
    spans = posterior.spans
    parts = posterior.unfold(states)
    sds = np.exp(states[:, -2:])
    steps = _steps(posterior, parts, rng)
    weeks = np.diff(spans.edges) / np.timedelta64(7, "D")
    course = parts.flow * weeks * 7
    total = np.zeros((len(states), weeks.size + 1, len(spans.bodies)))
    for b in range(len(spans.bodies)):
        noise = rng.standard_normal(course.shape) * sds[:, 1:] / np.sqrt(weeks)
        own = course * np.exp(noise)
        added = own * np.exp(parts.level[:, [b]])
        added[:, spans.edges[:-1] < spans.first_day[b]] = 0.0
        for k in np.flatnonzero(spans.body == b):
            held = np.flatnonzero(spans.days[k])
            share = own[:, held] / own[:, held].sum(axis=1, keepdims=True)
            added[:, held] = share * (parts.counted[:, k] - steps[:, k])[:, None]
            by_then = spans.days[k, held].cumsum() / spans.days[k].sum()
            day = np.searchsorted(by_then, rng.random(len(states)))
            added[np.arange(len(states)), held[day]] += steps[:, k]
        total[:, 1:, b] = added.cumsum(axis=1)
    return Courses(parts.level, sds, steps, total)


def _steps(
    posterior: BodiesPosterior, parts: Parts, rng: np.random.Generator
) -> FloatArray:
    """People that catching up added to each span, 0 where there was none.

    Given a deviation that holds a step, how much of it is the usual scatter is normal.
    """
    _, centre, sd = posterior.priors.catch_up
    stepped = rng.random(parts.deviation.shape) < posterior.step_chance(parts)
    usual = parts.narrow**2 / (parts.narrow**2 + sd**2)
    mean = usual * (parts.deviation - centre)
    spread = sd * np.sqrt(usual)
    scatter = mean + spread * rng.standard_normal(mean.shape)
    without = parts.counted * np.exp(scatter - parts.deviation)
    added: FloatArray = np.where(stepped, parts.counted - without, 0.0)
    return np.maximum(added, 0.0)
