"""Rates under right and wrong readings: the published example, references, limits."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from numpy.testing import assert_allclose
from scipy import special

from conflictstats.errors import SettingError
from conflictstats.evaluate.misreading import (
    READINGS,
    RateStatus,
    counted_as,
    misread,
    misreading_summary,
    rate_of,
)
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.simulate.counts import ROUND, blur, random_walk_counts


def counts_of(rng, n=600, size=2.5):
    return random_walk_counts(n, rng=rng, rate=4.48, step=0, size=size)["truth"]


def said_of(words, numbers):
    """Reports with floors alone."""
    named = np.asarray(numbers, float)
    above = np.full(named.shape, np.inf)
    told = {"low": named, "high": above, "qualifier": np.full(named.shape, words)}
    return xr.Dataset({name: ("time", values) for name, values in told.items()})


@pytest.mark.parametrize(
    ("truth", "share", "assumed", "ratio"),
    [
        ("coarsened", 0.5, "exact", 0.70),
        ("coarsened", 0.5, "coarsened", 1.00),
        ("confirmed", 0.5, "exact", 0.95),
        ("confirmed", 0.25, "coarsened", 1.20),
        ("confirmed", 0.5, "coarsened", 1.55),
    ],
)
def test_the_example_of_the_methods(truth, share, assumed, ratio):
    """METHODS A, n = 2000 there: the mean of eight is known to two percent."""
    runs = [
        misread(truth, share, rng=np.random.default_rng([4, i]), readings=[assumed])
        for i in range(8)
    ]
    told = misreading_summary(pd.concat(runs)).iloc[0]
    assert_allclose(told["ratio"], ratio, atol=max(0.02, 4 * told["ratio_error"]))


@pytest.mark.parametrize("size", [0.7, 2.5])
def test_exact_counts_are_fitted_as_statsmodels_does(rng, size):
    counts = counts_of(rng, size=size)
    ours = rate_of(blur(counts, mechanism="exact", share=0, rng=rng), "exact")
    values = counts.values.ravel()
    peer = sm.NegativeBinomial(values, np.ones(values.size)).fit(disp=0)
    assert_allclose(np.log(ours.estimate), peer.params[0], atol=1e-4)
    assert_allclose(ours.size, 1 / peer.params[1], rtol=1e-3)
    spread = np.log(ours.upper / ours.lower) / (2 * special.ndtri(0.95))
    assert_allclose(spread, np.sqrt(peer.cov_params()[0, 0]), rtol=1e-3)


def test_counts_without_scatter_beyond_chance_are_poisson(rng):
    counts = counts_of(rng, size=np.inf) * 0 + np.resize([3.0, 4.0, 5.0], (600, 1))
    fit = rate_of(blur(counts, mechanism="exact", share=0, rng=rng), "exact")
    assert_allclose(fit.estimate, 4, rtol=1e-5)
    reach = special.ndtri(0.95) / np.sqrt(4 * 600)
    assert_allclose(np.log(fit.upper / fit.estimate), reach, rtol=1e-3)


def test_the_share_found_only_scales_the_rate(rng):
    said = blur(counts_of(rng), mechanism="confirmed", share=1.0, rng=rng)
    exact, thinned = (rate_of(said, name) for name in ("exact", "confirmed"))
    assert_allclose(thinned.estimate * 0.9, exact.estimate, rtol=1e-4)
    assert_allclose(thinned.upper * 0.9, exact.upper, rtol=1e-3)


def test_lower_bounds_alone_give_no_rate(rng):
    said = blur(counts_of(rng), mechanism="confirmed", share=1.0, rng=rng)
    fit = rate_of(said, "coarsened")
    assert fit.status is RateStatus.UNBOUNDED
    assert np.isinf(fit.estimate)


@pytest.mark.parametrize("truth", [0, 1, 4, 5, 23, 199])
def test_the_chances_of_all_floors_of_a_count_add_up_to_one(truth):
    named = np.unique([truth, *ROUND[truth >= ROUND]])
    parts = counted_as(said_of("at_least", named), "floor")
    holds = (parts.low <= truth) & (truth <= parts.high)
    assert_allclose(parts.weight[holds].sum(), 1)


def test_round_numbers_hold_what_rounds_to_them():
    parts = counted_as(said_of("at_least", [3, 60, 300]), "rounded")
    assert parts.low.tolist() == [3, 60, 300]
    assert parts.high.tolist() == [np.inf, 69, 399]
    over = counted_as(said_of("more_than", [4, 61, 301]), "rounded")
    assert over.high.tolist() == [np.inf, 69, 399]


def test_order_and_repetition_of_reports_do_not_matter(rng):
    said = blur(counts_of(rng, 80), mechanism="floor", share=0.7, rng=rng, found=0.5)
    turned = said.isel(time=rng.permutation(80))
    one, other = (rate_of(each, "floor") for each in (said, turned))
    assert one == other
    double = rate_of(xr.concat([said, said], "time"), "floor")
    assert_allclose(double.estimate, one.estimate, rtol=1e-4)
    spread = [np.log(fit.upper / fit.lower) for fit in (one, double)]
    assert_allclose(spread[0] / spread[1], np.sqrt(2), rtol=1e-2)


@pytest.mark.parametrize("truth", READINGS)
def test_right_readings_recover_the_rate(truth):
    """Six replicates of 2,000: all intervals of five miss with chance 5e-5."""
    runs = [
        misread(truth, 0.5, rng=np.random.default_rng([6, i]), readings=[truth])
        for i in range(6)
    ]
    told = misreading_summary(pd.concat(runs)).iloc[0]
    assert told["coverage"] >= 0.5
    assert abs(told["ratio"] - 1) < 4 * told["ratio_error"] + 1e-3


def test_unknown_mechanisms_are_refused(rng):
    with pytest.raises(SettingError, match="truth must be one of"):
        misread("elicited", 0.5, rng=rng)
    with pytest.raises(SettingError, match="assumed must be one of"):
        rate_of(said_of("at_least", [3, 4]), "elicited")


def test_most_without_an_estimate_is_infinite():
    rows = pd.DataFrame({"assumed": "coarsened", "ratio": [1.0, np.inf, np.inf]})
    rows = rows.assign(lower=0, upper=np.inf, covered=True)
    rows["unbounded"] = np.isinf(rows["ratio"])
    told = misreading_summary(rows).iloc[0]
    assert np.isinf(told["ratio"])
    assert told["unbounded"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("assumed", READINGS)
def test_the_estimate_is_the_top_of_the_likelihood_of_the_engine(assumed, rng):
    """Counts summed one by one against tails and their derivatives."""
    said = blur(counts_of(rng), mechanism="confirmed", share=0.4, rng=rng)
    fit, parts = rate_of(said, assumed), counted_as(said, assumed)
    reading = Reading(
        parts.low, parts.high, parts.thinned, parts.report, np.log(parts.weight)
    )
    law = Reports(NegBin(), reading)
    numbers = (
        np.log([fit.estimate]),
        np.log([fit.size]),
        special.logit(np.array([0.9])),
    )
    slopes = law.terms(*numbers).slope, law.sensitivity(*numbers).dispersion.value
    bend = parts.times @ law.terms(*numbers).curvature
    for slope in slopes:
        assert abs(parts.times @ slope) < 0.01 * np.sqrt(bend)
