"""Flows behind running totals: quadrature, mass balance, and what must stay apart."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.flow import FlowStatus, ReportedFlow
from conflictstats.quantity import Reported

pytestmark = pytest.mark.usefixtures("unchecked")
START = pd.Timestamp("2019-05-06")
COLUMNS = ("measure", "date_start", "date_end", "low", "high", "qualifier")


def day(number):
    """Day counted from 6 May 2019, a Monday; None is missing."""
    return pd.NaT if number is None else START + pd.Timedelta(days=number)


def reports(*rows, body="A", unit="persons", coverage="all"):
    """Reports from (measure, first day, last day, what was said)."""
    table = [
        (measure, day(first), day(last), float(said.low), float(said.high), said)
        for measure, first, last, said in rows
    ]
    frame = pd.DataFrame(table, columns=COLUMNS)
    frame["qualifier"] = [said.qualifier for said in frame["qualifier"]]
    return frame.assign(body=body, unit=unit, coverage=coverage)


def running(*totals, every=14, **names):
    """Running totals since the first day, one at the end of every ``every`` days."""
    rows = [
        ("cumulative", 0, every * (i + 1) - 1, said) for i, said in enumerate(totals)
    ]
    return reports(*rows, **names)


def fit_of(table, seed=1, strict=True, draws=256, **settings):
    model = ReportedFlow(draws=draws, **settings)
    return model.fit(table, rng=np.random.default_rng(seed), strict=strict)


def told(fit, name):
    """One number of the diagnostics of the only series."""
    return fit.diagnostics[name].item()


def exactly(*numbers):
    return [Reported.exactly(n) for n in numbers]


STEADY = running(*exactly(14_000, 28_000, 42_000, 56_000))


@pytest.fixture(scope="module")
def steady():
    return fit_of(STEADY)


# --- truth ---


def test_a_constant_flow_is_found(steady):
    flow = steady.flow().isel(series=0)
    assert ((flow["lower"] < 1000) & (flow["upper"] > 1000)).all()
    assert_allclose(flow["estimate"], 1000, rtol=0.1)
    assert_allclose(steady.total().median(), 56_000, rtol=0.04)
    assert steady.status is FlowStatus.CONVERGED
    assert int(steady.nobs) == 4


def test_a_flow_that_stops_is_seen_to_stop():
    fit = fit_of(running(*exactly(100_000, 200_000, 201_000)))
    flow = fit.flow().isel(series=0)
    before, after = flow.isel(time=slice(4)), flow.isel(time=slice(4, None))
    assert before["lower"].min() > after["upper"].max()
    assert_allclose(before["estimate"], 100_000 / 14, rtol=0.15)


# --- reference: quadrature ---

ERROR = 0.05
WEEKLY = (1.5, 0.05)
CUTS = [0.05, 0.25, 0.5, 0.75, 0.95]
RATE = -np.log(WEEKLY[1]) / WEEKLY[0]


def log_chance(said, log_total):
    """Log probability of a report, or density of a number, by SciPy alone."""
    law = stats.norm(log_total, ERROR)
    low, high = np.log(said)
    if low == high:
        return law.logpdf(low)
    if high == np.inf:
        return law.logsf(low)
    # on the side where the difference does not cancel
    tails = law.cdf(high) - law.cdf(low), law.sf(low) - law.sf(high)
    with np.errstate(divide="ignore"):
        return np.log(np.where(log_total > high, *tails))


def moments(weight, values):
    mean = np.sum(weight * values)
    return mean, np.sqrt(np.sum(weight * (values - mean) ** 2))


def test_one_report_against_quadrature():
    """ "At least 150,000" in 30 days, read as a floor: the prior cut at the floor."""
    fit = fit_of(
        running(Reported.at_least(150_000), every=30),
        draws=4000,
        mechanisms={"at_least": "coarsened"},
    )
    level = np.linspace(np.log(100) - 24, np.log(100) + 24, 40_001)
    total = level + np.log(30)
    height = stats.norm(np.log(100), 4).logpdf(level)
    height += log_chance((150_000, np.inf), total)
    weight = special.softmax(height)
    mean, sd = moments(weight, total)
    found = np.log(fit.total())
    assert_allclose(float(found.mean()), mean, atol=0.08 * sd)
    assert_allclose(float(found.std()), sd, rtol=0.06)
    assert_allclose(np.exp(found.mean()), np.exp(mean), rtol=0.2)
    cut = np.interp([0.05, 0.5, 0.95], np.cumsum(weight), total)
    assert_allclose(np.quantile(found, [0.05, 0.5, 0.95]), cut, atol=0.12 * sd)
    assert fit.status is FlowStatus.FEW_REPORTS


@pytest.mark.parametrize(
    ("second", "bounds"),
    [
        (Reported.between(300_000, 400_000), (300_000, 400_000)),
        (Reported.at_least(150_000), (150_000, np.inf)),
    ],
)
def test_two_reports_against_quadrature(second, bounds):
    """100,000 in two weeks, then a bounded total: level, step and its sd integrated."""
    table = running(Reported.exactly(100_000), second)
    fit = fit_of(table, draws=4000, mechanisms={"at_least": "coarsened"})
    first = np.log(100_000 / 14) + np.linspace(-6, 6, 61)[:, None] * ERROR
    ratio = np.linspace(-10, 10, 2001)
    step_sd = np.linspace(0.004, 6, 400)
    # two weeks lie between the middles of the two pieces
    law = stats.norm(0, step_sd[:, None] * np.sqrt(2))
    prior = special.logsumexp(law.logpdf(ratio) - RATE * step_sd[:, None], axis=0)
    height = stats.norm(np.log(100), 4).logpdf(first) + prior
    height = height + log_chance((100_000, 100_000), first + np.log(14))
    total = first + np.log(14) + np.logaddexp(0, ratio)
    height = height + log_chance(bounds, total)
    weight = special.softmax(height)
    for found, exact in (
        (np.log(fit.total()), total),
        (np.log(fit.total("2019-05-20", "2019-06-02")), first + np.log(14) + ratio),
        (np.log(fit.total("2019-05-06", "2019-05-19")), first + np.log(14)),
    ):
        mean, sd = moments(weight, exact)
        assert_allclose(float(found.mean()), mean, atol=0.08 * sd)
        # the sd itself hangs on a few draws of the long upper tail
        value, which = np.unique(
            np.broadcast_to(exact, weight.shape), return_inverse=True
        )
        share = np.bincount(which.ravel(), weight.ravel())
        cut = np.interp(CUTS, np.cumsum(share) - share / 2, value)
        below = (found.values.reshape(-1, 1) <= cut).mean(axis=0)
        assert_allclose(below, CUTS, atol=0.02)
    assert_allclose(np.exp(found.mean()), np.exp(moments(weight, exact)[0]), rtol=0.02)
    by_sd = special.logsumexp(
        height[None]
        - prior
        + law.logpdf(ratio)[:, None]
        - RATE * step_sd[:, None, None],
        axis=(1, 2),
    )
    mean, sd = moments(special.softmax(by_sd), step_sd)
    found = fit.draws["hyper"].squeeze()
    assert_allclose(float(found.mean()), mean, atol=0.1 * sd)
    assert_allclose(float(found.std()), sd, rtol=0.1)


def walk(rng, periods=6, every=14):
    """Running totals whose log daily flow is a walk drawn from the model's prior."""
    step_sd = rng.exponential(1 / RATE)
    steps = rng.normal(0, step_sd * np.sqrt(every / 7), periods)
    steps[0] = rng.normal(np.log(100), 4)
    return np.cumsum(every * np.exp(np.cumsum(steps)))


