"""Covariates of the casualty rate: truths, limits, identities and refusals."""

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special, stats

from conflictstats.errors import DimensionError, SchemaError, SettingError
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.models.rates.covariates import columns_in, covariates_of
from conflictstats.numerics import priors
from conflictstats.numerics.aliasing import independent

pytestmark = pytest.mark.usefixtures("unchecked")

STILL = (1.01, 0.05)
"""Within a week the rate changes by more than a hundredth with a chance of 5 %."""


def panel_of(count, **variables):
    """Daily counts of shape (T, n), with variables as (dims, values)."""
    count = np.asarray(count, float)
    time = np.datetime64("2019-01-01") + np.arange(len(count))
    coords = {"time": time, "time_end": ("time", time)}
    coords["place"] = [chr(ord("A") + i) for i in range(count.shape[1])]
    return xr.Dataset({"best": (("time", "place"), count), **variables}, coords)


def scattered(rng, mean, size=4.0):
    return rng.poisson(rng.gamma(size, np.asarray(mean) / size)).astype(float)


def fit_of(panel, draws=400, **model):
    rng = np.random.default_rng(1)
    return DynamicRate(draws=draws, **model).fit(panel, rng=rng)


def shape_of(panel, formula, places="parallel", **model):
    """Columns of all places of a panel."""
    model = DynamicRate(covariates=formula, places=places, **model)
    made = covariates_of(model, panel)
    return made, columns_in(model, made, list(range(panel.sizes["place"])))


# --- truth ---------------------------------------------------------------------


@pytest.mark.parametrize("places", ["parallel", "joint"])
def test_effects_of_what_varies_by_time_and_place_are_recovered(places, rng):
    times, effect = 120, {"rain": 0.02, "truce": -0.9, "front": 0.7}
    rain, truce = rng.gamma(4, 10, (times, 3)), rng.random((times, 3)) < 0.3
    front = rng.choice(["near", "far"], (times, 3))
    level = np.cumsum(rng.normal(0, 0.05, times))[:, None] + np.log([20, 8, 40])
    log_rate = level + effect["rain"] * (rain - 40) + effect["truce"] * truce
    log_rate += effect["front"] * (front == "near")
    panel = panel_of(
        scattered(rng, np.exp(log_rate)),
        rain=(("time", "place"), rain),
        truce=(("time", "place"), truce),
        front=(("time", "place"), front),
    )
    fit = fit_of(panel, covariates="rain + truce + C(front)", places=places)
    found = fit.effects(0.98).sel(place="A")
    names = {"rain": "rain", "truce": "truce", "front": "C(front)[T.near]"}
    for name, term in names.items():
        band = found.sel(term=term)
        assert band["lower"] < np.exp(effect[name]) < band["upper"], name
        assert np.log(band["upper"] / band["lower"]) < abs(effect[name])
    assert fit.aliased == ()


def test_each_place_on_its_own_has_its_own_effect_of_a_common_covariate(rng):
    rain = rng.normal(0, 1, 150)
    mean = 20 * np.exp(np.outer(rain, [0.6, -0.6]))
    panel = panel_of(scattered(rng, mean), rain=("time", rain))
    found = fit_of(panel, covariates="rain").effects(0.98).sel(term="rain")
    truth = np.exp([0.6, -0.6])
    assert ((found["lower"] < truth) & (truth < found["upper"])).all()


def test_a_spline_follows_a_hump(rng):
    rain = rng.uniform(0, 10, 300)
    hump = 1.2 * np.exp(-0.5 * ((rain - 5) / 1.5) ** 2)
    panel = panel_of(scattered(rng, 15 * np.exp(hump))[:, None], rain=("time", rain))
    fit = fit_of(panel, covariates="bs(rain, df=6)")
    made = covariates_of(fit.model, panel)
    centred = made.values[:, 0] * made.unit
    curve = (centred @ fit.draws["effects"].values[..., 0].T).mean(axis=1)
    assert np.corrcoef(curve, hump)[0, 1] > 0.97
    assert_allclose(np.ptp(curve), 1.2, rtol=0.25)


