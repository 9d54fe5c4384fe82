"""Calibration on a model with a known posterior, right and wrong on purpose."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.evaluate.calibration import (
    calibration_of,
    calibration_table,
    coverage_band,
    ecdf_difference,
    rank_of_truth,
)

L = 199


def study(rng, n=1000, *, moved=0.0, scaled=1.0):
    """Ranks where truth ~ N(0, 1) and data ~ N(truth, 1): posterior N(data / 2, 1/2).

    ``moved`` and ``scaled`` spoil the posterior, in units of its sd.
    """
    truth = rng.standard_normal(n)
    data = truth + rng.standard_normal(n)
    noise = moved + scaled * rng.standard_normal((n, L))
    draws = data[:, None] / 2 + np.sqrt(0.5) * noise
    ranks = (draws < truth[:, None]).sum(axis=1)
    return pd.DataFrame({"rank_theta": ranks, "data": data, "truth": truth})


def test_coverage_bands_are_those_of_the_specification():
    """ECOSYSTEM, last section: 86.8-93.0 of 1,000 and 82.5-96.0 of 200."""
    assert coverage_band(1000) == (0.868, 0.93)
    assert coverage_band(200) == (0.825, 0.96)


@given(st.integers(20, 2000), st.floats(0.5, 0.98), st.floats(0.001, 0.2))
def test_a_coverage_band_is_left_as_rarely_as_asked(n, level, alarm):
    low, high = (
        round(share * n) for share in coverage_band(n, level=level, alarm=alarm)
    )
    assert stats.binom.cdf(low - 1, n, level) <= alarm / 2 * (1 + 1e-9)
    assert stats.binom.sf(high, n, level) <= alarm / 2 * (1 + 1e-9)
    assert stats.binom.cdf(low, n, level) > alarm / 2 * (1 - 1e-9)


def test_a_right_posterior_passes_and_its_p_values_are_not_small_too_often(rng):
    found = [calibration_of(study(rng, 200)["rank_theta"], L) for _ in range(400)]
    p_values = np.array([each.p_value for each in found])
    # Bonferroni over four tests that hang together: at most the nominal share.
    for size in (0.05, 0.2):
        assert (p_values < size).mean() < size + 3 * np.sqrt(size / 400)
    inside = [each.lower <= each.coverage <= each.upper for each in found]
    assert np.mean(inside) > 0.985


@pytest.mark.parametrize(
    ("spoiled", "score", "sign"),
    [
        ({"moved": 0.25}, "z_mean", -1),
        ({"moved": -0.25}, "z_mean", 1),
        ({"scaled": 0.8}, "z_variance", 1),
        ({"scaled": 1.25}, "z_variance", -1),
    ],
)
def test_a_wrong_posterior_fails_and_the_score_says_how(spoiled, score, sign, rng):
    """A quarter of a sd, or a fifth of the width: nine of ten studies see it."""
    found = [calibration_of(study(rng, **spoiled)["rank_theta"], L) for _ in range(30)]
    seen = [each.p_value < 1e-3 and sign * getattr(each, score) > 3 for each in found]
    assert np.mean(seen) > 0.9


def test_a_coverage_is_the_share_of_intervals_that_hold_the_truth(rng):
    truth, draws = rng.standard_normal(500), 0.7 * rng.standard_normal((500, L))
    ends = np.sort(draws, axis=1)[:, [9, 189]]
    inside = (ends[:, 0] < truth) & (truth < ends[:, 1])
    told = calibration_of((draws < truth[:, None]).sum(axis=1), L)
    assert told.coverage == inside.mean()
    expected = 2 * stats.norm.cdf(0.7 * stats.norm.ppf(0.95)) - 1
    assert_allclose(told.coverage, expected, atol=0.06)


def test_ranks_given_data_are_uniform_and_given_the_truth_are_not(rng):
    strata = {"high data": "data > 1", "high truth": "truth > 1", "rare": "data > 4"}
    table = calibration_table({"normal": study(rng, 2000)}, L, strata=strata)
    passes = table.set_index("stratum")["passes"]
    assert passes.to_dict() == {"all": True, "high data": True, "high truth": False}


def test_only_the_studies_that_are_named_are_tested_by_stratum(rng):
    both = {name: study(rng, 200) for name in ("few", "all")}
    strata = {"high data": "data > 0"}
    table = calibration_table(both, L, strata=strata, stratified=["few"])
    by_stratum = table.groupby("cell")["stratum"].unique().map(list).to_dict()
    assert by_stratum == {"few": ["all", "high data"], "all": ["all"]}


def test_bonferroni_is_over_all_rows(rng):
    """One cell alone fails where the same cell among a hundred is let pass."""
    ranks = study(rng, 1000)["rank_theta"].to_numpy()
    for moved in range(40):
        frame = pd.DataFrame({"rank_theta": np.clip(ranks + moved, 0, L)})
        p_value = calibration_of(frame["rank_theta"], L).p_value
        if 0.0001 < p_value < 0.01:
            break
    crowd = {f"cell {i}": study(rng, 60) for i in range(99)} | {"wrong": frame}
    assert not calibration_table({"wrong": frame}, L)["passes"].item()
    among = calibration_table(crowd, L).set_index("cell")
    assert len(among) == 100
    assert among.loc["wrong", "p_value"] == p_value
    assert among.loc["wrong", "passes"]


def test_a_quantity_that_some_replicates_lack_is_ranked_where_it_is(rng):
    frame = study(rng, 300)
    frame["rank_found"] = frame["rank_theta"].where(frame.index % 2 == 0)
    frame["rank_none"] = np.nan
    table = calibration_table({"a": frame}, L).set_index("quantity")
    assert table["n"].to_dict() == {"theta": 300, "found": 150}


def test_a_method_that_sometimes_has_no_result_does_not_pass(rng):
    frame = study(rng, 300).assign(status="CONVERGED")
    assert calibration_table({"a": frame}, L)["passes"].item()
    frame.loc[7, ["rank_theta", "status"]] = [np.nan, "FAILED"]
    row = calibration_table({"a": frame}, L).iloc[0]
    assert (row["n"], row["failed"], row["passes"]) == (299, 1, False)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(0, 2**31))
def test_a_rank_lies_between_draws_below_and_draws_not_above(draws, seed):
    rank = rank_of_truth(0.0, draws, rng=np.random.default_rng(seed))
    below, equal = sum(d < 0 for d in draws), sum(d == 0 for d in draws)
    assert below <= rank <= below + equal


def test_ties_are_broken_evenly(rng):
    ranks = [rank_of_truth(1.0, [1.0, 1.0, 0.0], rng=rng) for _ in range(3000)]
    shares = np.bincount(ranks, minlength=4) / 3000
    assert_allclose(shares, [0, 1 / 3, 1 / 3, 1 / 3], atol=0.04)


def test_the_curve_is_inside_its_band_as_often_as_it_says(rng):
    inside = []
    for _ in range(400):
        curve = ecdf_difference(rng.integers(0, L + 1, 100), L)
        low = curve["difference"] >= curve["lower"]
        high = curve["difference"] <= curve["upper"]
        inside.append(bool((low & high).all()))
    assert 0.86 < np.mean(inside) < 0.97


@pytest.mark.parametrize(
    ("spoiled", "signs"),
    [
        ({"moved": 0.5}, (1, 1)),
        ({"moved": -0.5}, (-1, -1)),
        ({"scaled": 0.6}, (1, -1)),
        ({"scaled": 1.7}, (-1, 1)),
    ],
)
def test_the_shape_of_the_curve_says_what_is_wrong(spoiled, signs, rng):
    curve = ecdf_difference(study(rng, **spoiled)["rank_theta"], L)
    outside = (curve["difference"] > curve["upper"]) * 1
    outside = outside - (curve["difference"] < curve["lower"])
    low, high = (outside.sel(z=z, method="nearest").item() for z in (0.15, 0.85))
    assert (low, high) == signs


def test_what_cannot_be_asked_is_refused(rng):
    with pytest.raises(SettingError, match="take 199, 399 or 999"):
        calibration_of(np.zeros(20, int), 100)
    with pytest.raises(SettingError, match="1 draws that are NaN"):
        rank_of_truth(1.0, [0.0, np.nan], rng=rng)
    with pytest.raises(SettingError, match="no study has a column of ranks"):
        calibration_table({"a": pd.DataFrame({"other": [1]})}, L)
    with pytest.raises(SettingError, match="one simulation or more, got 0"):
        coverage_band(0)
