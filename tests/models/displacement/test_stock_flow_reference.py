"""The posterior of a small crisis beside that of NUTS in another program."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from conflictstats.models.displacement import StockFlow

CASE = Path(__file__).resolve().parents[2] / "reference" / "stock_flow"
DRAWS = 3000


@pytest.fixture(scope="module")
def ours():
    """Draws of what the other program gives, as logs."""
    violence = pd.read_csv(CASE / "violence.csv", parse_dates=["date"])
    deaths = xr.DataArray(
        violence["deaths"].astype(float), {"time": violence["date"]}, dims="time"
    )
    said = pd.read_csv(CASE / "reports.csv", parse_dates=["start", "end"])
    fit = StockFlow(longest=60, draws=DRAWS).fit(
        said.astype({"report_id": str}),
        violence=deaths,
        population=(400e3, 0.05),
        initial=(20e3, 0.5),
        rng=np.random.default_rng(1),
    )
    hyper = fit.draws["hyper"]
    days = fit.draws.sizes["time"]
    found = {
        "level": hyper.sel(param="level"),
        "noise_sd": hyper.sel(param="noise_sd"),
        "return_noise_sd": hyper.sel(param="return_noise_sd"),
        "return_rate": -np.log1p(-hyper.sel(param="returns_a_year")) / 365.25,
        "extra_moves": hyper.sel(param="movements") - 1,
        "initial": hyper.sel(param="initial"),
        "population": hyper.sel(param="population"),
        "per_unit": fit.draws["per_unit"].isel(kind=0),
        "half_life": 14
        * np.exp(fit.draws["state"].isel(number=hyper.sizes["param"] + 1)),
    }
    for day in (6, 27, 48, 69, 83):
        found[f"stock_{day}"] = fit.draws["stock"].isel(time=day)
    for day in range(0, days, 14):
        fled = fit.draws["inflow"].isel(time=slice(day, day + 14)).sum("time")
        found[f"inflow_{day}"] = fled
    return {name: np.log(values.values) for name, values in found.items()}


@pytest.mark.parametrize("name", json.loads((CASE / "nuts.json").read_text("utf-8")))
def test_means_and_standard_deviations_are_those_of_nuts(ours, name):
    """To what a few hundred effective draws of either can tell."""
    theirs = json.loads((CASE / "nuts.json").read_text("utf-8"))[name]
    drawn = ours[name]
    off = (drawn.mean() - theirs["mean"]) / theirs["sd"]
    assert abs(off) < 0.15
    assert 0.88 < drawn.std() / theirs["sd"] < 1.14
