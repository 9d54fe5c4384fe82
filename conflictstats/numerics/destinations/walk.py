"""Log odds of destinations that wander about what gravity says, given their scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.destinations.dirichlet import Counts
from conflictstats.numerics.engine.bordered import (
    Bordered,
    Factor,
    Vector,
    factorise,
)

MOST_STEPS = 60
CLOSE = 1e-6
"""Half the squared Newton step, in posterior sds, that ends a search."""
HALVINGS = 25


class Scales(NamedTuple):
    """How fast shares change and how much reports scatter.

    Attributes
    ----------
    change : ndarray, shape (stack,)
        Variance of the log odds' change in a day.
    start : ndarray, shape (stack,)
        Variance of the log odds on the first date about what gravity says.
    concentration : ndarray, shape (stack,)
        Sum of the parameters of the Dirichlet law of reported shares.
    """

    change: FloatArray
    start: FloatArray
    concentration: FloatArray

    def at(self, rows: np.ndarray) -> Scales:
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray
            Index.

        Returns
        -------
        Scales
            Those.
        """
        return Scales(*(each[rows] for each in self))


class Peak(NamedTuple):
    """Gaussian approximation at the mode, one for each of a stack.

    Attributes
    ----------
    log_evidence : ndarray, shape (stack,)
        Laplace's approximation.
    field : Vector
        Modes: paths, shape (stack, T J), and coefficients, shape (stack, K).
    factor : Factor
        Factors of the negative second derivatives there, made positive definite.
    converged : ndarray of bool, shape (stack,)
        Whether the search ended where the gradient is zero.
    """

    log_evidence: FloatArray
    field: Vector
    factor: Factor
    converged: BoolArray


