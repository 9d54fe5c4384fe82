"""Bayesian thresholding: near what was printed, near the truth, and its limits."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import special

from conflictstats.datasets import load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.models.undercount import (
    ThresholdedLogLinear,
    ThresholdedLogLinearFit,
)
from conflictstats.numerics.log_linear.threshold import Rule, thresholded
from conflictstats.panel import lists_of_cells

NAMES = ["A", "B", "C"]


def of_table(table):
    return lists_of_cells(pd.DataFrame(table), NAMES)


@pytest.mark.parametrize(
    ("settings", "printed"),
    [
        ({"order": 2}, (12_236, 13_971, 16_389)),
        ({"order": 3}, (10_000, 11_800, 14_600)),
        ({"order": 3, "threshold": 2.5}, (9032, 10_314, 12_095)),
    ],
)
def test_kosovo_is_near_what_the_authors_print(settings, printed, unchecked):
    """MultipleSystemsEstimation, its article on thresholding; both are Monte Carlo."""
    lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    fit = ThresholdedLogLinear(**settings).fit(lists, rng=np.random.default_rng(1))
    answer = fit.answer(0.95)
    assert_allclose([answer.lower, answer.estimate, answer.upper], printed, rtol=0.05)
    frame = fit.to_frame()
    pairs = frame[frame["effect"].str.count("·") == 1]
    assert pairs.query("not stays")["effect"].tolist() == ["ABA·HRW"]
    ratio = (frame["mean"] / frame["sd"]).abs().to_numpy()[:6]
    assert_allclose(ratio, [8.46, 9.16, 12.54, 6.93, 0.20, 10.61], rtol=0.1, atol=0.1)


def test_independent_lists_have_the_posterior_of_their_integral():
    """Two lists, flat priors: by the grid over all three effects."""
    counts = np.array([0.0, 12, 9, 8])
    rule = Rule(order=2, prior_sd=1.0, threshold=2.0)
    found = thresholded(counts, 2, rule, 4000, np.random.default_rng(2))
    u, a, b = np.meshgrid(
        np.linspace(-1, 6, 90), *[np.linspace(-3, 3, 80)] * 2, indexing="ij"
    )
    loglik = 29 * u + 20 * a + 17 * b - np.exp(u + a) - np.exp(u + b)
    loglik -= np.exp(u + a + b)
    mass = np.exp(special.logsumexp(loglik, axis=(1, 2)))
    mass = np.cumsum(mass / mass.sum())
    grid = np.linspace(-1, 6, 90)
    exact = [np.interp(share, mass, grid) for share in (0.1, 0.5, 0.9)]
    drawn = np.quantile(np.log(found.unlisted), [0.1, 0.5, 0.9])
    assert_allclose(drawn, exact, atol=0.1)


def test_an_interaction_that_is_there_stays_and_the_truth_is_held(rng, unchecked):
    on = rng.random((5000, 3)) < [0.3, 0.25, 0.35]
    on[:, 1] |= on[:, 0] & (rng.random(5000) < 0.4)
    listed = pd.DataFrame(on[on.any(axis=1)], columns=NAMES)
    lists = of_table(listed.value_counts().rename("count").reset_index())
    fit = ThresholdedLogLinear(draws=1000).fit(lists, rng=rng)
    assert fit.to_frame().query("stays")["effect"].tolist() == ["A·B"]
    answer = fit.answer(0.99)
    assert answer.lower < 5000 < answer.upper


def test_pairs_that_never_meet_have_an_answer_and_one_list_has_none(rng, unchecked):
    apart = of_table({"A": [1, 0, 1, 0], "B": [0, 1, 1, 0], "C": [0, 0, 0, 1]} | FOUR)
    fit = ThresholdedLogLinear(draws=200).fit(apart, rng=rng)
    assert np.isfinite(fit.answer().upper)
    assert (fit.to_frame().set_index("effect")["mean"][["A·C", "B·C"]] < 0).all()
    everywhere = of_table({"A": [1], "B": [1], "C": [1], "count": [9]})
    refused = ThresholdedLogLinear().fit(everywhere, rng=rng)
    assert refused.answer().status.name == "NO_ESTIMATE"
    assert refused.to_frame().empty
    assert "refused" in refused.summary()


FOUR = {"count": [40, 30, 6, 20]}


def test_a_fit_is_the_same_after_a_file(tmp_path, rng, unchecked):
    lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    fit = ThresholdedLogLinear(draws=100, prior_sd=0.5).fit(lists, rng=rng)
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "fit.nc", engine="h5netcdf") as stored:
        again = ThresholdedLogLinearFit.from_dataset(stored.load())
    assert again.model == fit.model
    assert again.answers() == fit.answers()
    assert again.summary() == fit.summary()


def test_settings_that_mean_nothing_are_refused():
    bad = {"order": 4, "threshold": 0, "prior_sd": -1, "draws": 10}
    for name, value in bad.items():
        with pytest.raises(SettingError, match=name):
            ThresholdedLogLinear(**{name: value})
