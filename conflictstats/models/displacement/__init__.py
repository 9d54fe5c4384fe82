"""Stock and flows of displaced people behind what was reported of them."""

from conflictstats.models.displacement.fit import StockFlowFit
from conflictstats.models.displacement.model import StockFlow
from conflictstats.models.displacement.status import StockFlowStatus
from conflictstats.models.displacement.trend import StockTrend
from conflictstats.models.displacement.trend_fit import (
    StockTrendFit,
    StockTrendStatus,
)

__all__ = [
    "StockFlow",
    "StockFlowFit",
    "StockFlowStatus",
    "StockTrend",
    "StockTrendFit",
    "StockTrendStatus",
]
