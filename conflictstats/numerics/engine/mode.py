"""Mode of the field and Laplace approximation of the evidence, many at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from conflictstats.numerics.engine.bordered import Factor, Vector
from conflictstats.numerics.engine.components import LOG_TWO_PI
from conflictstats.numerics.engine.observation import Seen
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.search import (
    OF_SUMS,
    TOLERANCE,
    Search,
    Tolerance,
    descend,
)
from conflictstats.numerics.likelihood.terms import Terms


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
    pull : Vector
        Minus the gradient of the log prior density there.
    log_evidence : ndarray, shape (stack,)
        Laplace approximation of the log probability of the observations.
    converged : ndarray of bool, shape (stack,)
        Whether Newton's method ended at a mode.
    """

    field: Vector
    factor: Factor
    terms: Terms
    seen: Seen
    pull: Vector
    log_evidence: Float[np.ndarray, " stack"]
    converged: Bool[np.ndarray, " stack"]


def find_mode(
    problem: Problem,
    theta: Float[np.ndarray, "stack m"],
    start: Vector,
    tolerance: Tolerance = TOLERANCE,
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
    tolerance : Tolerance
        When to stop; where sums are observed it is :data:`OF_SUMS`.

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
    if problem.observed.spans:
        tolerance = OF_SUMS
    end = descend(search, here, np.isfinite(here.height), tolerance)
    here, nodes = end.here, problem.design.nodes + problem.design.effects
    constant = 0.5 * (nodes * LOG_TWO_PI - end.factor.log_determinant())
    return Mode(
        here.field,
        end.factor,
        here.terms,
        here.seen,
        here.pull,
        here.height + constant,
        end.definite & end.arrived & np.isfinite(here.height),
    )
