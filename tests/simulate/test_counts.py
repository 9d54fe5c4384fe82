"""What was put in must be there: moments of counts, and what reports may say."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.errors import SettingError
from conflictstats.simulate.counts import SPOKEN, blur, random_walk_counts


@pytest.mark.parametrize("size", [0.5, 4.0, np.inf])
def test_counts_have_the_promised_mean_and_variance(rng, size):
    drawn = random_walk_counts(200_000, rng=rng, rate=6.0, step=0.0, size=size)
    truth = drawn["truth"].values
    variance = 6 + 36 / size
    assert abs(truth.mean() - 6) < 5 * np.sqrt(variance / truth.size)
    assert truth.var() == pytest.approx(variance, rel=0.05)


def test_the_log_rate_walks(rng):
    drawn = random_walk_counts(20_000, rng=rng, step=0.05, places=3)
    steps = np.diff(np.log(drawn["rate"].values), axis=0)
    assert drawn["rate"].values[0].tolist() == pytest.approx([5, 5, 5])
    assert steps.std() == pytest.approx(0.05, rel=0.02)
    assert abs(np.corrcoef(steps[1:, 0], steps[:-1, 0])[0, 1]) < 0.03
    assert drawn["place"].values.tolist() == ["A", "B", "C"]


def test_the_same_seed_gives_the_same_counts():
    one, two = (random_walk_counts(50, rng=np.random.default_rng(3)) for _ in range(2))
    xr.testing.assert_identical(one, two)


@given(
    counts=st.lists(st.integers(0, 10**9), min_size=1, max_size=30),
    mechanism=st.sampled_from(sorted(SPOKEN)),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_reports_never_exclude_the_truth(counts, mechanism, share, seed):
    truth = xr.DataArray(counts, dims="time")
    rng = np.random.default_rng(seed)
    said = blur(truth, mechanism=mechanism, share=share, rng=rng)
    assert (said["low"] <= truth).all()
    assert (truth <= said["high"]).all()
    exact = said["qualifier"] == "exact"
    assert (said["best"].where(exact, truth) == truth).all()
    assert (
        said["best"].isnull().where(~exact & (said["low"] < said["high"]), True).all()
    )


@given(count=st.integers(1, 10**12))
def test_rounding_goes_to_the_leading_digit(count):
    """h = 10^zeros reaches the truth: n < count < n + h."""
    truth = xr.DataArray([count], dims="time")
    rng = np.random.default_rng(0)
    said = blur(truth, mechanism="rounded", share=1.0, rng=rng).isel(time=0)
    printed = str(int(said["value"].item()))
    if said["qualifier"].item() == "exact":
        assert int(printed) == count
        return
    height = 10 ** (len(printed) - len(printed.rstrip("0")))
    assert said["low"].item() == int(printed) + 1
    assert int(printed) < count < int(printed) + height


def test_confirmed_deaths_are_thinned(rng):
    truth = xr.DataArray(np.full(20_000, 30), dims="time")
    said = blur(truth, mechanism="confirmed", share=1.0, rng=rng, found=0.8)
    assert said["low"].mean().item() == pytest.approx(24, rel=0.01)
    assert set(said["qualifier"].values) == {"at_least"}


def test_cuts_do_not_regard_the_truth(rng):
    """Among cuts that fall where both sides are possible, the cut tells nothing."""
    truth = xr.DataArray(rng.poisson(20, 200_000), dims="time")
    said = blur(truth, mechanism="coarsened", share=1.0, rng=rng)
    cut = np.where(said["qualifier"] == "at_least", said["value"], said["value"] + 1)
    assert abs(np.corrcoef(cut, truth)[0, 1]) < 0.01
    assert 0.2 < (said["qualifier"] == "at_least").mean().item() < 0.8


def test_the_share_is_what_is_blurred(rng):
    truth = xr.DataArray(np.full(50_000, 37), dims="time")
    said = blur(truth, mechanism="rounded", share=0.3, rng=rng)
    assert (said["qualifier"] == "more_than").mean().item() == pytest.approx(
        0.3, abs=0.01
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mechanism": "guessed"}, "mechanism must be one of exact"),
        ({"share": 30}, "share must be from 0 to 1, got 30"),
        ({"found": -0.1}, "found must be from 0 to 1"),
    ],
)
def test_settings_out_of_range(rng, settings, message):
    good = {"mechanism": "exact", "share": 0.5}
    with pytest.raises(SettingError, match=message):
        blur(xr.DataArray([1], dims="time"), rng=rng, **(good | settings))


@pytest.mark.parametrize(
    "bad", [{"n_time": 0}, {"rate": 0.0}, {"step": -1.0}, {"size": 0.0}]
)
def test_no_days_no_rate(rng, bad):
    with pytest.raises(SettingError, match="need n_time, places >= 1"):
        random_walk_counts(**({"n_time": 5} | bad), rng=rng)


def test_floors_are_round_numbers_not_above_or_the_count_itself(rng):
    truth = xr.DataArray(np.full(30_000, 23), dims="time")
    said = blur(truth, mechanism="floor", share=1.0, rng=rng, found=0.4)
    values, times = np.unique(said["value"], return_counts=True)
    assert values.tolist() == [1, 2, 5, 10, 20, 23]
    assert times / truth.size == pytest.approx([0.12] * 5 + [0.4], abs=0.012)
    none = blur(truth * 0, mechanism="floor", share=1.0, rng=rng, found=0.4)
    assert (none["value"] == 0).all()


def test_the_mean_of_the_cuts_may_be_chosen(rng):
    truth = xr.DataArray(np.full(50_000, 10**6), dims="time")
    said = blur(truth, mechanism="coarsened", share=1.0, rng=rng, cut=2.5)
    assert (said["qualifier"] == "at_least").all()
    assert said["value"].mean() == pytest.approx(2.5, abs=0.05)
    with pytest.raises(SettingError, match="cut must be 1 or more"):
        blur(truth, mechanism="coarsened", share=1.0, rng=rng, cut=0.5)