# --- limit and reference -------------------------------------------------------


def test_without_a_walk_it_is_negative_binomial_regression(rng):
    """As statsmodels has it, where the rate stands still and the data drown priors."""
    x, yes = rng.normal(3, 2, 500), rng.random(500) < 0.4
    count = scattered(rng, 10 * np.exp(0.25 * x - 0.8 * yes), 3.0)
    panel = panel_of(count[:, None], x=("time", x), yes=("time", yes))
    fit = fit_of(panel, draws=2000, covariates="x + yes", weekly_change=STILL)
    design = sm.add_constant(np.column_stack([x, yes]).astype(float))
    peer = sm.NegativeBinomial(count, design).fit(disp=False)
    drawn = fit.draws["effects"].squeeze("place")
    apart = (drawn.mean("draw") - peer.params[1:3]) / peer.bse[1:3]
    assert np.abs(apart).max() < 0.1
    assert_allclose(drawn.std("draw"), peer.bse[1:3], rtol=0.1)


def test_without_reports_a_covariate_has_its_prior():
    """P(more than fivefold) = .2 for a standard deviation, or for yes beside no."""
    x = np.linspace(0, 30, 20)
    panel = panel_of(np.full((20, 1), np.nan), x=("time", x), yes=("time", x > 25))
    model = DynamicRate(covariates="x + yes", covariate_change=(5, 0.2), draws=4000)
    fit = model.fit(panel, rng=np.random.default_rng(1), strict=False)
    drawn = fit.draws["effects"].squeeze("place")
    moved = {"x": drawn.sel(term="x") * x.std(), "yes": drawn.sel(term="yes")}
    for change in moved.values():
        assert_allclose((np.abs(change) > np.log(5)).mean(), 0.2, atol=0.025)


def test_what_moves_like_the_walk_has_a_wide_interval(rng):
    """A slow drift is told from the walk by the prior alone, a quick one by counts."""
    quick = rng.permutation(np.linspace(-1, 1, 100))
    count = scattered(rng, np.full((100, 1), 20.0))
    widths = []
    for x in (quick, np.sort(quick)):
        fit = fit_of(panel_of(count, x=("time", x)), covariates="x")
        band = np.log(fit.effects()).squeeze()
        widths.append(float(band["upper"] - band["lower"]))
    assert widths[1] > 2 * widths[0]


# --- identity ------------------------------------------------------------------


@settings(max_examples=40)
@given(
    scale=st.floats(1e-3, 1e3),
    sign=st.sampled_from([-1, 1]),
    shift=st.floats(-1e3, 1e3),
)
def test_columns_do_not_know_in_what_unit_a_covariate_came(scale, sign, shift):
    x = np.random.default_rng(3).normal(0, 1, (25, 1))
    dims = ("time", "place")
    panel = panel_of(x, x=(dims, x), other=(dims, sign * scale * x + shift))
    (one,), (two,) = (shape_of(panel, name)[1] for name in ("x", "other"))
    assert_allclose(two.values, sign * one.values, rtol=1e-6, atol=1e-8)
    assert_allclose(two.levels * scale, one.levels, rtol=1e-6)


def test_rescaling_a_covariate_rescales_its_effect_and_nothing_else(rng):
    x = rng.normal(0, 1, 40)
    count = scattered(rng, 9 * np.exp(0.4 * x))[:, None]
    one, two = (
        fit_of(panel_of(count, x=("time", each)), draws=50, covariates="x")
        for each in (x, 1000 * x + 7)
    )
    assert_allclose(1000 * two.draws["effects"], one.draws["effects"], rtol=1e-6)
    assert_allclose(one.draws["expected"], two.draws["expected"], rtol=1e-6)


