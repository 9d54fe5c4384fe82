# %% [markdown]
# Do strata help each other where they are alike, and stand alone where they are not?
#
# The long run, part of `make calibrate`: it fills `results/`, one file a cell, can be
# stopped and begun again. `python simulate.py 5 elsewhere` makes a small one elsewhere.

# %%
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from conflictstats import LatentClass
from conflictstats.models.undercount import Answer
from conflictstats.panel import Lists, lists_of_cells
from conflictstats.report.study import run_study
from conflictstats.simulate.lists import listed_people

HERE = Path(__file__).resolve().parent
LISTED = {"A": 0.35, "B": 0.3, "C": 0.25, "D": 0.3}
TIMES = 3.0
"""By what the odds of the easily found are multiplied, and of the others divided."""
PEOPLE = {"large": 800, "middle": 400, "small": 200}
CLASSES = 5
MODELS = {
    "learned": LatentClass(classes=CLASSES),
    "one mix": LatentClass(classes=CLASSES, strata_spread=1e-3),
}


# %%
@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Three strata of known size; ``easy`` is the share of the easily found in each."""

    name: str
    easy: tuple[float, float, float]

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Intervals of each stratum: learned, of one mix, and each by itself."""
        lists = self.draw(rng)
        row: dict[str, float | str] = {}
        for method, model in MODELS.items():
            everybody, *each = model.fit(lists, rng=rng).answers(0.9)
            for where, answer in zip(("all", *PEOPLE), (everybody, *each), strict=True):
                row |= told(method, where, answer)
        for stratum in PEOPLE:
            fit = MODELS["learned"].fit(lists.stratum(stratum), rng=rng)
            row |= told("alone", stratum, fit.answer(0.9))
        return row

    def draw(self, rng: np.random.Generator) -> Lists:
        """Draw the lists of all strata."""
        tables = []
        for (stratum, people), easy in zip(PEOPLE.items(), self.easy, strict=True):
            kinds = ((easy, TIMES), (1 - easy, 1 / TIMES))
            drawn = listed_people(people, listed=LISTED, kinds=kinds, rng=rng)
            cells = pd.DataFrame(drawn.patterns, columns=list(LISTED))
            tables.append(cells.assign(count=drawn.count, stratum=stratum))
        return lists_of_cells(pd.concat(tables), list(LISTED), by="stratum")


def told(method: str, where: str, answer: Answer) -> dict[str, float | str]:
    """Ends and status of an answer, by method and stratum."""
    name = f"{method}, {where}"
    return {
        f"{name}: lower": answer.lower,
        f"{name}: upper": answer.upper,
        f"{name}: status": answer.status.name,
    }


CELLS = (
    Strata(name="alike", easy=(0.5, 0.5, 0.5)),
    Strata(name="unlike", easy=(0.9, 0.5, 0.1)),
)


# %%
def counted(cell: str, rows: pd.DataFrame) -> pd.DataFrame:
    """How many intervals held the number, and how wide they were, by method."""
    truth = {"all": sum(PEOPLE.values()), **PEOPLE}
    table = []
    for name in rows.columns[rows.columns.str.endswith(": lower")]:
        method, where = name.removesuffix(": lower").split(", ")
        lower, upper = rows[name], rows[name.replace("lower", "upper")]
        held = (lower <= truth[where]) & (truth[where] <= upper)
        width = (upper - lower).median()
        counts = len(rows), lower.notna().sum(), held.sum()
        table.append((cell, method, where, truth[where], *counts, width))
    names = ["strata", "method", "stratum", "people"]
    return pd.DataFrame(
        table, columns=[*names, "replicates", "answered", "held", "width"]
    )


# %%
if __name__ == "__main__":
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "results"
    done = run_study(
        CELLS, folder, replicates=replicates, tell=lambda line: print(line, flush=True)
    )
    tables = [counted(name, rows) for name, rows in done.items()]
    pd.concat(tables).to_csv(folder / "coverage.csv", index=False, float_format="%.4g")
