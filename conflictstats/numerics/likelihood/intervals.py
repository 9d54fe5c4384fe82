"""Wide intervals of counts as parts of a likelihood."""

from collections.abc import Callable

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.numerics.likelihood.tails import Moves
from conflictstats.numerics.likelihood.terms import Jet, Terms

STEP = 0.03
"""Step in log dispersion; the differences are exact to its sixth power over 140."""

WEIGHTS = {1: 45 / 60, 2: -9 / 60, 3: 1 / 60}
"""Central differences of sixth order by steps away."""

MovesAt = Callable[[FloatArray, FloatArray], Moves]


class WideIntervals:
    """Log probabilities of intervals by their two tails.

    Parameters
    ----------
    moves : callable
        Log probability with three derivatives, as a function of the predictor and the
        log dispersion, of the same shape.
    disperses : bool
        Whether the log dispersion matters.
    """

    def __init__(self, moves: MovesAt, *, disperses: bool = True) -> None:
        self.moves, self.disperses = moves, disperses

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each interval.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.moves(*np.broadcast_arrays(predictor, dispersion)).value

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each interval with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        Terms
            Shape (*draws, n) each; curvatures that rounding would make negative are 0.
        """
        moves = self.moves(*np.broadcast_arrays(predictor, dispersion))
        return Terms(moves.value, moves.first, np.maximum(-moves.second, 0.0))

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each interval with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        Jet
            Shape (*draws, n) each; those in the log dispersion by differences.
        """
        predictor, dispersion = np.broadcast_arrays(predictor, dispersion)
        here = self.moves(predictor, dispersion)
        by = [np.zeros_like(here.value) for _ in range(3)]
        for away, weight in WEIGHTS.items() if self.disperses else ():
            for sign in (1, -1):
                there = self.moves(predictor, dispersion + sign * away * STEP)
                for total, part in zip(by, there, strict=False):
                    total += sign * weight / STEP * part
        third = -here.third
        bend = np.maximum(-here.second, 0.0)
        return Jet(here.value, here.first, bend, third, by[0], by[1], -by[2])