def test_adding_a_column_twice_or_a_constant_changes_nothing(rng):
    x = rng.normal(0, 1, (30, 1))
    count = scattered(rng, 9 * np.exp(0.4 * x))
    panel = panel_of(
        count, x=(("time", "place"), x), same=(("time", "place"), 5 - 2 * x), one=1.0
    )
    plain = fit_of(panel, draws=50, covariates="x")
    more = fit_of(panel, draws=50, covariates="x + same + one")
    assert more.aliased == ("same", "one")
    assert_allclose(more.draws["expected"], plain.draws["expected"], rtol=1e-6)
    assert more.effects().sel(term="same").isnull().to_array().all()
    assert "left out" in more.summary()
    assert "same, one" in more.summary()


def test_what_a_place_never_saw_is_left_out_there_alone(rng):
    yes = np.zeros((40, 2))
    yes[::3, 0] = 1
    panel = panel_of(scattered(rng, 9 + 0 * yes), yes=(("time", "place"), yes))
    fit = fit_of(panel, draws=50, covariates="yes")
    assert fit.aliased == ("yes in B",)
    assert np.isfinite(fit.effects().sel(place="A").to_array()).all()
    assert np.isfinite(fit.draws["expected"]).all()
    both = fit_of(panel, draws=50, covariates="yes", places="parallel")
    assert both.aliased == ()


@pytest.mark.parametrize(
    ("places", "interaction", "kept"),
    [
        ("independent", "walk", 0),
        ("joint", "walk", 0),
        ("joint", "noise", 1),
        ("parallel", "walk", 1),
    ],
)
def test_what_differs_by_place_alone_is_the_level_of_places_that_have_one(
    places, interaction, kept
):
    panel = panel_of(np.ones((5, 3)), height=("place", [1.0, 5.0, 2.0]))
    model = DynamicRate(covariates="height", places=places, interaction=interaction)
    made = covariates_of(model, panel)
    unit = [0] if places == "independent" else [0, 1, 2]
    assert sum(len(b.names) for b in columns_in(model, made, unit)) == kept


def test_columns_are_in_their_unit_around_their_mean(rng):
    x, rare = rng.normal(50, 8, (200, 2)), rng.random((200, 2)) < 0.03
    dims = ("time", "place")
    made, (block,) = shape_of(panel_of(x, x=(dims, x), rare=(dims, rare)), "x + rare")
    assert_allclose(block.values.mean(axis=0), 0, atol=1e-12)
    assert_allclose(block.values[:, 0].std(), 1)
    assert_allclose(np.ptp(block.values[:, 1]), 1)
    assert_allclose(made.unit, [x.std(), 1])
    assert_allclose(block.effects.std_dev, np.log(10) / special.ndtri(0.975))


def test_the_law_of_a_change_holds_the_chance_outside_the_factor():
    prior = priors.Effect.of_change(3.0, 0.1, "a truce")
    assert_allclose(2 * stats.norm.sf(np.log(3), scale=prior.sd), 0.1)
    for fold, chance in ((1.0, 0.1), (np.inf, 0.1), (3.0, 0.0)):
        with pytest.raises(SettingError, match=r"fold must be|chance must be"):
            priors.Effect.of_change(fold, chance, "a truce")


def test_sums_of_columns_before_are_found(rng):
    free = rng.normal(size=(20, 3))
    columns = np.column_stack([free, free @ [1, -2, 3], np.zeros(20), free[:, 0] ** 2])
    assert independent(columns).tolist() == [True, True, True, False, False, True]


