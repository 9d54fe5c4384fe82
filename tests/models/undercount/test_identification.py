"""What the data leave open: exact where cells are, honest where they are empty."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats import (
    Answer,
    ChaoFloor,
    FixedOddsRatio,
    LincolnPetersen,
    UndercountStatus,
    implied_odds_ratios,
    load_kosovo_lists,
    odds_ratio_curve,
    odds_ratio_subsets,
)
from conflictstats.errors import SettingError
from conflictstats.models.undercount.identification import in_words
from conflictstats.panel import lists_of_cells

NAMES = ["EXH", "ABA", "OSCE", "HRW"]
KOSOVO = lists_of_cells(load_kosovo_lists(), NAMES)


def of_counts(counts):
    """Lists from counts of all cells but the unlisted."""
    n_lists = (len(counts) + 1).bit_length() - 1
    marks = [[c >> j & 1 for j in range(n_lists)] for c in range(1, len(counts) + 1)]
    names = list("ABCDEF"[:n_lists])
    return lists_of_cells(
        pd.DataFrame(marks, columns=names).assign(count=counts), names
    )


def log_odds_ratio(shares):
    """Of all lists at once, from one 2 x 2 x ... array: differences along each side."""
    found = np.log(shares)
    while found.ndim:
        found = found[0] - found[1]
    return -found


def answer_of(estimate, n_observed, lower=None, upper=None):
    return Answer(
        method="stated",
        n_observed=n_observed,
        estimate=estimate,
        lower=estimate if lower is None else lower,
        upper=estimate if upper is None else upper,
        level=0.9,
        kind="range" if np.isnan(estimate) else "confidence",
        status=UndercountStatus.CONVERGED,
        assumptions="",
    )


def test_kosovo_is_as_computed_elsewhere():
    """The curve of the shared reference values, and the saturated model's error."""
    curve = odds_ratio_curve(KOSOVO, [0.25, 0.5, 1, 2, 4])
    reference = [54568, 29484, 16942, 10671, 7535]
    np.testing.assert_allclose(curve["estimate"], reference, atol=0.5)
    fit = FixedOddsRatio().fit(KOSOVO)
    assert fit.answer().estimate == pytest.approx(16941.88, abs=0.01)
    assert fit.std_err == pytest.approx(5937.6, abs=0.1)


def test_hav_is_the_saturated_model(shared):
    table = pd.read_csv(shared / "mse" / "HAV.csv")
    lists = lists_of_cells(table, ["P", "Q", "E"], count="n")
    estimate = FixedOddsRatio().fit(lists).answer().estimate
    assert estimate == pytest.approx(1312.76, abs=0.006)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_the_true_odds_ratio_gives_the_true_number(n_lists, seed):
    """Any population: its own odds ratio of the highest order, by differences."""
    shares = np.random.default_rng(seed).dirichlet(np.full(2**n_lists, 5.0))
    people = np.round(1e9 * shares)
    table = people.reshape((2,) * n_lists)
    model = FixedOddsRatio(odds_ratio=np.exp(log_odds_ratio(table)))
    found = model.fit(of_counts(people[1:].astype(int))).answer().estimate
    assert found == pytest.approx(people.sum(), rel=1e-6)


counts = st.lists(st.integers(20, 500), min_size=7, max_size=7)


@settings(max_examples=30, deadline=None)
@given(counts, st.permutations(["A", "B", "C"]), st.integers(2, 9), st.floats(0.1, 9.0))
def test_order_changes_nothing_and_size_scales(cells, order, times, odds_ratio):
    lists, model = of_counts(cells), FixedOddsRatio(odds_ratio=odds_ratio)
    one = model.fit(lists).unlisted
    assert model.fit(lists.of_lists(order)).unlisted == pytest.approx(one)
    larger = of_counts([times * n for n in cells])
    assert model.fit(larger).unlisted == pytest.approx(times * one)


@settings(max_examples=30, deadline=None)
@given(counts, st.floats(0.05, 20.0))
def test_an_answer_implies_the_odds_ratio_it_was_made_with(cells, odds_ratio):
    lists = of_counts(cells)
    answer = FixedOddsRatio(odds_ratio=odds_ratio).fit(lists).answer()
    row = implied_odds_ratios(lists, [answer]).iloc[0]
    assert row["odds_ratio"] == pytest.approx(odds_ratio)
    assert row["odds_ratio_lower"] < odds_ratio < row["odds_ratio_upper"]


