"""Dynamic casualty rate: a latent random walk seen through reported counts."""

from conflictstats.models.rates.bounds import RateBounds
from conflictstats.models.rates.fit import DynamicRateFit
from conflictstats.models.rates.model import DynamicRate
from conflictstats.models.rates.status import RateStatus

__all__ = ["DynamicRate", "DynamicRateFit", "RateBounds", "RateStatus"]
