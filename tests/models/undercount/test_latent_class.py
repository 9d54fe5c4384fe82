import jaxtyping
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import optimize, special

import conflictstats as cs
from conflictstats.errors import SettingError
from conflictstats.models.undercount import UndercountStatus
from conflictstats.models.undercount.latent_class import LatentClass
from conflictstats.numerics.latent_class import hamiltonian, sampling
from conflictstats.panel import lists_of_cells

NAMES = ["EXH", "ABA", "OSCE", "HRW"]


@pytest.fixture
def rng():
    return np.random.default_rng(20190822)


@pytest.fixture
def brief(monkeypatch, unchecked):
    """Few and short moves, for what does not need long ones."""
    monkeypatch.setattr(hamiltonian, "MOST_STEPS", 16)
    for name, moves in (("WARM_UP", 30), ("FIRST", 16), ("ROUND", 24)):
        monkeypatch.setattr(sampling, name, moves)
    monkeypatch.setattr(sampling, "MOST_ROUNDS", 1)
    monkeypatch.setattr(sampling, "EACH", 8)


@pytest.fixture(scope="module")
def kosovo():
    lists = lists_of_cells(cs.load_kosovo_lists(), NAMES)
    jaxtyping.config.update("jaxtyping_disable", True)
    fit = LatentClass().fit(lists, rng=np.random.default_rng(1))
    jaxtyping.config.update("jaxtyping_disable", False)
    return fit


def population(rng, size, classes, *, weights, strata=None):
    """Lists of people of known classes, with a stratum each, by their records."""
    classes = np.array(classes)
    of = rng.choice(len(weights), size, p=weights)
    on = rng.random((size, classes.shape[1])) < classes[of]
    frame = pd.DataFrame(on, columns=list("ABCDEFGHIJKLMNOPQRST"[: on.shape[1]]))
    frame["year"] = "1999" if strata is None else rng.choice(strata, size)
    return frame


def lists_of(frame, names, by=None):
    listed = frame[frame[names].any(axis=1)]
    keys = [*names, *([by] if by else [])]
    table = listed.groupby(keys, dropna=False).size().rename("count").reset_index()
    return lists_of_cells(table, names, by=by)


def test_kosovo_is_what_the_other_program_draws(kosovo):
    """Mean and quantiles of 40,000 draws of LCMCR 0.4.14, K = 10, a = b = 0.25."""
    total = kosovo.draws["total"]
    assert kosovo.status is UndercountStatus.CONVERGED
    assert float(total.mean()) == pytest.approx(10_697.7, rel=0.015)
    quantiles = total.quantile([0.025, 0.25, 0.5, 0.75, 0.975]).values
    reference = [9065, 9897, 10_440.5, 11_189, 13_895]
    np.testing.assert_allclose(quantiles, reference, rtol=0.03)
    assert float(kosovo.draws["occupied"].mean()) == pytest.approx(7.4, abs=0.5)
    assert float(kosovo.draws["concentration"].mean()) == pytest.approx(0.89, abs=0.2)


def test_a_fit_is_said_with_what_it_assumes_and_comes_back(kosovo, tmp_path):
    assert "within which lists are independent" in kosovo.summary()
    assert f"{float(kosovo.diagnostics['rhat']):.3f}" in kosovo._repr_html_()
    stored = tmp_path / "fit.nc"
    kosovo.to_dataset().to_netcdf(stored, engine="h5netcdf")
    with xr.open_dataset(stored) as dataset:
        back = LatentClass.from_dataset(dataset.load())
    assert back.model == kosovo.model
    assert back.answer(0.5) == kosovo.answer(0.5)
    assert back.to_frame().equals(kosovo.to_frame())


def test_intervals_widen_with_the_level(kosovo):
    inner, outer = kosovo.answer(0.5), kosovo.answer(0.99)
    assert outer.lower < inner.lower < inner.estimate < inner.upper < outer.upper
    assert inner.estimate == outer.estimate


def test_draws_above_the_most_are_cut_off_and_counted(rng, brief):
    lists = lists_of_cells(cs.load_kosovo_lists(), NAMES)
    fit = LatentClass(classes=4, most_unlisted=6000).fit(lists, rng=rng)
    share = float(fit.diagnostics["above_most"])
    assert fit.draws["unlisted"].max() <= 6000
    assert 0 < share < 1
    assert f"cut off by most_unlisted: {share:.1%}" in fit.summary()
    with pytest.raises(SettingError, match="most_unlisted is 2, but all draws"):
        LatentClass(classes=4, most_unlisted=2).fit(lists, rng=rng)


