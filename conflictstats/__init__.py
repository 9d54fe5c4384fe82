"""Statistics of armed conflict from what was reported, with honest uncertainty.

Public names are loaded when they are first used, so importing the package is cheap.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conflictstats import datasets as datasets
    from conflictstats import errors as errors
    from conflictstats import evaluate as evaluate
    from conflictstats import events as events
    from conflictstats import linkage as linkage
    from conflictstats import models as models
    from conflictstats import panel as panel
    from conflictstats import plot as plot
    from conflictstats import quantity as quantity
    from conflictstats import report as report
    from conflictstats import simulate as simulate
    from conflictstats.datasets import load_kosovo_lists as load_kosovo_lists
    from conflictstats.datasets import load_nw_syria_deaths as load_nw_syria_deaths
    from conflictstats.datasets import (
        load_nw_syria_displacement as load_nw_syria_displacement,
    )
    from conflictstats.datasets import load_nw_syria_reports as load_nw_syria_reports
    from conflictstats.errors import ConflictStatsError as ConflictStatsError
    from conflictstats.errors import FitWarning as FitWarning
    from conflictstats.evaluate import Claim as Claim
    from conflictstats.evaluate import ClaimCheck as ClaimCheck
    from conflictstats.evaluate import Evidence as Evidence
    from conflictstats.evaluate import FitCheck as FitCheck
    from conflictstats.evaluate import Subject as Subject
    from conflictstats.evaluate import Verdict as Verdict
    from conflictstats.evaluate import check_claim as check_claim
    from conflictstats.evaluate import check_fit as check_fit
    from conflictstats.evaluate import claims_frame as claims_frame
    from conflictstats.evaluate.displacement import moved_since as moved_since
    from conflictstats.evaluate.women_children import (
        check_women_children as check_women_children,
    )
    from conflictstats.evaluate.women_children import (
        women_children_frame as women_children_frame,
    )
    from conflictstats.events import check as check
    from conflictstats.events import describe as describe
    from conflictstats.events import displacement_table as displacement_table
    from conflictstats.events import read_camps as read_camps
    from conflictstats.events import read_daily as read_daily
    from conflictstats.events import read_displacement as read_displacement
    from conflictstats.events import read_dtm as read_dtm
    from conflictstats.events import read_dtm_round as read_dtm_round
    from conflictstats.events import read_events as read_events
    from conflictstats.events import read_ged as read_ged
    from conflictstats.events import read_gidd as read_gidd
    from conflictstats.events import read_lists as read_lists
    from conflictstats.events import read_reports as read_reports
    from conflictstats.events import read_unhcr_population as read_unhcr_population
    from conflictstats.events import to_csv as to_csv
    from conflictstats.linkage import EventLinkage as EventLinkage
    from conflictstats.linkage import LinkageStatus as LinkageStatus
    from conflictstats.linkage import LinkedEvents as LinkedEvents
    from conflictstats.linkage import Meltt as Meltt
    from conflictstats.models.attribution import AttributionBounds as AttributionBounds
    from conflictstats.models.attribution import (
        AttributionBoundsFit as AttributionBoundsFit,
    )
    from conflictstats.models.attribution import AttributionShare as AttributionShare
    from conflictstats.models.attribution import (
        AttributionShareFit as AttributionShareFit,
    )
    from conflictstats.models.bulletins import FoundShare as FoundShare
    from conflictstats.models.bulletins import FoundShareFit as FoundShareFit
    from conflictstats.models.civilian_share import Composition as Composition
    from conflictstats.models.civilian_share import CompositionFit as CompositionFit
    from conflictstats.models.civilian_share import DynamicShare as DynamicShare
    from conflictstats.models.civilian_share import DynamicShareFit as DynamicShareFit
    from conflictstats.models.civilian_share import ShareBounds as ShareBounds
    from conflictstats.models.civilian_share import ShareBoundsFit as ShareBoundsFit
    from conflictstats.models.civilian_share import deaths_by_status as deaths_by_status
    from conflictstats.models.civilian_share.reported_shares import (
        ReportedShares as ReportedShares,
    )
    from conflictstats.models.civilian_share.reported_shares import (
        ReportedSharesFit as ReportedSharesFit,
    )
    from conflictstats.models.counting_bodies import CountingBodies as CountingBodies
    from conflictstats.models.counting_bodies import (
        CountingBodiesFit as CountingBodiesFit,
    )
    from conflictstats.models.destinations import Destinations as Destinations
    from conflictstats.models.destinations import DestinationsFit as DestinationsFit
    from conflictstats.models.destinations import Gravity as Gravity
    from conflictstats.models.destinations import GravityFit as GravityFit
    from conflictstats.models.displacement import StockFlow as StockFlow
    from conflictstats.models.displacement import StockFlowFit as StockFlowFit
    from conflictstats.models.displacement import StockTrend as StockTrend
    from conflictstats.models.displacement import StockTrendFit as StockTrendFit
    from conflictstats.models.flow import ReportedFlow as ReportedFlow
    from conflictstats.models.flow import ReportedFlowFit as ReportedFlowFit
    from conflictstats.models.incidents import Incidents as Incidents
    from conflictstats.models.incidents import IncidentsFit as IncidentsFit
    from conflictstats.models.rates import DynamicRate as DynamicRate
    from conflictstats.models.rates import DynamicRateFit as DynamicRateFit
    from conflictstats.models.regression import CountRegression as CountRegression
    from conflictstats.models.regression import CountRegressionFit as CountRegressionFit
    from conflictstats.models.undercount import Answer as Answer
    from conflictstats.models.undercount import ChaoFloor as ChaoFloor
    from conflictstats.models.undercount import Comparison as Comparison
    from conflictstats.models.undercount import DecomposableGraphs as DecomposableGraphs
    from conflictstats.models.undercount import (
        DecomposableGraphsFit as DecomposableGraphsFit,
    )
    from conflictstats.models.undercount import FixedOddsRatio as FixedOddsRatio
    from conflictstats.models.undercount import Heterogeneity as Heterogeneity
    from conflictstats.models.undercount import (
        InternalConsistency as InternalConsistency,
    )
    from conflictstats.models.undercount import LatentClass as LatentClass
    from conflictstats.models.undercount import LatentClassFit as LatentClassFit
    from conflictstats.models.undercount import LincolnPetersen as LincolnPetersen
    from conflictstats.models.undercount import LincolnPetersenFit as LincolnPetersenFit
    from conflictstats.models.undercount import LogLinear as LogLinear
    from conflictstats.models.undercount import LogLinearFit as LogLinearFit
    from conflictstats.models.undercount import SampleCoverage as SampleCoverage
    from conflictstats.models.undercount import (
        ThresholdedLogLinear as ThresholdedLogLinear,
    )
    from conflictstats.models.undercount import (
        ThresholdedLogLinearFit as ThresholdedLogLinearFit,
    )
    from conflictstats.models.undercount import UncertainOddsRatio as UncertainOddsRatio
    from conflictstats.models.undercount import (
        UncertainOddsRatioFit as UncertainOddsRatioFit,
    )
    from conflictstats.models.undercount import UndercountStatus as UndercountStatus
    from conflictstats.models.undercount import UnlistedFit as UnlistedFit
    from conflictstats.models.undercount import answers_frame as answers_frame
    from conflictstats.models.undercount import combine_replicates as combine_replicates
    from conflictstats.models.undercount import compare_undercount as compare_undercount
    from conflictstats.models.undercount import (
        implied_odds_ratios as implied_odds_ratios,
    )
    from conflictstats.models.undercount import (
        internal_consistency as internal_consistency,
    )
    from conflictstats.models.undercount import odds_ratio_curve as odds_ratio_curve
    from conflictstats.models.undercount import odds_ratio_subsets as odds_ratio_subsets
    from conflictstats.models.undercount import total_of_strata as total_of_strata
    from conflictstats.numerics.likelihood.mechanisms import Mechanism as Mechanism
    from conflictstats.panel import Lists as Lists
    from conflictstats.panel import attributions_of_reports as attributions_of_reports
    from conflictstats.panel import bulletin_paths as bulletin_paths
    from conflictstats.panel import coverage_mask as coverage_mask
    from conflictstats.panel import (
        displacement_of_bulletins as displacement_of_bulletins,
    )
    from conflictstats.panel import displacement_of_reports as displacement_of_reports
    from conflictstats.panel import flows_of_totals as flows_of_totals
    from conflictstats.panel import incident_reports as incident_reports
    from conflictstats.panel import incidents_of_claims as incidents_of_claims
    from conflictstats.panel import inflow_of_stocks as inflow_of_stocks
    from conflictstats.panel import latest_edition as latest_edition
    from conflictstats.panel import lists_of_cells as lists_of_cells
    from conflictstats.panel import lists_of_records as lists_of_records
    from conflictstats.panel import merge_copies as merge_copies
    from conflictstats.panel import panel_of_events as panel_of_events
    from conflictstats.panel import panel_of_reports as panel_of_reports
    from conflictstats.panel import panel_of_totals as panel_of_totals
    from conflictstats.panel import statements_of_reports as statements_of_reports
    from conflictstats.panel import to_persons as to_persons
    from conflictstats.panel import totals_of_reports as totals_of_reports
    from conflictstats.panel import violence_of_counts as violence_of_counts
    from conflictstats.panel import violence_of_events as violence_of_events
    from conflictstats.panel import without_identities as without_identities
    from conflictstats.plot.attribution import plot_attribution as plot_attribution
    from conflictstats.plot.bodies import (
        plot_events_and_bodies as plot_events_and_bodies,
    )
    from conflictstats.plot.bodies import plot_ratios as plot_ratios
    from conflictstats.plot.bulletins import plot_bulletins as plot_bulletins
    from conflictstats.plot.checks import plot_pit as plot_pit
    from conflictstats.plot.checks import plot_rootogram as plot_rootogram
    from conflictstats.plot.claims import plot_claims as plot_claims
    from conflictstats.plot.composition import plot_composition as plot_composition
    from conflictstats.plot.consistency import plot_consistency as plot_consistency
    from conflictstats.plot.displacement import plot_response as plot_response
    from conflictstats.plot.displacement import plot_stock_flow as plot_stock_flow
    from conflictstats.plot.displacement_reports import plot_assessed as plot_assessed
    from conflictstats.plot.displacement_reports import plot_foretold as plot_foretold
    from conflictstats.plot.displacement_reports import (
        plot_movements as plot_movements,
    )
    from conflictstats.plot.flow import plot_totals as plot_totals
    from conflictstats.plot.found import plot_found_share as plot_found_share
    from conflictstats.plot.incidents import plot_incidents as plot_incidents
    from conflictstats.plot.overlap import plot_overlap as plot_overlap
    from conflictstats.plot.priors import plot_prior as plot_prior
    from conflictstats.plot.rates import plot_escalation as plot_escalation
    from conflictstats.plot.rates import plot_rate as plot_rate
    from conflictstats.plot.regression import (
        plot_mechanism_sensitivity as plot_mechanism_sensitivity,
    )
    from conflictstats.plot.reported_shares import (
        plot_reported_shares as plot_reported_shares,
    )
    from conflictstats.plot.share import plot_running_share as plot_running_share
    from conflictstats.plot.share import plot_share as plot_share
    from conflictstats.plot.undercount import plot_undercount as plot_undercount
    from conflictstats.provenance import Source as Source
    from conflictstats.provenance import Table as Table
    from conflictstats.quantity import Lexicon as Lexicon
    from conflictstats.quantity import Reported as Reported
    from conflictstats.quantity import Widths as Widths
    from conflictstats.quantity import parse as parse
    from conflictstats.report import run_analysis as run_analysis
    from conflictstats.report import save_figure as save_figure
    from conflictstats.report.undercount import undercount_report as undercount_report

__version__ = version("conflictstats")

_MODULES = (
    "datasets",
    "errors",
    "evaluate",
    "events",
    "linkage",
    "models",
    "panel",
    "plot",
    "quantity",
    "report",
    "simulate",
)
_HOME = {
    "AttributionBounds": "models.attribution",
    "AttributionBoundsFit": "models.attribution",
    "AttributionShare": "models.attribution",
    "AttributionShareFit": "models.attribution",
    "Claim": "evaluate",
    "ClaimCheck": "evaluate",
    "Composition": "models.civilian_share",
    "CompositionFit": "models.civilian_share",
    "ConflictStatsError": "errors",
    "CountingBodies": "models.counting_bodies",
    "CountingBodiesFit": "models.counting_bodies",
    "CountRegression": "models.regression",
    "CountRegressionFit": "models.regression",
    "Destinations": "models.destinations",
    "DestinationsFit": "models.destinations",
    "DynamicRate": "models.rates",
    "DynamicRateFit": "models.rates",
    "DynamicShare": "models.civilian_share",
    "DynamicShareFit": "models.civilian_share",
    "EventLinkage": "linkage",
    "Evidence": "evaluate",
    "FitCheck": "evaluate",
    "FitWarning": "errors",
    "FoundShare": "models.bulletins",
    "FoundShareFit": "models.bulletins",
    "Gravity": "models.destinations",
    "GravityFit": "models.destinations",
    "Incidents": "models.incidents",
    "IncidentsFit": "models.incidents",
    "Lexicon": "quantity",
    "LinkageStatus": "linkage",
    "LinkedEvents": "linkage",
    "Meltt": "linkage",
    "Mechanism": "numerics.likelihood.mechanisms",
    "Reported": "quantity",
    "StockFlow": "models.displacement",
    "StockFlowFit": "models.displacement",
    "StockTrend": "models.displacement",
    "StockTrendFit": "models.displacement",
    "ReportedFlow": "models.flow",
    "ReportedFlowFit": "models.flow",
    "ReportedShares": "models.civilian_share.reported_shares",
    "ReportedSharesFit": "models.civilian_share.reported_shares",
    "ShareBounds": "models.civilian_share",
    "ShareBoundsFit": "models.civilian_share",
    "deaths_by_status": "models.civilian_share",
    "Source": "provenance",
    "Subject": "evaluate",
    "Table": "provenance",
    "Verdict": "evaluate",
    "Widths": "quantity",
    "Answer": "models.undercount",
    "DecomposableGraphs": "models.undercount",
    "DecomposableGraphsFit": "models.undercount",
    "LatentClass": "models.undercount",
    "LatentClassFit": "models.undercount",
    "Lists": "panel",
    "UndercountStatus": "models.undercount",
    "Comparison": "models.undercount",
    "compare_undercount": "models.undercount",
    "plot_consistency": "plot.consistency",
    "plot_undercount": "plot.undercount",
    "read_lists": "events",
    "undercount_report": "report.undercount",
    "ChaoFloor": "models.undercount",
    "FixedOddsRatio": "models.undercount",
    "Heterogeneity": "models.undercount",
    "InternalConsistency": "models.undercount",
    "LincolnPetersen": "models.undercount",
    "LincolnPetersenFit": "models.undercount",
    "LogLinear": "models.undercount",
    "LogLinearFit": "models.undercount",
    "ThresholdedLogLinear": "models.undercount",
    "ThresholdedLogLinearFit": "models.undercount",
    "SampleCoverage": "models.undercount",
    "UncertainOddsRatio": "models.undercount",
    "UncertainOddsRatioFit": "models.undercount",
    "UnlistedFit": "models.undercount",
    "combine_replicates": "models.undercount",
    "implied_odds_ratios": "models.undercount",
    "internal_consistency": "models.undercount",
    "odds_ratio_curve": "models.undercount",
    "odds_ratio_subsets": "models.undercount",
    "total_of_strata": "models.undercount",
    "answers_frame": "models.undercount",
    "attributions_of_reports": "panel",
    "bulletin_paths": "panel",
    "check": "events",
    "check_claim": "evaluate",
    "check_fit": "evaluate",
    "claims_frame": "evaluate",
    "moved_since": "evaluate.displacement",
    "check_women_children": "evaluate.women_children",
    "women_children_frame": "evaluate.women_children",
    "displacement_table": "events",
    "read_camps": "events",
    "read_displacement": "events",
    "read_daily": "events",
    "read_dtm": "events",
    "read_dtm_round": "events",
    "read_gidd": "events",
    "read_unhcr_population": "events",
    "coverage_mask": "panel",
    "displacement_of_bulletins": "panel",
    "displacement_of_reports": "panel",
    "flows_of_totals": "panel",
    "inflow_of_stocks": "panel",
    "latest_edition": "panel",
    "merge_copies": "panel",
    "to_persons": "panel",
    "violence_of_counts": "panel",
    "violence_of_events": "panel",
    "without_identities": "panel",
    "describe": "events",
    "incident_reports": "panel",
    "load_kosovo_lists": "datasets",
    "load_nw_syria_deaths": "datasets",
    "load_nw_syria_displacement": "datasets",
    "load_nw_syria_reports": "datasets",
    "incidents_of_claims": "panel",
    "lists_of_cells": "panel",
    "lists_of_records": "panel",
    "panel_of_events": "panel",
    "panel_of_reports": "panel",
    "panel_of_totals": "panel",
    "parse": "quantity",
    "plot_attribution": "plot.attribution",
    "plot_bulletins": "plot.bulletins",
    "plot_claims": "plot.claims",
    "plot_composition": "plot.composition",
    "plot_assessed": "plot.displacement_reports",
    "plot_foretold": "plot.displacement_reports",
    "plot_movements": "plot.displacement_reports",
    "plot_response": "plot.displacement",
    "plot_stock_flow": "plot.displacement",
    "plot_escalation": "plot.rates",
    "plot_events_and_bodies": "plot.bodies",
    "plot_ratios": "plot.bodies",
    "plot_found_share": "plot.found",
    "plot_incidents": "plot.incidents",
    "plot_overlap": "plot.overlap",
    "plot_prior": "plot.priors",
    "plot_mechanism_sensitivity": "plot.regression",
    "plot_pit": "plot.checks",
    "plot_rate": "plot.rates",
    "plot_rootogram": "plot.checks",
    "plot_reported_shares": "plot.reported_shares",
    "plot_running_share": "plot.share",
    "plot_share": "plot.share",
    "plot_totals": "plot.flow",
    "read_events": "events",
    "read_ged": "events",
    "read_reports": "events",
    "run_analysis": "report",
    "save_figure": "report",
    "statements_of_reports": "panel",
    "to_csv": "events",
    "totals_of_reports": "panel",
}
"""Public name to the module that it comes from."""

__all__ = ["__version__", *_MODULES, *_HOME]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name in _MODULES:
        return import_module(f"conflictstats.{name}")
    if name in _HOME:
        found = getattr(import_module(f"conflictstats.{_HOME[name]}"), name)
        globals()[name] = found
        return found
    msg = f"module 'conflictstats' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
