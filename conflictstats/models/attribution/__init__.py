"""Which side killed: bounds from claims and denials, and a model beside them."""

from conflictstats.models.attribution.bounds import (
    AttributionBounds,
    AttributionBoundsFit,
    AttributionStatus,
)
from conflictstats.models.attribution.share import (
    AttributionShare,
    AttributionShareFit,
    AttributionShareStatus,
)

__all__ = [
    "AttributionBounds",
    "AttributionBoundsFit",
    "AttributionShare",
    "AttributionShareFit",
    "AttributionShareStatus",
    "AttributionStatus",
]
