"""Newton's method for the mode of the field, many searches at once."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.engine.bordered import (
    Bordered,
    Factor,
    Vector,
    factorise,
)
from conflictstats.numerics.engine.observation import Seen
from conflictstats.numerics.engine.problem import FieldPrior, Problem
from conflictstats.numerics.likelihood.terms import Terms

MAX_STEPS = 200
LARGEST_STEP = 4.0
"""Most that the predictor of a cell may change in one step."""


class Tolerance(NamedTuple):
    """When a search has arrived.

    Attributes
    ----------
    last : float
        Newton decrement, over the height, at which one more step is the last: the
        error it leaves in the mode is of the order of the decrement.
    none : float
        Newton decrement at which no step is needed.
    """

    last: float
    none: float


TOLERANCE = Tolerance(1e-9, 1e-18)
OF_SUMS = Tolerance(1e-14, 1e-28)
"""Where sums are observed, of whose Hessian the bend of their size is left out, so that
the error is of the order of the decrement's root."""
ROUNDED = 1e-6
"""Newton decrement, over the height, below which rounding hides what steps bring."""
HALVINGS = 30
FEW, WORTH = 0.6, 10_000
"""Share of a stack that is still moving at which it is parted from the rest, if that
spares so many nodes."""


class Place(NamedTuple):
    """A field with what the search needs to know there.

    Attributes
    ----------
    field : Vector
        Path and effects.
    seen : Seen
        What the observations see.
    terms : Terms
        Their log probabilities.
    pull : Vector
        Minus the gradient of its log prior density.
    height : ndarray, shape (stack,)
        Log posterior density up to a constant.
    """

    field: Vector
    seen: Seen
    terms: Terms
    pull: Vector
    height: FloatArray

    def at(self, rows: IntArray) -> "Place":
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray of int
            Index of the first axis.

        Returns
        -------
        Place
            Those places.
        """
        return Place(
            self.field.at(rows),
            Seen(*(part[rows] for part in self.seen)),
            Terms(*(part[rows] for part in self.terms)),
            self.pull.at(rows),
            self.height[rows],
        )


class Search(NamedTuple):
    """Newton's method with halved steps, in lockstep over a stack.

    Attributes
    ----------
    problem : Problem
        The model.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    prior : FieldPrior
        Prior of the field there.
    """

    problem: Problem
    theta: FloatArray
    prior: FieldPrior

    def at(self, rows: IntArray) -> "Search":
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray of int
            Index of the first axis.

        Returns
        -------
        Search
            Those searches.
        """
        return Search(
            self.problem.of_series(rows), self.theta[rows], self.prior.at(rows)
        )

    def look(self, field: Vector) -> Place:
        """Evaluate the log posterior.

        Parameters
        ----------
        field : Vector
            Where.

        Returns
        -------
        Place
            With log probabilities and their derivatives.
        """
        problem = self.problem
        seen = problem.observed.see(problem.design.predict(field))
        terms = problem.likelihood.terms(
            seen.predictor,
            problem.dispersion(self.theta, seen),
            problem.found_at(self.theta),
        )
        away = Vector(field.path - problem.path.mean, field.effects)
        pull = self.prior.pull(away)
        height = terms.value.sum(axis=1) + self.prior.log_constant
        return Place(field, seen, terms, pull, height - 0.5 * away.dot(pull))

    def slope(self, here: Place) -> Vector:
        """Gradient of the log posterior.

        Parameters
        ----------
        here : Place
            From :meth:`look`.

        Returns
        -------
        Vector
            One for each of the stack.
        """
        problem, seen = self.problem, here.seen
        size_slope = np.zeros_like(seen.log_size_ratio)
        if problem.observed.spans and problem.dispersion_scale is not None:
            moves = problem.likelihood.sensitivity(
                seen.predictor,
                problem.dispersion(self.theta, seen),
                problem.found_at(self.theta),
            )
            size_slope = moves.dispersion.value[:, problem.observed.cell.size :]
        cells = problem.observed.gradient(seen, here.terms.slope, size_slope)
        told = problem.design.gradient(cells)
        pull = here.pull
        return Vector(told.path - pull.path, told.effects - pull.effects)

    def factor(self, here: Place) -> tuple[Factor, BoolArray]:
        """Cholesky factors of the negative Hessians, or of the nearest that have one.

        The nearest leaves out how spans bend, then curvatures below zero.

        Parameters
        ----------
        here : Place
            From :meth:`look`.

        Returns
        -------
        factor : Factor
            One for each of the stack.
        definite : ndarray of bool, shape (stack,)
            Whether there is one.
        """
        bends = bool(self.problem.observed.spans)
        factor, definite = factorise(self._hessian(here, here.terms, exact=bends))
        convex = here.terms._replace(curvature=np.maximum(here.terms.curvature, 0))
        for terms, wanted in ((here.terms, bends), (convex, True)):
            if definite.all() or not wanted:
                continue
            other, better = factorise(self._hessian(here, terms, exact=False))
            take = ~definite & better
            factor = Factor(
                *(
                    np.where(take[:, None, None], new, old)
                    for new, old in (
                        (other.main, factor.main),
                        (other.reach, factor.reach),
                        (other.corner, factor.corner),
                    )
                )
            )
            definite |= better
        return factor, definite

    def walk(
        self,
        here: Place,
        step: Vector,
        gain: FloatArray,
        moving: BoolArray,
        last: float,
    ) -> tuple[Place, BoolArray, BoolArray]:
        """Take one step of Newton's method, halved until it does not lead down.

        Parameters
        ----------
        here : Place
            From :meth:`look`.
        step : Vector
            The whole step.
        gain : ndarray, shape (stack,)
            Newton decrement, over the height.
        moving : ndarray of bool, shape (stack,)
            Which of the stack shall move.
        last : float
            Gain at which the step is the last.

        Returns
        -------
        there : Place
            Where it led.
        arrived, moving : ndarray of bool, shape (stack,)
            Who has arrived, and who must go on.
        """
        slack = np.where(gain < ROUNDED, ROUNDED, 1e-12)
        there, climbed = self.climb(here, step, moving, slack)
        close = gain < last
        arrived = moving & (close | ~climbed & (gain < ROUNDED))
        return there, arrived, climbed & ~close

    def climb(
        self, here: Place, step: Vector, wanted: BoolArray, slack: FloatArray
    ) -> tuple[Place, BoolArray]:
        """Go as far along the step as does not lead down.

        Parameters
        ----------
        here : Place
            From :meth:`look`.
        step : Vector
            The whole step.
        wanted : ndarray of bool, shape (stack,)
            Which of the stack shall move.
        slack : ndarray, shape (stack,)
            How much lower it may come, over the height: where steps are small,
            rounding hides whether they lead up.

        Returns
        -------
        there : Place
            Where the search has come to.
        climbed : ndarray of bool, shape (stack,)
            Which have moved.
        """
        change = np.abs(self.problem.design.predict(step)).max(axis=1, initial=1e-300)
        times = np.where(wanted, np.minimum(1.0, LARGEST_STEP / change), 0.0)
        lowest = here.height - slack * np.maximum(1, np.abs(here.height))
        for _ in range(HALVINGS):
            there = self.look(here.field.moved(step, times))
            good = (there.height >= lowest) | ~wanted
            if good.all():
                return there, wanted
            times = np.where(good, times, 0.5 * times)
        times = np.where(good, times, 0.0)
        return self.look(here.field.moved(step, times)), wanted & good

    def _hessian(self, here: Place, terms: Terms, *, exact: bool) -> Bordered:
        """Minus the Hessian of the log posterior."""
        problem = self.problem
        weight, pairs = problem.observed.curvature(here.seen, terms, exact=exact)
        told = problem.design.curvature(weight, pairs, self.prior.band.shape[2])
        corner = told.corner
        if problem.design.effects:
            corner = corner + self.prior.diagonal[:, None, :] * np.eye(
                problem.design.effects
            )
        return Bordered(self.prior.band + told.band, told.cross, corner)


