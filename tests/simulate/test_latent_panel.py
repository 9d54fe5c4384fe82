"""Places, seasons and periods have the laws that the documentation says."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.simulate.latent_panel import LatentPanel

LINE = {"A": ("B",), "B": ("A", "C"), "C": ("B",)}


def steps(drawn):
    return np.diff(np.log(drawn["rate"].values), axis=0)


def test_places_in_parallel_differ_by_a_level_for_all_time(rng):
    drawn = LatentPanel(places="parallel", n_place=3, n_time=(9, 9)).draw(rng)
    apart = np.log(drawn["rate"]) - np.log(drawn["rate"]).isel(place=0)
    assert_allclose(apart, apart.isel(time=[0] * 9).values, atol=1e-9)
    assert np.ptp(apart.values[0]) > 0


@pytest.mark.parametrize("neighbours", [None, LINE])
def test_steps_of_joint_places_have_the_covariance_of_their_parts(neighbours, rng):
    prior = LatentPanel(
        places="joint", n_place=3, n_time=(2000, 2000), neighbours=neighbours
    )
    drawn = prior.draw(rng)
    shared = float(drawn["shared_step_sd"]) ** 2
    own = float(drawn["step_sd"]) ** 2 * np.eye(3)
    if neighbours:
        smooth = float(drawn["smooth"])
        laplacian = np.array([[1, -1, 0], [-1, 2, -1], [0, -1, 1]])
        inverse = np.linalg.pinv(laplacian)
        icar = inverse / np.exp(np.log(np.diag(inverse)).mean())
        own = float(drawn["step_sd"]) ** 2 * (smooth * icar + (1 - smooth) * np.eye(3))
    found = np.cov(steps(drawn).T)
    assert_allclose(found, shared + own, atol=0.15 * (shared + own).max())


def test_places_with_noise_share_their_steps_and_keep_a_level(rng):
    prior = LatentPanel(
        places="joint", interaction="noise", n_place=3, n_time=(3000, 3000)
    )
    drawn = prior.draw(rng)
    apart = np.log(drawn["rate"].values)
    apart -= apart.mean(axis=1, keepdims=True)
    sd = float(drawn["noise_sd"])
    expected = sd**2 * (np.eye(3) - 1 / 3)
    assert_allclose(np.cov(apart.T), expected, atol=0.1 * sd**2)


def test_covariates_move_the_rate_by_their_effect(rng):
    drawn = LatentPanel(covariates=2, n_time=(40, 40)).draw(rng)
    again = drawn["effects"].sel(term="x1") * drawn["x1"]
    again = again + drawn["effects"].sel(term="x2") * drawn["x2"]
    rest = np.diff((np.log(drawn["rate"]) - again).values[:, 0])
    assert_allclose(rest.std(), float(drawn["step_sd"]), rtol=0.35)


def test_months_return_and_weekdays_sum_to_zero(rng):
    weekly = LatentPanel(calendar="weekday", n_time=(14, 14)).draw(rng)
    assert_allclose(weekly["effects"].sum(), 0, atol=1e-9)
    by_month = LatentPanel(calendar="month", days=7, n_time=(60, 60))
    for _ in range(20):
        drawn = by_month.draw(rng)
        cycle = drawn["effects"].values / float(drawn["month_sd"])
        assert_allclose(cycle.sum(), 0, atol=1e-9)
    length = drawn["time_end"] - drawn["time"]
    assert (length.values == pd.Timedelta(days=6)).all()


def test_the_mean_of_a_cell_is_its_rate_times_its_people(rng):
    prior = LatentPanel(exposure=True, n_time=(30, 30))
    drawn = [prior.draw(rng) for _ in range(200)]
    first = [
        np.log(each["rate"][0, 0] / each["people"][0, 0] * each["people"].mean())
        for each in drawn
    ]
    assert_allclose(np.mean(first), 0, atol=1.2)
    assert_allclose(np.std(first), 5, rtol=0.2)


def test_periods_hold_the_deaths_of_their_cells_and_no_cell_is_counted_twice(rng):
    drawn = LatentPanel(period_share=0.3, n_time=(60, 60), n_place=2).draw(rng)
    counted = np.isfinite(drawn["best"].values).astype(int)
    for i in range(drawn.sizes["period"]):
        first, last, place, total = (
            int(drawn[f"period_{name}"][i])
            for name in ("first", "last", "place", "best")
        )
        assert 2 <= last - first + 1 <= 7
        counted[first : last + 1, place] += 1
        assert total == drawn["truth"].values[first : last + 1, place].sum()
    assert_array_equal(counted, 1)


def test_places_miss_weeks_of_their_own(rng):
    drawn = LatentPanel(missing=0.5, n_place=3, n_time=(70, 70)).draw(rng)
    lost = np.isnan(drawn["best"].values)
    assert (lost.reshape(10, 7, 3).std(axis=1) == 0).all()
    assert not np.array_equal(lost[:, 0], lost[:, 1])
