"""Coverage of who fled: counted by hand, and asked of a model that is known."""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from conflictstats.evaluate.displacement_coverage import (
    DisplacementCoverage,
    coverage_by_quantity,
)
from conflictstats.simulate.displacement_bodies import ReportingBody
from conflictstats.simulate.displacement_crisis import DisplacementCrisis

FLOWS = ("inflow", "returns", "stock")
NUMBERS = ("level", "movements", "noise_sd")
CRISIS = DisplacementCrisis(
    days=30,
    initial=1000,
    initial_sd=0.5,
    population=1e6,
    population_sd=0.05,
    bodies=[ReportingBody(name="A", every=10, bias=0.1)],
)


class Ended(Enum):
    CONVERGED = "it did"


@dataclass
class Fitted:
    """Draws that are the same for all quantities and days."""

    values: np.ndarray
    status: Ended = Ended.CONVERGED

    @property
    def draws(self):
        daily = self.values[:, None] * np.ones(30)
        flows = {name: (("draw", "time"), daily) for name in FLOWS}
        numbers = np.repeat(self.values[:, None], len(NUMBERS), axis=1)
        rest = {
            "hyper": (("draw", "param"), numbers),
            "body_factor": (("draw", "body"), self.values[:, None]),
        }
        return xr.Dataset(flows | rest, {"param": list(NUMBERS), "body": ["A"]})

    def draws_of_response(self, days):
        parts = self.values[:, None, None] * np.array(days) / 180
        coords = {"kind": ["violence"], "days": list(days)}
        return xr.DataArray(parts, coords, dims=("draw", "kind", "days"))


class Guess:
    """A model that looks at no report, and remembers what it was told besides."""

    def __init__(self):
        self.told = []

    def fit(self, reports, *, rng, **known):
        self.told.append(known)
        return Fitted(rng.lognormal(6, 1.5, 99))


def rows_of(answers):
    ends = ("truth", "estimate", "lower", "upper")
    return pd.DataFrame(answers, columns=[f"a|{end}" for end in ends])


def test_ends_are_quantiles_of_the_draws_and_ranks_their_places():
    cell = DisplacementCoverage(name="a", crisis=CRISIS, model=Guess())
    row = cell.replicate(np.random.default_rng(3))
    assert 5 < row["rank_inflow 1"] < 95
    assert row["rank_factor"] == 0
    assert row["response 90|upper"] == pytest.approx(row["inflow 1|upper"] / 2)
    for name in ("inflow 1", "inflow 3", "stock 3", "returns", "response 180", "level"):
        truth, rank = row[f"{name}|truth"], row[f"rank_{name}"]
        assert 0 < row[f"{name}|lower"] < row[f"{name}|estimate"] < row[f"{name}|upper"]
        assert (rank >= 5) == (truth >= row[f"{name}|lower"])
        assert (rank >= 50) == (truth >= row[f"{name}|estimate"])
        assert (rank >= 95) == (truth >= row[f"{name}|upper"])
    assert row["status"] == "CONVERGED"


def test_quantities_are_means_and_stocks_of_thirds():
    cell = DisplacementCoverage(
        name="a", crisis=replace(CRISIS, returning=0.0), model=Guess()
    )
    row = cell.replicate(np.random.default_rng(3))
    assert row["n_reports"] == 3
    thirds = [row[f"inflow {number}|truth"] for number in (1, 2, 3)]
    stocks = [1000, *(row[f"stock {number}|truth"] for number in (1, 2, 3))]
    np.testing.assert_allclose(np.diff(stocks), 10 * np.array(thirds))
    assert row["returns|truth"] == 0
    assert row["factor|truth"] == pytest.approx(np.exp(0.1))
    assert row["response 180|truth"] == pytest.approx(cell.crisis.per_violence)
    assert row["response 30|truth"] / row["response 180|truth"] == pytest.approx(
        1 - 0.5 ** (30 / 14), abs=1e-3
    )


def test_what_is_told_is_wrong_by_its_error_unless_the_truth_is_drawn():
    model = Guess()
    fixed = DisplacementCoverage(name="a", crisis=CRISIS, model=model)
    for seed in range(25):
        fixed.replicate(np.random.default_rng(seed))
    told = np.log([(k["initial"][0], k["population"][0]) for k in model.told])
    assert told.mean(axis=0) == pytest.approx(np.log([1000, 1e6]), abs=0.3)
    assert told.std(axis=0) == pytest.approx([0.5, 0.05], rel=0.4)
    assert {known["period"] for known in model.told} == {("2020-01-01", "2020-01-30")}
    replace(fixed, from_priors=True).replicate(np.random.default_rng(1))
    assert model.told[-1]["initial"] == (1000, 0.5)
    assert model.told[-1]["population"] == (1e6, 0.05)


def test_intervals_are_counted_by_where_they_lie():
    answers = [(10, 10, 9, 12), (10, 8, 7, 9), (10, 13, 11, 18), (10, 11, 10, 20)]
    told = coverage_by_quantity(rows_of(answers)).iloc[0]
    assert told[["replicates", "n", "held", "below", "above"]].tolist() == [
        4,
        4,
        2,
        1,
        1,
    ]
    assert told["coverage"] == 0.5
    assert told["ratio"] == pytest.approx(1.05)
    assert told["width"] == pytest.approx(np.median([12 / 9, 9 / 7, 18 / 11, 2]))


def test_a_quantity_that_is_nothing_has_no_coverage_and_one_that_failed_no_interval():
    answers = [(0.0, 1, 0.5, 2), (np.nan, np.nan, np.nan, np.nan)]
    told = coverage_by_quantity(rows_of(answers)).iloc[0]
    assert (told["replicates"], told["n"]) == (2, 0)
    assert "coverage" not in told


@pytest.mark.parametrize("held", [0, 17, 20])
def test_the_error_of_a_share_is_that_of_wilson(held):
    """Its ends are where the score test of the share has its critical value."""
    answers = [(10, 10, 9, 12)] * held + [(10, 20, 19, 22)] * (20 - held)
    told = coverage_by_quantity(rows_of(answers)).iloc[0]
    for end in (told["coverage_lower"], told["coverage_upper"]):
        if 0 < end < 1:
            score = (held / 20 - end) / np.sqrt(end * (1 - end) / 20)
            assert abs(score) == pytest.approx(stats.norm.ppf(0.975))
