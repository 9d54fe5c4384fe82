"""Stock and flows of displaced people behind what was reported of them."""

from conflictstats.models.displacement.fit import StockFlowFit
from conflictstats.models.displacement.model import StockFlow
from conflictstats.models.displacement.status import StockFlowStatus

__all__ = ["StockFlow", "StockFlowFit", "StockFlowStatus"]
