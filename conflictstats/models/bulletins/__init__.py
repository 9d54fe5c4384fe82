"""Share of deaths that first bulletins have found, learned from repeated bulletins."""

from conflictstats.models.bulletins.fit import FoundShareFit, FoundStatus
from conflictstats.models.bulletins.model import FoundShare

__all__ = ["FoundShare", "FoundShareFit", "FoundStatus"]
