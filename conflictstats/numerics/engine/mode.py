"""Mode of the field and Laplace approximation of the evidence, many at once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.engine.bordered import (
    Bordered,
    Factor,
    Vector,
    factorise,
)
from conflictstats.numerics.engine.components import LOG_TWO_PI
from conflictstats.numerics.engine.observation import Seen
from conflictstats.numerics.engine.problem import FieldPrior, Problem
from conflictstats.numerics.likelihood.terms import Terms

MAX_STEPS = 200
LARGEST_STEP = 4.0
"""Most that the predictor of a cell may change in one step."""
TOLERANCE = 1e-9
"""Newton decrement, over the height, at which one more step is the last: the error it
leaves in the mode is of the order of the decrement. None is needed where a decrement
is below its square already."""
OF_SUMS = 1e-14
"""The same where sums are observed, of whose Hessian the bend of their size is left
out, so that the error is of the order of the decrement's root."""
ROUNDED = 1e-6
"""The same, where rounding hides what a further step would bring."""
HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Mode:
    """Where the posterior of the field peaks, and how it curves there.

    Attributes
    ----------
    field : Vector
        The modes, shapes (stack, n) and (stack, p).
    factor : Factor
        Factors of the negative Hessians.
    terms : Terms
        Log probabilities of the observations there, shape (stack, n).
    seen : Seen
        What the observations see there.
    log_evidence : ndarray, shape (stack,)
        Laplace approximation of the log probability of the observations.
    converged : ndarray of bool, shape (stack,)
        Whether Newton's method ended at a mode.
    """

    field: Vector
    factor: Factor
    terms: Terms
    seen: Seen
    log_evidence: Float[np.ndarray, " stack"]
    converged: Bool[np.ndarray, " stack"]


def find_mode(
    problem: Problem,
    theta: Float[np.ndarray, "stack m"],
    start: Vector,
    tolerance: float = TOLERANCE,
) -> Mode:
    r"""Modes of the field at some hyperparameters, and the evidence there.

    .. math:: \log p(y) \approx \log p(y \mid \hat x) + \log p(\hat x)
              + \tfrac n2 \log 2\pi - \tfrac12 \log |Q + W|

    Parameters
    ----------
    problem : Problem
        The model; its data are one series, or one for each of the stack.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    start : Vector
        Where Newton's method starts, shapes (stack, n) and (stack, p).
    tolerance : float
        Newton decrement, over the height, at which one more step is the last.

    Returns
    -------
    Mode
        With ``converged`` False where the search stopped early.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x
    """
    search = Search(problem, theta, problem.field_prior(theta))
    here = search.look(start)
    moving = np.isfinite(here.height)
    arrived = np.zeros_like(moving)
    tolerance = OF_SUMS if problem.observed.spans else tolerance
    for _ in range(MAX_STEPS):
        factor, definite = search.factor(here)
        slope = search.slope(here)
        step = factor.solve(slope)
        decrement = slope.dot(step)
        there = moving & definite & (decrement < tolerance**2)
        arrived |= there
        moving &= ~there
        if not moving.any():
            break
        gain = decrement / np.maximum(1, np.abs(here.height))
        close = gain < tolerance
        slack = np.where(gain < ROUNDED, ROUNDED, 1e-12)
        here, climbed = search.climb(here, step, moving & definite, slack)
        arrived |= moving & definite & (close | ~climbed & (gain < ROUNDED))
        moving &= climbed & ~close
        if not moving.any():
            factor, definite = search.factor(here)
            break
    nodes = problem.design.nodes + problem.design.effects
    constant = 0.5 * (nodes * LOG_TWO_PI - factor.log_determinant())
    return Mode(
        here.field,
        factor,
        here.terms,
        here.seen,
        here.height + constant,
        definite & arrived & np.isfinite(here.height),
    )


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
