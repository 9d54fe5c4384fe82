"""Heterogeneity: other people's numbers, another algorithm, and mixtures it names."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from conflictstats import Heterogeneity, UndercountStatus, load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.panel import lists_of_cells

KOSOVO = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
COLUMNS = {
    "none": lambda k: np.zeros((len(k), 0)),
    "darroch": lambda k: k[:, None] ** 2 / 2,
    "poisson": lambda k: 2.0 ** k[:, None] - 1,
    "gamma": lambda k: -np.log(3.5 + k[:, None]) + np.log(3.5),
}


def cells_of(n_lists):
    return np.array([[c >> j & 1 for j in range(n_lists)] for c in range(2**n_lists)])


def of_counts(counts, n_lists):
    """Lists from counts of all cells, the unlisted first and not looked at."""
    names = [f"L{j}" for j in range(n_lists)]
    table = pd.DataFrame(cells_of(n_lists)[1:], columns=names)
    return lists_of_cells(table.assign(count=counts[1:]), names)


def glm(lists, law, lists_alike):
    """The same model over all cells, by statsmodels."""
    cells = cells_of(lists.n_lists)[1:]
    k = cells.sum(axis=1)
    of_lists = k[:, None] if lists_alike else cells
    design = np.column_stack([np.ones(len(k)), of_lists, COLUMNS[law](k)])
    fit = sm.GLM(lists.full()[1:], design, family=sm.families.Poisson()).fit(tol=1e-12)
    unlisted = np.exp(fit.params[0])
    std_err = np.sqrt(unlisted + unlisted**2 * fit.cov_params()[0, 0])
    return lists.n_observed + unlisted, std_err, fit.deviance, fit.df_resid


@pytest.mark.parametrize(
    ("law", "lists_alike", "total", "tolerance"),
    [
        ("none", False, 7394.6, 0.06),
        ("chao", False, 8591.2, 0.06),
        ("chao", True, 8787.2, 0.06),
        ("darroch", False, 12797.3, 0.06),
    ],
)
def test_kosovo_is_as_in_rcapture(law, lists_alike, total, tolerance):
    fit = Heterogeneity(law=law, lists_alike=lists_alike).fit(KOSOVO)
    assert fit.answer().estimate == pytest.approx(total, abs=tolerance)


def test_standard_errors_are_as_in_rcapture():
    assert Heterogeneity(law="none").fit(KOSOVO).std_err == pytest.approx(
        129.6, abs=0.1
    )
    assert Heterogeneity().fit(KOSOVO).std_err == pytest.approx(213.5, abs=0.1)


def test_hav_is_as_in_rcapture(shared):
    table = pd.read_csv(shared / "mse" / "HAV.csv")
    lists = lists_of_cells(table, ["P", "Q", "E"], count="n")
    for law, total in {"none": 388.48, "chao": 478.67}.items():
        answer = Heterogeneity(law=law).fit(lists).answer()
        assert answer.estimate == pytest.approx(total, abs=0.006)


@pytest.mark.parametrize("name", ["lesbian", "HIV"])
@pytest.mark.parametrize("law", COLUMNS)
def test_published_tables_agree_with_a_regression_over_all_cells(name, law, shared):
    table = pd.read_csv(shared / "mse" / f"{name}.csv")
    lists = lists_of_cells(table, list(table.columns[:4]), count="freq")
    for lists_alike in (False, True):
        total, std_err, deviance, df = glm(lists, law, lists_alike)
        fit = Heterogeneity(law=law, lists_alike=lists_alike).fit(lists)
        assert fit.answer().estimate == pytest.approx(total, rel=1e-5)
        assert fit.std_err == pytest.approx(std_err, rel=1e-5)
        assert fit.diagnostics["deviance"] == pytest.approx(deviance, rel=1e-5)
        assert fit.diagnostics["df"] == df


def test_a_term_that_would_be_negative_is_held_at_0():
    """Kosovo: four lists are no more than three say; the rest is a regression."""
    fit = Heterogeneity().fit(KOSOVO)
    assert fit.diagnostics["terms_set_to_0"] == 1
    assert fit.diagnostics["eta_2"] == 0
    cells = cells_of(4)[1:]
    beyond = np.maximum(cells.sum(axis=1) - 2, 0)
    design = np.column_stack([np.ones(15), cells, beyond])
    found = sm.GLM(KOSOVO.full()[1:], design, family=sm.families.Poisson()).fit()
    assert fit.unlisted == pytest.approx(np.exp(found.params[0]), rel=1e-6)
    assert fit.diagnostics["eta_1"] == pytest.approx(found.params[-1], rel=1e-5)


def mixture(points, weights, n_lists, unlisted=1e6):
    """Cells of people whose log odds differ by ``points`` among the unlisted."""
    chance = np.linspace(-2.5, -1.0, n_lists)
    cells = cells_of(n_lists)
    shifts = chance[None, None, :] + points[:, None, None]
    odds = np.exp((cells[None] * shifts).sum(axis=2))
    return np.round(unlisted * weights @ odds)


@pytest.mark.parametrize("law", ["darroch", "poisson", "gamma"])
def test_the_mixture_that_a_law_names_is_recovered(law, rng):
    """Log odds from the law among the unlisted, by quadrature, sum or draws."""
    if law == "darroch":
        points, weights = np.polynomial.hermite_e.hermegauss(40)
        points = 0.8 * points
    elif law == "poisson":
        jumps = np.arange(40)
        weights = 0.3**jumps / np.cumprod(np.maximum(jumps, 1.0))
        points = np.log(2.0) * jumps
    else:
        points = -rng.gamma(4.0, 1 / 3.5, 400_000)
        weights = np.ones(len(points))
    counts = mixture(points, weights / weights.sum(), 4)
    fit = Heterogeneity(law=law).fit(of_counts(counts, 4))
    assert fit.unlisted == pytest.approx(1e6, rel=0.02 if law == "gamma" else 1e-3)
    assert fit.status is UndercountStatus.CONVERGED


@pytest.mark.parametrize("points", [[-1.0, 2.0], [-3.0, 0.0, 1.5]])
def test_chao_is_below_the_truth_for_people_and_lists_that_differ(points):
    weights = np.full(len(points), 1 / len(points))
    counts = mixture(np.array(points), weights, 5)
    fit = Heterogeneity().fit(of_counts(counts, 5))
    assert fit.answer().kind == "floor"
    assert fit.unlisted < 1e6
    assert fit.unlisted > Heterogeneity(law="none").fit(of_counts(counts, 5)).unlisted


def test_people_who_differ_less_than_not_at_all_are_said_to_be_alike():
    """Most are on exactly two lists, which no mixture of people gives."""
    counts = np.array([0, 30, 40, 500, 50, 600, 700, 10])
    lists = of_counts(counts, 3)
    fit = Heterogeneity(law="darroch").fit(lists)
    assert fit.status is UndercountStatus.AT_ITS_EDGE
    alike = Heterogeneity(law="none").fit(lists)
    assert fit.unlisted == pytest.approx(alike.unlisted)


def test_fifteen_lists_are_fitted_without_their_32767_cells(rng):
    """Independent lists that reach 15 % of 5,000."""
    on = rng.random((5000, 15)) < 0.15
    table = pd.DataFrame(on[on.any(axis=1)]).rename(columns="L{}".format)
    lists = lists_of_cells(
        table.value_counts().rename("count").reset_index(), list(table.columns)
    )
    answer = Heterogeneity(law="none").fit(lists).answer(0.99)
    assert answer.lower < 5000 < answer.upper


@pytest.mark.parametrize(
    ("counts", "law", "status"),
    [
        ([0, 10, 5, 0, 4, 0, 0, 3], "chao", UndercountStatus.NO_END),
        ([0, 10, 5, 0, 4, 0, 0, 3], "darroch", UndercountStatus.NO_END),
        ([0, 0, 0, 0, 0, 0, 0, 50], "none", UndercountStatus.NO_ESTIMATE),
        ([0, 0, 0, 0, 0, 0, 0, 50], "chao", UndercountStatus.CONVERGED),
        ([0, 1, 0, 1, 0, 0, 0, 0], "darroch", UndercountStatus.TOO_FEW_LISTS),
    ],
)
def test_edges_end_in_a_status(counts, law, status):
    names = ["A", "B", "C"]
    table = pd.DataFrame(cells_of(3)[1:], columns=names).assign(count=counts[1:])
    held = [n for n in names if (table[n] * table["count"]).sum()]
    lists = lists_of_cells(table[table["count"] > 0][[*held, "count"]], held)
    answer = Heterogeneity(law=law).fit(lists).answer()
    assert answer.status is status
    assert status.refused == np.isnan(answer.estimate)
    if law == "chao":
        assert answer.lower == sum(counts)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(SettingError, match="theta is for the laws poisson and gamma"):
        Heterogeneity(law="darroch", theta=2.0)
    with pytest.raises(SettingError, match="must not be 1"):
        Heterogeneity(law="poisson", theta=1.0)
    assert Heterogeneity(law="gamma", lists_alike=True).method == "Mh Gamma"
    assert Heterogeneity(law="none", lists_alike=True).method == "M0"
