"""Decomposable graphs: published tables, known populations, and what is refused."""

import json
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import gammaln

from conflictstats.datasets import load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.models.undercount import DecomposableGraphs
from conflictstats.numerics.chordal import chordal_graphs, pairs
from conflictstats.panel import lists_of_cells

KOSOVO = ["EXH", "ABA", "OSCE", "HRW"]
WITHOUT, ALL = "all but the complete", "all"


def lists_of(cells):
    """Lists from counts of all cells, the unlisted first, the first list fastest."""
    nodes = len(cells).bit_length() - 1
    names = [f"L{j + 1}" for j in range(nodes)]
    rows = [
        [*(cell >> j & 1 for j in range(nodes)), int(cells[cell])]
        for cell in range(1, len(cells))
    ]
    return lists_of_cells(pd.DataFrame(rows, columns=[*names, "count"]), names)


@pytest.fixture(scope="module")
def kosovo():
    return lists_of_cells(load_kosovo_lists(), KOSOVO)


@pytest.fixture(scope="module")
def fitted(kosovo):
    return DecomposableGraphs().fit(kosovo, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def reference(shared):
    text = (shared / "reference" / "REFERENCE_VALUES.json").read_text("utf-8")
    return json.loads(text)


SPINA_BIFIDA = lists_of([0, 60, 49, 4, 247, 112, 142, 12])


def row(fit, delta, included=ALL, level=0.95):
    frame = fit.to_frame(level).set_index(["delta", "included"])
    return frame.loc[(delta, included)]


# -- reference -----------------------------------------------------------------------


def test_three_lists_of_madigan_and_york():
    """Their tests in dga: 731 by E[1/N] / E[1/N^2], mode 728, top weight 0.37."""
    n = SPINA_BIFIDA.n_observed
    total = n + np.arange(1, 301)
    weight = gammaln(total + 13.14) - gammaln(total + 1)
    weight = pd.Series(weight + total * np.log(55.17 / 56.17), total)
    model = DecomposableGraphs(delta=1, complete=True)
    fit = model.fit(SPINA_BIFIDA, log_prior=weight)
    found = row(fit, 1)
    assert found[["lower", "estimate", "upper"]].tolist() == [682, 731, 797]
    assert_allclose(found["mean"], 733.4524, atol=5e-5)
    assert_allclose(found["std"], 29.5946, atol=5e-5)
    weights = fit.graphs["weight"][:4]
    assert_allclose(weights, [0.3738, 0.3099, 0.2818, 0.0345], atol=5e-5)
    law = fit.posterior["mass"].sel(delta=1, included=ALL)
    people = n + fit.posterior["unlisted"]
    assert round(float((law / people).sum() / (law / people**2).sum())) == 731
    assert people.values.ravel()[law.values.argmax()] == 728


def test_three_lists_of_madigan_and_york_in_the_words_of_the_model():
    """The same prior as a setting; the numbers are no longer cut at 300 unlisted."""
    total = (13.14 * 55.17, 13.14)
    fit = DecomposableGraphs(delta=1, complete=True, total=total).fit(SPINA_BIFIDA)
    found = row(fit, 1)
    assert found[["lower", "estimate", "upper"]].tolist() == [682, 731, 797]
    assert_allclose(found["mean"], 733.4524, rtol=1e-3)


def test_five_lists_of_madigan_and_york(reference):
    lists = lists_of(reference["madigan_york_5list"]["Y"])
    fit = DecomposableGraphs(delta=0.5, complete=True).fit(lists)
    found = row(fit, 0.5)
    assert found[["lower", "estimate", "upper"]].tolist() == [588, 616, 655]
    assert_allclose(found["mean"], 617.8159, atol=1e-4)
    assert_allclose(found["std"], 17.2625, rtol=1e-4)
    assert_allclose(fit.graphs["weight"][:3], [0.2171, 0.1603, 0.0823], atol=5e-5)
    mass = fit.posterior["mass"].isel(delta=0, included=1) / fit.posterior["numbers"]
    mode = fit.posterior["unlisted"].values.ravel()[mass.values.argmax()]
    assert abs(lists.n_observed + mode - 614) < 2


def test_kosovo_is_as_in_dga(kosovo, reference):
    """dga sums from 1 to 40,000 unlisted, and cannot leave the complete graph out."""
    total = 4400 + np.arange(1, 40_001)
    prior = pd.Series(-np.log(total), total)
    fit = DecomposableGraphs().fit(kosovo, log_prior=prior)
    for key, delta in (("1/16", 1 / 16), ("0.5", 0.5), ("1", 1)):
        found, theirs = row(fit, delta), reference["kosovo"]["dga"][f"delta_{key}"]
        assert found[["lower", "estimate", "upper"]].tolist() == theirs["q"]
        assert_allclose(found["mean"], theirs["mean"], atol=0.051)
        mean, weight, without = reference["dga_complete_graph"]["Kosovo"][key]
        assert_allclose(found["mean"], mean, atol=0.051)
        assert_allclose(found["weight_complete"], weight, atol=5.1e-5)
        assert_allclose(row(fit, delta, WITHOUT)["mean"], without, atol=0.051)


def test_the_british_table_of_six_lists(shared, reference):
    """The numbers go on to infinity here, and to 40,000 in the reference."""
    table = pd.read_csv(shared / "mse" / "UKdat.csv")
    fit = DecomposableGraphs().fit(lists_of_cells(table, list(table.columns[:-1])))
    theirs = reference["dga_complete_graph"]["UK6"]
    for key, delta in (("1/64", 1 / 64), ("0.5", 0.5)):
        _, weight, without = theirs[key]
        assert_allclose(row(fit, delta)["weight_complete"], weight, atol=5e-4)
        assert_allclose(row(fit, delta, WITHOUT)["mean"], without, rtol=2e-5)


# -- limits, by a closed form --------------------------------------------------------


def test_the_complete_graph_only_says_what_its_prior_says(kosovo):
    """With p(N) = 1/N the share unlisted keeps its prior, Beta(d, 2^p d - d)."""
    fit = DecomposableGraphs(complete=True, delta=1).fit(kosovo)
    weight = fit.posterior["weight_complete"].sel(delta=1)
    all_, without = (
        fit.posterior["mean"].sel(delta=1, included=i) for i in (ALL, WITHOUT)
    )
    complete = without + (all_ - without) / weight
    assert_allclose(complete, 4400 + 4400 * 1 / (16 - 1 - 1), rtol=1e-6)


def test_everybody_known_but_for_the_sampling_of_independent_lists():
    """Three independent lists of half of 80,000: Lincoln and Petersen's answer."""
    cells = [0, *[10_000] * 7]
    found = DecomposableGraphs().fit(lists_of(cells)).answer()
    assert_allclose(found.estimate, 80_000, rtol=1e-3)
    assert found.status.name == "CONVERGED"
    assert found.upper - found.lower < 1_000


def test_a_firm_prior_decides(kosovo):
    fit = DecomposableGraphs(total=(9_000.0, 1e6)).fit(kosovo)
    assert_allclose(fit.answer().estimate, 9_000, rtol=0.01)
    assert "N negative binomial with mean 9,000" in fit.assumptions


# -- truth ---------------------------------------------------------------------------


def population(rng, edges, total=4_000):
    """Lists of a population whose lists depend along the edges, by log odds ratios."""
    nodes = 4
    on = np.arange(1 << nodes)[:, None] >> np.arange(nodes) & 1
    score = on @ rng.uniform(-1.8, -0.4, nodes)
    for (one, other), odds in edges.items():
        score = score + odds * on[:, one] * on[:, other]
    chance = np.exp(score)
    cells = rng.multinomial(total, chance / chance.sum())
    cells[0] = 0
    return lists_of(cells)


def test_the_graph_and_the_number_behind_a_table_are_found():
    rng = np.random.default_rng(11)
    lists = population(rng, {(0, 1): 1.5, (1, 2): -1.2}, total=20_000)
    fit = DecomposableGraphs().fit(lists)
    assert fit.graphs["graph"].values[0] == "L1 & L2, L2 & L3, L4"
    found = fit.answer()
    assert found.lower < 20_000 < found.upper
    assert found.upper - found.lower < 4_000


CHORDAL = [(0, 1), (1, 2), (0, 2), (2, 3)]


@pytest.mark.slow
def test_intervals_hold_the_number_of_known_populations(unchecked):
    """200 populations of 4,000 on four lists, with up to four pairs that depend."""
    rng, held = np.random.default_rng(2026), 0
    for _ in range(200):
        some = rng.random(4) < 0.5
        odds = rng.normal(0, 1.2, 4)
        edges = {pair: odds[i] for i, pair in enumerate(CHORDAL) if some[i]}
        found = DecomposableGraphs().fit(population(rng, edges)).answer()
        held += found.lower <= 4_000 <= found.upper
    assert abs(held - 180) <= 13, held


def circle(rng):
    sides = [(0, 1), (1, 2), (2, 3), (0, 3)]
    return population(rng, dict(zip(sides, rng.normal(0, 1.2, 4), strict=True)))


def all_pairs(rng):
    every = combinations(range(4), 2)
    return population(rng, dict(zip(every, rng.normal(0, 0.7, 6), strict=True)))


def two_classes(rng, total=4_000):
    """Two fifths are on a list with chance .3 to .6, the others with .05 to .2."""
    easily = rng.random(total) < 0.4
    chance = np.where(
        easily[:, None], rng.uniform(0.3, 0.6, 4), rng.uniform(0.05, 0.2, 4)
    )
    marks = rng.random((total, 4)) < chance
    cells = np.bincount(marks @ (1 << np.arange(4)), minlength=16)
    cells[0] = 0
    return lists_of(cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "least", "most"),
    [(circle, 0.6, 0.8), (all_pairs, 0.35, 0.6), (two_classes, 0.0, 0.05)],
)
def test_what_the_model_does_not_know_is_not_held(made, least, most, unchecked):
    """The page says so; 200 populations of each kind, outside of the model."""
    rng, held = np.random.default_rng(2027), 0
    for _ in range(200):
        found = DecomposableGraphs().fit(made(rng)).answer()
        held += found.lower <= 4_000 <= found.upper
    assert least <= held / 200 <= most, held