# --- edge and use --------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "error", "said"),
    [
        ("rain", SchemaError, "'rain' is missing in 2 cells: 2019-01-03 in A, 2019-01"),
        ("log(dry)", SchemaError, r"'log\(dry\)' is not finite in 5 cells"),
        ("snow", DimensionError, "names 'snow', which the panel has not"),
        ("best", SettingError, "'best' is what the model explains"),
        ("time", SettingError, "'time' is a date"),
        ("by_group", DimensionError, "must be by time, by place or by both"),
        ("0 + dry", SettingError, "the walk has one: take out the 0"),
        ("1", SettingError, "names no covariate"),
        ("dry ~ rain", SettingError, "one part"),
        ("__import__('os')", SettingError, "is not allowed in a formula"),
        ("bs(dry, df=open('x'))", SettingError, "is not allowed in a formula"),
        ("log(dry, out=dry)", SettingError, "is not allowed in a formula"),
    ],
)
def test_what_cannot_explain_is_refused(formula, error, said):
    rain = np.arange(5.0)
    rain[2:4] = np.nan
    panel = panel_of(
        np.ones((5, 1)),
        rain=("time", rain),
        dry=("time", np.zeros(5)),
        by_group=("group", [1.0, 2.0]),
    )
    with pytest.raises(error, match=said):
        covariates_of(DynamicRate(covariates=formula), panel)


def test_a_covariate_is_needed_where_nothing_was_observed(rng):
    x = rng.normal(0, 1, 30)
    count = scattered(rng, 30 * np.exp(x))[:, None]
    count[10:20] = np.nan
    x[15] = np.nan
    with pytest.raises(SchemaError, match="also where no death was observed: fill"):
        fit_of(panel_of(count, x=("time", x)), covariates="x")
    x[15] = 2.0
    fit = fit_of(panel_of(count, x=("time", x)), covariates="x")
    rate = fit.rate()["estimate"].squeeze("place")
    assert rate[15] > 3 * rate[14] * np.exp(x[15] - x[14]) / np.exp(x[15] - x[14] + 2)
    assert np.corrcoef(np.log(rate[10:20]), x[10:20])[0, 1] > 0.95


def test_screen_and_effects_refuse_what_they_have_not(rng):
    panel = panel_of(scattered(rng, np.full((20, 1), 5.0)), x=("time", np.arange(20)))
    with pytest.raises(SettingError, match="screened without covariates"):
        DynamicRate(covariates="x").screen(panel)
    with pytest.raises(SettingError, match="no effects; give covariates"):
        fit_of(panel, draws=50).effects()


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_a_period_longer_than_a_cell_sums_over_covariates(rng):
    """A month known only as a whole has the deaths that its days' covariates bring."""
    x = np.tile([0.0, 1.0], 30)
    mean = 40 * np.exp(1.5 * x)
    panel = panel_of(scattered(rng, mean, 50.0)[:, None], x=("time", x))
    whole = float(panel["best"][30:].sum())
    panel["best"][30:] = 0.0
    panel = panel.assign(
        dated_share=(
            ("time", "place"),
            np.where(np.arange(60) < 30, 1.0, 0.0)[:, None],
        ),
        period_best=("period", [whole]),
        period_place=("period", [0]),
        period_first=("period", [30]),
        period_last=("period", [59]),
        period_first_coverage=("period", [1.0]),
        period_last_coverage=("period", [1.0]),
        period_share=("period", [1.0]),
    )
    fit = fit_of(panel, covariates="x", weekly_change=(1.5, 0.05))
    rate = fit.rate()["estimate"].squeeze("place")
    assert_allclose(rate[31::2].mean() / rate[30::2].mean(), np.exp(1.5), rtol=0.15)
    assert_allclose(rate[30:].sum(), whole, rtol=0.15)


def test_a_fit_with_covariates_comes_back_from_a_file(rng, tmp_path):
    panel = panel_of(scattered(rng, np.full((20, 2), 5.0)), x=("time", np.arange(20)))
    fit = fit_of(panel, draws=30, covariates="x", covariate_change=(3.0, 0.1))
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    again = DynamicRateFit.from_dataset(xr.load_dataset(tmp_path / "fit.nc"))
    assert again.model == fit.model
    xr.testing.assert_equal(again.draws, fit.draws)
