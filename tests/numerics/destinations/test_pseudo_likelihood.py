"""Poisson pseudo-likelihood with two sides, against dense columns and by hand."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from statsmodels.stats.sandwich_covariance import cov_cluster, cov_cluster_2groups

from conflictstats.numerics.destinations.pseudo_likelihood import (
    maximise,
    sandwich,
    separated,
)
from conflictstats.numerics.destinations.two_way import TwoWay


def table(rng, few=8, many=11, k=2):
    """All pairs of two sides, counts that spread more than Poisson ones, zeros too."""
    first, second = np.divmod(np.arange(few * many), many)
    columns = rng.normal(size=(few * many, k))
    mean = np.exp(columns @ [0.5, -1.0][:k] + rng.normal(size=few)[first])
    counts = rng.poisson(mean * rng.gamma(1, 1, mean.size)).astype(float)
    return counts, columns, first, second


@pytest.fixture(scope="module")
def dense():
    """The same estimate by statsmodels with a column for each effect."""
    counts, columns, first, second = table(np.random.default_rng(5))
    design = np.hstack([columns, np.eye(8)[first], np.eye(11)[second][:, 1:]])
    model = sm.GLM(counts, design, family=sm.families.Poisson())
    return (counts, columns, first, second), model.fit(tol=1e-14, maxiter=200)


def test_it_is_the_estimate_of_a_column_for_each_effect(dense):
    (counts, columns, first, second), peer = dense
    found = maximise(counts, columns, TwoWay.of(first, second))
    np.testing.assert_allclose(found.coefficients, peer.params[:2], rtol=1e-7)
    assert found.loglik == pytest.approx(peer.llf, rel=1e-10)
    assert found.parameters == peer.params.size
    np.testing.assert_allclose(found.bread, peer.cov_params()[:2, :2], rtol=1e-6)


def test_covariances_are_those_of_statsmodels(dense):
    (counts, columns, first, second), peer = dense
    found = maximise(counts, columns, TwoWay.of(first, second))
    n, k = counts.size, found.parameters
    residual, bread = counts - peer.fittedvalues, peer.cov_params()
    design = peer.model.exog
    hat = peer.fittedvalues * np.einsum("np,pq,nq->n", design, bread, design)
    np.testing.assert_allclose(found.leverage, hat, rtol=1e-6)
    scales = {"hc0": 1.0, "hc1": np.sqrt(n / (n - k)), "hc3": 1 / (1 - hat)}
    for kind, scale in scales.items():
        scores = design * (residual * scale)[:, None]
        whole = bread @ scores.T @ scores @ bread
        np.testing.assert_allclose(sandwich(found, kind=kind), whole[:2, :2], rtol=1e-6)
    one = cov_cluster(peer, first)[:2, :2]
    np.testing.assert_allclose(sandwich(found, (first,)), one, rtol=1e-6)
    two = cov_cluster_2groups(peer, first, second)[0][:2, :2]
    np.testing.assert_allclose(sandwich(found, (first, second)), two, rtol=1e-6)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e5))
def test_the_unit_of_the_flow_moves_no_coefficient(seed, unit):
    counts, columns, first, second = table(np.random.default_rng(seed))
    counts = counts + 0.1
    sides = TwoWay.of(first, second)
    one, other = (maximise(each, columns, sides) for each in (counts, unit * counts))
    np.testing.assert_allclose(one.coefficients, other.coefficients, atol=1e-6)
    np.testing.assert_allclose(sandwich(one), sandwich(other), rtol=1e-4)


def test_a_column_of_one_side_is_absorbed_and_a_sum_is_left_out():
    counts, columns, first, second = table(np.random.default_rng(6))
    more = np.column_stack([first == 3, columns, columns.sum(axis=1)]).astype(float)
    sides = TwoWay.of(first, second)
    found = maximise(counts + 0.1, more, sides)
    assert found.estimated.tolist() == [False, True, True, False]
    alone = maximise(counts + 0.1, columns, sides)
    np.testing.assert_allclose(found.coefficients[1:3], alone.coefficients)


def separated_by_programme(zero, dense):
    """Largest set of zeros that a direction, flat on all other rows, sends down."""
    n, k = zero.sum(), dense.shape[1]
    best = optimize.linprog(
        np.append(np.zeros(k), -np.ones(n)),
        A_ub=np.hstack([-dense[zero], np.eye(n)]),
        b_ub=np.zeros(n),
        A_eq=np.hstack([dense[~zero], np.zeros((len(zero) - n, n))]),
        b_eq=np.zeros(len(zero) - n),
        bounds=[(None, None)] * k + [(0, 1)] * n,
    )
    apart = zero.copy()
    apart[zero] = best.x[k:] > 0.5
    return apart


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.9))
def test_separated_rows_are_those_of_a_linear_programme(seed, share):
    rng = np.random.default_rng(seed)
    first, second = np.divmod(np.arange(20), 5)
    columns = (rng.random((20, 2)) < 0.3).astype(float)
    zero = rng.random(20) < share
    zero[:2] = True, False
    dense = np.hstack([columns, np.eye(4)[first], np.eye(5)[second]])
    found = separated(zero, columns, TwoWay.of(first, second))
    assert found.tolist() == separated_by_programme(zero, dense).tolist()
