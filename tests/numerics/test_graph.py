"""Neighbour graphs: closed forms, dense algebra, and published fits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, sparse

from conflictstats.errors import SettingError
from conflictstats.numerics import graph
from conflictstats.numerics.engine.effects import MixedEffects

SCOTLAND = Path(__file__).parents[1] / "reference" / "scotland" / "neighbours.txt"
INLA_SCALING = 0.4853175


@st.composite
def graphs(draw):
    """A graph of up to 12 nodes, connected or not."""
    nodes = draw(st.integers(1, 12))
    all_pairs = graph.complete(nodes).pairs
    kept = draw(
        st.lists(st.booleans(), min_size=len(all_pairs), max_size=len(all_pairs))
    )
    return graph.from_pairs(nodes, all_pairs[np.array(kept, bool)])


def chain(nodes):
    return graph.from_pairs(nodes, np.arange(nodes - 1)[:, None] + np.array([0, 1]))


def scotland():
    lines = SCOTLAND.read_text("utf-8").splitlines()
    return graph.from_lists(
        [[int(word) - 1 for word in line.split()] for line in lines]
    )


def dense(made):
    """Laplacian by its definition."""
    laplacian = np.zeros((made.nodes, made.nodes))
    for i, j in made.pairs:
        laplacian[[i, j], [i, j]] += 1
        laplacian[[i, j], [j, i]] -= 1
    return laplacian


# -- graphs --------------------------------------------------------------------------


@given(graphs())
def test_lists_and_matrices_give_the_graph_back(made):
    adjacency = -dense(made)
    np.fill_diagonal(adjacency, 0)
    lists = [np.flatnonzero(row).tolist() for row in adjacency]
    for again in (
        graph.from_lists(lists),
        graph.from_matrix(adjacency),
        graph.from_matrix(sparse.csr_array(adjacency)),
        graph.from_pairs(made.nodes, np.vstack([made.pairs[::-1, ::-1], made.pairs])),
    ):
        assert again.nodes == made.nodes
        assert again.pairs.tolist() == made.pairs.tolist()
    assert_allclose(made.laplacian.toarray(), dense(made))
    alone = [i for i, row in enumerate(lists) if not row]
    assert made.isolated.tolist() == alone


def test_components_are_what_can_be_reached():
    made = graph.from_pairs(6, np.array([[0, 4], [4, 2], [5, 1]]))
    assert made.component.tolist() == [0, 1, 0, 2, 0, 1]
    assert made.isolated.tolist() == [3]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: graph.from_pairs(0, np.zeros((0, 2), int)), "nodes must be 1 or more"),
        (
            lambda: graph.from_pairs(3, np.array([[0, 1], [1, 3]])),
            r"\(1, 3\) name a no",
        ),
        (lambda: graph.from_pairs(3, np.array([[0, -1]])), "from 0 to 2"),
        (
            lambda: graph.from_pairs(3, np.array([[2, 2]])),
            r"\(2, 2\) join a node to it",
        ),
        (lambda: graph.from_lists([[1], [0, 2], []]), r"\(1, 2\) are listed one way"),
        (lambda: graph.from_matrix(np.ones((2, 3))), "square, got 2 x 3"),
        (lambda: graph.from_matrix(np.eye(2)), r"\(0, 0\), \(1, 1\) join"),
        (lambda: graph.from_matrix(np.array([[0, 2.0], [2, 0]])), "neither 0 nor 1"),
        (lambda: graph.from_matrix(np.array([[0, 1.0], [0, 0]])), "one way only"),
        (lambda: graph.ring(2), "3 nodes or more, got 2"),
        (lambda: graph.from_pairs(9, np.full((9, 2), 8)), r"and 4 more join"),
    ],
)
def test_what_is_no_graph_is_refused_by_pair(call, said):
    with pytest.raises(SettingError, match=said):
        call()


# -- the basis -----------------------------------------------------------------------


@given(graphs())
def test_the_basis_diagonalises_the_laplacian(made):
    basis = graph.spectral_basis(made)
    vectors, eigenvalues = basis.vectors, basis.eigenvalues
    close = {"atol": 1e-12, "rtol": 0}
    assert_allclose(vectors.T @ vectors, np.eye(made.nodes), **close)
    assert_allclose(vectors @ np.diag(eigenvalues) @ vectors.T, dense(made), **close)
    for number in np.unique(made.component):
        inside = made.component == number
        columns = vectors[:, basis.component == number]
        assert columns.shape[1] == inside.sum()
        assert_allclose(columns[~inside], 0, atol=0)
        assert_allclose(columns[inside, 0], inside.sum() ** -0.5, rtol=1e-15)
        assert_allclose(columns[:, 1:].sum(axis=0), 0, **close)
        assert eigenvalues[basis.component == number][0] == 0


def test_rings_and_chains_have_their_known_eigenvalues():
    n = 52
    wave = 2 - 2 * np.cos(2 * np.pi * np.arange(n) / n)
    found = graph.spectral_basis(graph.ring(n)).eigenvalues
    assert_allclose(found, np.sort(wave), atol=1e-13)
    wave = 2 - 2 * np.cos(np.pi * np.arange(n) / n)
    found = graph.spectral_basis(chain(n)).eigenvalues
    assert_allclose(found, wave, atol=1e-13)


def test_a_long_chain_keeps_its_constant_vector():
    basis = graph.spectral_basis(chain(400))
    assert_allclose(basis.vectors[:, 1:].sum(axis=0), 0, atol=1e-12)


# -- scaling -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "variance"),
    [
        (graph.complete(5), 4 / 25),
        (graph.ring(7), (49 - 1) / (12 * 7)),
        (graph.ring(12), (144 - 1) / (12 * 12)),
        (chain(2), 1 / 4),
        (chain(3), (5 / 9 * 2 / 9 * 5 / 9) ** (1 / 3)),
    ],
)
def test_scalings_in_closed_form(made, variance):
    basis = graph.spectral_basis(made)
    raw, scaled = (graph.smooth_variances(basis, scaled=s) for s in (False, True))
    assert_allclose(raw[1:] / scaled[1:], variance, rtol=1e-12)


def test_the_scaling_of_scotland_is_that_of_inla():
    basis = graph.spectral_basis(scotland())
    raw, scaled = (graph.smooth_variances(basis, scaled=s) for s in (False, True))
    assert_allclose(raw[1:] / scaled[1:], INLA_SCALING, atol=5e-7)


@given(graphs(), st.integers(1, 2))
def test_each_component_is_scaled_on_its_own(made, order):
    variances = graph.smooth_variances(graph.spectral_basis(made), order=order)
    vectors = graph.spectral_basis(made).vectors
    by_node = vectors**2 @ variances
    power = np.linalg.matrix_power(dense(made), order)
    for number in np.unique(made.component):
        inside = np.flatnonzero(made.component == number)
        assert_allclose(np.exp(np.log(by_node[inside]).mean()), 1, rtol=1e-9)
        if inside.size > 1:
            here = np.ix_(inside, inside)
            inverse = np.linalg.pinv(power[here], rcond=1e-9, hermitian=True)
            scale = np.exp(np.log(np.diag(inverse)).mean())
            found = (vectors * variances) @ vectors.T
            assert_allclose(found[here], inverse / scale, atol=1e-8)
    assert_allclose(by_node[made.isolated], 1, rtol=0)


def test_numbering_of_the_nodes_does_not_matter(rng):
    made = scotland()
    new = rng.permutation(made.nodes)
    moved = graph.from_pairs(made.nodes, new[made.pairs])
    covariance = []
    for one in (made, moved):
        basis = graph.spectral_basis(one)
        covariance.append(
            (basis.vectors * graph.smooth_variances(basis)) @ basis.vectors.T
        )
    assert_allclose(covariance[1][np.ix_(new, new)], covariance[0], atol=1e-10)


# -- random walks on rings -----------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2])
def test_a_ring_is_a_cyclic_random_walk(order):
    n = 12
    steps = np.eye(n) - np.roll(np.eye(n), 1, axis=1)
    if order == 2:
        steps = steps - np.roll(steps, 1, axis=0)
    basis = graph.spectral_basis(graph.ring(n))
    variances = graph.smooth_variances(basis, order=order, scaled=False)
    found = (basis.vectors * variances) @ basis.vectors.T
    assert_allclose(found, np.linalg.pinv(steps.T @ steps, rcond=1e-10), atol=1e-9)


def test_a_complete_graph_is_independence_without_the_mean():
    n = 7
    basis = graph.spectral_basis(graph.complete(n))
    covariance = (basis.vectors * graph.smooth_variances(basis)) @ basis.vectors.T
    centred = np.eye(n) - 1 / n
    assert_allclose(covariance, centred / centred[0, 0], atol=1e-12)


# -- mixtures ------------------------------------------------------------------------


@given(graphs(), st.floats(-3, 2), st.floats(-6, 6))
def test_the_mixture_is_that_of_its_two_parts(made, log_sd, logit):
    basis = graph.spectral_basis(made)
    smooth = graph.smooth_variances(basis)
    found, _ = MixedEffects(smooth).log_variance(np.array([[log_sd, logit]]))
    mixing = 1 / (1 + np.exp(-logit))
    u = (basis.vectors * smooth) @ basis.vectors.T
    wanted = np.exp(2 * log_sd) * (mixing * u + (1 - mixing) * np.eye(made.nodes))
    covariance = (basis.vectors * np.exp(found[0])) @ basis.vectors.T
    assert_allclose(covariance, wanted, rtol=1e-9, atol=1e-12 * np.exp(2 * log_sd))


@given(st.floats(-5, 3), st.floats(-20, 20))
def test_derivatives_of_the_mixture_are_those_of_its_complex_step(log_sd, logit):
    """District 8 of Scotland is cut off from its only neighbour."""
    pairs = scotland().pairs
    island = graph.from_pairs(56, pairs[(pairs != 7).all(axis=1)])
    smooth = graph.smooth_variances(graph.spectral_basis(island))

    def value(log_sd, logit):
        shared, own = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        return 2 * log_sd + np.log(shared * smooth + own)

    _, slopes = MixedEffects(smooth).log_variance(np.array([[log_sd, logit]]))
    h = 1e-30j
    for slope, moved in (
        (slopes[0][0], value(log_sd + h, logit)),
        (slopes[1][0], value(log_sd, logit + h)),
    ):
        assert_allclose(slope, moved.imag / h.imag, rtol=1e-10, atol=1e-13)


# -- space-time ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["I", "II", "III", "IV"])
def test_interactions_of_knorr_held_are_products_in_the_basis(kind):
    """Types I-IV (Knorr-Held 2000), by the generalised inverse of a Kronecker product.

    Along time a random walk is the autoregression of a chain.
    """
    walk, place = chain(5), graph.from_lists([[1, 2], [0, 2], [0, 1], [4], [3]])
    structures, vectors, variances = [], [], []
    for made, smooth in ((walk, kind in ("II", "IV")), (place, kind in ("III", "IV"))):
        basis = graph.spectral_basis(made)
        structures.append(dense(made) if smooth else np.eye(made.nodes))
        vectors.append(basis.vectors)
        raw = graph.smooth_variances(basis, scaled=False)
        variances.append(raw if smooth else np.ones(made.nodes))
    wanted = np.linalg.pinv(np.kron(*structures), rcond=1e-10, hermitian=True)
    both = np.kron(*vectors)
    assert_allclose((both * np.kron(*variances)) @ both.T, wanted, atol=1e-10)


def test_a_walk_of_the_places_is_independent_walks_of_the_coefficients():
    """Steps of covariance V diag(d) V', from a known start."""
    basis = graph.spectral_basis(graph.from_lists([[1], [0, 2], [1], [4], [3]]))
    smooth = graph.smooth_variances(basis)
    d = np.exp(MixedEffects(smooth).log_variance(np.array([[-1.0, 0.7]]))[0][0])
    steps = 4
    summed = np.tril(np.ones((steps, steps)))
    covariance = np.kron(summed @ summed.T, (basis.vectors * d) @ basis.vectors.T)
    walks = np.linalg.inv(summed @ summed.T)
    both = np.kron(np.eye(steps), basis.vectors)
    precision = both @ np.kron(walks, np.diag(1 / d)) @ both.T
    assert_allclose(precision @ covariance, np.eye(5 * steps), atol=1e-10)


