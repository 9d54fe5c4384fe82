"""Points scattered over many hyperparameters, of which a grid would need too many."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.evidence import joined
from conflictstats.numerics.engine.grid import Grid, Mesh
from conflictstats.numerics.engine.normal_scale import NormalSurvey
from conflictstats.numerics.engine.survey import OUT_OF_REACH, Height

POINTS = 32
"""Points for each hyperparameter that are laid at a time."""
WANTED, WANTED_OF_LARGE = 48.0, 12.0
"""Effective number of points for each hyperparameter at which no more are laid, and
that of a large field, at which a look costs more and the data say more."""
REACH = 1.5
"""Posterior standard deviations at which the density is looked at on either side."""
WIDER = 1.5
"""Spread of the points over that of the density, so that no tail is left out."""
SIDES = (0.5, 3.0)
"""Least and largest spread on one side of an axis, over the one at the top."""
ROUNDS = 8
"""Most laws that are laid, the later ones by the moments of the points before."""
FEWEST = 0.1
"""Effective number of points, over their number, below which they missed the mass."""


def scatter(
    survey: NormalSurvey,
    top: Float[np.ndarray, "series m"],
    height: Height,
    axes: Float[np.ndarray, "series m m"],
    *,
    large: bool = False,
) -> list[Grid]:
    r"""Weighted points from a low-discrepancy sequence around the tops.

    A split normal law, with a spread of its own on either side of each axis, is laid
    through the density [1]_. Then normal laws with the moments that all points so far
    have are added, until the points are as good as enough independent draws. After
    K laws :math:`q_k` a point :math:`\theta_i` of any of them weighs

    .. math:: w_i \propto p(\theta_i) \Big/ \sum_{k=1}^{K} q_k(\theta_i)

    [2]_, so that a law that missed a tail does no harm, and the number of points need
    not grow with the power of the dimension.

    Parameters
    ----------
    survey : NormalSurvey
        The density.
    top : ndarray, shape (series, m)
        Its tops, on the normal scale like all that follows.
    height : Height
        The density there.
    axes : ndarray, shape (series, m, m)
        One posterior standard deviation each, as columns.
    large : bool
        Whether a look at the density is costly.

    Returns
    -------
    list of Grid
        One for each series, on the working scale.

    References
    ----------
    .. [1] Martins, T. G. et al. (2013). Bayesian computing with INLA: new features.
       *Computational Statistics & Data Analysis* 67, 68-83, section 3.
       https://doi.org/10.1016/j.csda.2013.04.014
    .. [2] Cornuet, J.-M. et al. (2012). Adaptive multiple importance sampling.
       *Scandinavian Journal of Statistics* 39, 798-812.
       https://doi.org/10.1111/j.1467-9469.2011.00756.x
    """
    series, m = top.shape
    sides = _sides(survey, top, height, axes)
    noise = _normal_sequence(ROUNDS * POINTS * m, m)
    wanted = m * (WANTED_OF_LARGE if large else WANTED)
    return [
        _scattered(
            _Cloud(survey, s, height.field.at(np.array([s]))),
            _Law(top[s], axes[s], sides[s]),
            noise,
            wanted,
        )
        for s in range(series)
    ]


class _Law(NamedTuple):
    """A normal law with a spread of its own on either side of each axis."""

    centre: FloatArray
    axes: FloatArray
    sides: FloatArray

    def points(self, noise: FloatArray) -> FloatArray:
        """Points of standard normal noise."""
        chosen = np.where(noise > 0, self.sides[0], self.sides[1])
        return self.centre + (WIDER * chosen * noise) @ self.axes.T

    def log_density(self, points: FloatArray) -> FloatArray:
        """Log density, shape (points,)."""
        place = np.linalg.solve(self.axes, (points - self.centre).T).T
        spread = WIDER * np.where(place > 0, self.sides[0], self.sides[1])
        each = -0.5 * ((place / spread) ** 2 + np.log(2 * np.pi)) - np.log(spread)
        return np.asarray(each.sum(axis=1) - np.linalg.slogdet(self.axes)[1])


class _Cloud:
    """Points of one series while they are laid."""

    def __init__(self, survey: NormalSurvey, series: int, start: Vector) -> None:
        self.survey, self.series, self.start = survey, series, start
        self.laws: list[_Law] = []
        self.looks: list[Height] = []
        self.points = np.zeros((0, len(survey.scale.splines)))
        self.log_weight = self.weight = np.zeros(0)

    def lay(self, law: _Law, noise: FloatArray) -> None:
        """Add points of a law, and weigh all by the mixture of the laws."""
        points, none = law.points(noise), np.zeros(len(noise), int)
        self.looks.append(
            self.survey.look(points, none + self.series, self.start.at(none))
        )
        self.laws.append(law)
        self.points = np.concatenate([self.points, points])
        value = np.concatenate([look.value for look in self.looks])
        each = [law.log_density(self.points) for law in self.laws]
        mixture = special.logsumexp(each, axis=0) - np.log(len(each))
        self.log_weight = value - mixture
        weight = np.exp(self.log_weight - self.log_weight.max())
        self.weight = weight / weight.sum()

    @property
    def effective(self) -> float:
        """Effective number of points."""
        return 1 / float((self.weight**2).sum())

    def law(self) -> _Law:
        """A normal law with the moments of the points."""
        m = self.points.shape[1]
        mean = self.weight @ self.points
        away = self.points - mean
        spread = (away.T * self.weight) @ away
        ridge = 1e-3 * np.trace(spread) / m * np.eye(m)
        root = np.linalg.cholesky(spread + ridge).astype(float)
        return _Law(mean, root, np.ones((2, m)))


def _scattered(cloud: _Cloud, first: _Law, noise: FloatArray, wanted: float) -> Grid:
    """Lay laws until there are points enough, and put them on the working scale."""
    m = noise.shape[1]
    cloud.lay(first, noise[: POINTS * m])
    for more in np.split(noise, ROUNDS)[1:]:
        if cloud.effective >= wanted:
            break
        cloud.lay(cloud.law(), more)
    scale, count = cloud.survey.scale, len(cloud.weight)
    points = scale.working(cloud.points)
    away = points - cloud.weight @ points
    step = cloud.effective ** (-1 / m)
    field = Vector(
        np.concatenate([look.field.path for look in cloud.looks]),
        np.concatenate([look.field.effects for look in cloud.looks]),
    )
    return Grid(
        points,
        cloud.weight,
        step * np.linalg.cholesky((away.T * cloud.weight) @ away).astype(float),
        field,
        float(special.logsumexp(cloud.log_weight) - np.log(count)),
        Mesh(step, np.inf),
        bool(
            cloud.effective > FEWEST * count and cloud.looks[0].value[0] > OUT_OF_REACH
        ),
        cloud.points,
        scale,
        joined([look.spread for look in cloud.looks]),
    )


def _sides(
    survey: NormalSurvey, top: FloatArray, height: Height, axes: FloatArray
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
