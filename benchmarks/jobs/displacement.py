"""Stock and flows of one place by day.

Reports are of a simulated crisis: three bodies, stocks, flows, totals, returns, bounds
and a change of coverage, thinned to 40 a year; a thousand draws. The estimate is the
log of all who fled. There is no peer: what else is known of such reports (a smoother of
a stock, a distributed lag, a coverage factor) is in three programs, or in none.
"""

import time
from pathlib import Path

SIZES = {"year": 365, "five": 1826, "ten": 3652}
UNIT = "days"
PER_YEAR = 40
SEED = 20190822


def peer_name() -> None:
    """There is none."""


def prepare(size: int, folder: Path) -> None:
    """Write reports and violence of the place."""
    write(1, size, folder)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit it; return the log of all who fled, and its posterior sd."""
    return fitted("D", folder)


def write(places: int, days: int, folder: Path) -> None:
    """Write reports and violence of simulated places."""
    import numpy as np
    import pandas as pd

    from conflictstats.simulate.displacement_crisis import DisplacementCrisis

    reports, violence = [], {}
    for i in range(places):
        rng = np.random.default_rng([SEED, i])
        made = DisplacementCrisis(days=days).draw(rng)
        wanted = min(round(PER_YEAR * days / 365.25), len(made.reports))
        kept = np.sort(rng.choice(len(made.reports), wanted, replace=False))
        own = made.reports.iloc[kept].assign(place=f"p{i}")
        reports.append(own.assign(report_id=own["report_id"] + f"-{i}"))
        violence[f"p{i}"] = made.violence.to_series()
    pd.concat(reports).to_pickle(folder / "reports.pkl")
    pd.DataFrame(violence).to_pickle(folder / "violence.pkl")


def fitted(every: str, folder: Path) -> dict[str, list[float] | float]:
    """Fit every place; return the mean log of all who fled, and its posterior sd."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    from conflictstats import StockFlow

    reports = pd.read_pickle(folder / "reports.pkl")
    daily = pd.read_pickle(folder / "violence.pkl")
    violence = xr.DataArray(daily, dims=("time", "place"))
    model, rng = StockFlow(every=every), np.random.default_rng(SEED)
    before = time.process_time()
    fits = model.fit_each(reports, violence=violence, rng=rng)
    spent = time.process_time() - before
    fled = np.log([fit.total().values for fit in fits.values()])
    return {
        "cpu_s": spent,
        "estimate": [float(fled.mean())],
        "std_err": [float(fled.std(axis=1).mean())],
    }
