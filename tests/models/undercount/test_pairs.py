"""Lincoln and Petersen: by hand, and covering what they say."""

import numpy as np
import pandas as pd
import pytest

from conflictstats import LincolnPetersen, UndercountStatus, load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.numerics.overlap import pair_ends
from conflictstats.panel import lists_of_cells

NAMES = ["EXH", "ABA", "OSCE", "HRW"]
KOSOVO = lists_of_cells(load_kosovo_lists(), NAMES)
TWO = lists_of_cells(
    pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 30, 20]}), ["A", "B"]
)


def test_kosovo_pairs_are_as_computed_elsewhere():
    """1,528 and 685 with 108 on both; 1,786 and 685 with 224."""
    frame = LincolnPetersen(form="lincoln_petersen").fit(KOSOVO).to_frame()
    found = frame.set_index(["list", "other"])["estimate"]
    assert found.idxmax() == ("ABA", "HRW")
    assert found.idxmin() == ("OSCE", "HRW")
    assert found.max() == pytest.approx(1528 * 685 / 108)
    assert found.min() == pytest.approx(1786 * 685 / 224)


@pytest.mark.parametrize(
    ("form", "by_hand"),
    [
        ("lincoln_petersen", 80 * 50 / 20),
        ("chapman", 81 * 51 / 21 - 1),
        ("bailey", 80 * 51 / 21),
    ],
)
def test_the_three_forms_by_hand(form, by_hand):
    answer = LincolnPetersen(form=form).fit(TWO).answer()
    assert answer.estimate == pytest.approx(by_hand)
    assert answer.kind == "confidence"


def test_chapman_has_no_bias_where_lists_have_fixed_sizes(rng):
    """Hypergeometric overlaps of lists of 60 and 50 out of 100."""
    both = rng.hypergeometric(50, 50, 60, 4000)
    mean = ((61 * 51) / (both + 1) - 1).mean()
    assert mean == pytest.approx(100, abs=0.6)


def test_the_order_of_lists_only_matters_where_the_formula_has_one():
    turned = KOSOVO.of_lists(NAMES[::-1])
    for form in ("lincoln_petersen", "chapman"):
        one, other = (
            sorted(LincolnPetersen(form=form).fit(each).pairs["estimate"])
            for each in (KOSOVO, turned)
        )
        assert one == other


def test_the_interval_of_a_pair_holds_the_truth_as_often_as_it_says(rng):
    """Lists that reach 30 and 40 % of 300, independently."""
    chance = [0.12, 0.18, 0.28, 0.42]
    ends = [
        pair_ends((both, one, other), 1.6448536)
        for both, one, other, _ in rng.multinomial(300, chance, 1500).astype(float)
    ]
    held = np.mean([lower <= 300 <= upper for lower, upper in ends])
    assert held == pytest.approx(0.9, abs=0.03)


def test_pairs_without_overlap_have_an_interval_and_no_estimate():
    cells = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 1], "C": [0, 1, 0]})
    lists = lists_of_cells(cells.assign(count=[30, 20, 10]), ["A", "B", "C"])
    fit = LincolnPetersen(form="lincoln_petersen").fit(lists)
    frame = fit.to_frame().set_index(["list", "other"])
    assert np.isnan(frame.loc[("A", "B"), "estimate"])
    assert np.isfinite(frame.loc[("A", "B"), "upper"])
    assert fit.answer().diagnostics["pairs_without_overlap"] == 2
    assert fit.status is UndercountStatus.BELOW_LISTED
    assert "A and B, 0 on both: none" in fit.summary()
    alone = fit.model.fit(lists.of_lists(["A", "B"]))
    assert alone.answer().status is UndercountStatus.NO_OVERLAP
    assert fit.to_dataset().sizes == {"pair": 3}


def test_an_unknown_form_is_refused():
    with pytest.raises(SettingError, match="form must be one of lincoln_petersen"):
        LincolnPetersen(form="schnabel")