def rounded(total, rng):
    """What is printed: within five percent, cut to two digits and "more than"."""
    told = total * np.exp(rng.normal(0, ERROR))
    grain = 10.0 ** (np.floor(np.log10(told)) - 1)
    return Reported.more_than(int(np.floor(told / grain) * grain))


def coverage(simulations, rng):
    """Share of 90 % intervals that hold the truth: of totals, and of single periods.

    Series are chosen by their reports alone, so what is asked of them stays true.
    """
    total, period = [], []
    while len(total) < simulations:
        truth = walk(rng)
        said = [rounded(count, rng) for count in truth]
        if not 1e3 < said[0].value < 1e8:
            continue
        fit = fit_of(running(*said), seed=int(rng.integers(2**32)), strict=False)
        last = fit.draws["last_day"].values[0] - np.datetime64(START)
        seen = round(last / np.timedelta64(14, "D"))
        total.append(holds(fit.total(), truth[seen - 1]))
        for i, inflow in enumerate(np.diff(truth[:seen], prepend=0)):
            days = (str(day(at).date()) for at in (14 * i, 14 * i + 13))
            period.append(holds(fit.total(*days), inflow))
    return np.mean(total), np.mean(period)


def holds(draws, truth):
    lower, upper = draws.quantile([0.05, 0.95], "draw").values[:, 0]
    return lower < truth < upper


