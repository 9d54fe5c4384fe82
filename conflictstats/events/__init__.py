"""Event tables: one schema, one reader a source, every fault told at once."""

from conflictstats.events.export import to_csv
from conflictstats.events.ged import read_ged
from conflictstats.events.lists import read_lists
from conflictstats.events.read import check, describe, read_events
from conflictstats.events.reports import read_reports
from conflictstats.events.validate import Faults

__all__ = [
    "Faults",
    "check",
    "describe",
    "read_events",
    "read_ged",
    "read_lists",
    "read_reports",
    "to_csv",
]
