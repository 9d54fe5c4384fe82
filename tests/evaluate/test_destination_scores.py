"""Scores of forecast shares."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from conflictstats.errors import SchemaError
from conflictstats.evaluate.destination_scores import (
    fitted_concentration,
    relative_difference,
    share_log_score,
)

NAMES = ["A", "B", "C"]


def forecast_of(shares, concentration):
    return xr.Dataset(
        {
            "expected": (("draw", "destination"), np.atleast_2d(shares)),
            "concentration": ("draw", np.atleast_1d(concentration)),
        },
        {"destination": NAMES},
    )


def told(*people):
    return xr.DataArray(list(people), {"destination": NAMES}, "destination")


def test_the_score_is_the_mean_of_beta_binomial_laws_where_one_reports():
    shares, concentration = [[0.2, 0.5, 0.3], [0.4, 0.5, 0.1]], [10.0, 40.0]
    found = share_log_score(
        forecast_of(shares, concentration), told(6.0, np.nan, np.nan), 20
    )
    mass = [
        stats.betabinom.pmf(6, 20, c * p[0], c * (1 - p[0]))
        for p, c in zip(shares, concentration, strict=True)
    ]
    assert found == pytest.approx(np.log(np.mean(mass)))


def test_the_law_that_made_counts_scores_best(rng):
    share, scores = np.array([0.6, 0.3, 0.1]), []
    rivals = [(share, 50.0), (share, 500.0), (share[::-1], 50.0), (share, 5.0)]
    for _ in range(60):
        people = rng.multinomial(1000, rng.dirichlet(50 * share)).astype(float)
        scores.append(
            [
                share_log_score(forecast_of(*each), told(*people), 1000)
                for each in rivals
            ]
        )
    assert np.argmax(np.mean(scores, axis=0)) == 0


def test_the_fitted_concentration_is_the_one_that_made_counts(rng):
    share = np.array([0.6, 0.3, 0.1])
    people = [rng.multinomial(10_000, rng.dirichlet(80 * share)) for _ in range(300)]
    coords = {"time": np.arange(300), "destination": NAMES}
    dims = "time", "destination"
    people = xr.DataArray(np.array(people, float), coords, dims)
    shares = xr.DataArray(np.tile(share, (300, 1)), coords, dims)
    totals = people.sum("destination")
    assert fitted_concentration(shares, people, totals) == pytest.approx(80, rel=0.1)
    hidden = people.where(people["destination"] != "B")
    assert fitted_concentration(shares, hidden, totals) == pytest.approx(80, rel=0.15)


def test_the_difference_is_zero_where_reports_are_met_and_two_at_most():
    share = told(0.5, 0.3, 0.2)
    assert relative_difference(share, 100 * share, 100) == pytest.approx(0)
    other = told(0.0, 0.0, 100.0)
    assert relative_difference(told(0.5, 0.5, 0.0), other, 100) == pytest.approx(2)
    assert np.isnan(relative_difference(share, told(np.nan, 0.0, np.nan), 100))


def test_reports_above_the_total_are_refused():
    with pytest.raises(SchemaError, match="more than the total"):
        share_log_score(forecast_of([1, 0, 0], 1), told(5.0, 6.0, np.nan), 10)
