"""What all incidents share, learned from those with their reports."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg, special, stats

from conflictstats._typing import FloatArray
from conflictstats.models.incidents.evidence import Evidence
from conflictstats.models.incidents.law import Hyper
from conflictstats.models.incidents.posterior import Block
from conflictstats.numerics.sampling import pareto

POSITIVE = ("mean", "size", "tail", "growth")
"""Parameters with a log-normal prior; of the tail, what it has above one."""
SHARES = ("found", "correlation", "correction", "struck", "slip")
"""Parameters with a Beta prior."""
PARAMS = (*POSITIVE, *SHARES, "between_bodies")
LEAST, MOST = 1e-5, 1 - 1e-5
"""Shares are kept so far from 0 and 1."""
TURNS = 40
CLOSE = 1e-2
HALVINGS = 12
STEP = 1e-4
FREEDOM = 10
ROUNDS = (0.5, 0.5)
"""Parts of the points that are tried in each round, each around the last."""
FAR_BELOW, BELOW = 18.0, 13.0
"""Cells so far below the greatest, in logs, are left out at first and in the end."""
REPORTS = 800
"""About so many reports are held in memory at once."""


@dataclass(frozen=True, slots=True)
class Priors:
    """Priors, and the scale on which each is standard normal.

    Attributes
    ----------
    positive : dict of str to tuple of float
        Median, and sd of the log, of each parameter above 0.
    shares : dict of str to tuple of float
        The two numbers of the Beta law of each share.
    between_rate : float
        Rate of the exponential law of the sd between bodies.
    """

    positive: dict[str, tuple[float, float]]
    shares: dict[str, tuple[float, float]]
    between_rate: float

    def hyper(self, at: FloatArray) -> Hyper:
        """Parameters at a point, whose prior is standard normal.

        Parameters
        ----------
        at : ndarray, shape (p,)
            Point: a coordinate for each of ``PARAMS``, then one for each body.

        Returns
        -------
        Hyper
            On the scale of the formulas.
        """
        named = dict(zip(PARAMS, at, strict=False))
        mean, size, above, growth = (
            self.positive[name][0] * np.exp(self.positive[name][1] * named[name])
            for name in POSITIVE
        )
        found, *shares = (
            float(
                np.clip(
                    special.betaincinv(a, b, special.ndtr(named[name])), LEAST, MOST
                )
            )
            for name, (a, b) in self.shares.items()
        )
        bodies = special.logit(found) + self.between(at) * at[len(PARAMS) :]
        return Hyper(mean, size, 1 + above, bodies, growth, *shares)

    def between(self, at: FloatArray) -> float:
        """Sd between bodies at a point.

        Parameters
        ----------
        at : ndarray, shape (p,)
            Point.

        Returns
        -------
        float
            On the scale of logits.
        """
        place = at[PARAMS.index("between_bodies")]
        return float(-special.log_ndtr(-place) / self.between_rate)

    def found(self, at: FloatArray) -> float:
        """Share found on the day itself by a typical body, at a point.

        Parameters
        ----------
        at : ndarray, shape (p,)
            Point.

        Returns
        -------
        float
            From 0 to 1.
        """
        a, b = self.shares["found"]
        return float(special.betaincinv(a, b, special.ndtr(at[PARAMS.index("found")])))


class Points(NamedTuple):
    """Weighted points of the posterior of what all incidents share.

    Attributes
    ----------
    at : ndarray, shape (m, p)
        Points.
    weight : ndarray, shape (m,)
        They add up to one.
    pareto_k : float
        Shape of the tail of the weights; above 0.7 they should not be trusted.
    settled : bool
        Whether the search for the mode ended where it should.
    """

    at: FloatArray
    weight: FloatArray
    pareto_k: float
    settled: bool

    @property
    def effective(self) -> float:
        """Number of points of equal weight that would tell as much."""
        return float(1 / (self.weight**2).sum())

    def drawn(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw points evenly by their weights.

        Parameters
        ----------
        draws : int
            How many.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray, shape (draws, p)
            In no order.
        """
        marks = (np.arange(draws) + rng.random()) / draws
        at = np.searchsorted(np.cumsum(self.weight), marks).clip(
            max=self.weight.size - 1
        )
        return self.at[rng.permutation(at)]