@dataclass(frozen=True, slots=True)
class ShareWalk:
    r"""Joint density of paths and coefficients, and its Gaussian approximation.

    .. math:: \eta_{jt} = x_{jt}'\beta + w_{jt}, \quad w_{j1} \sim N(0, \tau^2), \quad
              w_{jt} - w_{j,t-1} \sim N(0, \sigma^2 \Delta_t), \quad
              \beta_k \sim N(m_k, s_k^2)

    Attributes
    ----------
    counts : Counts
        At T dates in J destinations.
    columns : ndarray, shape (T, J, K)
        Gravity terms.
    days : ndarray, shape (T - 1,)
        Days between dates.
    mean, sd : ndarray, shape (K,)
        Prior of the coefficients.
    """

    counts: Counts
    columns: FloatArray
    days: FloatArray
    mean: FloatArray
    sd: FloatArray

    def start(self, stack: int) -> Vector:
        """Where searches begin: no walk, coefficients at their prior means.

        Parameters
        ----------
        stack : int
            How many.

        Returns
        -------
        Vector
            Paths of zeros and the means.
        """
        dates, places, _ = self.columns.shape
        effects = np.tile(self.mean, (stack, 1))
        return Vector(np.zeros((stack, dates * places)), effects)

    def log_odds(self, field: Vector) -> Float[np.ndarray, "stack T J"]:
        """Log odds of each destination.

        Parameters
        ----------
        field : Vector
            Paths and coefficients.

        Returns
        -------
        ndarray, shape (stack, T, J)
            Up to a constant by date.
        """
        dates, places, _ = self.columns.shape
        walk = field.path.reshape(-1, dates, places)
        return walk + np.einsum("tjk,sk->stj", self.columns, field.effects)

    def log_density(self, field: Vector, scales: Scales) -> Float[np.ndarray, " stack"]:
        """Log of likelihood times prior, constants included.

        Parameters
        ----------
        field : Vector
            Paths and coefficients.
        scales : Scales
            Given.

        Returns
        -------
        ndarray, shape (stack,)
            Natural log, without what depends on the counts alone.
        """
        dates, places, terms = self.columns.shape
        walk = field.path.reshape(-1, dates, places)
        steps = np.diff(walk, axis=1, prepend=0.0)
        variance = self._variances(scales)
        away = (field.effects - self.mean) / self.sd
        squares = (steps**2).sum(axis=2) / variance
        normal = squares.sum(axis=1) + (away**2).sum(axis=1)
        normal += places * np.log(variance).sum(axis=1) + 2 * np.log(self.sd).sum()
        normal += (dates * places + terms) * np.log(2 * np.pi)
        odds = self.log_odds(field)
        return self.counts.loglik(odds, scales.concentration) - 0.5 * normal

    def peak(self, scales: Scales, start: Vector) -> Peak:
        """Find the mode by Newton steps, and the Gaussian law that fits there.

        Parameters
        ----------
        scales : Scales
            Given.
        start : Vector
            Where to begin.

        Returns
        -------
        Peak
            With Laplace's approximation of the evidence.
        """
        field = Vector(start.path.copy(), start.effects.copy())
        height = self.log_density(field, scales)
        live = np.arange(height.size)
        for _ in range(MOST_STEPS):
            own, some = field.at(live), scales.at(live)
            slope, factor = self._slope_and_factor(own, some)
            step = factor.solve(slope)
            moved, climbed = self._uphill(own, step, height[live], some)
            field.path[live], field.effects[live] = moved
            height[live] = climbed
            live = live[slope.dot(step) > 2 * CLOSE]
            if not live.size:
                break
        _, factor = self._slope_and_factor(field, scales)
        size = field.path.shape[1] + field.effects.shape[1]
        evidence = height + 0.5 * (size * np.log(2 * np.pi) - factor.log_determinant())
        converged = ~np.isin(np.arange(height.size), live)
        return Peak(evidence, field, factor, converged)

    def _uphill(
        self, field: Vector, step: Vector, height: FloatArray, scales: Scales
    ) -> tuple[Vector, FloatArray]:
        """The step, halved until the density rises."""
        times = np.ones(height.size)
        for _ in range(HALVINGS):
            moved = field.moved(step, times)
            now = self.log_density(moved, scales)
            low = ~(now >= height - CLOSE)
            if not low.any():
                break
            times = np.where(low, times / 2, times)
        keep = (~low)[:, None]
        path = np.where(keep, moved.path, field.path)
        effects = np.where(keep, moved.effects, field.effects)
        return Vector(path, effects), np.where(low, height, now)

    def _slope_and_factor(self, field: Vector, scales: Scales) -> tuple[Vector, Factor]:
        """Gradient, and factor of minus the second derivatives.

        Where these are not positive definite, those of each date are made so: at a
        place between two tops, say, where it is not known which of the destinations
        that never report has the people.
        """
        found = self.counts.expand(self.log_odds(field), scales.concentration)
        prior = self._precision(scales)
        slope = self._slope(field, found.slope, prior)
        factor, definite = factorise(self._information(-found.bend, prior))
        if not definite.all():
            values, vectors = np.linalg.eigh(-found.bend[~definite])
            values = np.maximum(values, 0.0)[..., None, :]
            mended = (vectors * values) @ np.swapaxes(vectors, -1, -2)
            other, _ = factorise(self._information(mended, prior[~definite]))
            factor = factor.put(np.flatnonzero(~definite), other)
        return slope, factor

    def _slope(
        self, field: Vector, likelihood: FloatArray, prior: FloatArray
    ) -> Vector:
        """Gradient of the log density."""
        stack, dates, places = likelihood.shape
        walk = field.path.reshape(stack, dates, places)
        pulled = np.diff(walk, axis=1, prepend=0.0) * prior[:, :, None]
        back = pulled.copy()
        back[:, :-1] -= pulled[:, 1:]
        path = (likelihood - back).reshape(stack, -1)
        effects = np.einsum("tjk,stj->sk", self.columns, likelihood)
        return Vector(path, effects - (field.effects - self.mean) / self.sd**2)

    def _information(self, bend: FloatArray, prior: FloatArray) -> Bordered:
        """Minus second derivatives as a band with a border."""
        stack, dates, places, _ = bend.shape
        band = np.zeros((stack, dates, places, places + 1))
        for j in range(places):
            band[:, :, j, : places - j] = bend[:, :, j:, j]
        ahead = np.zeros_like(prior)
        ahead[:, :-1] = prior[:, 1:]
        band[..., 0] += (prior + ahead)[:, :, None]
        band[..., places] -= ahead[:, :, None]
        cross = np.einsum("stij,tjk->stik", bend, self.columns)
        corner = np.einsum("tik,stil->skl", self.columns, cross)
        corner += np.diag(1 / self.sd**2)
        size = dates * places
        return Bordered(
            band.reshape(stack, size, places + 1),
            cross.reshape(stack, size, -1),
            corner,
        )

    def _variances(self, scales: Scales) -> FloatArray:
        """Variances of the first value and of each step, shape (stack, T)."""
        steps = scales.change[:, None] * self.days
        return np.concatenate([scales.start[:, None], steps], axis=1)

    def _precision(self, scales: Scales) -> FloatArray:
        """One over them."""
        return 1 / self._variances(scales)
