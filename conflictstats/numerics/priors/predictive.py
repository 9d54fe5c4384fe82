"""What a prior would have expected to see."""

import numpy as np
from jaxtyping import Float

from conflictstats.numerics.priors.prior import draw
from conflictstats.numerics.priors.scale import Overdispersion, Step


def walks(
    step: Step, length: int, count: int, rng: np.random.Generator
) -> Float[np.ndarray, "count length"]:
    """Log rates over time, less the first, of walks from a prior.

    Each walk has a standard deviation of its own. One of order two begins level.

    Parameters
    ----------
    step : Step
        Prior of the step.
    length : int
        Cells.
    count : int
        Number of walks.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (count, length)
        Logs of the rate over the rate of the first cell.

    Examples
    --------
    >>> from conflictstats.numerics.priors import Step
    >>> log_fold = walks(Step(), 2, 200_000, np.random.default_rng(1))
    >>> float((np.abs(log_fold[:, 1]) > np.log(4)).mean().round(2))
    0.05
    """
    sd = step.natural(draw(step, count, rng))
    steps = sd[:, None] * rng.standard_normal((count, length))
    steps[:, 0] = 0
    for _ in range(step.order):
        steps = np.cumsum(steps, axis=1)
    return steps


def counts(
    mean: Float[np.ndarray, "count length"],
    overdispersion: Overdispersion,
    rng: np.random.Generator,
) -> Float[np.ndarray, "count length"]:
    """Counts around expected ones, with a scatter from a prior.

    Parameters
    ----------
    mean : ndarray, shape (count, length)
        Expected deaths, people; a row has one scatter.
    overdispersion : Overdispersion
        Prior of the scatter.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (count, length)
        Deaths, people.

    Examples
    --------
    >>> from conflictstats.numerics.priors import Overdispersion
    >>> calm = Overdispersion(above=0.01)
    >>> deaths = counts(np.full((50_000, 1), 4.0), calm, np.random.default_rng(1))
    >>> float(deaths.mean().round(1)), float(deaths.var().round(1))
    (4.0, 4.0)
    """
    size = overdispersion.natural(draw(overdispersion, len(mean), rng))[:, None]
    return rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape)).astype("float64")
