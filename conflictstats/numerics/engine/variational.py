"""The Gaussian that is nearest to the posterior of the field, not at its mode alone."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Factor, Vector
from conflictstats.numerics.engine.components import LOG_TWO_PI
from conflictstats.numerics.engine.mode import Mode
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.search import Search

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
FARTHEST = 10.0
"""Most that a predictor is moved by: rates by e^10 tell what those beyond would."""
TURNS = 12
"""Steps towards the nearest Gaussian; each halves what is missing of its precision."""


def nearest(problem: Problem, theta: Float[np.ndarray, "stack m"], mode: Mode) -> Mode:
    r"""Gaussian q of least divergence from the posterior, by its own fixed point.

    .. math:: H = Q + A' \operatorname{diag}\left(
              -\frac{\mathrm E_q[\ell'_i(\eta_i)(\eta_i - m_i)]}{v_i}\right) A,
              \qquad m \leftarrow m + H^{-1}
              \left(A' \mathrm E_q[\ell'] - Q (m - \mu)\right)

    A bound that is wide beside the scatter leaves the likelihood flat, with edges of
    which the curvature at the mode knows nothing; its mean over q does.

    Parameters
    ----------
    problem : Problem
        The model, without spans.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    mode : Mode
        Where to start: modes there.

    Returns
    -------
    Mode
        Means, factors of the precisions, and the evidence lower bound as
        ``log_evidence``.

    References
    ----------
    .. [1] Opper, M. and Archambeau, C. (2009). The variational Gaussian approximation
       revisited. *Neural Computation* 21, 786-792.
       https://doi.org/10.1162/neco.2008.08-07-592
    """
    search = Search(problem, theta, problem.field_prior(theta))
    field, factor, weight = mode.field, mode.factor, mode.terms.curvature
    for _ in range(TURNS):
        sd = np.sqrt(_variance(problem, factor))
        slope = _told(problem, theta, field, sd, "slope")
        tilt = np.einsum("ksn,k->sn", slope, -WEIGHTS * NODES) / sd
        weight = 0.5 * (weight + np.maximum(tilt, 0))
        mean_slope = np.einsum("ksn,k->sn", slope, WEIGHTS)
        here = search.look(field)
        here = here._replace(
            terms=here.terms._replace(slope=mean_slope, curvature=weight)
        )
        factor, _ = search.factor(here)
        step = factor.solve(search.slope(here))
        field = field.moved(step, np.ones(len(theta)))
    here = search.look(field)
    variance = _variance(problem, factor)
    value = _told(problem, theta, field, np.sqrt(variance), "value")
    expected = np.einsum("ksn,k->s", value, WEIGHTS) - here.terms.value.sum(axis=1)
    nodes = problem.design.nodes + problem.design.effects
    bound = here.height + expected + 0.5 * (weight * variance).sum(axis=1)
    bound += 0.5 * (nodes * LOG_TWO_PI - factor.log_determinant())
    return replace(mode, field=field, factor=factor, log_evidence=bound)


def _variance(problem: Problem, factor: Factor) -> FloatArray:
    """Variance of the predictor of each observation, shape (stack, n)."""
    inside = factor.inverse_within_band()
    return problem.design.variance(factor, inside)[:, problem.observed.cell]


def _told(
    problem: Problem, theta: FloatArray, field: Vector, sd: FloatArray, what: str
) -> FloatArray:
    """Log probabilities, or their slopes, at the nodes, shape (nodes, stack, n)."""
    seen = problem.observed.see(problem.design.predict(field))
    at = problem.dispersion(theta, seen), problem.found_at(theta)
    away = np.clip(NODES[:, None, None] * sd, -FARTHEST, FARTHEST)
    each = [problem.likelihood.terms(seen.predictor + a, *at) for a in away]
    return np.stack([getattr(terms, what) for terms in each])
