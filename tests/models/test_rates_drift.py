"""A local level with drift: growth that is constant, beside a walk."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.models.rates import DynamicRate

pytestmark = pytest.mark.usefixtures("unchecked")

YEAR = 365.25
WIDE = (20.0, 0.05)
"""More than twentyfold within a year, with probability 5 %."""


def panel_of(count, days=7, **more):
    """A panel of counts of shape (T, places) in cells of some days."""
    count = np.asarray(count, float)
    first = np.datetime64("2018-01-01") + days * np.arange(len(count))
    names = [chr(ord("A") + i) for i in range(count.shape[1])]
    coords = {"time": first, "time_end": ("time", first + days - 1), "place": names}
    variables = {"best": count} | more
    return xr.Dataset({k: (("time", "place"), v) for k, v in variables.items()}, coords)


def fit_of(panel, strict=True, **settings):
    model = DynamicRate(**{"draws": 400, "family": "poisson", "drift": WIDE} | settings)
    return model.fit(panel, rng=np.random.default_rng(1), strict=strict)


def drift_of(fit):
    return fit.draws["effects"].isel(place=0).sel(term="drift")


def inside(draws, truth, level=0.98):
    tail = (1 - level) / 2
    return draws.quantile(tail) < truth < draws.quantile(1 - tail)


def growing(rng, length, yearly, step, days=7):
    """Poisson counts whose log rate grows evenly beside a walk."""
    years = np.arange(length)[:, None] * days / YEAR
    walk = np.cumsum(rng.normal(0, step, (length, 1)), axis=0)
    return rng.poisson(30 * np.exp(yearly * years + walk))


def test_growth_is_recovered_as_that_of_a_year(rng):
    fit = fit_of(panel_of(growing(rng, 150, -0.9, 0.02)))
    assert inside(drift_of(fit), -0.9)
    assert drift_of(fit).std() < 0.35


def test_the_evidence_asks_for_growth_where_there_is_some(rng):
    for yearly, wanted in ((1.2, True), (0.0, False)):
        told = panel_of(growing(rng, 150, yearly, 0.0))
        gain = fit_of(told).log_evidence - fit_of(told, drift=None).log_evidence
        assert bool(gain > 0) is wanted


def test_counts_on_a_line_have_the_slope_of_a_regression(rng):
    """Without a walk, by Newton's method on level and slope with the same priors."""
    count = growing(rng, 60, 0.8, 0.0)
    fit = fit_of(panel_of(count), weekly_change=(1.0001, 0.05), draws=2000)
    years = np.arange(60) * 7 / YEAR
    design = np.column_stack([np.ones(60), years])
    far = stats.norm.ppf(0.975)
    prior = np.array([5.0, np.log(WIDE[0]) / far]) ** -2
    at = np.array([np.log(count.mean() / 7), 0.0])
    for _ in range(30):
        mean = 7 * np.exp(design @ at)
        curvature = (design.T * mean) @ design + np.diag(prior)
        at += np.linalg.solve(curvature, design.T @ (count[:, 0] - mean) - prior * at)
    sd = np.sqrt(np.linalg.inv(curvature)[1, 1])
    assert_allclose(drift_of(fit).mean(), at[1], atol=0.15 * sd)
    assert_allclose(drift_of(fit).std(), sd, rtol=0.1)


@pytest.mark.parametrize("walk", ["rw1", "ar1"])
def test_without_reports_the_growth_is_that_of_the_sentence(walk):
    told = panel_of(np.full((8, 1), np.nan))
    fit = fit_of(told, strict=False, walk=walk, draws=4000)
    beyond = float((abs(drift_of(fit)) > np.log(20)).mean())
    assert_allclose(beyond, 0.05, atol=4 * np.sqrt(0.05 * 0.95 / 4000))


def test_a_growth_that_is_not_believed_is_none(rng):
    told = panel_of(growing(rng, 60, 0.5, 0.05))
    none, little = fit_of(told, drift=None), fit_of(told, drift=(1.000001, 0.05))
    assert abs(drift_of(little)).max() < 1e-5
    rates = (np.log(fit.draws["expected"]).mean("draw") for fit in (none, little))
    assert_allclose(*rates, atol=0.05)
    assert_allclose(none.log_evidence, little.log_evidence, atol=0.05)


def test_growth_per_person_is_not_that_of_the_people(rng):
    """Deaths grow as fast as the people do, and the rate per person-day does not."""
    years = np.arange(120)[:, None] * 7 / YEAR
    people = 7e4 * np.exp(0.7 * years)
    told = panel_of(rng.poisson(people * 5e-4), people=people)
    assert inside(drift_of(fit_of(told, exposure="people")), 0.0)
    assert inside(drift_of(fit_of(told)), 0.7)


@pytest.mark.parametrize("settings", [{"places": "parallel"}, {"places": "joint"}])
def test_places_that_are_fitted_together_grow_together(settings, rng):
    years = np.arange(60)[:, None] * 7 / YEAR
    told = panel_of(rng.poisson(np.array([40, 90]) * np.exp(years)))
    fit = fit_of(told, **settings)
    assert inside(drift_of(fit), 1.0)


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
@pytest.mark.parametrize("length", [1, 2])
def test_of_a_week_or_two_the_growth_is_unknown(length):
    """Two are too few for Laplace's approximation to be trusted, and it may say so."""
    fit = fit_of(panel_of(np.full((length, 1), 50.0)), draws=2000)
    assert_allclose(drift_of(fit).std(), np.log(20) / 1.96, rtol=0.1)
    assert_allclose(np.log(fit.draws["expected"]).mean(), np.log(50), atol=0.1)


def test_a_fit_with_drift_comes_back_from_a_file(rng):
    fit = fit_of(panel_of(growing(rng, 10, 0.5, 0.0)), draws=50)
    assert type(fit).from_dataset(fit.to_dataset()).model == fit.model


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"walk": "rw2", "drift": WIDE}, "leave out the drift, or take walk='rw1'"),
        ({"drift": (0.5, 0.05)}, "fold must be a factor above 1, got 0.5"),
        ({"drift": (2.0, 5.0)}, "chance must be strictly between 0 and 1, got 5"),
    ],
)
def test_drifts_that_mean_nothing_are_refused(settings, said):
    with pytest.raises((SettingError, ValueError), match=said):
        fit_of(panel_of(np.ones((4, 1))), **settings)