def test_intervals_of_simulated_series_cover_the_truth():
    """Some 60 periods of 10 series, which are not independent; the next has 200."""
    total, period = coverage(10, np.random.default_rng(11))
    assert total >= 0.7
    assert 0.8 <= period <= 0.98


@pytest.mark.slow
def test_intervals_of_many_simulated_series_cover_the_truth():
    """Three binomial standard errors around 0.9 with 200 series."""
    total, period = coverage(200, np.random.default_rng(12))
    assert 0.836 <= total <= 0.964
    assert 0.85 <= period <= 0.95


# --- identity ---


def test_parts_of_a_period_add_up(steady):
    days = pd.date_range("2019-05-06", "2019-06-30")
    cuts = [0, 3, 14, 15, 30, 41, len(days)]
    parts = [
        steady.total(str(days[a].date()), str(days[b - 1].date()))
        for a, b in itertools.pairwise(cuts)
    ]
    assert_allclose(sum(parts), steady.total(), rtol=1e-9)
    running_total = steady.cumulative()
    last = running_total.isel(time=-1, series=0)
    assert_allclose(last["estimate"], steady.total().median(), rtol=1e-9)
    assert last["until"].values == np.datetime64("2019-06-30")


def test_the_unit_of_people_matters_only_to_the_prior():
    """A thousand times as many, with a start that is known to within e^4."""
    table = STEADY.assign(low=STEADY["low"] * 1000, high=STEADY["high"] * 1000)
    assert_allclose(fit_of(table).total().median(), 56e6, rtol=0.04)


def test_the_order_of_the_rows_does_not_matter(steady):
    again = fit_of(STEADY.iloc[::-1])
    xr.testing.assert_identical(again.draws, steady.draws)


def test_what_another_counts_changes_nothing(steady):
    """Movements are not persons, and 714 communities are not 220."""
    others = [("body", "0"), ("body", "Z"), ("unit", "moves"), ("coverage", "220")]
    falling = [running(*exactly(9_000, 5_000), **{k: v}) for k, v in others]
    fit = fit_of(pd.concat([*falling, STEADY]))
    names = [
        "0 | persons | all",
        "A | moves | all",
        "A | persons | 220",
        "A | persons | all",
        "Z | persons | all",
    ]
    assert fit.draws["series"].values.tolist() == names
    assert fit.diagnostics["revisions"].values.tolist() == [1, 1, 1, 0, 1]
    mine = fit.draws.sel(series=names[3])
    for name in ("flow", "hyper"):
        alone = steady.draws[name].isel(series=0)
        assert_array_equal(
            mine[name].isel(time=slice(8)) if name == "flow" else mine[name], alone
        )


def test_comes_back_from_netcdf(steady, tmp_path):
    steady.to_dataset().to_netcdf(tmp_path / "flow.nc")
    again = ReportedFlow.from_dataset(xr.load_dataset(tmp_path / "flow.nc"))
    assert again.model == steady.model
    xr.testing.assert_identical(again.draws, steady.draws)
    xr.testing.assert_identical(again.diagnostics, steady.diagnostics)
    assert again.summary() == steady.summary()
    period = "2019-05-10", "2019-06-11"
    xr.testing.assert_identical(again.total(*period), steady.total(*period))
    xr.testing.assert_identical(again.cumulative(), steady.cumulative())


# --- how reports are read ---


def test_a_later_identical_total_is_a_repeat_and_no_new_count(steady):
    """Said on a later day, and said again on the same day."""
    again = reports(
        ("cumulative", 0, 34, Reported.exactly(28_000)),
        ("cumulative", 0, 27, Reported.exactly(28_000)),
    )
    fit = fit_of(pd.concat([STEADY, again]))
    xr.testing.assert_identical(fit.draws, steady.draws)
    assert [told(f, "repeats") for f in (fit, steady)] == [2, 0]
    assert [told(f, "nobs") for f in (fit, steady)] == [4, 4]


