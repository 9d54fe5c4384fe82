"""Gaussians with the moments that reports give them: expectation propagation."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Factor
from conflictstats.numerics.engine.components import LOG_TWO_PI
from conflictstats.numerics.engine.mode import Mode
from conflictstats.numerics.engine.problem import Problem, Told
from conflictstats.numerics.engine.search import Search

NODES = np.linspace(-6.0, 6.0, 61)[:, None, None]
"""Where a report is looked at, in standard deviations of its predictor."""
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
FARTHEST = 10.0
"""Most that a predictor is moved by: rates by e^10 tell what those beyond would."""
TURNS = 20
"""Most rounds, of all reports at once."""
PART = 0.5
"""Part of what is missing of its moments that a report is given in a round."""
MET = 0.01
"""Standard deviations by which moments may differ at the end."""
NARROWEST = 1e-3
"""Least part of a variance that a report leaves in one round."""
LOOSEST = 1e-9
"""Least part of a precision that is left without the report itself."""


class _Factors(NamedTuple):
    r"""Normal factors in place of the reports, shape (stack, n) each.

    :math:`\log t_i(\eta_i) = \nu_i \eta_i - \tfrac12 \tau_i \eta_i^2`.
    """

    shift: FloatArray
    precision: FloatArray

    def log(self, eta: FloatArray) -> FloatArray:
        """Their logs."""
        return self.shift * eta - 0.5 * self.precision * eta**2


class _Moments(NamedTuple):
    """What a report in place of its factor makes of the predictor, (stack, n) each."""

    log_gain: FloatArray
    mean: FloatArray
    variance: FloatArray


def nearest(problem: Problem, theta: Float[np.ndarray, "stack m"], mode: Mode) -> Mode:
    r"""Gaussian in which every report may take the place of its normal factor.

    .. math:: q(x) \propto p(x) \prod_i t_i(\eta_i), \qquad
              \mathrm{E}, \operatorname{Var} \text{ of } \eta_i \text{ alike under } q
              \text{ and } q \, \frac{p(y_i \mid \eta_i)}{t_i(\eta_i)},
              \qquad
              \log p(y) \approx \log \int p(x) \prod_i t_i \, dx
              + \sum_i \log \mathrm{E}_q \frac{p(y_i \mid \eta_i)}{t_i(\eta_i)}

    A bound that is wide beside the scatter leaves the likelihood flat, with edges of
    which slope and curvature at the mode know nothing; its integrals do. All factors
    are moved at once, part of the way, on the banded matrices of the engine [2]_.

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
        Means, factors of the precisions, and the approximate ``log_evidence``.

    References
    ----------
    .. [1] Minka, T. P. (2001). Expectation propagation for approximate Bayesian
       inference. *Uncertainty in Artificial Intelligence* 17, 362-369.
       https://doi.org/10.48550/arXiv.1301.2294
    .. [2] Cseke, B. and Heskes, T. (2011). Approximate marginals in latent Gaussian
       models. *JMLR* 12, 417-454. https://jmlr.org/papers/v12/cseke11a.html
    """
    search = Search(problem, theta, problem.field_prior(theta))
    field, law, eta = mode.field, mode.factor, _predictor(problem, mode)
    curved = np.maximum(mode.terms.curvature, 0.0)
    factors = _Factors(mode.terms.slope + curved * eta, curved)
    for _ in range(TURNS):
        variance = _variance(problem, law)
        given = _moments(problem, theta, eta, variance, factors)
        if _met(given, eta, variance):
            break
        factors = _moved(factors, given, eta, variance)
        here = search.look(field)
        slope = factors.shift - factors.precision * eta
        terms = here.terms._replace(slope=slope, curvature=factors.precision)
        here = here._replace(terms=terms)
        law, _ = search.factor(here)
        field = field.moved(law.solve(search.slope(here)), np.ones(len(theta)))
        eta = _predictor(problem, replace(mode, field=field))
    here = search.look(field)
    gain = _moments(problem, theta, eta, _variance(problem, law), factors).log_gain
    value = here.height - here.terms.value.sum(axis=1)
    value += (factors.log(eta) + gain).sum(axis=1)
    size = problem.design.nodes + problem.design.effects
    value += 0.5 * (size * LOG_TWO_PI - law.log_determinant())
    return replace(mode, field=field, factor=law, log_evidence=value)


def _predictor(problem: Problem, mode: Mode) -> FloatArray:
    """Predictor of each observation, shape (stack, n)."""
    return problem.observed.see(problem.design.predict(mode.field)).predictor


def _variance(problem: Problem, law: Factor) -> FloatArray:
    """Variance of the predictor of each observation, shape (stack, n)."""
    inside = law.inverse_within_band()
    return problem.design.variance(law, inside)[:, problem.observed.cell]


def _moments(
    problem: Problem,
    theta: FloatArray,
    eta: FloatArray,
    variance: FloatArray,
    factors: _Factors,
) -> _Moments:
    """Integrate every report over its predictor."""
    seen = problem.observed.see(np.zeros((len(theta), problem.design.cells)))
    at = problem.dispersion(theta, seen), problem.found_at(theta)
    if problem.likelihood.edged:
        return _of_measured(problem.likelihood, at, eta, variance, factors)
    where = eta + np.clip(NODES * np.sqrt(variance), -FARTHEST, FARTHEST)
    told = np.stack([problem.likelihood.value(each, *at) for each in where])
    told -= factors.log(where)
    top = told.max(axis=0)
    mass = WEIGHTS * np.exp(told - top)
    total = mass.sum(axis=0)
    mean = (mass * where).sum(axis=0) / total
    spread = (mass * (where - mean) ** 2).sum(axis=0) / total
    return _Moments(np.log(total) + top, mean, np.maximum(spread, NARROWEST * variance))


def _of_measured(
    likelihood: Told,
    at: tuple[FloatArray, FloatArray],
    eta: FloatArray,
    variance: FloatArray,
    factors: _Factors,
) -> _Moments:
    """The same of measurements: their scatter and the predictor's add up."""
    log_sd, found = at
    rest = np.maximum(1 / variance - factors.precision, LOOSEST / variance)
    shift = eta / variance - factors.shift
    log_wider = 0.5 * np.log(np.exp(2 * log_sd) + 1 / rest)
    told = likelihood.terms(shift / rest, log_wider, found)
    own = 0.5 * np.log(rest * variance)
    own += 0.5 * (eta**2 / variance - shift**2 / rest)
    return _Moments(
        told.value - own,
        (shift + told.slope) / rest,
        np.maximum(1 - told.curvature / rest, NARROWEST) / rest,
    )


def _met(given: _Moments, eta: FloatArray, variance: FloatArray) -> bool:
    """Whether every report has the moments of its factor."""
    apart = np.abs(given.mean - eta) / np.sqrt(variance)
    wider = np.abs(given.variance / variance - 1)
    return bool(max(apart.max(initial=0.0), wider.max(initial=0.0)) < MET)


def _moved(
    factors: _Factors, given: _Moments, eta: FloatArray, variance: FloatArray
) -> _Factors:
    """Factors nearer to those with the moments that the reports give."""
    shift = given.mean / given.variance - eta / variance
    precision = 1 / given.variance - 1 / variance
    return _Factors(
        factors.shift + PART * shift,
        np.maximum(factors.precision + PART * precision, 0.0),
    )
