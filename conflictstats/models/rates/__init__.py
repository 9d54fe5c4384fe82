"""Dynamic casualty rate: a latent random walk seen through reported counts."""

from conflictstats.models.rates.fit import DynamicRateFit, RateStatus
from conflictstats.models.rates.model import DynamicRate

__all__ = ["DynamicRate", "DynamicRateFit", "RateStatus"]
