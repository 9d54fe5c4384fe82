"""Draws of many cells: in blocks, and in four bytes where there are very many."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.evaluate.checks import check_fit
from conflictstats.models.rates import DynamicRate, cells
from conflictstats.simulate.counts import random_walk_counts

pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.fixture
def counts(rng):
    return random_walk_counts(30, places=2, rate=20, rng=rng)


@pytest.fixture
def fitted(counts):
    return lambda: DynamicRate(draws=60).fit(counts, rng=np.random.default_rng(1))


@pytest.fixture
def large(monkeypatch):
    """Every fit counts as a large one, worked out a few draws at a time."""
    monkeypatch.setattr(cells, "LARGE", 0)
    monkeypatch.setattr(cells, "BLOCK", 7 * 30)


def test_blocks_and_four_bytes_change_no_answer(counts, fitted, request):
    plain = fitted()
    request.getfixturevalue("large")
    compact = fitted()
    kinds = {name: compact.draws[name].dtype for name in ("expected", "realised")}
    assert kinds == {"expected": np.float32, "realised": np.int32}
    assert plain.draws["expected"].dtype == plain.draws["realised"].dtype == np.float64
    assert (compact.total() == counts["best"].sum("time")).all()
    for ask in ("rate", "mean_rate", "peak"):
        both = (getattr(fit, ask)()["estimate"] for fit in (plain, compact))
        assert_allclose(*both, rtol=1e-6)
    whole = (fit.total(kind="expected") for fit in (plain, compact))
    assert_allclose(*whole, rtol=1e-6)
    assert compact.summary() == plain.summary()


def test_a_large_fit_is_checked_and_stored(counts, fitted, large, rng, tmp_path):
    fit = fitted()
    check = check_fit(fit, counts, rng=rng)
    largest = check.statistics["observed"].sel(statistic="largest")
    assert (largest == counts["best"].max("time")).all()
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    again = xr.load_dataset(tmp_path / "fit.nc")
    assert type(fit).from_dataset(again).draws.identical(fit.draws)


def test_sums_of_large_fits_are_in_double_precision(large):
    """Added up in single precision, thirty cells of 2^24 + 2 would be rounded."""
    count, days = 2**24 + 2, np.datetime64("2019-01-01") + np.arange(30)
    panel = xr.Dataset(
        {"best": (("time", "place"), np.full((30, 1), float(count)))},
        {"time": days, "time_end": ("time", days), "place": ["A"]},
    )
    fit = DynamicRate(draws=20).fit(panel, rng=np.random.default_rng(1))
    assert (fit.total() == 30 * count).all()
    expected = fit.draws["expected"].values.astype(float).sum(axis=1)
    assert_allclose(fit.total(kind="expected"), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("expected", "true"), [(1.0, 2.0**31), (1e39, 1.0), (1e-39, 0.0), (1.0, np.inf)]
)
def test_what_four_bytes_do_not_hold_is_kept_in_eight(large, expected, true):
    kept = cells.CellDraws(2, 1, 2)
    first = np.array([[[3.0, 4.0]]])
    kept.put(slice(0, 2), slice(0, 1), first, first)
    kept.put(slice(0, 1), slice(1, 2), 0 * first + expected, 0 * first + true)
    assert kept.expected[1, 0, 0] == expected
    assert kept.realised[1, 0, 0] == true
    assert (kept.expected[0] == first).all()
    assert (kept.realised[0] == first).all()