def test_strata_add_up_and_records_without_one_are_drawn(rng, brief):
    """Three strata, one person in five without; the truth is in the intervals."""
    frame = population(
        rng, 3000, [[0.6, 0.5, 0.5, 0.6]], weights=[1], strata=["a", "b", "c"]
    )
    true = frame["year"].value_counts()
    frame.loc[rng.random(3000) < 0.2, "year"] = None
    fit = LatentClass(classes=3).fit(lists_of(frame, list("ABCD"), "year"), rng=rng)
    total = fit.draws["total"]
    np.testing.assert_allclose(fit.draws["in_stratum"].sum("stratum"), total)
    known = frame[list("ABCD")].any(axis=1) & frame["year"].notna()
    assert fit.draws["listed"].sum() == known.sum()
    lower, upper = fit.draws["in_stratum"].quantile([0.005, 0.995], "draw").values
    assert ((lower < true[["a", "b", "c"]]) & (true[["a", "b", "c"]] < upper)).all()
    everybody, *each = fit.answers()
    assert "missing at random" in everybody.assumptions
    assert [a.method[-1] for a in each] == ["a", "b", "c"]
    assert "spread of strata" in fit.summary()
    back = LatentClass.from_dataset(fit.to_dataset())
    assert back.answers(0.5) == fit.answers(0.5)


@pytest.mark.parametrize(("spread", "below"), [(1e-3, True), (1.0, False)])
def test_strata_that_differ_are_said_to_unless_the_prior_forbids(
    rng, brief, spread, below
):
    """The people of one stratum are easily found, those of the other are not."""
    easy, hard = [0.6, 0.6, 0.6, 0.6], [0.15, 0.15, 0.15, 0.15]
    frame = pd.concat(
        population(rng, 600, [each], weights=[1], strata=[name])
        for name, each in (("a", easy), ("b", hard))
    )
    model = LatentClass(classes=3, strata_spread=spread)
    fit = model.fit(lists_of(frame, list("ABCD"), "year"), rng=rng)
    assert bool(fit.draws["spread"].quantile(0.9) < 0.1) is below
    lower, upper = fit.draws["in_stratum"][1].quantile([0.005, 0.995]).values
    assert (upper < 600) if below else (lower < 600 < upper)


def test_the_sensitivity_has_one_row_for_each_prior(rng, brief, monkeypatch):
    """Independent lists: whatever the prior, the number is about the same."""
    monkeypatch.setattr(sampling, "ROUND", 80)
    frame = population(rng, 1000, [[0.5, 0.5, 0.5, 0.5]], weights=[1])
    table = LatentClass(classes=1).sensitivity(
        lists_of(frame, list("ABCD")), classes=[1, 2], concentrations=[(1, 1)], rng=rng
    )
    assert table["classes"].tolist() == [1, 2, 1]
    assert table["rate"].tolist() == [0.25, 0.25, 1]
    assert ((table["estimate"] > 950) & (table["estimate"] < 1080)).all()


@pytest.mark.parametrize(
    ("odds", "people", "status"),
    [((3, 1 / 3), 1000, "PEOPLE_MAY_DIFFER"), ((1, 1), 700, "CONVERGED")],
)
def test_people_who_are_harder_to_find_by_all_lists_are_suspected(
    rng, brief, monkeypatch, odds, people, status
):
    """Two kinds of people, and fewer people of one kind; about as many records."""
    monkeypatch.setattr(sampling, "ROUND", 80)
    reach = np.array([0.3, 0.2, 0.35, 0.25])
    logits = special.logit(reach) + np.log(odds)[:, None]
    frame = population(rng, people, special.expit(logits), weights=[0.5, 0.5])
    fit = LatentClass(classes=2).fit(lists_of(frame, list("ABCD")), rng=rng)
    assert fit.status is UndercountStatus[status]
    suspected = status == "PEOPLE_MAY_DIFFER"
    assert ("if people differ alike for all lists" in fit.summary()) is suspected
    assert fit.answer().lower < people


def edge(patterns, counts):
    patterns = np.array(patterns)
    names = list("ABCDEFGHIJKLMNOPQRST"[: patterns.shape[1]])
    return lists_of_cells(
        pd.DataFrame(patterns, columns=names).assign(count=counts), names
    )


def test_two_lists_are_refused(rng):
    fit = LatentClass().fit(edge([[1, 0], [0, 1], [1, 1]], [60, 30, 20]), rng=rng)
    assert fit.answer().status is UndercountStatus.TOO_FEW_LISTS
    assert np.isnan(fit.answer().estimate)
    assert fit.regions.empty
    back = LatentClass.from_dataset(fit.to_dataset())
    assert back.summary() == fit.summary()


def test_one_record_says_nothing(rng, brief):
    fit = LatentClass(classes=3).fit(edge([[1, 1, 1]], [1]), rng=rng)
    assert float(fit.diagnostics["spread_to_prior"]) > 0.5
    assert fit.status is not UndercountStatus.CONVERGED