def blocks_of(evidence: Evidence, least: int) -> list[Block]:
    """Incidents in blocks that fit into memory, those of like size together.

    Parameters
    ----------
    evidence : Evidence
        Reports.
    least : int
        Smallest count.

    Returns
    -------
    list of Block
        Every incident once.
    """
    return [Block(evidence.some(some), least) for some in evidence.by_size(REPORTS)]


class Learner:
    """Search for the mode, and points about it.

    Parameters
    ----------
    blocks : list of Block
        Incidents to learn from.
    priors : Priors
        What is believed before.
    """

    def __init__(self, blocks: list[Block], priors: Priors) -> None:
        self.blocks, self.priors = blocks, priors

    def trim(self, at: FloatArray, drop: float) -> None:
        """Leave out cells that do not matter near a point."""
        self.blocks = [
            block.trimmed(self.priors.hyper(at), drop) for block in self.blocks
        ]

    def each(self, at: FloatArray) -> FloatArray:
        """Log evidence of each incident, shape (n,)."""
        hyper = self.priors.hyper(at)
        return np.concatenate(
            [[], *(block.log_evidence(hyper) for block in self.blocks)]
        )

    def value(self, at: FloatArray) -> float:
        """Log posterior, up to a constant."""
        return float(self.each(at).sum() - at @ at / 2)

    def slopes(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient, shape (p,), and information, (p, p), by the incidents' scores.

        The sum of squares of the scores stands for the curvature.
        """
        steps = STEP * np.eye(at.size)
        centre = self.each(at)
        scores = np.array([(self.each(at + step) - centre) / STEP for step in steps]).T
        return scores.sum(axis=0) - at, scores.T @ scores + np.eye(at.size)

    def mode(self, at: FloatArray) -> tuple[FloatArray, FloatArray, bool]:
        """Mode of the posterior, its covariance, and whether the search settled."""
        value = self.value(at)
        for _ in range(TURNS):
            gradient, information = self.slopes(at)
            move = linalg.solve(information, gradient, assume_a="pos")
            if gradient @ move < CLOSE:
                return at, linalg.inv(information), True
            move *= min(1.0, 2 / np.abs(move).max())
            for halving in range(HALVINGS):
                ahead = self.value(at + move / 2**halving)
                if ahead > value:
                    break
            else:
                return at, linalg.inv(information), False
            at, value = at + move / 2**halving, ahead
        return at, linalg.inv(information), False

    def points(self, bodies: int, number: int, rng: np.random.Generator) -> Points:
        """Weighted points of the posterior, by importance sampling in rounds."""
        start = np.zeros(len(PARAMS) + bodies)
        self.trim(start, FAR_BELOW)
        centre, spread, settled = self.mode(start)
        self.trim(centre, BELOW)
        tried: list[tuple[FloatArray, FloatArray]] = []
        laws = []
        for part in ROUNDS:
            laws.append(stats.multivariate_t(centre, spread, FREEDOM, seed=rng))
            at = laws[-1].rvs(max(int(part * number), 2)).reshape(-1, centre.size)
            tried.append((at, np.array([self.value(each) for each in at])))
            points = _weighed(tried, laws, settled)
            centre = points.weight @ points.at
            apart = points.at - centre
            seen = (apart.T * points.weight) @ apart
            trust = points.effective / (points.effective + 5 * centre.size)
            spread = trust * seen + (1 - trust) * spread
        return points


def _weighed(
    tried: list[tuple[FloatArray, FloatArray]],
    laws: list[stats.multivariate_t],
    settled: bool,
) -> Points:
    """All points so far, weighed by the mixture of the laws they came from."""
    at = np.concatenate([points for points, _ in tried])
    values = np.concatenate([each for _, each in tried])
    parts = np.array([len(points) / len(at) for points, _ in tried])
    logs = np.array([np.atleast_1d(law.logpdf(at)) for law in laws[: len(tried)]])
    proposed = special.logsumexp(logs, axis=0, b=parts[:, None])
    return Points(at, *pareto.smooth(values - proposed), settled)
