"""Log-linear answers: what was published, a truth that is known, and their limits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.datasets import load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.models.undercount import LogLinear, LogLinearFit, UndercountStatus
from conflictstats.panel import Lists, lists_of_cells

KOSOVO = ["EXH", "ABA", "OSCE", "HRW"]
BALL = [("EXH", "ABA", "OSCE"), ("EXH", "HRW"), ("OSCE", "HRW")]
"""The model whose estimate Ball et al. (2002) printed."""
RUNNER_UP = [("EXH", "ABA", "OSCE"), ("EXH", "OSCE", "HRW")]
THIRD = [("EXH", "OSCE", "HRW"), ("EXH", "ABA"), ("ABA", "OSCE")]


def kosovo():
    return lists_of_cells(load_kosovo_lists(), KOSOVO)


def from_file(folder: Path, name: str) -> Lists:
    table = pd.read_csv(folder / "mse" / f"{name}.csv")
    *names, count = table.columns
    return lists_of_cells(table, names, count=count)


def of_cells(cells) -> Lists:
    """Lists A, B ... with these records, by binary number."""
    counts = np.asarray(cells, np.int64)
    size = len(counts).bit_length() - 1
    some = np.flatnonzero(counts)
    return Lists(
        tuple("ABCDEFGHIJKLMNOPQRSTU"[:size]),
        (some[:, None] >> np.arange(size) & 1).astype(bool),
        counts[some][None],
        ("all",),
        np.zeros(len(some), np.int64),
    )


def ends(answer):
    return answer.lower, answer.upper


# -- Kosovo, by Rcapture and as printed ----------------------------------------------


def test_best_model_of_kosovo_is_the_published_one():
    fit = LogLinear(average=False).fit(kosovo())
    answer, best = fit.answer(0.95), fit.to_frame(0.95).iloc[0]
    assert round(answer.estimate) in (10356, 10357)
    assert_allclose(answer.estimate, 10_356.52, atol=0.01)
    assert_allclose(answer.diagnostics["std_err"], 785.9, atol=0.01)
    assert_allclose(answer.diagnostics["deviance"], 9.32267, atol=1e-5)
    assert answer.diagnostics["degrees_of_freedom"] == 4
    assert answer.diagnostics["models"] == 113
    assert_allclose([best["aic"], best["bic"]], [132.7467, 203.030], atol=1e-3)
    assert best["terms"] == "EXH·HRW, OSCE·HRW, EXH·ABA·OSCE"


@pytest.mark.parametrize(
    ("interval", "printed"),
    [
        ("multinomial", (8994.3, 12_110.4)),
        ("poisson", (9019.6, 12_130.6)),
        ("wald", (9005.0, 12_104.8)),
    ],
)
def test_intervals_of_the_published_model(interval, printed):
    answer = LogLinear(selection=BALL, interval=interval).fit(kosovo()).answer(0.95)
    assert_allclose(ends(answer), printed, atol=0.1)


def test_coefficients_of_the_published_model():
    """Of Rcapture, to the digits that it prints."""
    told = LogLinear(selection=BALL).fit(kosovo()).best["coefficient"].to_series()
    printed = {
        "unlisted": 8.6922415,
        "EXH": -1.6533866,
        "HRW": -2.9686564,
        "EXH·ABA": 0.1195269,
        "OSCE·HRW": 0.8725687,
        "EXH·ABA·OSCE": 1.0672167,
    }
    for name, value in printed.items():
        assert_allclose(told[name], value, atol=2e-6)


@pytest.mark.parametrize(
    ("selection", "estimate", "std_err", "printed"),
    [
        (RUNNER_UP, 12_741.0, 1600.7, (10_184.3, 16_703.4)),
        (THIRD, 18_393.3, 1738.8, None),
        ([], 7394.6, 129.6, (7147.7, 7656.2)),
    ],
)
def test_other_models_of_kosovo(selection, estimate, std_err, printed):
    answer = LogLinear(selection=selection).fit(kosovo()).answer(0.95)
    assert_allclose(answer.estimate, estimate, atol=0.1)
    assert_allclose(answer.diagnostics["std_err"], std_err, atol=0.1)
    if printed:
        assert_allclose(ends(answer), printed, atol=0.1)


def test_all_interactions_but_the_last():
    every = [[name for name in KOSOVO if name != out] for out in KOSOVO]
    answer = LogLinear(selection=every).fit(kosovo()).answer(0.95)
    assert_allclose(answer.estimate, 16_941.88, atol=0.01)
    assert_allclose(answer.diagnostics["std_err"], 5937.6, atol=0.1)
    assert_allclose(ends(answer), (9114.5, 35_335.7), atol=0.1)


@pytest.mark.parametrize(
    ("score", "mean", "std_err"),
    [("bic", 13_183.73, 3473.83), ("aic", 14_015.53, 3964.00)],
)
def test_averages_of_kosovo(score, mean, std_err):
    fit = LogLinear(selection=score).fit(kosovo())
    answer = fit.answer()
    assert_allclose(answer.estimate, mean, atol=0.01)
    assert_allclose(answer.diagnostics["std_err"], std_err, atol=0.01)
    if score == "bic":
        first = fit.to_frame()["weight"].head(3)
        assert_allclose(first, [0.371, 0.356, 0.233], atol=5e-4)


def test_two_answers_are_said_to_be_two():
    fit = LogLinear().fit(kosovo())
    answer, modes = fit.answer(), fit.modes()
    assert answer.status is UndercountStatus.SEVERAL_ANSWERS
    assert len(modes) == 2
    assert_allclose(modes["share"].sum(), 1)
    apart = fit.mixture.below(np.log([15_000 - 4400]))[0]
    assert_allclose(modes["share"].iloc[0], apart, atol=0.02)
    drawn = fit.draw(20_000, rng=np.random.default_rng(1))
    assert_allclose(drawn.quantile([0.05, 0.95]), ends(answer), rtol=0.03)
    assert "read the mixture" in fit.summary()


@pytest.mark.parametrize(
    ("reselect", "printed"), [(1, (9100, 12_000)), (10, (6900, 18_000))]
)
def test_bootstrap_of_kosovo_is_near_the_published(reselect, printed, unchecked):
    """Silverman, Chan and Vincent (2024), rounded to hundreds; theirs is random too."""
    model = LogLinear(
        interval="bootstrap", average=False, reselect=reselect, replicates=2500
    )
    answer = model.fit(kosovo(), rng=np.random.default_rng(1)).answer(0.95)
    assert_allclose(ends(answer), printed, rtol=0.03)
    assert answer.diagnostics["share_without_estimate"] == 0


def test_a_bootstrap_that_chooses_anew_is_wider(unchecked):
    lengths = []
    for reselect in (1, 20):
        model = LogLinear(
            interval="bootstrap", average=False, reselect=reselect, replicates=300
        )
        lower, upper = ends(model.fit(kosovo(), rng=np.random.default_rng(2)).answer())
        lengths.append(upper - lower)
    assert lengths[1] > 1.5 * lengths[0]


# -- sparse tables, by SparseMSE -----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("UKdat", (11_417.99, 9977.28, 13_145.66)),
        ("UKdat_5", (11_312.99, 9884.4, 13_027.4)),
        ("NewOrl", (1183.69, 720.92, 2046.06)),
        ("NewOrl_5", (1034.15, 658.26, 1708.6)),
    ],
)
def test_pairs_added_one_by_one_are_as_measured(shared, name, printed):
    model = LogLinear(selection="stepwise", interval="wald")
    answer = model.fit(from_file(shared, name)).answer(0.95)
    assert_allclose([answer.estimate, *ends(answer)], printed, atol=0.05)


def test_best_pairs_of_the_five_lists_of_the_united_kingdom(shared, unchecked):
    fit = LogLinear(order=2, average=False).fit(from_file(shared, "UKdat_5"))
    assert round(fit.answer().estimate) == 22_991


def test_best_of_all_models_of_the_five_lists_of_the_united_kingdom(shared, unchecked):
    lists = from_file(shared, "UKdat_5")
    fit = LogLinear(average=False, interval="wald").fit(lists)
    answer = fit.answer()
    assert round(answer.estimate) == 25_311
    assert answer.diagnostics["models"] == 6893
    without = answer.diagnostics["models_without_maximum"]
    assert 0 < without < 6893
    assert (fit.to_frame()["code"] > 0).sum() == without
    assert fit.models["weight"].values[fit.models["code"] > 0].max() == 0


@pytest.mark.parametrize(
    ("selection", "status"),
    [
        ([("A", "B"), ("A", "C"), ("B", "C")], "NOT_IDENTIFIED"),
        ([("A", "B")], "NO_ESTIMATE"),
        ([("A", "C"), ("B", "C")], "CONVERGED"),
    ],
)
def test_models_without_an_estimate_are_refused(selection, status):
    """Artificial_3 of SparseMSE; of the third model arithmetic is left."""
    answer = (
        LogLinear(selection=selection)
        .fit(of_cells([0, 40, 30, 6, 20, 0, 0, 0]))
        .answer()
    )
    assert answer.status.name == status
    if status == "CONVERGED":
        assert_allclose(answer.estimate, 96 + 40 * 30 / 6)
        assert answer.diagnostics["effects_minus_infinity"] == 2


# -- a truth that is known -----------------------------------------------------------


def dependent(n, rng):
    """Cells of three lists of n people of whom the second copies from the first."""
    on = rng.random((n, 3)) < [0.3, 0.25, 0.35]
    on[:, 1] |= on[:, 0] & (rng.random(n) < 0.3)
    cells = np.bincount(on @ (1 << np.arange(3)), minlength=8)
    cells[0] = 0
    return of_cells(cells)


def test_intervals_of_the_true_model_hold_the_truth(rng, unchecked):
    model = LogLinear(selection=[("A", "B")])
    held = 0
    for _ in range(40):
        answer = model.fit(dependent(1000, rng)).answer()
        held += answer.lower <= 1000 <= answer.upper
    assert 30 <= held <= 40


def test_the_average_is_near_the_truth_where_there_is_much_data(rng):
    answer = LogLinear().fit(dependent(200_000, rng)).answer(0.99)
    assert answer.lower < 200_000 < answer.upper
    assert_allclose(answer.estimate, 200_000, rtol=0.02)


# -- edges ---------------------------------------------------------------------------

EDGES = {
    "all on all lists": ([0] * 7 + [9], "NO_ESTIMATE"),
    "one record on two lists": ([0, 0, 0, 1], "NO_ESTIMATE"),
    "one list": ([0, 9, 0, 0], "TOO_FEW_LISTS"),
    "no overlap": ([0, 5, 5, 0, 4, 0, 0, 0], "NO_OVERLAP"),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("selection", ["bic", "stepwise"])
def test_tables_that_say_nothing_are_refused(edge, selection):
    cells, status = EDGES[edge]
    fit = LogLinear(selection=selection).fit(of_cells(cells))
    assert fit.answer().status.name == status
    assert "refused" in fit.summary()
    assert not (fit.to_frame()["weight"] > 0).any()
    with pytest.raises(SettingError, match="nothing to draw from"):
        fit.draw(10, rng=np.random.default_rng(1))


def test_two_lists_are_lincoln_and_petersen():
    fit = LogLinear().fit(of_cells([0, 60, 30, 20]))
    assert_allclose(fit.answer().estimate, 80 * 50 / 20)
    assert len(fit.answers()) == 1


def test_an_empty_list_changes_nothing():
    two = LogLinear().fit(of_cells([0, 60, 30, 20])).answer()
    three = LogLinear().fit(of_cells([0, 60, 30, 20, 0, 0, 0, 0])).answer()
    assert_allclose(ends(three), ends(two))


def test_large_counts_are_a_matter_of_scale():
    """All cells equal: everybody is 8 cells; se is the root of 2 times 1e7."""
    answer = LogLinear(selection=[]).fit(of_cells([0] + [10**7] * 7)).answer()
    assert_allclose(answer.estimate, 8e7)
    half = 1.6449 * np.sqrt(2e7)
    assert_allclose(ends(answer), [8e7 - half, 8e7 + half], rtol=1e-7)
    with pytest.raises(SettingError, match="records at most"):
        LogLinear().fit(of_cells([0] + [10**14] * 3))


def test_fifteen_lists(rng, unchecked):
    on = rng.random((2000, 15)) < rng.uniform(0.03, 0.2, 15)
    on[:, 1] |= on[:, 0] & (rng.random(2000) < 0.5)
    cells = np.bincount(on @ (1 << np.arange(15)), minlength=1 << 15)
    cells[0] = 0
    lists = of_cells(cells)
    assert LogLinear().fit(lists).answer().status.name == "TOO_MANY_LISTS"
    model = LogLinear(selection="stepwise", p_value=1e-4, interval="wald")
    fit = model.fit(lists)
    assert fit.models["terms"].item().endswith("A·B")
    answer = fit.answer(0.999)
    assert answer.lower < 2000 < answer.upper


def test_a_bootstrap_mostly_without_estimates_has_no_interval():
    """Four records, one on two lists: most samples lose it."""
    model = LogLinear(interval="bootstrap", average=False, replicates=100)
    fit = model.fit(of_cells([0, 1, 1, 1, 1, 0, 0, 0]), rng=np.random.default_rng(1))
    answer = fit.answer()
    assert answer.status is UndercountStatus.NO_SPREAD
    assert answer.diagnostics["share_without_estimate"] > 0.2


def test_ends_that_rest_on_a_few_samples_are_said(unchecked):
    """Of 100 samples 10 are beyond an end of 80 %, and half of one beyond 99 %."""
    model = LogLinear(selection=BALL, interval="bootstrap", replicates=100)
    fit = model.fit(kosovo(), rng=np.random.default_rng(1))
    wide, narrow = fit.answer(0.99), fit.answer(0.8)
    assert narrow.status is UndercountStatus.CONVERGED
    assert wide.status is UndercountStatus.ENDS_OF_FEW
    assert not wide.status.refused
    assert wide.diagnostics["samples_beyond_end"] < 2
    assert narrow.diagnostics["samples_beyond_end"] > 5


SPARSE = [
    [0, 539, 54, 1967, 0, 290_634, 0, 225_327],
    [0, 66_582, 363_208, 1],
    [0, 0, 0, 1, 0, 1, 1, 0],
    [0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 6, 5, 1, 4],
    [0, 0, 0, 12_654, 8, 51, 0, 345, 11, 176_067, 0, 77_197, 58_150, 55_561, 32, 42],
]
"""Tables in which the unlisted may be nobody, or anybody."""


@pytest.mark.parametrize("cells", SPARSE)
@pytest.mark.parametrize("interval", ["multinomial", "poisson", "wald"])
def test_intervals_of_sparse_tables_hold_their_estimate(cells, interval, unchecked):
    fit = LogLinear(interval=interval).fit(of_cells(cells))
    for answer in fit.answers():
        assert fit.n_observed <= answer.lower <= answer.estimate + 1e-6
        assert answer.estimate <= answer.upper


def test_a_level_beyond_the_profile_is_refused():
    with pytest.raises(SettingError, match="levels up to"):
        LogLinear(average=False).fit(kosovo()).answer(0.99999)


def test_settings_that_mean_nothing_are_refused():
    for bad in (
        {"selection": "best"},
        {"interval": "exact"},
        {"order": 0},
        {"replicates": 10},
        {"penalty": "none"},
        {"p_value": 2},
    ):
        with pytest.raises(SettingError, match=next(iter(bad))):
            LogLinear(**bad)
    with pytest.raises(SettingError, match="got XXX"):
        LogLinear(selection=[("EXH", "XXX")]).fit(kosovo())
    with pytest.raises(SettingError, match="interaction of all"):
        LogLinear(selection=[KOSOVO]).fit(kosovo())
    with pytest.raises(SettingError, match="needs rng"):
        LogLinear(interval="bootstrap").fit(kosovo())


def test_a_fit_is_the_same_after_a_file(tmp_path):
    for model in (
        LogLinear(profiled=2),
        LogLinear(selection=BALL, interval="bootstrap", replicates=100),
    ):
        fit = model.fit(kosovo(), rng=np.random.default_rng(3))
        fit.to_dataset().to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
        with xr.open_dataset(tmp_path / "fit.nc", engine="h5netcdf") as stored:
            again = LogLinearFit.from_dataset(stored.load())
        assert again.model == model
        assert again.answers(0.8) == fit.answers(0.8)
        pd.testing.assert_frame_equal(again.to_frame(), fit.to_frame())


def test_penalty_by_cells_is_milder_than_by_people():
    by = {
        penalty: LogLinear(penalty=penalty, average=False).fit(kosovo())
        for penalty in ("people", "cells")
    }
    sizes = {name: fit.models["n_parameters"].values[0] for name, fit in by.items()}
    assert sizes["cells"] >= sizes["people"]
    size = by["cells"].models
    gap = size["bic"] - size["aic"]
    assert_allclose(gap, size["n_parameters"] * (np.log(15) - 2))
