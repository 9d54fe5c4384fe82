"""Reported quantities: what was said, as an interval, and a parser of phrases."""

from conflictstats.quantity.reported import QUALIFIERS, Reported
from conflictstats.quantity.widths import Widths

__all__ = ["QUALIFIERS", "Reported", "Widths"]
