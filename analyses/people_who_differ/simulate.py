# %% [markdown]
# How often is it said that people may differ? Goes on where it was stopped.

# %%
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from conflictstats.evaluate.undercount_coverage import (
    UndercountCoverage,
    coverage_by_status,
)
from conflictstats.models.undercount.differing import (
    REFUTED,
    SUPPORTED,
    differing,
)
from conflictstats.report.study import run_study
from conflictstats.simulate.listed_population import ListedPopulation

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "undercount_coverage"))
from cells import CLASSES, POPULATIONS

SIZES = ((3, 1_000), (4, 1_000), (5, 1_000), (6, 1_000), (4, 300), (4, 10_000))
"""Lists and people."""
TABLES, FITS = 100, 20


# %%
@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A population whose tables are asked whether people differ."""

    name: str
    population: ListedPopulation

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw a table and weigh the laws of people."""
        lists = self.population.draw(rng)
        return {"n_observed": lists.n_observed, **differing(lists)._asdict()}


def population(name: str, n_lists: int, people: int) -> ListedPopulation:
    """As the study of coverage has it, of another size."""
    return replace(POPULATIONS[name], n_lists=n_lists, people=people)


def suspected() -> pd.DataFrame:
    """One row a population and size: shares of the tables."""
    rows = []
    for name in POPULATIONS:
        for size in SIZES:
            label = "-".join(map(str, (name, *size)))
            cell = Suspicion(name=label, population=population(name, *size))
            asked = run_study([cell], HERE / "output", replicates=TABLES)[label]
            supported, fits = asked["z"] > SUPPORTED, asked["p"] > REFUTED
            rows.append(
                {
                    "population": name,
                    "n_lists": size[0],
                    "people": size[1],
                    "tables": len(asked),
                    "listed": asked["n_observed"].mean() / size[1],
                    "supported": supported.mean(),
                    "fits": fits.mean(),
                    "suspected": (supported & fits).mean(),
                }
            )
    return pd.DataFrame(rows)


def classes() -> pd.DataFrame:
    """Coverage of latent classes by status, four lists."""
    sizes = [(name, 1_000) for name in POPULATIONS]
    tables = []
    for name, people in [*sizes, ("independent", 10_000), ("kinds", 10_000)]:
        cell = UndercountCoverage(
            name=f"{name}-4-{people}-status",
            population=population(name, 4, people),
            methods=CLASSES,
        )
        rows = run_study([cell], HERE / "output", replicates=FITS)[cell.name]
        print(cell.name, flush=True)
        told = coverage_by_status(rows, people)
        tables.append(told.assign(population=name, people=people))
    whole = pd.concat(tables)
    first = ["population", "people"]
    return whole[[*first, *whole.columns.drop(first)]]


# %%
if __name__ == "__main__":
    for made in (suspected, classes):
        path = HERE / "results" / f"{made.__name__}.csv"
        made().to_csv(path, index=False, float_format="%.4g")
