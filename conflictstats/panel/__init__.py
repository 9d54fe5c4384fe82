"""From event tables and reports to labelled arrays over time, place and group."""

from conflictstats.panel.attributed import incidents_of_claims
from conflictstats.panel.attributions import attributions_of_reports
from conflictstats.panel.displacement import to_persons
from conflictstats.panel.displacement_copies import latest_edition, merge_copies
from conflictstats.panel.displacement_coverage import coverage_mask
from conflictstats.panel.displacement_flows import flows_of_totals, inflow_of_stocks
from conflictstats.panel.displacement_identities import without_identities
from conflictstats.panel.displacement_reports import (
    displacement_of_bulletins,
    displacement_of_reports,
)
from conflictstats.panel.events import panel_of_events
from conflictstats.panel.incidents import incident_reports
from conflictstats.panel.increments import panel_of_totals
from conflictstats.panel.list_tables import lists_of_cells, lists_of_records
from conflictstats.panel.lists import Lists
from conflictstats.panel.paths import bulletin_paths
from conflictstats.panel.reports import panel_of_reports
from conflictstats.panel.statements import Measures, statements_of_reports
from conflictstats.panel.totals import totals_of_reports
from conflictstats.panel.violence import violence_of_counts, violence_of_events

__all__ = [
    "Lists",
    "Measures",
    "attributions_of_reports",
    "bulletin_paths",
    "coverage_mask",
    "displacement_of_bulletins",
    "displacement_of_reports",
    "flows_of_totals",
    "incident_reports",
    "incidents_of_claims",
    "inflow_of_stocks",
    "latest_edition",
    "lists_of_cells",
    "lists_of_records",
    "merge_copies",
    "panel_of_events",
    "panel_of_reports",
    "panel_of_totals",
    "statements_of_reports",
    "to_persons",
    "totals_of_reports",
    "violence_of_counts",
    "violence_of_events",
    "without_identities",
]
