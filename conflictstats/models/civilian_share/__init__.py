"""Share of the dead who were civilians: bounds, and a share that moves over time."""

from conflictstats.models.civilian_share.bounds import (
    ShareBounds,
    ShareBoundsFit,
    ShareStatus,
)
from conflictstats.models.civilian_share.dynamic import DynamicShare, DynamicShareFit

__all__ = [
    "DynamicShare",
    "DynamicShareFit",
    "ShareBounds",
    "ShareBoundsFit",
    "ShareStatus",
]
