# %% [markdown]
# What do the records of two kinds of people know of the second kind? The best fit of
# two classes against that of one, and answers under three priors of the concentration.

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, special
from simulate import population

from conflictstats.models.undercount import LatentClass
from conflictstats.panel.lists import Lists

HERE = Path(__file__).resolve().parent
TABLES, STARTS, FARTHEST = 10, 8, 9.0
PRIORS = ((0.25, 0.25), (1000.0, 1000.0), (4.0, 1.0))
"""As it is by default; 1, nearly fixed; 4 on average."""


# %%
def best(lists: Lists, classes: int, rng: np.random.Generator) -> tuple[float, float]:
    """Largest log likelihood of classes, and everybody there."""
    on, n = lists.patterns.astype(float), lists.n_observed
    size = lists.n_lists * classes

    def lack(values: np.ndarray) -> tuple[float, np.ndarray]:
        """Log likelihood with its sign turned, and its slope."""
        logit = values[:size].reshape(-1, classes)
        log_weight = special.log_softmax(np.append(values[size:], 0.0))
        off = special.log_expit(-logit).sum(axis=0) + log_weight
        each = on @ logit + off
        cell, hidden = special.logsumexp(each, axis=1), special.logsumexp(off)
        seen = np.log1p(-np.exp(hidden))
        listed = np.exp(each - cell[:, None]) * lists.count[:, None]
        held = listed.sum(axis=0) + n * np.exp(off - seen)
        of_logit = on.T @ listed - special.expit(logit) * held
        of_weight = held - np.exp(log_weight) * held.sum()
        slope = np.concatenate([of_logit.ravel(), of_weight[:-1]])
        return n * seen - lists.count @ cell, -slope

    centre = np.repeat(special.logit(on.T @ lists.count / n / 2), classes)
    found = []
    for _ in range(STARTS):
        start = np.append(centre, np.zeros(classes - 1))
        start = np.clip(start + rng.standard_normal(len(start)), -5, 5)
        bounds = [(-FARTHEST, FARTHEST)] * len(start)
        settings = {"jac": True, "method": "L-BFGS-B", "bounds": bounds}
        found.append(optimize.minimize(lack, start, **settings))
    values = min(found, key=lambda each: each.fun).x
    logit = values[:size].reshape(-1, classes)
    weight = special.softmax(np.append(values[size:], 0.0))
    hidden = weight @ special.expit(-logit).prod(axis=0)
    return -lack(values)[0], n / (1 - hidden)


# %%
def main() -> None:
    """One row a table of two kinds of people."""
    rows = []
    for table in range(TABLES):
        rng = np.random.default_rng([2, table])
        lists = population("kinds", 4, 1_000).draw(rng)
        (one, total), (two, total_of_two) = (best(lists, k, rng) for k in (1, 2))
        row = {"table": table, "listed": lists.n_observed, "gain": 2 * (two - one)}
        row |= {"one": total, "two": total_of_two}
        for shape, rate in PRIORS:
            model = LatentClass(classes=5, concentration=(shape, rate), draws=1000)
            answer = model.fit(lists, rng=rng).answer()
            row[f"gamma_{shape:g}_{rate:g}"] = answer.estimate
        rows.append(row)
        print(table, flush=True)
    path = HERE / "results" / "two_classes.csv"
    pd.DataFrame(rows).to_csv(path, index=False, float_format="%.5g")


# %%
if __name__ == "__main__":
    main()