def test_what_the_words_say_is_true_of_the_table(rng):
    """Two, three and four lists: the factor in the sentence, from the table itself."""
    p = rng.dirichlet(np.ones(16)).reshape(2, 2, 2, 2)

    def pair(t):
        return t[1, 1] * t[0, 0] / (t[1, 0] * t[0, 1])

    two, three = p[:, :, 0, 0], p[:, :, :, 0]
    of_two = np.exp(-np.log(pair(two)))
    assert in_words(of_two, ["A", "B"]).endswith(f"by {pair(two):.3g}")
    of_three = pair(three[..., 1]) / pair(three[..., 0])
    by_cells = np.prod([three[c] ** (-1) ** (1 + sum(c)) for c in np.ndindex(2, 2, 2)])
    assert by_cells == pytest.approx(of_three)
    assert f"is {of_three:.3g} times as large among those on C" in in_words(
        of_three, ["A", "B", "C"]
    )
    off, on = (pair(p[:, :, 1, d]) / pair(p[:, :, 0, d]) for d in (0, 1))
    by_cells = np.prod([p[c] ** (-1) ** (1 + sum(c)) for c in np.ndindex(2, 2, 2, 2)])
    assert by_cells == pytest.approx(off / on)
    words = in_words(off / on, ["A", "B", "C", "D"])
    assert "times as much among those not on D" in words


def test_to_believe_a_number_is_said_in_words():
    answers = [
        answer_of(10_400, 4400, 9000, 12_000),
        ChaoFloor().fit(KOSOVO).answer(),
        LincolnPetersen().fit(KOSOVO).answer(),
        answer_of(4400, 4400),
        Answer.refused(
            "none", 4400, UndercountStatus.NO_END, assumptions="", level=0.9
        ),
    ]
    table = implied_odds_ratios(KOSOVO, answers)
    at_one = 16941.88 - 4400
    assert table["odds_ratio"][0] == pytest.approx(at_one / 6000, rel=1e-4)
    assert table["odds_ratio_upper"][0] == pytest.approx(at_one / 4600, rel=1e-4)
    assert table["words"][0].startswith("to believe 10,400 you must believe that")
    assert "8,803 or more" in table["words"][1]
    assert "at most 2.85" in table["words"][1]
    assert "or more" in table["words"][2]
    assert "or fewer" in table["words"][2]
    assert table["odds_ratio"][3] == np.inf
    assert table["words"][4] == UndercountStatus.NO_END.value


def test_an_odds_ratio_of_1_is_that_the_third_list_changes_nothing():
    words = "the odds ratio of A and B is as large among those on C as among the others"
    assert in_words(1.0, ["A", "B", "C"]) == words
    assert in_words(3.0, list("ABCDE")) == "the odds ratio of all 5 lists is 3"
    assert "by at least 2" in in_words(0.5, ["A", "B"], "at most ")


@pytest.mark.parametrize(
    ("cells", "odd", "even"),
    [([40, 30, 0, 20, 10, 10, 5], 0, 1), ([40, 0, 10, 20, 10, 10, 5], 1, 0)],
)
def test_an_empty_cell_is_refused_and_said_which_way(cells, odd, even):
    lists = of_counts(cells)
    answer = FixedOddsRatio().fit(lists).answer()
    assert answer.status is UndercountStatus.EMPTY_CELL
    assert answer.diagnostics == {"empty_odd": odd, "empty_even": even}
    assert odds_ratio_curve(lists).empty
    row = implied_odds_ratios(lists, [answer_of(500, lists.n_observed)]).iloc[0]
    assert np.isnan(row["odds_ratio"])
    assert row["words"] == UndercountStatus.EMPTY_CELL.value


def test_sparse_tables_are_refused_and_their_pairs_answer(shared):
    table = pd.read_csv(shared / "mse" / "UKdat.csv")
    lists = lists_of_cells(table, ["LA", "NG", "PF", "GO", "GP", "NCA"])
    assert FixedOddsRatio().fit(lists).status is UndercountStatus.TOO_SPARSE
    pairs = odds_ratio_subsets(lists, size=2)
    by_pair = LincolnPetersen(form="lincoln_petersen").fit(lists).pairs["estimate"]
    np.testing.assert_allclose(pairs["estimate"], by_pair)
    assert set(pairs["status"]) == {"CONVERGED", "NO_OVERLAP"}
    with pytest.raises(SettingError, match="size must be 2 to 6"):
        odds_ratio_subsets(lists, size=7)


def test_a_subset_below_what_the_lists_hold_says_so():
    """A and B hold the same 50; C holds 900 more."""
    lists = of_counts([5, 5, 40, 900, 5, 5, 10])
    pairs = odds_ratio_subsets(lists, size=2).set_index("lists")
    assert pairs.loc["A & B", "status"] == "BELOW_LISTED"


def test_more_lists_than_cells_can_be_written_for_are_refused():
    names = [f"L{i}" for i in range(21)]
    cells = pd.DataFrame(np.ones((1, 21), int), columns=names).assign(count=5)
    fit = FixedOddsRatio().fit(lists_of_cells(cells, names))
    assert fit.status is UndercountStatus.TOO_MANY_LISTS
