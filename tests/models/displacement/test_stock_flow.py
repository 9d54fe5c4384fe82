"""Stock and flows: what they must keep, what they recover, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.errors import SchemaError, SettingError
from conflictstats.models.displacement import StockFlow, StockFlowStatus
from conflictstats.simulate.displacement_crisis import DisplacementCrisis

DAYS = 120
POPULATION = 400e3


def row(measure, end, low, high=None, **columns):
    """One report of body A at place B."""
    high = low if high is None else high
    word = "exact" if low == high else "range"
    day = pd.Timestamp(end)
    told = {"measure": measure, "start": day, "end": day, "low": low, "high": high}
    told |= {"body": "A", "place": "B", "unit": "persons", "qualifier": word}
    told |= {key: columns[key] for key in columns if key != "start"}
    return told | {"start": pd.Timestamp(columns.get("start", day))}


def table(*rows):
    """Reports with names."""
    frame = pd.DataFrame(rows)
    return frame.assign(report_id=[f"r{i}" for i in range(len(frame))])


def drawn(rng, **settings):
    """A crisis that never happened, and what else a fit is given."""
    crisis = DisplacementCrisis(days=DAYS, population=POPULATION, **settings).draw(rng)
    ends = (str(crisis.truth["time"].values[i])[:10] for i in (0, -1))
    known = {"violence": crisis.violence, "population": POPULATION}
    return crisis, known | {"period": tuple(ends)}


@pytest.fixture(scope="module")
def crisis():
    return drawn(np.random.default_rng(11))


@pytest.fixture(scope="module")
def fit(crisis):
    made, known = crisis
    model = StockFlow(draws=300)
    return model.fit(made.reports, **known, rng=np.random.default_rng(2))


# -- what every draw keeps ------------------------------------------------------------


def test_nobody_is_lost_or_found_in_any_draw(fit):
    """To a part in 1e9 of the population."""
    draws = fit.draws
    first = draws["hyper"].sel(param="initial").values[:, None]
    stock = np.concatenate([first, draws["stock"].values], axis=1)
    moved = (draws["inflow"] - draws["returns"] - draws["departures"]).values
    assert np.abs(np.diff(stock) - moved).max() < 1e-9 * POPULATION
    everybody = draws["hyper"].sel(param="population")
    off = draws["stock"] + draws["at_risk"] - everybody
    assert float(np.abs(off).max()) < 1e-9 * POPULATION
    assert float(draws["stock"].min()) >= 0
    assert bool((draws["stock"] <= everybody).all())


def test_the_course_under_the_violence_that_was_is_the_course(crisis, fit):
    under = fit.what_if(crisis[1]["violence"])
    assert_allclose(under["stock"], fit.draws["stock"], rtol=1e-12)


def test_without_violence_fewer_flee_in_every_draw(crisis, fit):
    """By what the response says, for a day long before the end."""
    violence = crisis[1]["violence"]
    calmer = violence.copy()
    days = fit.draws["time"].values[:40]
    day = days[violence.sel(time=days).values.argmax()]
    calmer.loc[{"time": day}] = 0.0
    spared = (fit.draws["inflow"] - fit.what_if(calmer)["inflow"]).sum("time")
    deaths = float(violence.sel(time=day))
    assert bool((spared >= -1e-6).all())
    assert deaths > 0
    per_death = fit.draws["per_unit"].isel(kind=0)
    assert 0.2 < float((spared / deaths / per_death).median()) < 3


def test_the_response_grows_to_all_who_flee_for_a_unit(fit):
    told = fit.draws_of_response([0, 1, 30, 90, 180]).isel(kind=0)
    assert_allclose(told.sel(days=0), 0)
    assert bool((told.diff("days") >= -1e-9).all())
    assert_allclose(told.sel(days=180), fit.draws["per_unit"].isel(kind=0))
    half = fit.half_life()
    at_half = [fit.draws_of_response([day])[i, 0, 0] for i, day in enumerate(half[:5])]
    assert_allclose(at_half, fit.draws["per_unit"][:5, 0] / 2, rtol=1e-9)


def test_totals_add_up_over_periods(fit):
    days = [str(day)[:10] for day in fit.draws["time"].values]
    parts = fit.total(days[0], days[49]) + fit.total(days[50], days[-1])
    assert_allclose(parts, fit.total(), rtol=1e-12)
    with pytest.raises(SettingError, match="flow must be one of"):
        fit.total(flow="stock")


def test_it_comes_back_from_a_file(fit, tmp_path):
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    with xr.open_dataset(tmp_path / "fit.nc") as stored:
        again = StockFlow.from_dataset(stored.load())
    assert again.model == fit.model
    assert again.summary() == fit.summary()
    assert again.to_frame().equals(fit.to_frame())


# -- what is recovered ----------------------------------------------------------------


def test_the_truth_is_in_most_intervals(crisis, fit):
    """Of monthly stocks, the total, and the response; see the study for how many."""
    truth = crisis[0].truth
    band = fit.stock(0.9).isel(time=slice(14, None, 21))
    stock = truth["stock"].isel(time=slice(14, None, 21)).values
    held = (band["lower"].values < stock) & (stock < band["upper"].values)
    assert held.mean() > 0.5
    low, high = fit.total().quantile([0.02, 0.98]).values
    assert low < float(truth["inflow"].sum()) < high
    assert fit.status is StockFlowStatus.CONVERGED


def test_reports_that_were_kept_back_are_predicted(crisis):
    made, known = crisis
    kept = made.reports.index % 4 != 0
    fit = StockFlow(draws=300).fit(
        made.reports[kept], **known, rng=np.random.default_rng(3)
    )
    told = fit.predict(made.reports[~kept], rng=np.random.default_rng(4))
    asked = made.reports[~kept]
    point = (asked["low"] == asked["high"]).to_numpy()
    held = (told["lower"] < asked["high"]) & (asked["low"] < told["upper"])
    assert point.sum() >= 4
    assert held.mean() > 0.7


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"measure": "fraction", "unit": "share"}, "row 1: a share of a population"),
        ({"unit": "households"}, "row 1: unit is households"),
        ({"unit": "movements"}, "row 1: movements are of a flow"),
        ({"measure": "departures"}, "departures are asked for but not in the model"),
        ({"end": pd.Timestamp("2030-01-01")}, r"rows \[1\] lie outside the days"),
    ],
)
def test_what_a_fit_does_not_have_is_not_predicted(asked, match):
    said = table(row("stock", "2019-05-05", 1e5), row("stock", "2019-05-12", 1e5))
    fit = StockFlow(draws=50).fit(said, rng=np.random.default_rng(1))
    wanted = row("stock", "2019-05-12", 0.5) | asked
    if wanted["measure"] == "stock":
        wanted["start"] = wanted["end"]
    with pytest.raises((SchemaError, SettingError), match=match):
        fit.predict(table(wanted))


def test_movements_are_not_persons():
    """590,000 movements beside 400,000 persons over the same days."""
    span = {"start": "2019-05-01"}
    said = table(
        row("flow", "2019-08-20", 590e3, unit="movements", **span),
        row("flow", "2019-08-20", 400e3, **span),
        row("flow", "2019-08-20", 400e3, **span),
    )
    model = StockFlow(draws=300, anchor="A", report_error=(0.03, 0.1))
    fit = model.fit(said, rng=np.random.default_rng(1))
    moves = fit.draws["hyper"].sel(param="movements").quantile([0.02, 0.98]).values
    assert moves[0] < 590 / 400 < moves[1]
    assert moves[1] - moves[0] < 0.4
    total = fit.total().quantile([0.02, 0.98]).values
    assert total[0] < 400e3 < total[1] < 500e3


def test_nearly_half_of_three_million_is_a_stock():
    said = table(row("fraction", "2019-06-11", 0.4, 0.5, unit="share"))
    model = StockFlow(draws=300, anchor="A", report_error=(0.02, 0.1))
    fit = model.fit(said, population=(3e6, 1e-3), rng=np.random.default_rng(1))
    stock = fit.draws["stock"].isel(time=-1)
    assert float((stock > 1.17e6).mean()) > 0.95
    assert float((stock < 1.53e6).mean()) > 0.95


def test_half_the_places_assessed_is_not_half_gone_home():
    """A stock that halves with the places that are assessed is no return."""
    weeks = pd.date_range("2019-05-05", periods=8, freq="7D")
    rows = [
        row("stock", day, 200e3 / (1 + (i > 3)), coverage=f"c{i > 3}")
        | {"n_assessed": 400 if i > 3 else 800}
        for i, day in enumerate(weeks)
    ]
    model = StockFlow(draws=300)
    changed = model.fit(table(*rows), rng=np.random.default_rng(1))
    same = table(*rows).assign(coverage="one", n_assessed=800)
    taken = model.fit(same, rng=np.random.default_rng(1))
    stock = changed.draws["stock"].isel(time=-1).quantile([0.1, 0.5]).values
    assert stock[1] > 150e3
    assert float(taken.draws["stock"].isel(time=-1).median()) < 130e3


def test_stocks_alone_say_nothing_of_returns():
    weeks = pd.date_range("2019-05-05", periods=6, freq="7D")
    said = table(*(row("stock", day, 1e5) for day in weeks))
    fit = StockFlow(draws=300).fit(said, rng=np.random.default_rng(1))
    assert fit.status is StockFlowStatus.STOCKS_ONLY
    assert fit.learned().loc["return_noise_sd", "prior_part"] > 0.7
    assert "prior of returns" in fit.summary()


# -- limits and the prior -------------------------------------------------------------


def test_without_a_report_that_says_anything_it_is_the_prior():
    said = table(row("stock", "2019-05-05", 0.0, np.inf))
    model = StockFlow(draws=4000)
    period = ("2019-05-01", "2019-05-30")
    fit = model.fit(
        said, initial=(1e4, 1.0), period=period, rng=np.random.default_rng(1)
    )
    assert fit.status is StockFlowStatus.NO_REPORTS
    assert fit.diagnostics.attrs["excluded_says nothing"] == 1
    logs = np.log(fit.draws["hyper"].sel(param=["level", "initial", "noise_sd"]))
    assert_allclose(logs.mean("draw"), np.log([300, 1e4, 0.5]), atol=0.12)
    assert_allclose(logs.std("draw"), [2.0, 1.0, 0.5], rtol=0.05)
    with pytest.raises(SettingError, match="a period must be given"):
        model.fit(said)


@pytest.mark.slow
def test_joined_days_are_worth_single_days(crisis):
    """The weights of the joined days leave the posterior of single days."""
    made, known = crisis
    bands = [
        StockFlow(draws=400, longest_step=step)
        .fit(made.reports, **known, rng=np.random.default_rng(step))
        .total()
        for step in (1, 7)
    ]
    single, joined = (np.log(band) for band in bands)
    assert abs(float(single.mean() - joined.mean())) < 0.35 * float(single.std())
    assert 0.75 < float(single.std() / joined.std()) < 1.33


def test_months_are_cells_too():
    months = pd.date_range("2019-01-31", periods=10, freq="ME")
    said = table(*(row("stock", day, 1e5 + 2e4 * i) for i, day in enumerate(months)))
    fit = StockFlow(draws=200, every="M").fit(said, rng=np.random.default_rng(1))
    assert fit.draws.sizes["time"] == 10
    assert_allclose(fit.draws["days"][:3], [31, 28, 31])
    february, march = fit.draws["inflow"][:, 1], fit.draws["inflow"][:, 2]
    assert not np.allclose(february, march)
    net = fit.total() - fit.total(flow="returns")
    low, high = net.quantile([0.05, 0.95]).values
    assert low < 2e5 < high


def test_other_places_change_nothing_nor_other_processes(crisis):
    one = crisis[0].reports.iloc[:6]
    doubled = {name: one[name] * 2 for name in ("low", "best", "high", "value")}
    other = one.assign(place="elsewhere", **doubled)
    both = pd.concat([one, other.assign(report_id=other["report_id"] + "x")])
    model = StockFlow(draws=100)
    alone = model.fit_each(one, rng=np.random.default_rng(7))
    beside = model.fit_each(both, rng=np.random.default_rng(7), processes=2)
    place = str(one["place"].iloc[0])
    assert set(beside) == {place, "elsewhere"}
    assert_allclose(alone[place].draws["stock"], beside[place].draws["stock"])


def test_violence_with_draws_is_used_draw_by_draw(crisis):
    made, known = crisis
    violence = xr.concat([known["violence"], 2 * known["violence"]], "draw")
    given = known | {"violence": violence}
    fit = StockFlow(draws=200).fit(
        made.reports.iloc[:8], **given, rng=np.random.default_rng(1), strict=False
    )
    assert fit.diagnostics["rhat"].size == 2
    assert (fit.diagnostics["ess"] >= 100).all()
    assert fit.draws.sizes["draw"] == 200


# -- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"unit": "households"}, "row 1: unit is households; convert them"),
        ({"unit": "movements"}, "row 1: movements are of a flow"),
        ({"place": "C"}, "2 values of place: B, C; choose one, or use fit_each"),
        ({"group": "refugees"}, "2 values of group"),
        ({"measure": "population"}, "row 1: a share of a population needs population="),
    ],
)
def test_what_the_model_does_not_have_is_refused(change, match):
    first = row("stock", "2019-05-05", 1e5) | change
    with pytest.raises(SchemaError, match=match):
        StockFlow().fit(table(first, row("stock", "2019-05-12", 1e5)))


def test_a_stock_above_the_population_is_refused():
    said = table(row("stock", "2019-05-05", 1e5), row("stock", "2019-06-05", 6e5))
    with pytest.raises(SchemaError, match="row 2: stock far above the population of"):
        StockFlow().fit(said, population=2e5)


def test_a_body_that_begins_to_count_anew_is_named():
    """Its totals are of two periods, not of one that fell."""
    said = table(
        row("cumulative", "2019-05-20", 80e3, start="2019-05-01"),
        row("cumulative", "2019-06-20", 30e3, start="2019-06-01"),
        row("cumulative", "2019-06-27", 30e3, start="2019-06-01"),
    )
    model = StockFlow(draws=100, anchor="A")
    fit = model.fit(said, rng=np.random.default_rng(1))
    assert fit.diagnostics.attrs["restarted"] == "A"
    assert fit.diagnostics.attrs["excluded_repeat"] == 1
    assert "begin on several days: A" in fit.summary()
    first = fit.total("2019-05-01", "2019-05-20").median()
    second = fit.total("2019-06-01", "2019-06-20").median()
    assert_allclose([float(first), float(second)], [80e3, 30e3], rtol=0.15)


def test_reports_outside_the_period_are_named():
    said = table(row("stock", "2019-05-05", 1e5), row("stock", "2019-07-05", 1e5))
    with pytest.raises(SettingError, match=r"reports \['r1'\] lie outside 2019-05-01"):
        StockFlow().fit(said, period=("2019-05-01", "2019-06-30"))


def test_departures_and_anchors_must_be_in_the_model():
    gone = table(row("departures", "2019-05-05", 1e3, start="2019-05-01"))
    with pytest.raises(SettingError, match="departures are reported but not"):
        StockFlow().fit(gone)
    with pytest.raises(SettingError, match="anchor 'Z' has no report"):
        StockFlow(anchor="Z").fit(table(row("stock", "2019-05-05", 1e5)))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda v: v.where(v["time"] != v["time"][3]), "missing or negative on 1 days"),
        (lambda v: v - 1, "missing or negative"),
        (lambda v: v[5:], "violence is known from 2019-05-06"),
        (lambda v: v[::2], "violence jumps from 2019-05-01"),
        (lambda v: 0 * v, "0 throughout"),
        (lambda v: v.rename(time="day"), "violence needs dim time"),
    ],
)
def test_violence_that_cannot_be_used_is_refused(change, match):
    days = pd.date_range("2019-05-01", periods=30)
    violence = xr.DataArray(np.arange(30.0) % 3, {"time": days}, name="deaths")
    said = table(row("flow", "2019-05-20", 1e4, start="2019-05-01"))
    with pytest.raises((SettingError, SchemaError), match=match):
        StockFlow().fit(said, violence=change(violence))


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"lag": "linear"}, "lag must be one of"),
        ({"returns": (1.2, 1.0)}, "median share a year below 1"),
        ({"inflow": (0.0, 1.0)}, "inflow must be a median"),
        ({"lead": -1}, "lead must be 0 or more"),
        ({"draws": 0}, "draws must be 1 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, match):
    with pytest.raises(SettingError, match=match):
        StockFlow(**settings)


@pytest.mark.slow
@pytest.mark.parametrize("lag", ["gamma", "spline"])
def test_the_shape_of_a_delayed_response_is_recovered(lag):
    """Flight that peaks two weeks after violence; geometric weights cannot rise."""
    rng = np.random.default_rng(8)
    days = pd.date_range("2019-01-01", periods=500)
    burst = rng.random(500) < 0.03
    deaths = xr.DataArray(
        np.where(burst, rng.gamma(2, 40, 500), 0.5), {"time": days}, name="deaths"
    )
    middle = np.arange(180) + 0.5
    weights = middle**3 * np.exp(-middle / 4.5)
    weights /= weights.sum()
    fled = 20 + 30 * np.convolve(deaths, weights)[:500]
    starts = np.arange(200, 496, 4)
    said = table(
        *(
            row("flow", days[i + 3], total, start=days[i])
            for i, total in zip(
                starts,
                [
                    fled[i : i + 4].sum() * np.exp(0.03 * rng.standard_normal())
                    for i in starts
                ],
                strict=True,
            )
        )
    )
    settings = {"anchor": "A", "inflow_noise": (0.1, 0.5), "draws": 400}
    fits = {
        name: StockFlow(lag=name, report_error=(0.05, 0.5), **settings).fit(
            said, violence=deaths, rng=np.random.default_rng(1), strict=False
        )
        for name in (lag, "geometric")
    }
    come = {
        name: (fit.draws["weight"].cumsum("lag")).isel(lag=[6, 13, 20, 34])
        for name, fit in fits.items()
    }
    truth = np.cumsum(weights)[[6, 13, 20, 34]]
    off = {name: np.abs(c.median("draw") - truth).max() for name, c in come.items()}
    assert off[lag] < 0.08
    assert off["geometric"] > 2 * off[lag]
    low, high = come[lag].quantile([0.01, 0.99], "draw").values
    assert ((low - 0.02 < truth) & (truth < high + 0.02)).all()
