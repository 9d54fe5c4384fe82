"""Joint density of the course of people and of all that reports depend on."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement import balance, observed
from conflictstats.numerics.displacement.balance import Course
from conflictstats.numerics.displacement.observed import Design, Said
from conflictstats.numerics.displacement.rates import Moves, Rates
from conflictstats.numerics.likelihood.lognormal import LogNormalReports


class Curvature(NamedTuple):
    """What n reports know around a state.

    Attributes
    ----------
    slopes : ndarray, shape (n, k)
        Derivatives of each log median.
    known : ndarray, shape (n,)
        Curvature of each report's log likelihood in its log median.
    information : ndarray, shape (k, k)
        Of all of them.
    """

    slopes: FloatArray
    known: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True)
class StockFlowPosterior:
    """Log density of a state, up to a constant, with its gradient.

    Attributes
    ----------
    rates : Rates
        What moves; its scalars name ``initial``, and ``population`` where it is
        limited.
    design : Design
        Of the reports.
    """

    rates: Rates
    design: Design

    @property
    def size(self) -> int:
        """Numbers of a state, all standard normal a priori."""
        return self.rates.size + self.design.size

    def __call__(
        self, state: Float[np.ndarray, "chains k"]
    ) -> tuple[Float[np.ndarray, " chains"], Float[np.ndarray, "chains k"]]:
        """Log densities and gradients.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori.

        Returns
        -------
        ndarray, shape (chains,)
            Log densities.
        ndarray, shape (chains, k)
            Gradients.
        """
        moves, course, told = self.found(state)
        value, in_median, in_error = observed.log_likelihood(self.design, told)
        slope = observed.pull_back(self.design, told, moves.values, in_median, in_error)
        gradient = self._gradient(state, moves, course, slope)
        return value - 0.5 * (state**2).sum(axis=1), gradient - state

    def found(self, state: Float[np.ndarray, "chains k"]) -> tuple[Moves, Course, Said]:
        """What moves, the course that follows and what reports would say.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori.

        Returns
        -------
        tuple of Moves, Course and Said
            Of each state.
        """
        moves = self.rates.moves(state)
        values = moves.values
        limit = values.get("population")
        course = balance.course(moves.fractions, values["initial"], limit)
        own = state[:, self.rates.size :]
        return moves, course, observed.said(self.design, course, own, values)

    def log_likelihood(
        self, state: Float[np.ndarray, "chains k"]
    ) -> Float[np.ndarray, " chains"]:
        """Log likelihood of the reports.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori.

        Returns
        -------
        ndarray, shape (chains,)
            Of each state.
        """
        return observed.log_likelihood(self.design, self.found(state)[2])[0]

    def curvature(self, at: Float[np.ndarray, " k"]) -> "Curvature":
        """What reports know around one state.

        Parameters
        ----------
        at : ndarray, shape (k,)
            State.

        Returns
        -------
        Curvature
            By the derivatives of all log medians (Gauss and Newton).
        """
        design = self.design
        number = len(design.low)
        copies = np.repeat(at[None], number, axis=0)
        moves, course, told = self.found(copies)
        none = np.zeros((number, number))
        each = observed.pull_back(design, told, moves.values, np.eye(number), none)
        slopes = self._gradient(copies, moves, course, each)
        reports = LogNormalReports(design.low, design.high, told.error[:1])
        known = reports.terms(told.log_median[:1], none[:1]).curvature[0]
        information = (slopes * known[:, None]).T @ slopes
        errors = np.arange(self.size - design.bodies, self.size)
        points = np.bincount(design.body, known * told.error[0] ** 2, design.bodies)
        information[errors, errors] += 2 * design.error[1] ** 2 * points
        return Curvature(slopes, known, information)

    def _gradient(
        self, state: FloatArray, moves: Moves, course: Course, slope: observed.Slope
    ) -> FloatArray:
        """Gradient of the log likelihood, shape (chains, k)."""
        values = moves.values
        limit = values.get("population")
        fractions, start, population = balance.pull_back(
            moves.fractions, limit, course, slope.course
        )
        found, scalars = self.rates.pull_back(state, moves, fractions)
        scalars["initial"] = start
        if limit is not None:
            scalars["population"] = population
        for name, part in slope.scalars.items():
            scalars[name] = scalars.get(name, 0.0) + part
        found[:, self.rates.parts["scalars"]] = self.rates.scalars.pull_back(
            values, scalars
        )
        return np.hstack([found, slope.own])
