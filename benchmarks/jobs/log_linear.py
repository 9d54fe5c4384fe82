"""Log-linear models of lists, beside a loop over the GLM of statsmodels.

``profiles`` is all 113 models of the four lists of Kosovo with the profile interval of
each; ``models`` the same without intervals, which is what the peer has; ``bootstrap``
chooses among all of them anew in each of 1,000 samples; ``five`` is the 6,893 models of
five simulated lists, which takes the peer too long. Times are those of the fit alone.
What is compared is the log of the unlisted of each model.
"""

import time
import warnings
from pathlib import Path

SIZES = {
    "models": "113 models",
    "profiles": "113 models, profiles",
    "bootstrap": "113 models, 1,000 samples",
    "five": "6,893 models",
}
SEED = 20190822
SETTINGS = {
    "113 models": {"interval": "wald"},
    "113 models, profiles": {"profiled": 113},
    "113 models, 1,000 samples": {"interval": "bootstrap", "reselect": 113},
    "6,893 models": {"interval": "wald"},
}


def peer_names(size: str) -> list[str]:
    """Name the peer where it is not too slow and does what ours does."""
    return ["statsmodels"] if size == "113 models" else []


def prepare(size: str, folder: Path) -> None:
    """Nothing is prepared."""


def ours(size: str, folder: Path) -> dict[str, list[float] | float]:
    """Fit all models; return each one's log unlisted with its standard error."""
    import numpy as np

    from conflictstats.models.undercount import LogLinear

    lists = _lists(size)
    model = LogLinear(**SETTINGS[size])
    before = time.process_time()
    fit = model.fit(lists, rng=np.random.default_rng(SEED))
    spent = time.process_time() - before
    told = fit.models.sortby("terms")
    return {
        "cpu_s": spent,
        "estimate": told["log_unlisted"].values.tolist(),
        "std_err": told["log_std_err"].values.tolist(),
    }


def peer(size: str, folder: Path, name: str) -> dict[str, list[float] | float]:
    """Fit the same models one by one."""
    import numpy as np
    import statsmodels.api as sm

    from conflictstats.models.undercount.log_linear_tables import terms_of
    from conflictstats.numerics.log_linear.hierarchy import all_models, holds

    lists = _lists(size)
    models = all_models(lists.n_lists, lists.n_lists - 1, 10_000)
    design = holds(models.effects, np.arange(1, 1 << lists.n_lists)).astype(float)
    counts = lists.full()[1:]
    before = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the model that fits every cell
        found = [
            sm.GLM(counts, design[:, own], family=sm.families.Poisson()).fit().params[0]
            for own in models.within
        ]
    spent = time.process_time() - before
    order = np.argsort(terms_of(models, lists.names))
    return {"cpu_s": spent, "estimate": np.array(found)[order].tolist()}


def _lists(size: str):  # noqa: ANN202
    """Kosovo, or five lists of people of whom the second copies from the first."""
    import numpy as np
    import pandas as pd

    from conflictstats.datasets import load_kosovo_lists
    from conflictstats.panel import lists_of_cells

    if size != "6,893 models":
        return lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    rng = np.random.default_rng(SEED)
    on = rng.random((20_000, 5)) < 0.4
    on[:, 1] |= on[:, 0] & (rng.random(20_000) < 0.3)
    names = list("ABCDE")
    listed = pd.DataFrame(on[on.any(axis=1)], columns=names)
    return lists_of_cells(listed.value_counts().rename("count").reset_index(), names)
