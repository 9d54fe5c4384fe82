"""Crises: nobody is lost, the toy by hand, and parameters are drawn from their law."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.errors import DimensionError, SettingError
from conflictstats.simulate.displacement_bodies import ReportingBody
from conflictstats.simulate.displacement_crisis import DisplacementCrisis
from conflictstats.simulate.displacement_violence import GammaLag, GeometricLag

STEADY = {"inflow_sd": 0.0, "returning_sd": 0.0}
SURE = {"error": 0.0, "manners": {"exact": 1.0}}


def days_of(values, start="2020-01-01"):
    time = pd.date_range(start, periods=len(values), unit="us")
    return xr.DataArray(np.array(values, float), {"time": time})


def by_report(reports):
    return reports.set_index("report_id")["low"]


@pytest.mark.parametrize("population", [np.inf, 60_000.0])
def test_nobody_is_lost_or_made_on_any_day(population):
    crisis = DisplacementCrisis(
        days=200, initial=800, population=population, departing=1e-3
    )
    truth = crisis.draw(np.random.default_rng(5)).truth
    flows = [truth[name].values for name in ("inflow", "returns", "departures")]
    before = np.concatenate([[800.0], truth["stock"].values[:-1]])
    after = before + flows[0] - flows[1] - flows[2]
    np.testing.assert_allclose(truth["stock"], after, rtol=1e-12)
    assert min(flow.min() for flow in flows) >= 0
    if np.isfinite(population):
        gone = flows[2].cumsum()
        whole = truth["stock"] + truth["at_risk"] + gone
        np.testing.assert_allclose(whole, population, rtol=1e-12)


def test_the_toy_of_the_specification():
    crisis = DisplacementCrisis(
        days=8,
        base=0.0,
        per_violence=200.0,
        lag=GeometricLag(half_life=1),
        returning=-np.log(0.9),
        before=0,
        bodies=[
            ReportingBody(name="a", measures=("stock", "flow"), every=1, **SURE),
            ReportingBody(
                name="b", measures=("cumulative", "returns"), every=8, **SURE
            ),
        ],
        **STEADY,
    )
    deaths = days_of([0, 10, 0, 0, 5, 0, 0, 0])
    drawn = crisis.draw(np.random.default_rng(1), violence=deaths)
    inflow = [0, 1000, 500, 250, 625, 312.5, 156.25, 78.125]
    stock = [0, 1000, 1400, 1510, 1984, 2098.1, 2044.54, 1918.211]
    np.testing.assert_allclose(drawn.truth["inflow"], inflow, rtol=1e-12)
    np.testing.assert_allclose(drawn.truth["stock"], stock, rtol=1e-12)
    said = by_report(drawn.reports)
    assert [said[f"a stock {day}"] for day in range(1, 9)] == pytest.approx(stock)
    assert [said[f"a flow {day}"] for day in range(1, 9)] == pytest.approx(inflow)
    assert said["b cumulative 8"] == pytest.approx(2921.875)
    assert said["b returns 8"] == pytest.approx(2921.875 - 1918.211)


def test_people_at_risk_run_out():
    crisis = DisplacementCrisis(
        days=60, population=1e3, base=500.0, per_violence=0.0, returning=0.0, **STEADY
    )
    truth = crisis.draw(np.random.default_rng(1)).truth
    left = 1000 * np.exp(-0.5 * np.arange(1, 61))
    np.testing.assert_allclose(truth["at_risk"], left, rtol=1e-9)
    np.testing.assert_allclose(truth["stock"], 1000 - left, rtol=1e-9)


def test_multipliers_stay_in_their_weeks_and_forget_at_their_pace():
    """Over many weeks: level, spread, and the correlation of neighbours, exp(-1/4)."""
    crisis = DisplacementCrisis(
        days=7 * 2000, per_violence=0.0, returning=0.0, inflow_sd=0.5, bodies=()
    )
    truth = crisis.draw(np.random.default_rng(2)).truth
    weeks = np.log(truth["inflow"].values.reshape(-1, 7) / crisis.base)
    assert (np.ptp(weeks, axis=1) < 1e-12).all()
    assert weeks.mean() == pytest.approx(0, abs=0.1)
    assert weeks.std() == pytest.approx(0.5, rel=0.1)
    tie = np.corrcoef(weeks[:-1, 0], weeks[1:, 0])[0, 1]
    assert tie == pytest.approx(np.exp(-0.25), abs=0.05)


def test_returns_have_one_rate_for_four_weeks_and_then_another():
    crisis = DisplacementCrisis(days=84, initial=1000, returning=0.01)
    truth = crisis.draw(np.random.default_rng(1)).truth
    before = np.concatenate([[1000.0], truth["stock"].values[:-1]])
    rates = -np.log1p(-truth["returns"].values / before).reshape(3, 28)
    assert (np.ptp(rates, axis=1) < 1e-12).all()
    assert len(set(rates[:, 0].round(9))) == 3


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_what_is_said_without_error_holds_the_truth(seed):
    words = {"exact": 1, "more_than": 1, "nearly": 1, "at_least": 1, "range": 1}
    measures = ("stock", "fraction", "flow", "cumulative", "returns", "departures")
    body = ReportingBody(
        name="a", measures=measures, every=9, window=20, error=0.0, manners=words
    )
    crisis = DisplacementCrisis(
        days=45, initial=2000, population=1e5, departing=1e-3, bodies=[body]
    )
    drawn = crisis.draw(np.random.default_rng(seed))
    people = drawn.truth.to_dataframe().groupby("time").first()
    column = {"flow": "inflow", "cumulative": "inflow", "fraction": "stock"}
    for row in drawn.reports.itertuples():
        counted = people[column.get(row.measure, row.measure)]
        if row.measure in ("stock", "fraction"):
            truth = counted[row.end] / (1e5 if row.unit == "share" else 1)
        else:
            truth = counted[row.start : row.end].sum()
        assert row.low - 1e-6 <= truth <= row.high + 1e-6


def test_movements_bias_and_communities_multiply():
    steady = {"every": 50, "bias": np.log(2.0), **SURE}
    bodies = [
        ReportingBody(name="m", measures=("flow",), unit="movements", **steady),
        ReportingBody(name="c", coverage=((1, 100), (60, 25)), **steady),
    ]
    crisis = DisplacementCrisis(days=100, movements=1.5, bodies=bodies)
    drawn = crisis.draw(np.random.default_rng(3))
    said, inflow = by_report(drawn.reports), drawn.truth["inflow"].values
    assert said["m flow 50"] == pytest.approx(3 * inflow[:50].sum())
    stock = drawn.truth["stock"].values
    assert said["c stock 50"] == pytest.approx(2 * stock[49])
    assert said["c stock 100"] == pytest.approx(stock[99] / 2)
    assert drawn.reports["unit"].tolist()[:2] == ["movements", "movements"]
    assert drawn.reports["n_assessed"].tolist()[2:] == [100, 25]


def test_errors_and_biases_have_their_spread():
    one = ReportingBody(name="0", every=10, error=0.1, bias=0.3, bias_sd=0.2)
    bodies = [replace(one, name=str(number)) for number in range(200)]
    drawn = DisplacementCrisis(days=100, bodies=bodies).draw(np.random.default_rng(1))
    said = drawn.reports["low"].values.reshape(200, 10)
    bias = drawn.truth["bias"].values
    wrong = np.log(said / drawn.truth["stock"].values[9::10]) - bias[:, None]
    assert wrong.mean() == pytest.approx(0, abs=0.01)
    assert wrong.std() == pytest.approx(0.1, rel=0.06)
    assert bias.mean() == pytest.approx(0.3, abs=0.05)
    assert bias.std() == pytest.approx(0.2, rel=0.2)


def test_the_same_seed_gives_the_same_crisis():
    crisis = DisplacementCrisis(days=90, lag=GammaLag())
    one, again = (crisis.draw(np.random.default_rng(3)) for _ in range(2))
    assert one.truth.identical(again.truth)
    assert one.violence.identical(again.violence)
    pd.testing.assert_frame_equal(one.reports, again.reports)


def test_parameters_of_the_priors_have_their_medians_and_spreads(rng):
    crisis = DisplacementCrisis(initial=5000, initial_sd=0.5, population=1e6)
    violence = crisis.draw_violence(rng)
    drawn = [crisis.drawn_from_priors(violence, rng) for _ in range(2000)]
    mean = float(violence.mean())
    driven = np.array([each.per_violence * mean for each in drawn])
    quiet = np.array([each.base for each in drawn])
    extra = [each.movements - 1 for each in drawn]
    found = {
        (300.0, 2.0): driven + quiet,
        (1.0, 2.0): driven / quiet,
        (14.0, 1.0): [each.lag.half_life for each in drawn],
        (3.4999e-4, 1.2): [each.returning for each in drawn],
        (0.5, 0.5): [each.inflow_sd for each in drawn],
        (5000.0, 0.5): [each.initial for each in drawn],
        (0.3, 0.7): extra,
        (0.1, 0.5): [each.bodies[1].error for each in drawn],
    }
    for (median, sd), values in found.items():
        logs = np.log(values)
        assert np.median(logs) == pytest.approx(np.log(median), abs=0.08 * sd)
        assert np.std(logs) == pytest.approx(sd, rel=0.08)
    assert {each.population for each in drawn} == {1e6}


def test_violence_before_the_first_day_moves_people_after_it():
    crisis = DisplacementCrisis(
        days=3, before=2, base=0.0, per_violence=800.0, bodies=(), **STEADY
    )
    crisis = replace(crisis, lag=GeometricLag(half_life=1), returning=0.0)
    acts = days_of([1, 0, 0, 0, 0], start="2019-12-30")
    drawn = crisis.draw(np.random.default_rng(1), violence=acts)
    np.testing.assert_allclose(drawn.truth["inflow"], [100, 50, 25])
    early = crisis.draw_violence(np.random.default_rng(1))["time"]
    np.testing.assert_array_equal(early.values, acts["time"].values)


def test_who_leaves_goes_home_or_elsewhere_by_their_rates():
    crisis = DisplacementCrisis(
        days=1,
        initial=1000,
        base=0,
        per_violence=0,
        returning=0.3,
        departing=0.1,
        bodies=(),
        **STEADY,
    )
    truth = crisis.draw(np.random.default_rng(1)).truth
    left = 1000 * (1 - np.exp(-0.4))
    assert truth["returns"].item() == pytest.approx(0.75 * left)
    assert truth["departures"].item() == pytest.approx(0.25 * left)


@pytest.mark.parametrize(
    "wrong",
    [
        {"population": 100, "initial": 100},
        {"base": -1.0},
        {"days": 0},
        {"returning": -0.1},
    ],
)
def test_a_crisis_that_means_nothing_is_refused(wrong):
    with pytest.raises(SettingError):
        DisplacementCrisis(**wrong)


def test_violence_of_other_days_is_refused(rng):
    with pytest.raises(DimensionError, match="30 days of the crisis"):
        DisplacementCrisis(days=30).draw(rng, violence=days_of(np.ones(29)))
