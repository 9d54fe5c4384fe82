"""Places that are fitted together: in parallel, jointly, and with neighbours."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.errors import SettingError
from conflictstats.models.rates import DynamicRate
from conflictstats.panel import panel_of_events

pytestmark = pytest.mark.usefixtures("unchecked")


def panel_of(count, places=None):
    """A panel of daily counts, shape (time, place)."""
    count = np.asarray(count, float)
    days = np.datetime64("2019-01-01") + np.arange(len(count))
    names = [chr(ord("A") + i) for i in range(count.shape[1])]
    coords = {"time": days, "time_end": ("time", days), "place": places or names}
    return xr.Dataset({"best": (("time", "place"), count)}, coords)


def counts(rng, log_rate, size=5.0):
    """Negative binomial counts with given log rates."""
    mean = np.exp(log_rate)
    return rng.poisson(rng.gamma(size, mean / size)).astype(float)


def fit_of(panel, seed=1, draws=300, **settings):
    return DynamicRate(draws=draws, **settings).fit(
        panel, rng=np.random.default_rng(seed)
    )


def log_rates(fit):
    """Draws of log rates, dims (draw, time, place)."""
    return np.log(fit.draws["expected"])


def inside(draws, truth, level=0.98):
    """Whether each truth is in its interval, by dim ``draw``."""
    tail = (1 - level) / 2
    low, high = (draws.quantile(q, "draw").values for q in (tail, 1 - tail))
    return (low < truth) & (truth < high)


# --- parallel ------------------------------------------------------------------


@pytest.fixture(scope="module")
def levels():
    """Three places that move together, at one, four and sixteen; one has gaps."""
    rng = np.random.default_rng(3)
    path = np.cumsum(rng.normal(0, 0.08, 90))
    log_rate = path[:, None] + np.log([1.0, 4.0, 16.0])
    count = counts(rng, log_rate)
    count[20:80, 0] = np.nan
    return panel_of(count), log_rate


@pytest.fixture(scope="module")
def parallel(levels):
    return fit_of(levels[0], places="parallel")


def test_differences_of_parallel_places_are_recovered_and_never_move(parallel):
    apart = log_rates(parallel) - log_rates(parallel).sel(place="A")
    assert_allclose(apart - apart.isel(time=0), 0, atol=1e-9)
    middle = apart.isel(time=0).sel(place=["B", "C"])
    assert inside(middle, np.log([4.0, 16.0])).all()
    assert middle.std("draw").max() < 0.3


def test_effects_of_places_bear_their_names_and_are_their_levels(parallel):
    effects = parallel.draws["effects"].isel(place=0)
    assert list(effects["term"].values) == ["place A", "place B", "place C"]
    told = effects.sel(term="place C") - effects.sel(term="place B")
    rates = log_rates(parallel).isel(time=5)
    assert_allclose(told, rates.sel(place="C") - rates.sel(place="B"), atol=1e-9)


def test_a_place_with_gaps_borrows_from_those_that_move_with_it(levels, parallel):
    told, truth = levels
    alone = fit_of(told.sel(place=["A"]))
    widths = [
        float(log_rates(fit).sel(place="A")[:, 40:60].std("draw").mean())
        for fit in (parallel, alone)
    ]
    assert widths[0] < 0.5 * widths[1]
    assert inside(log_rates(parallel).sel(place="A"), truth[:, 0]).mean() > 0.9


# --- joint ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def shocked():
    """Four places, all of which are shocked on day 30; D was not observed then."""
    rng = np.random.default_rng(4)
    shared, own = rng.normal(0, 0.2, (60, 1)), rng.normal(0, 0.08, (60, 4))
    shared[30] = 2
    log_rate = np.log(6) + np.cumsum(shared + own, axis=0)
    count = counts(rng, log_rate, 10.0)
    count[24:40, 3] = np.nan
    return panel_of(count), log_rate


@pytest.fixture(scope="module")
def joint(shocked):
    return fit_of(shocked[0], places="joint")


def test_steps_of_all_and_of_each_are_told_apart(joint, shocked):
    hyper = joint.draws["hyper"].isel(place=0)
    assert list(hyper["param"].values[:2]) == ["shared_step_sd", "step_sd"]
    shared, own = (hyper.sel(param=p) for p in ("shared_step_sd", "step_sd"))
    assert inside(own, 0.08)
    spread = np.sqrt((0.2**2 * 58 + 4) / 59)
    assert inside(shared, spread)
    assert (shared > own).mean() > 0.99
    assert inside(log_rates(joint), shocked[1]).mean() > 0.9


def test_a_shared_shock_reaches_a_place_that_was_not_observed(joint, shocked):
    told, truth = shocked
    rise = truth[32, 3] - truth[28, 3]
    alone = fit_of(told.sel(place=["D"]))
    drawn = [
        log_rates(fit).sel(place="D")[:, 32] - log_rates(fit).sel(place="D")[:, 28]
        for fit in (joint, alone)
    ]
    assert inside(drawn[0], rise)
    assert drawn[0].mean() > 0.7 * rise
    assert drawn[1].mean() < 0.4 * rise


def test_totals_of_joint_places_move_together(joint):
    """The rates in the gap of D rise and fall with those of A over the draws."""
    total = joint.total("2019-01-29", "2019-02-05", kind="expected")
    change = [np.log(total.sel(place=name)) for name in "AD"]
    assert np.corrcoef(*change)[0, 1] > 0.2


def test_one_place_is_the_same_alone_and_together(rng):
    """Its step has then two parts that cannot be told apart: only the prior moves."""
    told = panel_of(counts(rng, np.full((50, 1), np.log(40)), 20.0))
    alone = fit_of(told, draws=1000)
    for places in ("parallel", "joint"):
        fit = fit_of(told, draws=1000, places=places)
        assert_allclose(fit.rate()["estimate"], alone.rate()["estimate"], rtol=0.06)
        assert_allclose(fit.mean_rate()["upper"], alone.mean_rate()["upper"], rtol=0.03)


# --- order, gaps, records ------------------------------------------------------


@pytest.mark.parametrize("places", ["parallel", "joint"])
def test_the_order_of_places_changes_nothing(places, rng):
    log_rate = np.log([3.0, 9.0, 20.0]) + np.zeros((40, 3))
    told = panel_of(counts(rng, log_rate))
    turned = told.isel(place=[2, 0, 1])
    near = {"A": ["B"], "B": ["C"]}
    one, two = (fit_of(p, places=places, neighbours=near) for p in (told, turned))
    assert_allclose(one.log_evidence, two.log_evidence, atol=0.1)
    again = log_rates(two).sel(place=told["place"].values)
    gap = np.abs(log_rates(one).mean("draw") - again.mean("draw"))
    assert (gap < 0.35 * log_rates(one).std("draw")).all()


@pytest.mark.parametrize("places", ["parallel", "joint"])
def test_a_place_without_any_report_has_a_wide_band(places, rng):
    count = counts(rng, np.log([4.0, 8.0, 8.0, 16.0]) + np.zeros((30, 4)))
    count[:, 2] = np.nan
    fit = fit_of(panel_of(count), places=places)
    assert fit.status.name == "CONVERGED"
    assert_array_equal(fit.diagnostics["nobs"], [30, 30, 0, 30])
    spread = log_rates(fit).std("draw").mean("time")
    assert (spread.sel(place="C") > 3 * spread.drop_sel(place="C")).all()
    assert inside(log_rates(fit).sel(place="C"), np.log(8)).all()


@pytest.mark.parametrize("places", ["parallel", "joint"])
def test_a_record_of_one_place_stays_in_it(places, rng):
    """Realised deaths of a place are those that its events and records name."""
    days = pd.date_range("2019-01-01", periods=28)
    frame = pd.concat(
        pd.DataFrame(
            {"date_start": days, "date_end": days, "adm_1": name, "best": dead}
        )
        for name, dead in (("A", rng.poisson(4, 28)), ("B", rng.poisson(9, 28)))
    )
    record = pd.DataFrame(
        {"date_start": days[[6]], "date_end": days[[19]], "adm_1": "B", "best": 70}
    )
    frame = pd.concat([frame, record], ignore_index=True)
    frame = frame.assign(low=frame["best"], high=frame["best"])
    told = panel_of_events(frame, every="day", start="2019-01-01", end="2019-01-28")
    fit = fit_of(told, places=places)
    for name, dead in frame.groupby("adm_1")["best"].sum().items():
        assert (fit.total().sel(place=name) == dead).all()
    added = fit.draws["realised"] - told["best"]
    assert (added.sel(place="A") == 0).all()
    assert (added.sel(place="B").sum("time") == 70).all()
    assert (added.sel(place="B")[:, :6] == 0).all()


# --- neighbours ----------------------------------------------------------------


def test_a_gap_on_the_map_is_bridged_by_neighbours(rng):
    """Levels rise and fall along twelve places; that at the top has no reports."""
    level = 3 + 1.2 * np.sin(2 * np.pi * np.arange(12) / 12)
    count = counts(rng, level + np.zeros((40, 12)), 10.0)
    count[:, 3] = np.nan
    told = panel_of(count)
    chain = {name: [after] for name, after in pairwise(told["place"].values)}
    near, apart = (
        fit_of(told, places="parallel", neighbours=neighbours)
        for neighbours in (chain, None)
    )
    gap = [log_rates(fit).sel(place="D")[:, 0] for fit in (near, apart)]
    assert abs(gap[0].mean() - level[3]) < 0.5
    assert gap[1].mean() < level[3] - 0.9
    assert inside(gap[0], level[3])
    assert gap[0].std() < 0.7 * gap[1].std()
    assert near.params.sel(param="smooth")[0] > 0.5
    assert "smooth" not in apart.params["param"].values


@pytest.mark.parametrize("places", ["parallel", "joint"])
def test_naming_a_pair_once_or_twice_is_the_same(places, rng):
    told = panel_of(counts(rng, np.full((20, 3), 1.5)))
    once = {"A": ["B"], "B": ["C"]}
    twice = {"C": ["B"], "B": ["C", "A"], "A": ["B"]}
    one, two = (fit_of(told, places=places, neighbours=n) for n in (once, twice))
    xr.testing.assert_identical(one.draws, two.draws)


def test_a_neighbour_that_is_no_place_is_named(rng):
    told = panel_of(np.ones((5, 2)), ["Idlib", "Hama"])
    with pytest.raises(SettingError, match="names Homs, which are no places") as error:
        fit_of(told, places="joint", neighbours={"Idlib": ["Homs", "Hama"]})
    assert "it has Idlib, Hama" in str(error.value)


def test_a_place_that_is_its_own_neighbour_is_refused():
    with pytest.raises(SettingError):
        fit_of(panel_of(np.ones((5, 2))), places="joint", neighbours={"A": ["A"]})


def test_places_that_are_tied_are_not_screened(rng):
    told = panel_of(counts(rng, np.full((20, 2), 1.5)))
    with pytest.raises(SettingError, match=r"places='joint': use fit\(\)"):
        DynamicRate(places="joint").screen(told)
