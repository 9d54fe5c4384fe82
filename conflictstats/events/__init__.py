"""Event tables: one schema, one reader a source, every fault told at once."""

from conflictstats.events.daily import read_daily
from conflictstats.events.displacement import displacement_table, read_displacement
from conflictstats.events.displacement_camps import read_camps
from conflictstats.events.displacement_dtm import read_dtm, read_dtm_round
from conflictstats.events.displacement_gidd import read_gidd
from conflictstats.events.displacement_unhcr import read_unhcr_population
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
    "displacement_table",
    "read_camps",
    "read_daily",
    "read_displacement",
    "read_dtm",
    "read_dtm_round",
    "read_events",
    "read_ged",
    "read_gidd",
    "read_lists",
    "read_reports",
    "read_unhcr_population",
    "to_csv",
]
