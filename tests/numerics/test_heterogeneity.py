"""Sums over combinations of lists, and the maximum with terms that are not negative."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from conflictstats.numerics.heterogeneity import SizeCounts, fit_sizes, size_sums


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.01, 20.0), min_size=1, max_size=6))
def test_sums_are_those_over_all_combinations(odds):
    odds = np.array(odds)
    cells = np.array(
        [[c >> j & 1 for j in range(len(odds))] for c in range(2 ** len(odds))]
    )
    weight = np.prod(odds**cells, axis=1)
    one, two = size_sums(odds)
    for k in range(len(odds) + 1):
        of_size = weight * (cells.sum(axis=1) == k)
        np.testing.assert_allclose(one[k], of_size @ cells, rtol=1e-10)
        np.testing.assert_allclose(two[k], (cells.T * of_size) @ cells, rtol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_the_constrained_maximum_is_that_of_a_bounded_search(seed):
    """Five lists, terms (k-2)+, (k-3)+, (k-4)+, against L-BFGS-B over the cells."""
    rng = np.random.default_rng(seed)
    cells = np.array([[c >> j & 1 for j in range(5)] for c in range(1, 32)])
    size = cells.sum(axis=1)
    counts = rng.poisson(rng.gamma(1.0, 60.0, 31)) + 1
    columns = np.maximum(np.arange(6.0)[:, None] - np.arange(2.0, 5.0), 0.0)
    design = np.column_stack([np.ones(31), cells, columns[size]])

    def loss(params):
        mean = np.exp(design @ params)
        return mean.sum() - counts @ (design @ params), design.T @ (mean - counts)

    start = np.zeros(9)
    start[0] = np.log(counts.mean())
    bounds = [(None, None)] * 6 + [(0.0, None)] * 3
    best = optimize.minimize(
        loss,
        start,
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9},
    )
    by_size = np.bincount(size, counts, minlength=6).astype(float)
    found = fit_sizes(SizeCounts((counts @ cells).astype(float), by_size), columns)
    assert found.found
    assert found.loglik >= -best.fun - 1e-6
    assert found.log_unlisted == pytest.approx(best.x[0], abs=2e-3)
    np.testing.assert_allclose(found.terms, best.x[6:], atol=2e-3)


@pytest.mark.parametrize("name", ["cbird", "ill"])
@pytest.mark.parametrize("n_terms", [0, 1])
def test_numbers_of_captures_alone_are_enough_where_lists_are_alike(
    name, n_terms, shared
):
    """Published counts by number of captures, as a regression on that number."""
    counts = pd.read_csv(shared / "mse" / f"{name}.csv")["freq"].to_numpy(float)
    k = np.arange(1, len(counts) + 1)
    columns = (np.arange(len(counts) + 1.0)[:, None] ** 2 / 2)[:, :n_terms]
    design = np.column_stack([np.ones(len(k)), k, columns[1:]])
    offset = np.log(special.binom(len(k), k))
    glm = sm.GLM(counts, design, family=sm.families.Poisson(), offset=offset).fit(
        tol=1e-12
    )
    on_list = np.full(len(k), k @ counts / len(k))
    by_size = np.concatenate([[0.0], counts])
    found = fit_sizes(SizeCounts(on_list, by_size), columns, alike=True)
    if n_terms and glm.params[2] < 0:
        assert found.terms[0] == 0
    else:
        assert found.log_unlisted == pytest.approx(glm.params[0], abs=1e-5)