def test_who_is_on_all_lists_has_nobody_beside(rng, brief):
    fit = LatentClass(classes=3).fit(edge([[1, 1, 1, 1]], [500]), rng=rng)
    assert fit.draws["total"].quantile(0.9) <= 502


def test_ten_million_records_are_as_many_independent_lists(rng, brief):
    on = np.array([[i >> j & 1 for j in range(3)] for i in range(1, 8)])
    lists = edge(on, np.full(7, 10_000_000))
    fit = LatentClass(classes=1).fit(lists, rng=rng)
    assert float(fit.draws["total"].median()) == pytest.approx(8e7, rel=0.01)


@pytest.mark.slow
def test_stuck_chains_are_not_taken_for_regions(unchecked):
    """Kosovo times a thousand, where any number from 5,000,000 up fits (see below)."""
    table = cs.load_kosovo_lists().frame
    lists = lists_of_cells(table.assign(count=table["count"] * 1000), NAMES)
    for seed in (1, 6):
        fit = LatentClass().fit(lists, rng=np.random.default_rng(seed))
        assert fit.status is UndercountStatus.NOT_CONVERGED


@pytest.mark.parametrize("people", [6_000, 40_000])
def test_ten_classes_fit_kosovo_with_any_number_of_people(rng, people):
    """Deviance of all sixteen cells below a thousandth, by an optimiser of its own."""
    lists = lists_of_cells(cs.load_kosovo_lists(), NAMES)
    on = np.vstack([lists.patterns, np.zeros((1, 4))])
    share = np.append(lists.count, people - lists.n_observed) / people

    def lack(values):
        """Deviance a person, and its slope."""
        logit, weight = np.split(values, [40])
        logit = logit.reshape(4, 10)
        each = on @ logit + special.log_expit(-logit).sum(axis=0)
        each += special.log_softmax(weight)
        cell = special.logsumexp(each, axis=1, keepdims=True)
        held = share > 0
        deviance = 2 * share[held] @ (np.log(share[held]) - cell[held, 0])
        inside = np.exp(each - cell) * share[:, None]
        of_logit = on.T @ inside - special.expit(logit) * inside.sum(axis=0)
        of_weight = inside.sum(axis=0) - special.softmax(weight)
        return deviance, -2 * np.concatenate([of_logit.ravel(), of_weight])

    tight = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8}
    deviances = (
        people
        * optimize.minimize(lack, start, jac=True, method="L-BFGS-B", options=tight).fun
        for start in 1.5 * rng.standard_normal((3, 50))
    )
    assert any(each < 1e-3 for each in deviances)


def test_twenty_lists_end_in_an_answer(rng, brief):
    chance = np.full((1, 20), 0.15)
    frame = population(rng, 600, chance, weights=[1])
    names = list(frame.columns[:20])
    fit = LatentClass(classes=2).fit(lists_of(frame, names), rng=rng)
    assert np.isfinite(fit.draws["total"]).all()
    assert float(fit.draws["total"].median()) == pytest.approx(600, rel=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": 0}, "classes must be 1 or more"),
        ({"concentration": (0.25, -1)}, "the rate of concentration must be"),
        ({"strata_spread": 0}, "strata_spread must be"),
        ({"draws": 10}, "draws must be 100 or more"),
        ({"most_unlisted": 0}, "most_unlisted must be"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        LatentClass(**settings)


@pytest.mark.slow
def test_the_number_of_two_classes_is_in_its_interval_as_often_as_said(rng, unchecked):
    """Forty populations of 1,500 in two classes, four lists; level 0.9."""
    held = 0
    for _ in range(40):
        frame = population(
            rng, 1500, [[0.5, 0.6, 0.4, 0.5], [0.2, 0.1, 0.3, 0.2]], weights=[0.4, 0.6]
        )
        fit = LatentClass().fit(lists_of(frame, list("ABCD")), rng=rng)
        answer = fit.answer(0.9)
        held += answer.lower <= 1500 <= answer.upper
    assert held >= 31


@pytest.mark.slow
@pytest.mark.shared
def test_the_two_regions_of_the_men_of_1999_are_told(shared, unchecked):
    """Ten seeds; a single chain settles in either region for a very long time."""
    path = shared / "mse" / "reclutamiento_R1_HOMBRE_1999_patterns.csv"
    table = pd.read_csv(path).rename(columns={"Freq": "count"})
    table = table[table["count"] > 0]
    names = [name for name in table if name.startswith("in_")]
    lists = lists_of_cells(table, names)
    flagged = 0
    for seed in range(10):
        fit = LatentClass().fit(lists, rng=np.random.default_rng(seed))
        flagged += fit.status is UndercountStatus.MULTIMODAL
    assert flagged >= 9
