"""Priors that are stated as a sentence, with their densities and gradients.

Each is on the scale on which the engine works, without a bound: logs of standard
deviations, logits of shares, inverse hyperbolic tangents of correlations.
"""

from conflictstats.numerics.priors.dependence import Correlation, Mixing
from conflictstats.numerics.priors.location import Effect, Share
from conflictstats.numerics.priors.predictive import counts, walks
from conflictstats.numerics.priors.prior import Density, Prior, draw, joint_density
from conflictstats.numerics.priors.scale import (
    Overdispersion,
    StandardDeviation,
    Step,
)

__all__ = [
    "Correlation",
    "Density",
    "Effect",
    "Mixing",
    "Overdispersion",
    "Prior",
    "Share",
    "StandardDeviation",
    "Step",
    "counts",
    "draw",
    "joint_density",
    "walks",
]
