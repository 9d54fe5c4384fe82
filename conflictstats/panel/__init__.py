"""From event tables and reports to labelled arrays over time, place and group."""

from conflictstats.panel.attributed import incidents_of_claims
from conflictstats.panel.attributions import attributions_of_reports
from conflictstats.panel.events import panel_of_events
from conflictstats.panel.incidents import incident_reports
from conflictstats.panel.increments import panel_of_totals
from conflictstats.panel.list_tables import lists_of_cells, lists_of_records
from conflictstats.panel.lists import Lists
from conflictstats.panel.paths import bulletin_paths
from conflictstats.panel.reports import panel_of_reports
from conflictstats.panel.statements import Measures, statements_of_reports
from conflictstats.panel.totals import totals_of_reports

__all__ = [
    "Lists",
    "Measures",
    "attributions_of_reports",
    "bulletin_paths",
    "incident_reports",
    "incidents_of_claims",
    "lists_of_cells",
    "lists_of_records",
    "panel_of_events",
    "panel_of_reports",
    "panel_of_totals",
    "statements_of_reports",
    "totals_of_reports",
]