# -- sudden infant deaths in North Carolina, 1974 ------------------------------------
# mgcv 1.8-41: gam(SID74 ~ r + s(id, bs = "mrf", k = 60, xt = list(nb = nb)) +
# offset(log(BIR74)), family = poisson, method = "REML"), r = NWBIR74 / BIR74.

MRF = {
    "beta": [-6.845014, 1.884740],
    "se": [0.1154664, 0.3071833],
    "sigma": 0.3175472,
    "edf": 12.92148,
    "reml": 219.274666834,
}


@pytest.fixture(scope="module")
def counties(shared):
    """Deaths, log births, design of intercept and share, and the basis."""
    table = pd.read_csv(shared / "spatial" / "nc_sids.csv")
    queen = pd.read_csv(shared / "spatial" / "nc_sids_adjacency_queen.csv", index_col=0)
    basis = graph.spectral_basis(graph.from_matrix(queen.to_numpy("float64")))
    design = np.column_stack([np.ones(100), table["NWBIR74"] / table["BIR74"]])
    return table["SID74"].to_numpy(), np.log(table["BIR74"].to_numpy()), design, basis


def laplace(counties, sigma, columns=60):
    """Penalised Poisson regression: coefficients, their covariance, edf and REML."""
    deaths, offset, design, basis = counties
    variances = graph.smooth_variances(basis, scaled=False)[1:columns]
    design = np.hstack([design, basis.vectors[:, 1:columns]])
    penalty = np.r_[0, 0, 1 / (sigma**2 * variances)]
    at = np.r_[-6.8, np.zeros(len(penalty) - 1)]
    for _ in range(50):
        mean = np.exp(offset + design @ at)
        hessian = design.T @ (mean[:, None] * design) + np.diag(penalty)
        at = at + np.linalg.solve(hessian, design.T @ (deaths - mean) - penalty * at)
    covariance = np.linalg.inv(hessian)
    edf = np.trace(covariance @ (hessian - np.diag(penalty)))
    constant = np.cumsum(np.log(np.arange(1, 100)))
    fit = (deaths * np.log(mean) - mean).sum() - constant[deaths[deaths > 0] - 1].sum()
    fit -= 0.5 * (penalty * at**2).sum() - 0.5 * np.log(penalty[2:]).sum()
    reml = -fit + 0.5 * np.linalg.slogdet(hessian)[1] - np.log(2 * np.pi)
    return at, covariance, edf, reml, design @ at


