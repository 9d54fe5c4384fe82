"""Running totals that a fitted displacement implies, in persons and in movements."""

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.models.displacement import StockFlowFit

UNITS = ("persons", "movements")


def moved_since(fit: StockFlowFit, since: str, level: float = 0.9) -> xr.Dataset:
    """Persons who have fled since a day, and the movements that they made.

    Movements are persons times the movements of a person, which is one number for the
    whole fit: where no body reports movements it is the prior's.

    Parameters
    ----------
    fit : StockFlowFit
        A fitted course.
    since : str
        First day that counts, the first of a cell of the fit.
    level : float
        Posterior probability inside.

    Returns
    -------
    Dataset, dims (unit, time)
        ``estimate`` (median), ``lower``, ``upper`` at the end of each cell, in the
        coordinate ``time_end``; units ``persons`` and ``movements``.

    Raises
    ------
    SettingError
        If no cell of the fit begins on that day.

    Examples
    --------
    A thousand a day, without doubt and without a report; each moves twice:

    >>> import pandas as pd
    >>> from conflictstats.models.displacement import StockFlow
    >>> sure = dict(inflow=(1000.0, 1e-9), inflow_noise=(1e-9, 1e-9))
    >>> day = pd.to_datetime(["2019-05-10"])
    >>> said = dict(report_id=["1"], body="A", place="B", measure="stock", low=0.0)
    >>> said |= dict(unit="persons", start=day, high=np.inf, end=day)
    >>> fit = StockFlow(extra_movements=(1.0, 1e-9), draws=9, **sure).fit(
    ...     pd.DataFrame(said | dict(qualifier="at_least")),
    ...     period=("2019-05-01", "2019-05-10"),
    ... )
    >>> moved = moved_since(fit, "2019-05-01")
    >>> moved["estimate"].isel(time=-1).values.round().tolist()
    [10000.0, 20000.0]
    """
    begins = fit.draws["time"].values
    first = int(np.searchsorted(begins, np.datetime64(since)))
    if first == begins.size or begins[first] != np.datetime64(since):
        raise SettingError(
            f"{since} is not the first day of a cell of this fit, which has cells from "
            f"{str(begins[0])[:10]} to {str(begins[-1])[:10]}"
        )
    later = fit.draws.isel(time=slice(first, None))
    persons = (later["inflow"] * later["days"]).cumsum("time")
    movements = persons * fit.draws["hyper"].sel(param="movements", drop=True)
    both = xr.concat([persons, movements], "unit").assign_coords(unit=list(UNITS))
    tail = (1 - _check.level(level)) / 2
    cut = both.quantile([0.5, tail, 1 - tail], "draw")
    named = dict(zip(("estimate", "lower", "upper"), cut, strict=True))
    parts = {name: part.drop_vars("quantile") for name, part in named.items()}
    return xr.Dataset(parts, attrs={"level": level, "kind": "credible"})
