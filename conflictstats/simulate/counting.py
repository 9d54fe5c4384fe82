"""Running totals of bodies that count the same deaths, each with a share of its own."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from conflictstats.errors import SettingError

FIRST_DAY = pd.Timestamp("2019-04-29")
TEN = 10


def running_totals(
    days: int,
    *,
    counted: Mapping[str, float],
    rng: np.random.Generator,
    dead: float = 8.0,
    printed: int = 8,
    words: tuple[float, float] = (0.5, 0.1),
    late: Mapping[str, tuple[int, float]] | None = None,
) -> tuple[pd.DataFrame, xr.DataArray]:
    r"""Draw deaths, what each body counts of them, and what it prints of that.

    .. math:: D_t \sim \mathrm{Poisson}(e^{\eta_t}), \qquad
              \eta_t - \eta_{t-1} \sim N(0, 0.1^2), \qquad
              c_{bt} \sim \mathrm{Bin}(D_t, p_b)

    Bodies miss deaths independently of each other, and print their totals on days of
    their own.

    Parameters
    ----------
    days : int
        Days that all bodies count.
    counted : mapping of str to float
        Share :math:`p_b` of the deaths that each body counts.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    dead : float
        Expected deaths on the first day.
    printed : int
        Totals that each body prints.
    words : tuple of float
        Probabilities that a total is said as "more than" the ten below it, and that the
        total before is printed in its place.
    late : mapping of str to (int, float), optional
        Bodies that verify late: until that day such a share of what a body will count
        is not yet in its total, and on that day it is added.

    Returns
    -------
    totals : DataFrame
        As :func:`conflictstats.totals_of_reports` gives them.
    truth : DataArray, dims (time, body)
        People that each body had counted by the end of each day.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> totals, truth = running_totals(100, counted={"A": 0.9, "B": 0.45}, rng=rng)
    >>> (truth.sel(body="B") / truth.sel(body="A"))[-1].round(1).item()
    0.5
    """
    late = late or {}
    chances = [*words, *counted.values(), *(s for _, s in late.values())]
    if not all(0 <= chance <= 1 for chance in chances):
        raise SettingError(f"shares and probabilities are from 0 to 1, got {chances}")
    if not 0 < printed <= days or dead <= 0:
        raise SettingError(
            "need dead above 0 and printed from 1 to days, got "
            f"{dead}, {printed} and {days}"
        )
    rate = dead * np.exp(np.cumsum(np.append(0, rng.normal(0, 0.1, days - 1))))
    deaths = rng.poisson(rate)
    known, tables = {}, []
    for body, share in counted.items():
        found = rng.binomial(deaths, share)
        day, unseen = late.get(body, (0, 0.0))
        missed = rng.binomial(found[:day], unseen)
        found[:day] -= missed
        found[min(day, days - 1)] += missed.sum()
        known[body] = found.cumsum()
        on = np.sort(rng.choice(days, printed, replace=False))
        tables.append(_printed(known[body][on], on, words, rng, body))
    time = pd.date_range(FIRST_DAY, periods=days)
    truth = xr.DataArray(
        np.column_stack([*known.values()]).astype(float),
        {"time": time, "body": [*known]},
    )
    return pd.concat(tables, ignore_index=True), truth


def _printed(
    total: NDArray[np.integer],
    on: NDArray[np.integer],
    chances: tuple[float, float],
    rng: np.random.Generator,
    body: str,
) -> pd.DataFrame:
    """What a body prints where it had counted ``total`` by days ``on``."""
    rounded, repeated = (rng.random(on.size) < chance for chance in chances)
    repeated[0] = False
    source = np.maximum.accumulate(np.where(repeated, -1, np.arange(on.size)))
    said = total[source].astype(float)
    floor = (said - 1) // TEN * TEN
    cut = (rounded & (floor > 0))[source]
    return pd.DataFrame(
        {
            "body": body,
            "unit": "deaths",
            "coverage": "all",
            "measure": "cumulative",
            "date_start": FIRST_DAY,
            "date_end": FIRST_DAY + pd.to_timedelta(on, "D"),
            "low": np.where(cut, floor + 1, said),
            "high": np.where(cut, np.inf, said),
            "qualifier": np.where(cut, "more_than", "exact"),
        }
    )