def test_a_flow_of_another_month_is_no_repeat():
    months = [("flow", 30 * i, 30 * i + 29, Reported.exactly(3000)) for i in range(3)]
    fit = fit_of(reports(*months))
    assert told(fit, "repeats") == 0
    assert_allclose(fit.total().median(), 9000, rtol=0.1)


def test_a_report_that_says_nothing_changes_nothing(steady):
    silent = reports(
        ("flow", 7, 20, Reported.at_least(0)),
        ("stock", None, 10, Reported.exactly(5000)),
        ("stock", None, 30, Reported.exactly(4000)),
    )
    fit = fit_of(pd.concat([STEADY, silent]))
    xr.testing.assert_identical(fit.draws, steady.draws)
    xr.testing.assert_identical(fit.diagnostics, steady.diagnostics)


def test_a_falling_total_is_a_revision_and_no_negative_flow():
    fit = fit_of(running(*exactly(10_000, 20_000, 17_000, 30_000)))
    assert told(fit, "revisions") == 1
    assert (fit.draws["flow"] > 0).all()
    # 20,000 and 17,000 are three errors apart: the truth lies between
    by_june = fit.total("2019-05-06", "2019-06-16").median()
    assert 17_000 < by_june < 20_500


def test_a_total_that_may_not_have_fallen_is_no_revision():
    said = [Reported.exactly(20_000), Reported.at_least(17_000)]
    fit = fit_of(running(*said), mechanisms={"at_least": "coarsened"})
    assert told(fit, "revisions") == 0


def test_totals_from_another_start_are_another_sum():
    """40,000 since May and 10,000 since June leave 30,000 for May."""
    since_june = reports(("cumulative", 28, 55, Reported.exactly(10_000)))
    fit = fit_of(pd.concat([running(Reported.exactly(40_000), every=56), since_june]))
    assert told(fit, "revisions") == 0
    assert_allclose(fit.total("2019-05-06", "2019-06-02").median(), 30_000, rtol=0.1)


def test_a_stock_gives_a_floor_of_the_inflow_and_no_more():
    """50,000 then 80,000 displaced: at least 30,000 came, however many left."""
    stocks = [
        ("stock", None, 0, Reported.exactly(50_000)),
        ("stock", None, 28, Reported.exactly(80_000)),
        ("stock", None, 56, Reported.exactly(60_000)),
    ]
    fit = fit_of(reports(*stocks))
    total = fit.total("2019-05-07", "2019-06-03").squeeze()
    assert int(fit.nobs) == 1
    assert np.mean(total > 30_000 * 0.85) == 1
    # nothing was said of a ceiling, so the prior's width of e^4 is left
    assert total.quantile(0.95) > 300_000
    assert told(fit, "repeats") == 0
    assert told(fit, "revisions") == 0
    floors = reports(("flow", 1, 28, Reported.between(30_000, 10**12)))
    same = fit_of(floors).total().squeeze()
    quantiles = [0.05, 0.5]
    expected = np.log(same.quantile(quantiles))
    assert_allclose(np.log(total.quantile(quantiles)), expected, atol=0.6)


def test_at_least_is_what_was_counted_unless_told_otherwise():
    table = running(*[Reported.at_least(n) for n in (14_000, 28_000, 42_000)])
    counted = fit_of(table)
    floor = fit_of(table, mechanisms={"at_least": "coarsened"}, strict=False)
    assert_allclose(counted.total().median(), 42_000, rtol=0.05)
    assert counted.total().quantile(0.95) < 42_000 * 1.12
    assert floor.total().quantile(0.95) > 42_000 * 1.5


@pytest.mark.parametrize(
    ("mechanism", "most"), [("rounded", 50_000 * 1.1), ("coarsened", np.inf)]
)
def test_more_than_is_a_rounded_number_unless_told_otherwise(mechanism, most):
    table = running(*[Reported.more_than(n) for n in (20_000, 30_000, 40_000)])
    fit = fit_of(table, mechanisms={"more_than": mechanism}, strict=False)
    upper = fit.total().quantile(0.95).item()
    assert upper > 40_000
    assert (upper < 50_000 * 1.1) == (most < np.inf)


