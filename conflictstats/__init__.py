"""Statistics of armed conflict from what was reported, with honest uncertainty.

Public names are loaded when they are first used, so importing the package is cheap.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conflictstats import datasets as datasets
    from conflictstats import errors as errors
    from conflictstats import events as events
    from conflictstats import models as models
    from conflictstats import panel as panel
    from conflictstats import plot as plot
    from conflictstats import report as report
    from conflictstats import simulate as simulate
    from conflictstats.datasets import load_kosovo_lists as load_kosovo_lists
    from conflictstats.datasets import load_nw_syria_deaths as load_nw_syria_deaths
    from conflictstats.datasets import (
        load_nw_syria_displacement as load_nw_syria_displacement,
    )
    from conflictstats.datasets import load_nw_syria_reports as load_nw_syria_reports
    from conflictstats.errors import ConflictStatsError as ConflictStatsError
    from conflictstats.events import read_events as read_events
    from conflictstats.events import read_ged as read_ged
    from conflictstats.events import read_reports as read_reports
    from conflictstats.events import to_csv as to_csv
    from conflictstats.models.civilian_share import ShareBounds as ShareBounds
    from conflictstats.models.rates import DynamicRate as DynamicRate
    from conflictstats.provenance import Source as Source
    from conflictstats.provenance import Table as Table
    from conflictstats.quantity import Reported as Reported
    from conflictstats.quantity import parse as parse
    from conflictstats.report import save_figure as save_figure

__version__ = version("conflictstats")

_MODULES = (
    "datasets",
    "errors",
    "events",
    "models",
    "panel",
    "plot",
    "report",
    "simulate",
)
_HOME = {
    "ConflictStatsError": "errors",
    "DynamicRate": "models.rates",
    "Reported": "quantity",
    "ShareBounds": "models.civilian_share",
    "Source": "provenance",
    "Table": "provenance",
    "load_kosovo_lists": "datasets",
    "load_nw_syria_deaths": "datasets",
    "load_nw_syria_displacement": "datasets",
    "load_nw_syria_reports": "datasets",
    "parse": "quantity",
    "read_events": "events",
    "read_ged": "events",
    "read_reports": "events",
    "save_figure": "report",
    "to_csv": "events",
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
