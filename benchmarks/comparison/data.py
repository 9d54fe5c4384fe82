"""Reports of the comparison, one row for each cell that an observation is about.

Columns: ``observation`` (number), ``time`` and ``place`` (cell), ``weight`` (exposure,
days or people), ``low`` and ``high`` (inclusive; no high is open), ``thinned`` (1 where
the bounds are of deaths found so far).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.panel import panel_of_events
from conflictstats.simulate.counts import blur, random_walk_counts

SEED = 20190822
GOVERNORATE = "Hama"
PERIOD = ("first", "last", "first_coverage", "last_coverage", "share", "best")


def reports(
    low: ArrayLike,
    high: ArrayLike | None = None,
    *,
    weight: ArrayLike = 1.0,
    thinned: ArrayLike = False,
) -> pd.DataFrame:
    """Reports of single cells in order of time; a missing low is no report.

    Parameters
    ----------
    low, high : array_like, shape (T,) or (T, places)
        Inclusive bounds, people; without ``high`` counts are exact.
    weight : array_like
        Exposure of each cell.
    thinned : array_like of bool
        Whether the bounds are of deaths found so far.

    Returns
    -------
    DataFrame
        The table.
    """
    low = np.asarray(low, float)
    low = low[:, None] if low.ndim == 1 else low
    high = low if high is None else np.asarray(high, float).reshape(low.shape)
    time, place = np.nonzero(np.isfinite(low))
    whole = np.broadcast_to(np.asarray(weight, float).reshape(-1, 1), low.shape)
    found = np.broadcast_to(np.asarray(thinned).reshape(-1, 1), low.shape)
    ceiling = high[time, place]
    return pd.DataFrame(
        {
            "observation": np.arange(time.size),
            "time": time,
            "place": place,
            "weight": whole[time, place],
            "low": low[time, place].astype(int),
            "high": pd.array(np.where(np.isinf(ceiling), np.nan, ceiling), "Int64"),
            "thinned": found[time, place].astype(int),
        }
    )


def campy(shared: Path) -> pd.DataFrame:
    """Cases of campylobacterosis, the local-level example of the references."""
    return reports(pd.read_csv(shared / "ts" / "campy.csv")["y"], weight=28.0)


def alcohol(shared: Path) -> pd.DataFrame:
    """Deaths at ages 40 to 49 until 2007, per 100,000 people of that age."""
    table = pd.read_csv(shared / "ts" / "alcohol_finland.csv").query("year <= 2007")
    people = table["population.by.age.40.49"]
    return reports(table["death.at.age.40.49"], weight=people)


def low_counts(shared: Path) -> pd.DataFrame:
    """Half a death a day."""
    return reports(_walk(100, rate=0.5, step=0.08, size=2.0, turn=1))


def many_zeros(shared: Path) -> pd.DataFrame:
    """Rare attacks that kill many."""
    return reports(_walk(150, rate=2.0, step=0.06, size=0.2, turn=2))


def intervals(shared: Path) -> pd.DataFrame:
    """Every second day exact; of the others half open bounds, half tens."""
    count = _walk(120, rate=8.0, step=0.1, size=3.0, turn=3)
    rng = np.random.default_rng([SEED, 30])
    day = random_walk_counts(120, rng=rng)["truth"].copy(data=count[:, None])
    cut = blur(day, mechanism="coarsened", share=1.0, rng=rng)
    kind = rng.permutation(np.arange(120) % 4)
    tens = np.floor(count / 10) * 10
    low = np.choose(kind, [count, count, cut["low"].values[:, 0], tens])
    high = np.choose(kind, [count, count, cut["high"].values[:, 0], tens + 9])
    return reports(low, high)


def confirmed(shared: Path) -> pd.DataFrame:
    """A third of the days count the deaths found so far."""
    count = _walk(100, rate=8.0, step=0.08, size=6.0, turn=4)
    rng = np.random.default_rng([SEED, 40])
    partly = rng.random(100) < 1 / 3
    found = rng.binomial(count.astype(int), 0.8)
    return reports(np.where(partly, found, count), thinned=partly)


def missing_block(shared: Path) -> pd.DataFrame:
    """Nobody counted from day 60 to day 99."""
    count = _walk(150, rate=6.0, step=0.1, size=4.0, turn=5)
    count[60:100] = np.nan
    return reports(count)


def long_small_size(shared: Path) -> pd.DataFrame:
    """Five hundred days of wild scatter."""
    return reports(_walk(500, rate=6.0, step=0.06, size=0.5, turn=6))


def places(shared: Path) -> pd.DataFrame:
    """One walk seen in five places of different level."""
    rng = np.random.default_rng([SEED, 7])
    walk = np.log(5) + np.cumsum(rng.normal(0, 0.15, 60))
    mean = np.exp(walk[:, None] + np.array([-1.6, -0.7, 0.1, 0.6, 1.2]))
    return reports(rng.poisson(rng.gamma(3.0, mean / 3.0)))


def smooth(shared: Path) -> pd.DataFrame:
    """A log rate that bends slowly."""
    rng = np.random.default_rng([SEED, 8])
    bends = np.cumsum(rng.normal(0, 0.02, 100))
    return reports(rng.poisson(np.exp(2.2 + np.cumsum(bends - bends.mean()))))


def autoregressive(shared: Path) -> pd.DataFrame:
    """A log rate that returns to its level."""
    rng = np.random.default_rng([SEED, 9])
    path = np.empty(150)
    path[0] = rng.normal(0, 0.8)
    for t in range(1, 150):
        path[t] = 0.9 * path[t - 1] + rng.normal(0, 0.8 * np.sqrt(1 - 0.9**2))
    mean = np.exp(2.3 + path)
    return reports(rng.poisson(rng.gamma(8.0, mean / 8.0)))


def syria(shared: Path) -> pd.DataFrame:
    """One governorate of the embedded table: weeks, then records of longer periods."""
    panel = panel_of_events(load_nw_syria_deaths())
    number = panel.get_index("place").get_loc(GOVERNORATE)
    here = panel.isel(place=number)
    observed = here["coverage"].values > 0
    days = (panel["time_end"] - panel["time"]).values / np.timedelta64(1, "D") + 1
    days = days * np.where(observed, here["coverage"].values, 1.0)
    dated = days * here["dated_share"].values
    counted = np.isfinite(here["best"].values) & (dated > 0)
    rows = [(t, dated[t], here["best"].values[t]) for t in np.flatnonzero(counted)]
    parts = [[row] for row in rows]
    kept = (panel["period_place"] == number) & (panel["period_share"] > 0)
    records = panel.isel(period=np.flatnonzero(kept.values))
    for i in range(records.sizes["period"]):
        period = {name: records[f"period_{name}"].values[i] for name in PERIOD}
        cells = np.arange(period["first"], period["last"] + 1)
        weight = period["share"] * days[cells] * observed[cells]
        weight[-1] *= period["last_coverage"]
        weight[0] *= period["first_coverage"] if cells.size > 1 else 1.0
        inside = weight > 0
        ends = zip(cells[inside], weight[inside], strict=True)
        parts.append([(t, each, period["best"]) for t, each in ends])
    table = [(i, *row) for i, part in enumerate(parts) for row in part]
    number, time, weight, best = (
        np.array(column) for column in zip(*table, strict=True)
    )
    count = best.astype(int)
    return pd.DataFrame(
        {
            "observation": number.astype(int),
            "time": time.astype(int),
            "place": 0,
            "weight": weight,
            "low": count,
            "high": count,
            "thinned": 0,
        }
    )


def one_count(shared: Path) -> pd.DataFrame:
    """A single count."""
    return reports([3])


def one_bound(shared: Path) -> pd.DataFrame:
    """A single bound, drawn without regard to the count."""
    return reports([5], [np.inf])


def two_counts(shared: Path) -> pd.DataFrame:
    """Nobody, then four."""
    return reports([0, 4])


def _walk(n: int, *, turn: int, **settings: float) -> np.ndarray:
    """Counts of one place whose log rate is a random walk, shape (n,)."""
    rng = np.random.default_rng([SEED, turn])
    return random_walk_counts(n, rng=rng, **settings)["truth"].values[:, 0]