# --- limits and edges ---


@pytest.mark.parametrize(
    "period",
    [
        ("2019-05-05", "2019-06-30"),
        ("2019-05-06", "2019-07-01"),
        ("2018-01-01", "2020-01-01"),
        (None, "2019-07-01"),
        ("2019-07-01", None),
    ],
)
def test_no_total_outside_what_the_reports_cover(steady, period):
    assert steady.total(*period).isnull().all()


def test_days_of_a_week_that_the_body_did_not_cover_have_no_total():
    """Reports run from Wednesday to Thursday, of the weeks of two other bodies."""
    mine = reports(
        ("cumulative", 2, 15, Reported.exactly(1400)),
        ("cumulative", 2, 31, Reported.exactly(3000)),
    )
    fit = fit_of(pd.concat([mine, running(*exactly(1000, 5000, 8000), body="B")]))
    mine = {"series": int(np.flatnonzero(fit.draws["body"] == "A")[0])}
    seen = fit.total("2019-05-08", "2019-06-06").isel(mine)
    assert_allclose(seen.median(), 3000, rtol=0.05)
    xr.testing.assert_identical(seen, fit.total().isel(mine))
    for period in (
        ("2019-05-06", "2019-05-07"),
        ("2019-05-07", "2019-06-06"),
        ("2019-06-06", "2019-06-07"),
        ("2019-06-08", "2019-06-09"),
    ):
        assert fit.total(*period).isel(mine).isnull().all()
    until = fit.cumulative()["until"].isel(mine)
    assert until.values[4] == np.datetime64("2019-06-06")
    flow = fit.draws["flow"].isel(mine)
    assert flow[:, :5].notnull().all()
    assert flow[:, 5:].isnull().all()


def test_an_empty_period_is_refused(steady):
    with pytest.raises(SettingError, match="from 2019-06-02 to 2019-06-01 is empty"):
        steady.total("2019-06-02", "2019-06-01")


def test_bad_rows_are_named():
    table = pd.concat([STEADY] * 2, ignore_index=True)
    table.loc[1, "measure"] = "guess"
    table.loc[2, "body"] = None
    table.loc[3, "date_start"] = day(70)
    table.loc[4, "low"] = np.nan
    table.loc[5, ["low", "high"]] = 9, 3
    table.loc[6, ["low", "high"]] = 0, 0
    with pytest.raises(SchemaError) as caught:
        fit_of(table)
    for row, word in enumerate(
        ["measure", "body", "date_start", "low", "low", "high is 0"], start=2
    ):
        assert f"row {row}: {word}" in str(caught.value)
    assert "row 1:" not in str(caught.value)
    assert "row 8:" not in str(caught.value)


def test_an_absent_column_is_named():
    with pytest.raises(SchemaError, match="coverage"):
        fit_of(STEADY.drop(columns="coverage"))


@pytest.mark.parametrize(
    "table",
    [
        STEADY.iloc[:0],
        reports(("stock", None, 3, Reported.exactly(100))),
        running(Reported.at_least(0)),
    ],
)
def test_reports_that_say_nothing_at_all_are_refused(table):
    with pytest.raises(SchemaError, match="no report says anything"):
        fit_of(table)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(SettingError, match="report_error must be above 0"):
        ReportedFlow(report_error=0.0)
    with pytest.raises(SettingError, match="confirmed"):
        fit_of(STEADY, mechanisms={"at_least": "confirmed"})
    with pytest.raises(SettingError, match="no mechanism for 'fraction'"):
        fit_of(STEADY.assign(qualifier="fraction"))


def test_chains_that_disagree_are_an_error_or_a_status(monkeypatch):
    monkeypatch.setattr("conflictstats.models.flow.model.LARGEST_RHAT", 0.5)
    with pytest.raises(FitError, match="chains did not agree"):
        fit_of(STEADY)
    assert fit_of(STEADY, strict=False).status is FlowStatus.NOT_CONVERGED


def test_the_summary_has_the_number_of_reports_and_the_words_of_the_status():
    text = fit_of(running(Reported.exactly(1000))).summary(0.8)
    assert "80% credible" in text
    assert "A | persons | all" in text
    assert "fewer than three reports" in text
