"""Share of the dead who were civilians: bounds, and a share that moves over time."""

from conflictstats.models.civilian_share.bounds import (
    ShareBounds,
    ShareBoundsFit,
    ShareStatus,
)
from conflictstats.models.civilian_share.dynamic import (
    DynamicShare,
    DynamicShareFit,
    DynamicShareStatus,
)

__all__ = [
    "DynamicShare",
    "DynamicShareFit",
    "DynamicShareStatus",
    "ShareBounds",
    "ShareBoundsFit",
    "ShareStatus",
]
