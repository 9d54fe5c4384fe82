"""The tables that travel with the package, each with its citation."""

from conflictstats.datasets.kosovo import load_kosovo_lists
from conflictstats.datasets.nw_syria import (
    load_nw_syria_deaths,
    load_nw_syria_displacement,
    load_nw_syria_reports,
)

__all__ = [
    "load_kosovo_lists",
    "load_nw_syria_deaths",
    "load_nw_syria_displacement",
    "load_nw_syria_reports",
]
