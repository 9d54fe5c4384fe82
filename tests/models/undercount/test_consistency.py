"""Internal consistency: known populations are known, and methods are caught."""

import numpy as np
import pandas as pd
import pytest

from conflictstats import (
    Answer,
    ChaoFloor,
    Heterogeneity,
    LincolnPetersen,
    UndercountStatus,
    internal_consistency,
    load_kosovo_lists,
)
from conflictstats.errors import SettingError
from conflictstats.panel import lists_of_cells, lists_of_records

KOSOVO = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])


class Stated:
    """A fit that adds a stated number of people to those it sees."""

    def __init__(self, lists, more):
        self.seen, self.more = lists.n_observed, more

    def answer(self, level=0.9):
        total = float(self.seen + self.more)
        return Answer(
            method="stated",
            n_observed=self.seen,
            estimate=total,
            lower=total - 1,
            upper=total + 1,
            level=level,
            kind="confidence",
            status=UndercountStatus.CONVERGED,
            assumptions="",
        )


def test_what_is_known_and_seen_is_counted_by_hand():
    """Of 1,910 on EXH 1,131 are on no other list; HRW alone has 306 of 685."""
    found = internal_consistency(KOSOVO, {"none more": lambda x: Stated(x, 0)})
    table = found.to_frame().set_index("list")
    assert table["known"].to_dict() == KOSOVO.sizes
    assert table.loc["EXH", "seen"] == 1910 - 1131
    assert table.loc["HRW", "seen"] == 685 - 306
    assert not table["covers"].any()
    row = found.coverage().iloc[0]
    assert (row["answered"], row["covered"], row["below"], row["above"]) == (4, 0, 4, 0)


def test_a_method_that_knows_the_missing_number_is_always_right():
    """For HRW 306 are missing: only there it is right."""
    found = internal_consistency(KOSOVO, {"306": lambda x: Stated(x, 306)})
    covers = found.table.set_index("list")["covers"]
    assert covers.index[covers].tolist() == ["HRW"]
    assert "306: 1 of 4 intervals hold the known number" in found.summary()


def test_methods_that_are_right_pass_and_wrong_ones_are_caught(rng):
    """Six independent lists of 20,000, then three copies each of two lists."""
    on = rng.random((20_000, 6)) < 0.25
    methods = {"Mt": Heterogeneity(law="none").fit}
    names = list("ABCDEF")
    lists = lists_of_records(pd.DataFrame(on[on.any(axis=1)], columns=names), names)
    passed = internal_consistency(lists, methods, level=0.99).coverage()
    assert passed["covered"].item() >= 5
    assert passed["ratio"].item() == pytest.approx(1, abs=0.03)
    copies = np.where(rng.random((20_000, 6)) < 0.8, on[:, [0, 0, 0, 1, 1, 1]], False)
    lists = lists_of_records(
        pd.DataFrame(copies[copies.any(axis=1)], columns=names), names
    )
    caught = internal_consistency(lists, methods, level=0.99).coverage()
    assert caught["covered"].item() <= 1


def test_refusals_are_rows_and_not_coverage():
    """C shares nobody with the others, so none of its records are seen."""
    cells = pd.DataFrame({"A": [1, 1, 0], "B": [0, 1, 0], "C": [0, 0, 1]})
    lists = lists_of_cells(cells.assign(count=[30, 20, 10]), ["A", "B", "C"])
    methods = {"Chao": ChaoFloor().fit, "pairs": LincolnPetersen().fit}
    found = internal_consistency(lists, methods)
    assert set(found.table["status"]) == {"TOO_FEW_LISTS"}
    assert found.coverage()["answered"].tolist() == [0, 0]
    assert found.coverage()["ratio"].isna().all()
    assert "refused 3" in found._repr_html_()


def test_order_of_lists_changes_nothing():
    methods = {"Chao": ChaoFloor().fit}
    one = internal_consistency(KOSOVO, methods).table
    other = internal_consistency(KOSOVO.of_lists(KOSOVO.names[::-1]), methods).table
    pd.testing.assert_frame_equal(
        one.sort_values("list", ignore_index=True),
        other.sort_values("list", ignore_index=True),
    )


def test_too_few_lists_or_methods_are_refused():
    with pytest.raises(SettingError, match="three lists at least, got 2"):
        internal_consistency(KOSOVO.of_lists(["EXH", "ABA"]), {"c": ChaoFloor().fit})
    with pytest.raises(SettingError, match="methods is empty"):
        internal_consistency(KOSOVO, {})