def test_penalised_regression_equals_mgcv(counties, shared):
    at, covariance, edf, reml, predictor = laplace(counties, MRF["sigma"])
    assert_allclose(at[:2], MRF["beta"], atol=2e-6)
    assert_allclose(np.sqrt(np.diag(covariance))[:2], MRF["se"], rtol=2e-5)
    assert_allclose(edf, MRF["edf"], rtol=1e-5)
    assert_allclose(reml, MRF["reml"], rtol=1e-7)
    published = pd.read_csv(shared / "spatial" / "ref_mgcv_mrf_nc_sids.csv")
    assert_allclose(predictor, published["eta"], atol=1e-5)


def test_the_evidence_peaks_where_mgcv_found_it(counties):
    best = optimize.minimize_scalar(
        lambda log_sd: laplace(counties, np.exp(log_sd))[3], bounds=(-3, 1)
    )
    assert_allclose(np.exp(best.x), MRF["sigma"], rtol=1e-3)


def test_scaling_only_renames_the_standard_deviation(counties):
    *_, basis = counties
    raw, scaled = (graph.smooth_variances(basis, scaled=s) for s in (False, True))
    assert_allclose(
        raw[1:] * MRF["sigma"] ** 2,
        scaled[1:] * (MRF["sigma"] ** 2 * raw[1] / scaled[1]),
        rtol=1e-12,
    )
    assert_allclose((basis.vectors**2 @ scaled).prod() ** 0.01, 1, rtol=1e-10)


def test_without_neighbours_it_is_poisson_regression(counties):
    at, *_ = laplace(counties, 1e-6)
    assert_allclose(at[:2], [-6.850215, 1.868498], atol=2e-6)
