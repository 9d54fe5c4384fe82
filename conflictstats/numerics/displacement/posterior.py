"""Joint density of the course of people and of all that reports depend on."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement import observed
from conflictstats.numerics.displacement.balance import Balance, Course
from conflictstats.numerics.displacement.observed import Design, Said
from conflictstats.numerics.displacement.rates import Drive, Moves, Rates
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
        drive = self.rates.drive(state)
        value, gradient, in_drive = self.slopes(state, drive)
        self.add_drive(gradient, state, drive, in_drive)
        return value, gradient

    def slopes(
        self, state: Float[np.ndarray, "chains k"], drive: Drive
    ) -> tuple[
        Float[np.ndarray, " chains"],
        Float[np.ndarray, "chains k"],
        Float[np.ndarray, "chains T"],
    ]:
        """Log densities and gradients apart from what goes through the drive.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori.
        drive : Drive
            Inflow without noise.

        Returns
        -------
        ndarray, shape (chains,)
            Log densities.
        ndarray, shape (chains, k)
            Gradients with the drive held.
        ndarray, shape (chains, T)
            Derivatives in the inflow of the drive.
        """
        found = self.found(state, drive)
        value, *slopes = observed.log_likelihood(self.design, found.said)
        slope = observed.pull_back(self.design, found.said, found.moves.values, *slopes)
        gradient, in_drive = self._gradient(found, slope)
        return value - 0.5 * (state**2).sum(axis=1), gradient - state, in_drive

    def add_drive(
        self,
        gradient: Float[np.ndarray, "chains k"],
        state: Float[np.ndarray, "#chains k"],
        drive: Drive,
        slope: Float[np.ndarray, "chains T"],
    ) -> None:
        """Add to gradients what goes through the drive.

        Parameters
        ----------
        gradient : ndarray, shape (chains, k)
            Changed in place.
        state, drive : ndarray, Drive
            State and its drive.
        slope : ndarray, shape (chains, T)
            Derivatives in the inflow of the drive.
        """
        parts = self.rates.parts
        in_shares, in_lag = self.rates.pull_back_drive(state, drive, slope)
        gradient[:, parts["shares"]] += in_shares
        gradient[:, parts["lag"]] += in_lag

    def found(
        self, state: Float[np.ndarray, "chains k"], drive: Drive | None = None
    ) -> "Found":
        """What moves, the course that follows and what reports would say.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori.
        drive : Drive, optional
            Inflow without noise, where it is known.

        Returns
        -------
        Found
            Of each state.
        """
        moves = self.rates.moves(state, drive)
        values = moves.values
        balance = Balance(moves.fractions, values.get("population"))
        course = balance.course(values["initial"])
        own = state[:, self.rates.size :]
        said = observed.said(self.design, course, own, values)
        return Found(moves, balance, course, said)

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
        return observed.log_likelihood(self.design, self.found(state).said)[0]

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
        found = self.found(at[None])
        told, values = found.said, found.moves.values
        none = np.zeros((number, number))
        each = observed.pull_back(design, told, values, np.eye(number), none)
        slopes, in_drive = self._gradient(found, each)
        self.add_drive(slopes, at[None], found.moves.drive, in_drive)
        reports = LogNormalReports(design.low, design.high, told.error)
        known = reports.terms(told.log_median, none[:1]).curvature[0]
        information = (slopes * known[:, None]).T @ slopes
        errors = np.arange(self.size - design.bodies, self.size)
        points = np.bincount(design.body, known * told.error[0] ** 2, design.bodies)
        information[errors, errors] += 2 * design.error[1] ** 2 * points
        return Curvature(slopes, known, information)

    def _gradient(
        self, found: "Found", slope: observed.Slope
    ) -> tuple[FloatArray, FloatArray]:
        """Gradient of the log likelihood (chains, k), and in the drive (chains, T)."""
        values = found.moves.values
        fractions, start, population = found.balance.pull_back(
            found.course, slope.course
        )
        gradient, scalars = self.rates.pull_back(found.moves, fractions)
        scalars["initial"] = start
        if "population" in values:
            scalars["population"] = population
        for name, part in slope.scalars.items():
            scalars[name] = scalars.get(name, 0.0) + part
        own = self.rates.scalars.pull_back(values, scalars)
        gradient[:, self.rates.parts["scalars"]] = own
        in_drive = fractions.potential * found.moves.at_level
        return np.hstack([gradient, slope.own]), in_drive


class Found(NamedTuple):
    """What follows from states.

    Attributes
    ----------
    moves : Moves
        What moves.
    balance : Balance
        Of the people that it moves.
    course : Course
        Stock and flows.
    said : Said
        What reports would say.
    """

    moves: Moves
    balance: Balance
    course: Course
    said: Said
