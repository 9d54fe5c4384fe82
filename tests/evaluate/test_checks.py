"""Predictive checks: silent where the model is right, loud where it is not."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import DimensionError, SettingError
from conflictstats.evaluate.checks import STATISTICS, check_fit
from conflictstats.evaluate.reading import recorded
from conflictstats.models.rates import DynamicRate
from conflictstats.panel import panel_of_events
from conflictstats.simulate.counts import blur, random_walk_counts

pytestmark = [
    pytest.mark.usefixtures("unchecked"),
    pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning"),
]
CAR = {"at_least": "coarsened"}


def fit_of(panel, rng, **settings):
    return DynamicRate(draws=400, **settings).fit(panel, rng=rng, strict=False)


def checked(panel, rng, **settings):
    return check_fit(fit_of(panel, rng, **settings), panel, rng=rng)


def p_value(check, name, place=0):
    return check.statistics["p_value"].sel(statistic=name).values[place]


@pytest.fixture(scope="module")
def plain():
    """Counts that a rate model describes, their fit and its check."""
    rng = np.random.default_rng(4)
    panel = random_walk_counts(200, rng=rng, rate=8, step=0.05, size=1.5)
    fit = fit_of(panel, rng)
    return panel, fit, check_fit(fit, panel, rng=rng)


def test_a_right_model_is_left_in_peace(plain):
    check = plain[2]
    assert check.misfits().empty
    inside = (check.pit["lower"] <= check.pit["height"]) & (
        check.pit["height"] <= check.pit["upper"]
    )
    assert inside.all()
    assert_allclose(check.pit["height"].mean(), 1)


def test_a_walk_that_may_follow_every_count_leaves_the_histogram_flat(rng):
    """The walk steps by .4 where counts scatter by .6: it runs near to each."""
    heights = []
    for _ in range(6):
        panel = random_walk_counts(80, rng=rng, rate=30, step=0.4, size=3)
        check = checked(panel, rng)
        heights.append(check.pit["height"].values)
        assert check.pit.attrs["influential"] < 40
    mean = np.mean(heights, axis=0)
    assert_allclose(mean, 1, atol=4 * np.sqrt(0.1 * 0.9 / 480) / 0.1)
    assert mean[[0, -1]].mean() > 0.75


def test_what_was_observed_is_what_the_counts_say(plain):
    panel, _, check = plain
    count = panel["best"].values[:, 0]
    told = check.statistics["observed"].squeeze("place")
    expected = (count == 0).mean(), count.var() / count.mean(), count.max()
    names = ["zeros", "variance_to_mean", "largest"]
    assert_allclose(told.sel(statistic=names), expected)
    assert check.rootogram["observed"].sum() == check.nobs == 200
    assert_allclose(check.rootogram["expected"].sum(), 200)
    first, last = check.rootogram["first"].values, check.rootogram["last"].values
    for i in (0, 3, len(first) - 1):
        in_bin = (first[i] <= count) & (count <= last[i])
        assert check.rootogram["observed"][i] == in_bin.sum()


def test_a_poisson_law_is_refused_where_counts_scatter_more(plain):
    (said,) = plain[2].poisson_refused()
    assert said.startswith("Poisson is refused in A: around the fitted rate")
    assert said in plain[2].summary()


@pytest.mark.slow
def test_a_poisson_law_that_is_true_is_refused_as_rarely_as_it_says(rng):
    refused = [
        bool(
            checked(
                random_walk_counts(100, rng=rng, rate=9, step=0.05, size=np.inf), rng
            ).poisson_refused()
        )
        for _ in range(200)
    ]
    assert np.mean(refused) <= 0.03


def test_a_poisson_law_that_is_true_is_not_refused(rng):
    panel = random_walk_counts(150, rng=rng, rate=9, step=0.05, size=np.inf, places=3)
    assert checked(panel, rng).poisson_refused() == []


def test_days_of_syria_are_not_poisson(shared, rng):
    """Weekly deaths of the four governorates; daily variance over mean is 23.

    In Hama and Idlib a rate that moves fast explains nearly as much as scatter does.
    """
    panel = panel_of_events(load_nw_syria_deaths())
    check = checked(panel, rng)
    said = check.poisson_refused()
    assert {line.split()[4].rstrip(":") for line in said} >= {"Aleppo", "Latakia"}
    assert set(check.statistics["place"].values) == set(panel["place"].values)


def test_more_zeros_than_a_count_law_has_are_seen(rng):
    """Every other day nobody reported and zero was written down."""
    panel = random_walk_counts(300, rng=rng, rate=30, step=0.02, size=50)
    panel["best"][::3] = 0
    check = checked(panel, rng)
    bad = set(check.misfits()["statistic"])
    assert "zeros" in bad
    assert p_value(check, "zeros") < 0.01


def test_a_fit_of_other_counts_is_seen_in_the_histogram_and_the_largest(plain, rng):
    panel, fit, _ = plain
    check = check_fit(fit, panel.assign(best=3 * panel["best"]), rng=rng)
    last = check.pit.isel(bin=-1)
    assert last["height"] > last["upper"]
    low = check_fit(fit, panel.assign(best=panel["best"] // 3), rng=rng)
    assert low.pit["height"][0] > low.pit["upper"][0]


@pytest.mark.parametrize("mechanism", ["confirmed", "coarsened", "rounded"])
def test_reports_of_a_right_model_are_left_in_peace(mechanism, rng):
    truth = random_walk_counts(200, rng=rng, rate=25, step=0.03, size=4)["truth"]
    said = blur(truth, mechanism=mechanism, share=0.6, rng=rng)
    settings = {} if mechanism == "confirmed" else {"mechanisms": CAR}
    check = checked(said, rng, **settings)
    assert check.nobs == 200
    assert check.pit.attrs["nobs"] == 200
    assert check.misfits().empty
    outside = (check.pit["height"] > check.pit["upper"]) | (
        check.pit["height"] < check.pit["lower"]
    )
    # the band holds all bins of nine right fits of ten
    assert outside.sum() <= 1


def test_a_misread_mechanism_fits_as_well_as_the_right_one(rng):
    """METHODS A: pi and mu are not identified apart. No check replaces knowing it."""
    truth = random_walk_counts(300, rng=rng, rate=40, step=0.0, size=30)["truth"]
    said = blur(truth, mechanism="confirmed", share=0.5, rng=rng)
    fit = fit_of(said, rng, mechanisms=CAR)
    assert (fit.total() > 1.05 * truth.sum()).all()
    check = check_fit(fit, said, rng=rng)
    assert check.misfits().empty
    assert (check.pit["height"] < check.pit["upper"]).all()


def test_cells_without_a_report_are_left_out(plain, rng):
    panel = plain[0].isel(time=slice(0, 80))
    holes = panel.assign(best=panel["best"].where(np.arange(80)[:, None] % 4 > 0))
    check = checked(holes, rng)
    assert check.nobs == 60
    assert check.rootogram["observed"].sum() == 60


def test_a_cell_dated_in_part_is_compared_with_its_part(rng):
    """Half of the deaths are in long records: the cells hold the other half."""
    panel = random_walk_counts(200, rng=rng, rate=40, step=0.0, size=1e6)
    half = xr.DataArray(
        rng.binomial(panel["truth"].astype(int), 0.5) * 1.0, dims=panel["best"].dims
    )
    panel = panel.assign(best=half, dated_share=panel["dated_share"] * 0.5)
    heights = checked(panel, rng).pit
    assert (heights["height"] < heights["upper"]).all()


def test_intervals_and_words_are_read_as_the_model_reads_them():
    dims = ("time", "place")
    panel = xr.Dataset(
        {
            "low": (dims, np.array([[5.0], [61.0], [10.0], [0.0], [np.nan]])),
            "high": (dims, np.array([[5.0], [np.inf], [np.inf], [np.inf], [np.nan]])),
            "qualifier": (
                dims,
                np.array(
                    [["exact"], ["more_than"], ["at_least"], ["range"], ["exact"]]
                ),
            ),
        },
        {"time": np.arange(5), "place": ["A"]},
    )
    seen = recorded(DynamicRate(), panel)
    assert_array_equal(seen.observed[:, 0], [True, True, True, False, False])
    assert_array_equal(seen.low[:4, 0], [5, 61, 10, 0])
    assert_array_equal(seen.high[:3, 0], [5, 69, 10])
    assert_array_equal(seen.thinned[:, 0], [False, False, True, False, False])
    assert_array_equal(seen.exact[:, 0], [True, False, False, False, False])


def test_a_place_that_was_never_observed_has_no_statistics(rng):
    panel = random_walk_counts(40, rng=rng, places=2)
    panel["best"][:, 1] = np.nan
    check = checked(panel, rng)
    assert set(check.to_frame()["place"]) == {"A"}
    assert len(check.to_frame()) == len(STATISTICS)
    empty = panel.assign(best=panel["best"] * np.nan)
    with pytest.raises(SettingError, match="no cell of the panel was observed"):
        checked(empty, rng)


def test_a_panel_that_was_not_fitted_is_refused(plain, rng):
    panel, fit, _ = plain
    with pytest.raises(DimensionError, match="time is not the fit's"):
        check_fit(fit, panel.isel(time=slice(1, None)), rng=rng)


def test_the_same_seed_gives_the_same_check(plain):
    panel, fit, _ = plain
    one, two = (
        check_fit(fit, panel, rng=np.random.default_rng(2), level=0.8) for _ in "xx"
    )
    assert one.statistics.identical(two.statistics)
    assert one.level == one.pit.attrs["level"] == 0.8
