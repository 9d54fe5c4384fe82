"""Several counting bodies of one place: ratios, and scatter that is counted once."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates import DynamicRate, DynamicRateFit

pytestmark = pytest.mark.usefixtures("unchecked")


def panel_of(count, bodies=("A", "B")):
    """A panel of one place's daily counts, shape (time, body)."""
    days = np.datetime64("2019-01-01") + np.arange(len(count))
    coords = {"time": days, "time_end": ("time", days), "place": ["Idlib"]}
    variable = ("time", "place", "body"), np.asarray(count, float)[:, None, :]
    return xr.Dataset({"best": variable}, coords | {"body": list(bodies)})


def seen_by_both(rng, ratio=0.6, own=np.inf, *, times=40, size=1.5):
    """Counts (time, body) of the same cells, which scatter, and the mean rate."""
    rate = 20 * np.exp(np.cumsum(rng.normal(0, 0.1, times)))
    cell = rate * rng.gamma(size, 1 / size, times)
    mean = cell[:, None] * [1.0, ratio]
    if np.isfinite(own):
        mean = mean * rng.gamma(own, 1 / own, mean.shape)
    return rng.poisson(mean).astype(float), rate


def fit_of(count, seed=1, draws=300, **settings):
    model = DynamicRate(**({"reference": "A", "draws": draws} | settings))
    return model.fit(panel_of(count), rng=np.random.default_rng(seed))


def ratio_of(fit, level=0.9):
    return fit.ratios(level).isel(body=0, place=0)


@pytest.fixture(scope="module")
def both():
    return seen_by_both(np.random.default_rng(7), times=80)[0]


@pytest.fixture(scope="module")
def fit(both):
    return fit_of(both, draws=1000)


# --- truth -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("own", [np.inf, 8.0])
def test_intervals_of_rate_and_ratio_cover(own):
    """Of 200 replicates; binomial bounds of 99.8 % around .9 for the ratio."""
    ratios, rates = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        count, rate = seen_by_both(rng, own=own)
        found = fit_of(count, seed)
        ratio, band = ratio_of(found), found.rate().isel(place=0)
        ratios.append(bool(ratio.lower < 0.6 < ratio.upper))
        rates.append(((band.lower < rate) & (rate < band.upper)).values.mean())
    assert 0.835 < np.mean(ratios) < 0.965
    assert np.mean(rates) > 0.85


def test_scatter_that_bodies_share_is_not_taken_for_a_rate_that_moves():
    """Bodies as parallel places would count each cell's scatter twice."""
    apart, shared = [], []
    for seed in (0, 2, 4):
        count, rate = seen_by_both(np.random.default_rng(seed))
        named = panel_of(count).isel(place=0, drop=True).rename(body="place")
        model = DynamicRate(places="parallel", draws=200)
        alone = model.fit(named, rng=np.random.default_rng(seed), strict=False)
        for found, into in ((alone, apart), (fit_of(count, seed, draws=200), shared)):
            band = found.rate().isel(place=0)
            into.append(((band.lower < rate) & (rate < band.upper)).values.mean())
    assert np.mean(apart) < 0.6
    assert np.mean(shared) > 0.8


def test_a_body_that_saw_a_part_of_the_same_deaths_has_that_ratio(rng):
    deaths = rng.poisson(rng.gamma(1.5, 20 / 1.5, 60))
    count = np.stack([rng.binomial(deaths, 0.9), rng.binomial(deaths, 0.54)], axis=1)
    ratio = ratio_of(fit_of(count), 0.98)
    assert ratio.lower < 0.6 < ratio.upper
    assert ratio.upper - ratio.lower < 0.4


def test_what_the_reference_missed_is_told_by_the_other_body(rng):
    count, _ = seen_by_both(rng, times=60)
    told = count.copy()
    told[20:40, 0] = np.nan
    fit = fit_of(told, draws=500)
    gap = fit.draws["realised"].isel(place=0, time=slice(20, 40))
    low, high = (gap.quantile(q, "draw").values for q in (0.01, 0.99))
    truth = count[20:40, 0]
    assert ((low <= truth) & (truth <= high)).mean() > 0.85
    alone = DynamicRate(draws=500).fit(
        panel_of(told).isel(body=0, drop=True), rng=np.random.default_rng(1)
    )
    blind = alone.draws["realised"].isel(place=0, time=slice(20, 40))
    assert gap.std("draw").mean() < 0.6 * blind.std("draw").mean()