def drawn_from_the_prior(rng, number):
    """One population: a graph, its hyper-Dirichlet chances, and a number of people.

    In an order in which earlier neighbours form a clique, a node has its own Beta law
    for every combination of these.
    """
    graphs, nodes = chordal_graphs(4), 4
    graph = int(rng.integers(len(graphs.edges) - 1))
    edges = [p for i, p in enumerate(pairs(4)) if graphs.edges[graph] >> i & 1]
    joined = {frozenset(pair.tolist()) for pair in edges}

    def earlier(order, j):
        return [i for i in order[:j] if frozenset((i, order[j])) in joined]

    order = next(
        order
        for order in permutations(range(nodes))
        if all(
            {frozenset(two) for two in combinations(earlier(order, j), 2)} <= joined
            for j in range(nodes)
        )
    )
    marks = np.zeros((number, nodes), int)
    for j, node in enumerate(order):
        parents = earlier(order, j)
        weight = 2.0 ** (nodes - len(parents) - 1)
        chance = rng.beta(weight, weight, 1 << len(parents))
        of = marks[:, parents] @ (1 << np.arange(len(parents)))
        marks[:, node] = rng.random(number) < chance[of]
    cells = np.bincount(marks @ (1 << np.arange(nodes)), minlength=16)
    cells[0] = 0
    return lists_of(cells)


