"""Share of the dead who were civilians: bounds, and a share that moves over time."""

from conflictstats.models.civilian_share.bounds import ShareBounds
from conflictstats.models.civilian_share.bounds_fit import ShareBoundsFit, ShareStatus
from conflictstats.models.civilian_share.categories import deaths_by_status
from conflictstats.models.civilian_share.composition import Composition
from conflictstats.models.civilian_share.composition_fit import CompositionFit
from conflictstats.models.civilian_share.dynamic import DynamicShare
from conflictstats.models.civilian_share.dynamic_fit import DynamicShareFit
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus
from conflictstats.models.civilian_share.reported_shares import (
    ReportedShares,
    ReportedSharesFit,
    ReportedShareStatus,
)

__all__ = [
    "Composition",
    "CompositionFit",
    "DynamicShare",
    "DynamicShareFit",
    "DynamicShareStatus",
    "ReportedShareStatus",
    "ReportedShares",
    "ReportedSharesFit",
    "ShareBounds",
    "ShareBoundsFit",
    "ShareStatus",
    "deaths_by_status",
]