def test_a_covariate_and_exposure_reach_every_body(rng):
    held = np.arange(80) % 2
    deaths = rng.poisson(rng.gamma(5, 8, 80) * 0.4**held)
    panel = panel_of(np.stack([deaths, rng.binomial(deaths, 0.5)], axis=1))
    panel["ceasefire"] = "time", held
    panel["people"] = ("time", "place"), np.full((80, 1), 2e6)
    model = DynamicRate(
        reference="A", covariates="ceasefire", exposure="people", draws=300
    )
    fit = model.fit(panel, rng=rng)
    effect = fit.effects(0.98).sel(term="ceasefire").isel(place=0)
    assert effect.lower < 0.4 < effect.upper < 1
    assert ratio_of(fit, 0.98).lower < 0.5 < ratio_of(fit, 0.98).upper


@pytest.mark.parametrize("walk", [{"drift": (4.0, 0.05)}, {"walk": "ar1"}])
def test_bodies_share_whatever_trend_there_is(rng, walk):
    ratio = ratio_of(fit_of(seen_by_both(rng)[0], draws=100, **walk), 0.98)
    assert ratio.lower < 0.6 < ratio.upper


# --- identity --------------------------------------------------------------------


def test_turning_the_reference_round_inverts_the_ratio(both, fit):
    turned = fit_of(both, draws=1000, reference="B")
    there, back = ratio_of(fit), ratio_of(turned)
    assert_allclose(there.estimate * back.estimate, 1, atol=0.03)
    assert_allclose(there.lower * back.upper, 1, atol=0.06)
    scale = turned.mean_rate().estimate / fit.mean_rate().estimate
    assert_allclose(scale, there.estimate, rtol=0.1)


def test_the_order_of_bodies_changes_nothing(both, fit):
    panel = panel_of(both).isel(body=[1, 0])
    again = fit.model.fit(panel, rng=np.random.default_rng(1))
    assert_array_equal(again.draws["expected"], fit.draws["expected"])


def test_realised_deaths_are_those_the_reference_counted(both, fit):
    assert_array_equal(
        fit.draws["realised"].isel(place=0), np.tile(both[:, 0], (1000, 1))
    )


@pytest.mark.filterwarnings("ignore:the Gaussian approximation is doubtful")
def test_deaths_of_increments_are_counted_once(rng):
    """Weeks of which no body counted one alone: periods hold all of their deaths."""
    weeks = np.datetime64("2019-04-29") + 7 * np.arange(8)
    dims, none = ("time", "place", "body"), np.full((8, 1, 2), np.nan)
    of_period = {
        "place": [0, 0, 0, 0],
        "body": [0, 0, 1, 1],
        "first": [0, 3, 0, 5],
        "last": [2, 7, 4, 7],
        "first_coverage": [1.0] * 4,
        "last_coverage": [1.0] * 4,
        "share": [1.0] * 4,
        "best": [120.0, 200.0, 160.0, 100.0],
    }
    panel = xr.Dataset(
        {"best": (dims, none), "coverage": (dims, np.ones((8, 1, 2)))}
        | {f"period_{k}": ("period", np.array(v)) for k, v in of_period.items()},
        {"time": weeks, "time_end": ("time", weeks + 6), "place": ["Idlib"]}
        | {"body": ["A", "B"]},
    )
    model = DynamicRate(reference="A", family="poisson", draws=200)
    fit = model.fit(panel, rng=rng)
    assert_array_equal(fit.total(), 320)
    assert_array_equal(fit.total(None, "2019-05-19"), 120)
    assert fit.nobs == 4


def test_new_counts_scatter_as_cells_do(both, fit, rng):
    new = fit.simulate(rng=rng)
    expected = fit.draws["expected"]
    assert_allclose(new.mean(), expected.mean(), rtol=0.1)
    hyper = fit.draws["hyper"]
    shared = np.exp(hyper.sel(param="scatter_sd") ** 2)
    own = 1 + 1 / hyper.sel(param="size")
    assert_allclose(
        (new / expected).var(), (shared * own - 1 + 1 / expected).mean(), rtol=0.2
    )


# --- limits and edges ------------------------------------------------------------


