"""Points scattered over many hyperparameters, of which a grid would need too many."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.grid import Grid, Mesh
from conflictstats.numerics.engine.survey import OUT_OF_REACH, Height, Survey

POINTS = 32
"""Points for each hyperparameter."""
REACH = 1.5
"""Posterior standard deviations at which the density is looked at on either side."""
WIDER = 1.25
"""Spread of the points over that of the density, so that no tail is left out."""
SIDES = (0.5, 3.0)
"""Least and largest spread on one side of an axis, over the one at the top."""
ROUNDS = 3
"""Times that a law is laid, the later ones by the moments of the points before."""
ENOUGH = 0.3
"""Effective number of points, over their number, that need no further round."""
FEWEST = 0.1
"""Effective number of points, over their number, below which they missed the mass."""


def scatter(
    survey: Survey,
    top: Float[np.ndarray, "series m"],
    height: Height,
    axes: Float[np.ndarray, "series m m"],
) -> list[Grid]:
    r"""Weighted points from a low-discrepancy sequence around the tops.

    A split normal law, with a spread of its own on either side of each axis, is laid
    through the density [1]_; its points :math:`\theta_i` weigh
    :math:`p(\theta_i) / q(\theta_i)`, so that their number need not grow with the
    power of the dimension. Where they miss most of the mass, a normal law with the
    moments that they found is laid instead.

    Parameters
    ----------
    survey : Survey
        The density.
    top : ndarray, shape (series, m)
        Its tops.
    height : Height
        The density there.
    axes : ndarray, shape (series, m, m)
        One posterior standard deviation each, as columns.

    Returns
    -------
    list of Grid
        One for each series; a cell is as wide as points are apart at the top.

    References
    ----------
    .. [1] Martins, T. G. et al. (2013). Bayesian computing with INLA: new features.
       *Computational Statistics & Data Analysis* 67, 68-83, section 3.
       https://doi.org/10.1016/j.csda.2013.04.014
    """
    series, m = top.shape
    sides = _sides(survey, top, height, axes)
    noise = _normal_sequence(POINTS * m, m)
    reached = sides.max(axis=(1, 2)) < SIDES[1]
    clouds = _lay(survey, (top, axes, sides), np.arange(series), height, noise)
    for _ in range(ROUNDS - 1):
        todo = [s for s, cloud in enumerate(clouds) if cloud.effective < ENOUGH]
        if not todo:
            break
        centre = np.stack([clouds[s].centre for s in todo])
        root = np.stack([clouds[s].root for s in todo])
        law = centre, root, np.ones((len(todo), 2, m))
        laid = _lay(survey, law, np.array(todo), height, noise)
        for s, cloud in zip(todo, laid, strict=True):
            clouds[s] = cloud
    step = float(np.sqrt(2 * np.pi) * len(noise) ** (-1 / m))
    return [
        Grid(
            cloud.points,
            cloud.weight,
            step * cloud.root,
            cloud.field,
            float(special.logsumexp(cloud.log_weight) - np.log(len(noise))),
            Mesh(step, np.inf),
            bool(
                cloud.effective > FEWEST
                and height.value[s] > OUT_OF_REACH
                and reached[s]
            ),
        )
        for s, cloud in enumerate(clouds)
    ]


class _Cloud(NamedTuple):
    """Points of one series with their weights, mean and root of their covariance."""

    points: FloatArray
    field: Vector
    log_weight: FloatArray
    weight: FloatArray
    centre: FloatArray
    root: FloatArray
    effective: float


def _lay(
    survey: Survey,
    law: tuple[FloatArray, FloatArray, FloatArray],
    todo: IntArray,
    height: Height,
    noise: FloatArray,
) -> list[_Cloud]:
    """Weigh points of a law with these centres, axes and sides."""
    centre, axes, sides = law
    m, count = noise.shape[1], len(noise)
    chosen = np.where(noise[None] > 0, sides[:, None, 0], sides[:, None, 1])
    away = WIDER * chosen * noise
    points = centre[:, None] + np.einsum("sij,spj->spi", axes, away)
    log_law = -0.5 * (noise**2 + np.log(2 * np.pi)) - np.log(WIDER * chosen)
    log_q = log_law.sum(axis=2) - np.linalg.slogdet(axes)[1][:, None]
    rows = np.repeat(todo, count)
    found = survey.look(points.reshape(-1, m), rows, height.field.at(rows))
    clouds = []
    for i in range(len(todo)):
        own = slice(i * count, (i + 1) * count)
        log_weight = found.value[own] - log_q[i]
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        mean = weight @ points[i]
        apart = (points[i] - mean) * np.sqrt(weight)[:, None]
        spread = apart.T @ apart
        ridge = 1e-3 * np.trace(spread) / m * np.eye(m)
        field = Vector(found.field.path[own], found.field.effects[own])
        clouds.append(
            _Cloud(
                points[i],
                field,
                log_weight,
                weight,
                mean,
                np.linalg.cholesky(spread + ridge).astype(float),
                1 / float((weight**2).sum()) / count,
            )
        )
    return clouds


def _sides(
    survey: Survey, top: FloatArray, height: Height, axes: FloatArray
) -> FloatArray:
    """Spread up and down each axis, over the one at the top, shape (series, 2, m)."""
    series, m = top.shape
    rows = np.repeat(np.arange(series), 2 * m)
    moves = REACH * np.tile(np.concatenate([np.eye(m), -np.eye(m)]), (series, 1))
    points = top[rows] + np.einsum("sij,sj->si", axes[rows], moves)
    value = survey.look(points, rows, height.field.at(rows)).value
    drop = (height.value[rows] - value).reshape(series, 2, m)
    return np.clip(REACH / np.sqrt(2 * np.maximum(drop, 1e-3)), *SIDES)


def _normal_sequence(count: int, m: int) -> FloatArray:
    """Additive sequence of the generalised golden ratio as normals; the first is 0."""
    ratio = 2.0
    for _ in range(30):
        ratio = (1 + ratio) ** (1 / (m + 1))
    steps = ratio ** -np.arange(1.0, m + 1)
    return special.ndtri((0.5 + np.arange(count)[:, None] * steps) % 1.0)
