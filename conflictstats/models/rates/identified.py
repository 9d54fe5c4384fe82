"""Whether reports tell the share found, or its prior does."""

from __future__ import annotations

import numpy as np
from scipy import special

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.models.rates.layout import Layout
from conflictstats.models.rates.structure import Structure
from conflictstats.numerics import priors
from conflictstats.numerics.likelihood.mechanisms import Reading

UNTOLD = 0.5
"""Part of the prior variance of a share's logit that is left where reports tell it."""
DRIVEN = 0.5
"""Part of the variance of the log of all expected deaths that is too much for it."""


def prior_driven(
    structure: Structure,
    layout: Layout,
    informed: BoolArray,
    theta: FloatArray,
    deaths: FloatArray,
) -> bool:
    """Whether the prior of a share found decides about the rate.

    It does where every report is of deaths found so far. Else reports must have left
    the share as unknown as it was, and all of them depend on it, or most of what is
    unknown about all expected deaths, (draws,), comes from it.
    """
    reading = layout.reading
    depends = _depends(reading)[informed]
    if not depends.any():
        return False
    if reading.report is None and depends.all():
        return True
    log_deaths = np.log(deaths)
    for j, hyper in enumerate(structure.hyper):
        if isinstance(hyper.prior, priors.Share):
            logit = theta[:, j]
            decides = depends.all() or _explained(log_deaths, logit) > DRIVEN
            if decides and logit.var() > UNTOLD * _variance(hyper.prior):
                return True
    return False


def _depends(reading: Reading) -> BoolArray:
    """Whether each report depends on a share found, shape (n,)."""
    if reading.report is None:
        return reading.thinned
    parts = reading.thinned.copy()
    if reading.powers is not None:
        parts |= reading.powers.any(axis=1)
    return np.bincount(reading.report, parts) > 0


def _variance(prior: priors.Share) -> float:
    """Prior variance of the logit of a share."""
    return float(special.polygamma(1, prior.a) + special.polygamma(1, prior.b))


def _explained(one: FloatArray, other: FloatArray) -> float:
    """Part of the variance of one that goes with the other."""
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1] ** 2)