@pytest.mark.slow
def test_ranks_are_uniform_where_the_truth_is_from_the_prior(unchecked):
    """Calibration by simulation, 300 times, with delta 1: Talts et al. (2018)."""
    rng, ranks = np.random.default_rng(7), []
    model = DecomposableGraphs(delta=1, total=(2_000.0, 4.0))
    while len(ranks) < 300:
        number = int(rng.negative_binomial(4, 4 / (4 + 2_000)))
        fit = model.fit(drawn_from_the_prior(rng, number), rng=rng)
        less, same = (fit.draws < number).mean(), (fit.draws == number).mean()
        ranks.append(float(less + rng.random() * same))
    assert stats.kstest(ranks, "uniform").pvalue > 0.01
    held = np.abs(np.array(ranks) - 0.5) < 0.45
    assert abs(held.sum() - 270) <= 16, held.sum()


# -- identity ------------------------------------------------------------------------


def test_the_order_of_the_lists_does_not_matter(kosovo, fitted):
    turned = DecomposableGraphs().fit(kosovo.of_lists(KOSOVO[::-1]))
    for name in ("mean", "std", "weight_complete"):
        assert_allclose(turned.posterior[name], fitted.posterior[name], rtol=1e-9)
    assert turned.answer().estimate == fitted.answer().estimate


