"""Where most of the posterior lies: a start for its chains.

The mode of a state that holds standard deviations is far from most of the posterior:
there the noise follows the reports too closely. What the noise uses up is counted here,
as REML counts the degrees of freedom of fixed effects.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement.posterior import (
    Curvature,
    StockFlowPosterior,
)

BROAD = (2.0, 0.5)
"""Errors of reports with which the first search is made, far from the reports."""
TURNS = 40
STEPS = 3
"""Steps with one curvature."""
FIRST_ENDED, ENDED = 1.0, 0.05
"""Rise of the log density a step at which the first searches end, and the last."""
SHORTEST = 1e-4


def start(posterior: StockFlowPosterior) -> Float[np.ndarray, " k"]:
    r"""Climb to about the mode of the marginal of all standard deviations.

    .. math:: \log p(z \mid y) + \sum_s \gamma_s \log \tau_s
              - \sum_j \gamma_j \log \sigma_j

    is climbed, with the degrees of freedom :math:`\gamma` that the reports of a body,
    or the scores of a noise, use up where the search stands [1]_.

    Parameters
    ----------
    posterior : StockFlowPosterior
        To be sampled.

    Returns
    -------
    ndarray, shape (k,)
        State where the search ended.

    References
    ----------
    .. [1] MacKay, D. J. C. (1992). Bayesian interpolation. *Neural Computation* 4,
       415-447. https://doi.org/10.1162/neco.1992.4.3.415
    """
    at = np.zeros(posterior.size)
    for error in BROAD:
        design = posterior.design._replace(error=(error, 0.0))
        held = replace(posterior, design=design)
        at = _climb(held, at, FIRST_ENDED, counted=False)
    return _climb(posterior, at, ENDED, counted=True)


def _climb(
    posterior: StockFlowPosterior, at: FloatArray, ended: float, *, counted: bool
) -> FloatArray:
    """State from which a step would rise less, shape (k,)."""
    here = _Seen.at(posterior, at)
    for _ in range(TURNS):
        curved = posterior.curvature(here.state)
        covariance = linalg.inv(curved.information + np.eye(at.size))
        bonus = _used_up(posterior, curved, covariance) if counted else 0.0 * at
        for _ in range(STEPS):
            here, gain, whole = _step(posterior, here, covariance, bonus)
            if not whole:
                break
        if gain < ended:
            break
    return here.state


class _Seen(NamedTuple):
    """A state with its log density and gradient."""

    state: FloatArray
    value: float
    slope: FloatArray

    @classmethod
    def at(cls, posterior: StockFlowPosterior, state: FloatArray) -> "_Seen":
        with np.errstate(all="ignore"):
            value, slope = posterior(state[None])
        return cls(state, float(value[0]), slope[0])


def _step(
    posterior: StockFlowPosterior,
    here: _Seen,
    covariance: FloatArray,
    bonus: FloatArray,
) -> tuple[_Seen, float, bool]:
    """Next state, the rise hoped for, and whether most of the step was taken."""
    uphill = here.slope + bonus
    move = covariance @ uphill
    gain, length = float(uphill @ move), 1.0
    while length > SHORTEST:
        there = _Seen.at(posterior, here.state + length * move)
        rise = there.value - here.value + length * bonus @ move
        if rise > SHORTEST * length * gain:
            return there, gain, length > 0.25
        length /= 2
    return here, gain, False


def _used_up(
    posterior: StockFlowPosterior, curved: Curvature, covariance: FloatArray
) -> FloatArray:
    """Slope of the degrees of freedom' part in each number of a state, shape (k,)."""
    rates, design = posterior.rates, posterior.design
    bonus = np.zeros(posterior.size)
    spread = np.einsum("ij,ij->i", curved.slopes @ covariance, curved.slopes)
    by_body = np.bincount(design.body, curved.known * spread, design.bodies)
    if design.bodies:
        bonus[-design.bodies :] = design.error[1] * by_body
    learned = 1 - np.diag(covariance)
    for name in ("noise", "return_noise"):
        row = rates.scalars.names.index(f"{name}_sd")
        scale = rates.scalars.log_sd[row]
        bonus[row] = -scale * learned[rates.parts[name]].sum()
    return bonus
