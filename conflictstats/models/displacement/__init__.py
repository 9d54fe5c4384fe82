"""Displacement: inflow per day from cumulative, flow and stock reports."""

from conflictstats.models.displacement.fit import DisplacementFit, DisplacementStatus
from conflictstats.models.displacement.model import DisplacementInflow

__all__ = ["DisplacementFit", "DisplacementInflow", "DisplacementStatus"]
