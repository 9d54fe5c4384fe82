"""Sample coverage: the published three-list formulas, and when it refuses."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats import SampleCoverage, UndercountStatus, load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.numerics.overlap import sample_coverage
from conflictstats.panel import lists_of_cells

PATTERNS = np.array([[i >> j & 1 for j in range(3)] for i in range(1, 8)], bool)


def of_counts(counts, names="ABC"):
    cells = pd.DataFrame(PATTERNS.astype(int), columns=list(names))
    return lists_of_cells(cells.assign(count=counts), list(names))


def three_lists(z):
    """Chao and Tsay's estimators for three lists, cell by cell as they are printed."""
    z100, z010, z110, z001, z101, z011, z111 = z
    n1, n2 = z100 + z110 + z101 + z111, z010 + z110 + z011 + z111
    n3, m = z001 + z101 + z011 + z111, sum(z)
    z11, z1_1, z_11 = z110 + z111, z101 + z111, z011 + z111
    z1_0, z_10, z10_ = z100 + z110, z010 + z110, z100 + z101
    z_01, z0_1, z01_ = z001 + z101, z001 + z011, z010 + z011
    c = 1 - (z100 / n1 + z010 / n2 + z001 / n3) / 3
    d = m - (z100 + z010 + z001) / 3
    terms = (
        ((z1_0 + z_10), z11 / (n1 * n2)),
        ((z10_ + z_01), z1_1 / (n1 * n3)),
        ((z0_1 + z01_), z_11 / (n2 * n3)),
    )
    total = ((z11 + z1_1 + z_11) / (3 * c)) / (
        1 - sum(a * b for a, b in terms) / (3 * c)
    )
    step = d / c
    for _ in range(2):
        step = d / c + sum(a * (step * b - 1) for a, b in terms) / (3 * c)
    return c, total, step


cells = st.lists(st.integers(5, 400), min_size=7, max_size=7)


@settings(max_examples=40, deadline=None)
@given(cells)
def test_three_lists_are_as_printed(counts):
    found = sample_coverage(PATTERNS, np.array(counts, float))
    coverage, total, one_step = three_lists(counts)
    assert found.coverage == pytest.approx(coverage)
    assert found.one_step == pytest.approx(one_step)
    if np.isfinite(found.total):
        assert found.total == pytest.approx(total, rel=1e-6)
    else:
        assert total <= 0 or total > 1e12


@settings(max_examples=40, deadline=None)
@given(cells, st.permutations(range(3)), st.integers(2, 9))
def test_order_changes_nothing_and_size_scales(counts, order, times):
    counts = np.array(counts, float)
    one = sample_coverage(PATTERNS, counts)
    turned = sample_coverage(PATTERNS[:, order], counts)
    scaled = sample_coverage(PATTERNS, times * counts)
    assert turned.total == pytest.approx(one.total)
    assert scaled.coverage == pytest.approx(one.coverage)
    assert scaled.one_step == pytest.approx(times * one.one_step)
    assert scaled.variance == pytest.approx(times * one.variance, rel=1e-5, abs=1e-6)


def test_hav_is_refused_with_its_number_and_a_lower_bound(shared):
    table = pd.read_csv(shared / "mse" / "HAV.csv")
    lists = lists_of_cells(table, ["P", "Q", "E"], count="n")
    answer = SampleCoverage().fit(lists).answer()
    assert answer.status is UndercountStatus.OVERLAP_TOO_SMALL
    assert answer.diagnostics["coverage"] == pytest.approx(0.51269, abs=5e-6)
    assert np.isnan(answer.estimate)
    assert (answer.kind, answer.upper) == ("floor", np.inf)
    assert 271 < answer.lower < answer.diagnostics["one_step"]
    allowed = SampleCoverage(least=0.5).fit(lists).answer()
    assert allowed.status is UndercountStatus.CONVERGED


