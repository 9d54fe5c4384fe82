"""The pairs of model and data on which the engine is compared with its peers.

A pair is a model written as numbers (:class:`Case`) and a table of reports. Peers read
both from a folder and know nothing of conflictstats.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.comparison import data

SHOWN = 12
"""Cells whose log rate is compared, evenly spaced in time."""
WEEKLY_CHANGE = -np.log(0.05)
"""Rate of the exponential prior with P(sd of a week's change > 1) = .05."""
PLACES = -np.log(0.05) / 2
"""Rate of the exponential prior with P(sd of the levels of places > 2) = .05."""
CORRELATION = np.sqrt(2) * np.log(3)
"""Rate of sqrt(1 - rho) with P(rho > .5) = .75."""
BENDING = {"step_rate": 32.87196505, "slope_sd": np.log(4) / 7}
"""P(the growth factor of a week differs more than fourfold from the last) = .05."""
OVERDISPERSION = -np.log(0.05) / 3
"""Rate of the exponential prior with P(r^{-1/2} > 3) = .05."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model as numbers; the README beside the stored answers has its equations.

    Attributes
    ----------
    title : str
        What is special about it.
    family : {"negbin", "poisson"}
        Law of a count.
    trend : {"rw1", "rw2", "ar1", "drift"}
        Law of the log rate in time.
    length, places : int
        Cells of time, and places.
    cell_days : float
        Length of a cell, days.
    priors : dict
        Every number of the prior.
    cells : list of [int, int]
        Time and place of the cells that are compared.
    """

    title: str
    family: str = "negbin"
    trend: str = "rw1"
    length: int
    places: int = 1
    cell_days: float = 1.0
    priors: dict[str, float | list[float]]
    cells: list[list[int]]

    @classmethod
    def read(cls, folder: Path) -> Case:
        """Read the case of a folder."""
        return cls(**json.loads((folder / "case.json").read_text("utf-8")))

    def write(self, folder: Path) -> None:
        """Write the case into a folder."""
        text = json.dumps(asdict(self), indent=1)
        (folder / "case.json").write_text(text + "\n", "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A model and where its reports come from.

    Attributes
    ----------
    title : str
        What is special about it.
    reports : callable
        From the folder of the shared data to the table of reports.
    length, places, cell_days, family, trend
        As in :class:`Case`.
    priors : dict
        Numbers that differ from the defaults, or come on top.
    shipped : bool
        Whether the reports may be copied into the project.
    peers : tuple of str
        Whom it is compared with.
    sampling : dict
        Settings of NUTS that differ from the defaults of its script.
    """

    title: str
    reports: Callable[[Path], pd.DataFrame]
    length: int
    places: int = 1
    cell_days: float = 1.0
    family: str = "negbin"
    trend: str = "rw1"
    priors: dict[str, float | list[float]] = field(default_factory=dict)
    shipped: bool = True
    peers: tuple[str, ...] = ("nuts", "tmb", "mgcv")
    sampling: dict[str, float] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The model as numbers, with the default priors filled in."""
        week = np.sqrt(7 / self.cell_days)
        priors = {"step_rate": WEEKLY_CHANGE * week, "start_mean": 0.0, "start_sd": 5.0}
        if self.family == "negbin":
            priors["spread_rate"] = OVERDISPERSION
        times = np.unique(np.linspace(0, self.length - 1, SHOWN).round().astype(int))
        return Case(
            title=self.title,
            family=self.family,
            trend=self.trend,
            length=self.length,
            places=self.places,
            cell_days=self.cell_days,
            priors=priors | self.priors,
            cells=[[int(t), i % self.places] for i, t in enumerate(times)],
        )


WITHOUT_MGCV = ("nuts", "tmb")
"""mgcv takes neither bounds nor periods, nor more coefficients than counts."""
PAIRS = {
    "campy": Pair(
        title="Campylobacterosis in Canada, four-weekly",
        reports=data.campy,
        length=140,
        cell_days=28.0,
        shipped=False,
        sampling={"draws": 6000},
    ),
    "alcohol": Pair(
        title="Alcohol-related deaths in Finland, yearly; level and drift",
        reports=data.alcohol,
        length=39,
        cell_days=365.25,
        family="poisson",
        trend="drift",
        priors={"step_rate": 6.0, "slope_sd": 1.0},
        shipped=False,
        peers=WITHOUT_MGCV,
    ),
    "low_counts": Pair(
        title="Mean count .5",
        reports=data.low_counts,
        length=100,
        sampling={"draws": 4000, "warmup": 1000, "accept": 0.98},
    ),
    "many_zeros": Pair(
        title="More than 60 % zeros",
        reports=data.many_zeros,
        length=150,
        sampling={"draws": 5000},
    ),
    "intervals": Pair(
        title="Half of the days known by bounds or ranges only",
        reports=data.intervals,
        length=120,
        peers=WITHOUT_MGCV,
    ),
    "confirmed": Pair(
        title="A third of the days 'at least', each death found with probability pi",
        reports=data.confirmed,
        length=100,
        priors={"found": [9.0, 1.0]},
        peers=WITHOUT_MGCV,
        sampling={"draws": 4000, "warmup": 1000, "accept": 0.98},
    ),
    "missing_block": Pair(
        title="40 of 150 days missing in one block",
        reports=data.missing_block,
        length=150,
        peers=WITHOUT_MGCV,
    ),
    "long_small_size": Pair(
        title="500 days, size .5", reports=data.long_small_size, length=500
    ),
    "places": Pair(
        title="Five places, one walk, place effects",
        reports=data.places,
        length=60,
        places=5,
        priors={"place_rate": PLACES},
        sampling={"draws": 4000, "warmup": 1000, "accept": 0.98},
    ),
    "smooth": Pair(
        title="Poisson counts, random walk of order two",
        reports=data.smooth,
        length=100,
        family="poisson",
        trend="rw2",
        priors=BENDING,
    ),
    "autoregressive": Pair(
        title="AR(1) around a level",
        reports=data.autoregressive,
        length=150,
        trend="ar1",
        priors={"step_rate": 2.0, "correlation_rate": CORRELATION},
        peers=WITHOUT_MGCV,
    ),
    "syria": Pair(
        title="Deaths in Hama by week, with records of longer periods",
        reports=data.syria,
        length=75,
        cell_days=7.0,
        sampling={"draws": 12000, "accept": 0.95},
        peers=WITHOUT_MGCV,
    ),
    "one_count": Pair(
        title="One day, three dead",
        reports=data.one_count,
        length=1,
        peers=("quadrature",),
    ),
    "one_bound": Pair(
        title="One day, at least five dead",
        reports=data.one_bound,
        length=1,
        peers=("quadrature",),
    ),
    "two_counts": Pair(
        title="Two days, none and four dead",
        reports=data.two_counts,
        length=2,
        priors={"step_rate": 2.0},
        peers=("quadrature",),
    ),
}
"""By name, which is also that of the folder of the stored answers."""