def test_draws_are_of_the_law_that_is_shown(kosovo):
    model = DecomposableGraphs(draws=4_000)
    fit = model.fit(kosovo, rng=np.random.default_rng(5))
    told = row(fit, 1 / 16, WITHOUT)
    error = told["std"] / np.sqrt(4_000)
    assert abs(fit.draws.mean() - told["mean"]) < 4 * error
    assert (fit.draws % 1 == 0).all()
    inside = (fit.draws >= told["lower"]) & (fit.draws <= told["upper"])
    assert abs(inside.mean() - 0.95) < 0.015
    again = model.fit(kosovo, rng=np.random.default_rng(5))
    assert fit.draws.identical(again.draws)


def test_a_fit_comes_back_from_a_file(fitted, tmp_path):
    fitted.to_dataset().to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "fit.nc", engine="h5netcdf") as stored:
        again = DecomposableGraphs.from_dataset(stored.load())
    assert again.model == fitted.model
    assert again.answer() == fitted.answer()
    assert again.summary() == fitted.summary()
    assert again.draws.identical(fitted.draws)


def test_the_summary_has_the_answer_at_every_delta(fitted):
    told = fitted.summary()
    assert "12,595" in told
    assert told.count("all but the complete") == told.count("  all\n") == 3
    assert "p(N) proportional to 1 / N" in told
    assert told in fitted._repr_html_().replace("&amp;", "&")


# -- edges ---------------------------------------------------------------------------


def test_kosovo_is_driven_by_the_prior_and_says_so(fitted):
    """From 12,749 to 9,458 by delta: a factor of 1.35."""
    found = fitted.answer()
    assert found.status.name == "PRIOR_DRIVEN"
    assert found.diagnostics["mean_at_delta_1"] < found.diagnostics["mean_at_delta_0.5"]


def test_lists_that_all_depend_are_said_to(kosovo):
    """A hundred Kosovos: every graph is rejected but the one that says nothing."""
    cells = kosovo.full() * 100
    fit = DecomposableGraphs().fit(lists_of(cells))
    assert fit.answer().status.name == "SATURATED"
    assert fit.answer().diagnostics["weight_complete"] > 0.99


def test_graphs_that_disagree_are_told_apart():
    """1,000 simulated people whose lists depend in a circle, which no graph here has.

    Two graphs with one side of the circle cut fit as well as each other.
    """
    cells = [0, 62, 46, 3, 38, 8, 37, 6, 137, 63, 25, 6, 144, 67, 125, 32]
    fit = DecomposableGraphs().fit(lists_of(cells))
    said = fit.answer()
    assert said.status.name == "SEVERAL_ANSWERS"
    assert said.lower < 1_000 < said.upper
    (_, low), (_, high) = fit.graphs.to_dataframe().to_numpy()[:2]
    assert_allclose(fit.modes()["estimate"], [low, high], rtol=0.02)
    assert_allclose(said.diagnostics["share_1"] + said.diagnostics["share_2"], 1)
    assert "separate modes: " in fit.summary()


def test_without_a_record_on_a_third_list_there_is_no_end():
    fit = DecomposableGraphs().fit(lists_of([0, 60, 49, 0, 247, 0, 1, 0]))
    found = fit.answer()
    assert found.status.name == "NO_END"
    assert np.isnan(found.estimate)
    assert found.diagnostics["edge"] > 1e-4
    assert not len(fit.draws)


