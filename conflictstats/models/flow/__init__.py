"""Flow per day behind running totals, flows and stocks, as one body counts them."""

from conflictstats.models.flow.fit import FlowStatus, ReportedFlowFit
from conflictstats.models.flow.model import ReportedFlow

__all__ = ["FlowStatus", "ReportedFlow", "ReportedFlowFit"]