@settings(max_examples=20, deadline=None)
@given(st.integers(4, 5), st.integers(0, 2**32 - 1))
def test_four_and_five_lists_are_as_in_the_authors_program(n_lists, seed):
    """CARE-1: on two or more of the others, over what pairs leave of the coverage."""
    cells = np.array(
        [[c >> j & 1 for j in range(n_lists)] for c in range(1, 2**n_lists)], bool
    )
    z = np.random.default_rng(seed).integers(1, 300, len(cells)).astype(float)
    on, size = z @ cells, cells.sum(axis=1)
    coverage = 1 - np.mean(z * (size == 1) @ cells / on)
    several = sum(z @ (np.delete(cells, j, 1).sum(1) > 1) for j in range(n_lists))
    divisor = n_lists * coverage
    for j, k in combinations(range(n_lists), 2):
        rest = np.delete(cells, [j, k], 1).any(axis=1)
        near = z @ (~rest * (cells[:, j] + 1.0 * cells[:, k]))
        divisor -= near * (z @ (cells[:, j] & cells[:, k])) / (on[j] * on[k])
    found = sample_coverage(cells, z)
    assert found.coverage == pytest.approx(coverage)
    if divisor > 1e-6:
        assert found.total == pytest.approx(several / divisor)


@pytest.mark.parametrize("n_lists", [2, 4, 5])
def test_independent_lists_give_the_truth(n_lists):
    """Expected cells of 10 million on lists that reach 50 to 70 %."""
    chance = np.linspace(0.5, 0.7, n_lists)
    patterns = np.array(
        [[i >> j & 1 for j in range(n_lists)] for i in range(1, 2**n_lists)]
    )
    counts = 1e7 * np.where(patterns, chance, 1 - chance).prod(axis=1)
    found = sample_coverage(patterns.astype(bool), counts)
    assert found.total == pytest.approx(1e7)


def test_its_standard_error_is_that_of_repeated_lists(rng):
    """2,000 people on three lists, of which the first two help each other."""
    chance = np.array([0.08, 0.08, 0.2, 0.14, 0.05, 0.05, 0.25])
    drawn = rng.multinomial(2000, [*chance, 1 - chance.sum()], 150)[:, :-1]
    found = [sample_coverage(PATTERNS, counts.astype(float)) for counts in drawn]
    totals = np.array([each.total for each in found])
    errors = np.sqrt([each.variance for each in found])
    assert np.median(errors) == pytest.approx(totals.std(), rel=0.2)


def test_nobody_on_one_list_only_is_not_certainty():
    cells = pd.DataFrame({"A": [1], "B": [1], "C": [1], "count": [50]})
    fit = SampleCoverage().fit(lists_of_cells(cells, ["A", "B", "C"]))
    assert fit.answer().status is UndercountStatus.NO_SPREAD
    assert np.isnan(fit.answer().upper)


def test_a_list_that_holds_nobody_of_a_stratum_is_left_out():
    table = load_kosovo_lists().frame.assign(year=1999)
    extra = table.iloc[[0]].assign(EXH=0, OTHER=1, year=2000)
    whole = pd.concat([table.assign(OTHER=0), extra], ignore_index=True)
    names = ["EXH", "ABA", "OSCE", "HRW"]
    lists = lists_of_cells(whole, [*names, "OTHER"], by="year")
    one = SampleCoverage().fit(lists.stratum("1999"))
    other = SampleCoverage().fit(lists_of_cells(load_kosovo_lists(), names))
    assert one.diagnostics == other.diagnostics


def test_too_many_lists_and_a_coverage_that_is_none_are_refused():
    names = [f"L{i}" for i in range(31)]
    cells = pd.DataFrame(np.ones((1, 31), int), columns=names).assign(count=5)
    answer = SampleCoverage().fit(lists_of_cells(cells, names)).answer()
    assert answer.status is UndercountStatus.TOO_MANY_LISTS
    with pytest.raises(SettingError, match="least must be strictly between 0 and 1"):
        SampleCoverage(least=55)