@pytest.mark.parametrize("count", [1, 500])
def test_everybody_on_every_list(count):
    found = DecomposableGraphs().fit(lists_of([0] * 7 + [count])).answer()
    assert found.estimate == count
    assert found.status.name == "PRIOR_DRIVEN"


def test_counts_of_ten_million():
    """Four independent lists of a third of 12.96 million people."""
    on = np.arange(16)[:, None] >> np.arange(4) & 1
    cells = 160_000 * 2 ** (4 - on.sum(axis=1))
    total = cells.sum()
    cells[0] = 0
    fit = DecomposableGraphs().fit(lists_of(cells))
    found = fit.answer()
    assert_allclose(found.estimate, total, rtol=1e-4)
    assert found.lower < total < found.upper
    assert fit.posterior.sizes["block"] < 10_000


@pytest.mark.parametrize(("number", "name"), [(2, "TOO_FEW"), (8, "TOO_MANY")])
def test_two_lists_and_eight_are_refused(number, name):
    cells = np.zeros(1 << number, int)
    cells[[1 << j for j in range(number)]] = 5
    cells[-1] = 3
    fit = DecomposableGraphs().fit(lists_of(cells))
    assert fit.answer().status.name == f"{name}_LISTS"
    assert fit.to_frame().empty
    assert "refused" in fit.summary()
    assert DecomposableGraphs.from_dataset(fit.to_dataset()).summary() == fit.summary()


def test_a_stratum_that_a_list_has_nobody_of():
    """The list is left out; where no lists meet there is no answer."""
    table = pd.DataFrame(
        [
            *[(1, 0, 0, 0, 30, "x"), (0, 1, 0, 0, 20, "x"), (0, 0, 1, 0, 25, "x")],
            *[(1, 1, 0, 0, 9, "x"), (0, 1, 1, 0, 8, "x"), (1, 0, 1, 0, 7, "x")],
            *[(0, 0, 0, 1, 5, "y"), (1, 1, 1, 1, 5, "y"), (1, 0, 0, 0, 5, "z")],
        ],
        columns=["A", "B", "C", "D", "count", "place"],
    )
    lists = lists_of_cells(table, ["A", "B", "C", "D"], by="place")
    model = DecomposableGraphs()
    fit = model.fit(lists.stratum("x"))
    assert fit.names == ("A", "B", "C")
    three = lists.stratum("x").of_lists(["A", "B", "C"])
    assert fit.answer() == model.fit(three).answer()
    assert model.fit(lists.stratum("z")).status.name == "NO_OVERLAP"


@pytest.mark.slow
def test_seven_lists(unchecked):
    """Independent lists of two fifths of 10,000; 617,675 graphs."""
    rng = np.random.default_rng(3)
    marks = rng.random((10_000, 7)) < 0.4
    cells = np.bincount(marks @ (1 << np.arange(7)), minlength=128)
    found = DecomposableGraphs().fit(lists_of(cells)).answer()
    assert found.lower < 10_000 < found.upper


# -- what is refused at the door -----------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"delta": 0}, "delta must be a finite number above 0"),
        ({"total": (0, 1)}, "the mean of total"),
        ({"total": (10, -1)}, "the size of total"),
        ({"draws": 0}, "draws must be 1 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, match):
    with pytest.raises(SettingError, match=match):
        DecomposableGraphs(**settings)


@pytest.mark.parametrize(
    ("prior", "match"),
    [
        (pd.Series([0.0, 0.0], [5_000, 6_000]), "consecutive whole numbers"),
        (pd.Series([0.0, 0.0], [5_000.5, 5_001.5]), "consecutive whole numbers"),
        (pd.Series([0.0, 0.0], [100, 101]), "some of them for 4,400 people"),
        (pd.Series([np.nan, 0.0], [5_000, 5_001]), "must be numbers"),
        (pd.Series([np.inf, 0.0], [5_000, 5_001]), "must be numbers"),
        (pd.Series([-np.inf, 0.0], [4_399, 4_398]), "consecutive"),
    ],
)
def test_a_prior_that_cannot_be_meant_is_refused(kosovo, prior, match):
    with pytest.raises(SettingError, match=match):
        DecomposableGraphs().fit(kosovo, log_prior=prior)