class End(NamedTuple):
    """Where searches ended.

    Attributes
    ----------
    here : Place
        The place.
    factor : Factor
        Factors of the negative Hessians there.
    definite : ndarray of bool, shape (stack,)
        Whether these are positive definite.
    arrived : ndarray of bool, shape (stack,)
        Whether it is a mode, to the tolerance.
    """

    here: Place
    factor: Factor
    definite: BoolArray
    arrived: BoolArray

    def put(self, rows: IntArray, other: "End") -> "End":
        """The same with other ends in some rows.

        Parameters
        ----------
        rows : ndarray of int
            Index of the first axis.
        other : End
            As many ends.

        Returns
        -------
        End
            All ends.
        """
        mine, its = self.here, other.here
        return End(
            Place(
                Vector(*_put(mine.field, rows, its.field)),
                Seen(*_put(mine.seen, rows, its.seen)),
                Terms(*_put(mine.terms, rows, its.terms)),
                Vector(*_put(mine.pull, rows, its.pull)),
                *_put([mine.height], rows, [its.height]),
            ),
            self.factor.put(rows, other.factor),
            *_put(self[2:], rows, other[2:]),
        )


def descend(
    search: Search,
    here: Place,
    moving: BoolArray,
    tolerance: Tolerance,
    steps: int = MAX_STEPS,
) -> End:
    """Newton's method; once most of a stack has arrived the rest goes on alone.

    Parameters
    ----------
    search : Search
        What is searched.
    here : Place
        From :meth:`Search.look`.
    moving : ndarray of bool, shape (stack,)
        Which of the stack shall move.
    tolerance : Tolerance
        When to stop.
    steps : int
        Most steps that are taken.

    Returns
    -------
    End
        With ``arrived`` False where the search stopped early.
    """
    arrived = np.zeros_like(moving)
    for left in range(steps, -1, -1):
        factor, definite = search.factor(here)
        if not left or not moving.any():
            break
        slope = search.slope(here)
        step = factor.solve(slope)
        decrement = slope.dot(step)
        arrived |= moving & definite & (decrement < tolerance.none)
        moving = moving & definite & ~arrived
        gain = decrement / np.maximum(1, np.abs(here.height))
        rest = np.flatnonzero(moving)
        if not rest.size:
            break
        spared = (moving.size - rest.size) * here.field.path.shape[1]
        if rest.size <= FEW * moving.size and spared >= WORTH:
            some = search.at(rest)
            there, ended, moving = some.walk(
                here.at(rest), step.at(rest), gain[rest], moving[rest], tolerance.last
            )
            end = descend(some, there, moving, tolerance, left - 1)
            end = end._replace(arrived=end.arrived | ended)
            return End(here, factor, definite, arrived).put(rest, end)
        here, ended, moving = search.walk(here, step, gain, moving, tolerance.last)
        arrived |= ended
    return End(here, factor, definite, arrived)


def _put(
    parts: Iterable[np.ndarray], rows: IntArray, others: Iterable[np.ndarray]
) -> list[np.ndarray]:
    """Arrays with others in some rows."""
    whole = [part.copy() for part in parts]
    for part, other in zip(whole, others, strict=True):
        part[rows] = other
    return whole
