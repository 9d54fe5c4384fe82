"""The Colombian men of 1999 as a density; the shared table itself stays where it is."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.panel import lists_of_cells
from conflictstats.panel.lists import Lists

HERE = Path(__file__).resolve().parent
NAME = "reclutamiento_R1_HOMBRE_1999_patterns.csv"
N_OBSERVED, PARTED = 982, 1850
"""Records; people between the two regions, by ten short runs before the long one."""


def table_path() -> Path:
    """Where the shared table is, or would be."""
    named = os.environ.get("CONFLICTSTATS_SHARED", "required")
    beside = HERE.parents[2] / "shared" / "data"
    return (beside if named == "required" else Path(named)) / "mse" / NAME


def lists() -> Lists:
    """Twenty lists; the run ends with a sentence where the table is not here."""
    path = table_path()
    if not path.exists():
        raise SystemExit(f"nothing is made: the shared table {NAME} is not here")
    table = pd.read_csv(path).rename(columns={"Freq": "count"})
    return lists_of_cells(table[table["count"] > 0], list(table.columns[:-1]))


def density(classes: int) -> ClassDensity:
    """Posterior of the stratum under the default prior."""
    found = lists()
    return ClassDensity.of(
        found.patterns, found.counts, np.zeros(len(found.patterns)), classes
    )


def cut() -> float:
    """Log odds of being on no list that parts the regions."""
    return float(np.log(PARTED / N_OBSERVED - 1))