def test_a_body_that_counts_the_same_has_ratio_one(both):
    ratio = ratio_of(fit_of(both[:, [0, 0]]))
    assert ratio.lower < 1 < ratio.upper
    assert ratio.upper / ratio.lower < 1.3


def test_only_lower_bounds_are_prior_driven(both):
    low = panel_of(both).rename(best="low")
    words = np.full(both.shape, "at_least")[:, None, :]
    panel = low.assign(high=low["low"] * 0 + np.inf, qualifier=(low["low"].dims, words))
    fit = DynamicRate(reference="A", draws=100).fit(panel, rng=np.random.default_rng(1))
    assert fit.status.name == "PRIOR_DRIVEN"
    assert 0.7 < fit.params.sel(param="found").item() < 0.96
    assert (fit.draws["realised"].isel(place=0) >= both[:, 0]).all()


@pytest.mark.parametrize(
    ("open_ended", "sentence"),
    [
        (
            [False, True],
            "all that B reports is deaths found so far, unlike others: its",
        ),
        (
            [True, False],
            "all that A reports is deaths found so far, unlike others: rat",
        ),
        ([True, True], None),
        ([False, False], None),
    ],
)
def test_a_ratio_that_only_priors_part_from_the_share_found(both, open_ended, sentence):
    """The share found moves and the ratio with it, while their product stands."""
    low = panel_of(both[:40]).rename(best="low")
    words = np.where(open_ended, "at_least", "exact") + np.zeros((40, 1, 1), "U1")
    high = low["low"].where(words == "exact", np.inf)
    panel = low.assign(high=high, qualifier=(low["low"].dims, words))
    few, most = (
        DynamicRate(reference="A", found=prior, draws=200).fit(
            panel, rng=np.random.default_rng(1)
        )
        for prior in ((500, 500), (900, 100))
    )
    moved = ratio_of(few).estimate / ratio_of(most).estimate
    power = int(open_ended[1]) - int(open_ended[0])
    assert_allclose(moved, (0.9 / 0.5) ** power, rtol=0.15)
    told = few.summary()
    assert ("Not identified" in told) == (sentence is not None)
    assert sentence is None or sentence in told


def test_a_body_silent_in_one_place_has_no_ratio_there(both):
    count = np.stack([both, both], axis=1)
    count[:, 1, 1] = np.nan
    panel = panel_of(both).isel(place=[0, 0]).assign_coords(place=["Idlib", "Hama"])
    panel["best"] = panel["best"].dims, count
    fit = DynamicRate(reference="A", draws=100).fit(panel, rng=np.random.default_rng(1))
    gone = fit.ratios()["estimate"].isnull().sel(body="B")
    assert gone.values.tolist() == [False, True]
    assert fit.aliased == ()


def test_a_fit_of_bodies_says_whose_count_it_is_and_comes_back(fit):
    again = DynamicRateFit.from_dataset(fit.to_dataset())
    assert again.model == fit.model
    assert again.ratios().identical(fit.ratios())
    told = fit.summary().splitlines()
    assert told[3] == "Deaths as A counts them."
    assert told[4].startswith("B ")
    assert told[4].endswith("for one of these in Idlib")
    assert any("another body's count" in line for line in told)


def test_bodies_and_settings_that_do_not_fit_are_refused(both):
    panel = panel_of(both)
    alone = DynamicRate(draws=20).fit(panel.isel(body=0, drop=True, time=slice(9)))
    for model, data, message in (
        (DynamicRate(), panel, "one of A, B; got None"),
        (DynamicRate(reference="C"), panel, "one of A, B; got 'C'"),
        (DynamicRate(reference="A", places="parallel"), panel, "places='parallel'"),
        (DynamicRate(reference="A"), panel.isel(body=[0]), "no body but 'A'"),
        (DynamicRate(reference="A"), panel * [np.nan, 1.0], "'A' counted nothing"),
    ):
        with pytest.raises(SettingError, match=message):
            model.fit(data)
    with pytest.raises(DimensionError, match="no dimension body"):
        DynamicRate(reference="A").fit(panel.isel(body=0, drop=True))
    with pytest.raises(SettingError, match="counts of one body"):
        DynamicRate(reference="A").screen(panel)
    with pytest.raises(SettingError, match="no body stands beside another"):
        alone.ratios()
