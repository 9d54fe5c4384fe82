"""Paths of bulletins: the published counts, by hand, and at the edges."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SettingError
from conflictstats.panel import bulletin_paths

KEY = ["event_key", "source_org", "measure"]


def bulletins(*rows):
    """Reports from (event, body, date, low, high); a blank date is undated."""
    frame = pd.DataFrame(
        rows,
        columns=["event_key", "source_org", "published", "value_low", "value_high"],
    )
    frame["published"] = pd.to_datetime(frame["published"])
    frame[["value_low", "value_high"]] = frame[["value_low", "value_high"]].astype(
        float
    )
    return frame.assign(kind="incident", measure="killed")


FIRST, NEXT, LAST = "2019-06-10", "2019-06-11", "2019-06-30"


def test_the_paths_of_the_offensive():
    """Reference: METHODS A, counted apart from this code."""
    paths = bulletin_paths(load_nw_syria_reports())
    first = paths[paths["lag"] == 0]
    assert len(first) == paths.groupby(KEY).ngroups == 26
    assert (first["course"] == "unchanged").sum() == 9
    assert (first["course"] == "fell").sum() == 4
    assert (first["course"] == "grew").sum() == 26 - 9 - 4
    assert first["of_last"].mean() == pytest.approx(0.92, abs=0.005)


def test_a_path_by_hand():
    paths = bulletin_paths(
        bulletins(
            ("a", "SOHR", FIRST, 9, 9),
            ("a", "SOHR", FIRST, 13, np.nan),
            ("a", "SOHR", NEXT, 20, 20),
            ("a", "SOHR", LAST, np.nan, 26),
        )
    )
    assert paths["count"].tolist() == [13, 20, 26]
    assert paths["lag"].tolist() == [0, 1, 20]
    assert paths["of_last"].tolist() == pytest.approx([0.5, 20 / 26, 1])
    assert (paths["course"] == "grew").all()


@pytest.mark.parametrize(
    ("counts", "course"),
    [
        ((9, 12), "grew"),
        ((9, 9), "unchanged"),
        ((12, 9), "fell"),
        ((0, 0), "unchanged"),
    ],
)
def test_the_course_is_that_from_first_to_last(counts, course):
    rows = [
        ("a", "SOHR", day, n, n) for day, n in zip((FIRST, LAST), counts, strict=True)
    ]
    paths = bulletin_paths(bulletins(*rows))
    assert paths["course"].tolist() == [course, course]


def test_a_path_needs_two_dates_of_one_body_event_and_measure():
    alone = bulletins(
        ("a", "SOHR", FIRST, 1, 1),
        ("a", "SOHR", FIRST, 2, 2),
        ("a", "SNHR", NEXT, 3, 3),
        ("b", "SOHR", NEXT, 4, 4),
        ("a", "SOHR", None, 5, 5),
    )
    injured = alone.assign(measure="injured", published=pd.Timestamp(LAST))
    total = alone.assign(kind="cumulative", published=pd.Timestamp(LAST))
    civilians = alone.assign(measure="killed_civilian", published=pd.Timestamp(LAST))
    paths = bulletin_paths(pd.concat([alone, injured, total, civilians]))
    assert paths.empty
    assert {"lag", "count", "of_last", "course"} <= set(paths)


def test_the_order_of_the_rows_does_not_matter():
    frame = load_nw_syria_reports().frame
    shuffled = frame.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(bulletin_paths(frame), bulletin_paths(shuffled))


def test_measures_may_be_chosen():
    frame = load_nw_syria_reports().frame
    killed, civilians, both = (
        bulletin_paths(frame, measures)
        for measures in (
            ("killed",),
            ("killed_civilian",),
            ("killed", "killed_civilian"),
        )
    )
    assert set(killed["measure"]) == {"killed"}
    assert len(killed) + len(civilians) == len(both) == len(bulletin_paths(frame))


def test_the_smallest_count_of_a_date_may_stand_for_it():
    reports = bulletins(
        ("a", "SOHR", FIRST, 9, 9),
        ("a", "SOHR", FIRST, 13, 13),
        ("a", "SOHR", LAST, 26, 26),
    )
    assert bulletin_paths(reports, of_date="min")["count"].tolist() == [9, 26]
    with pytest.raises(SettingError, match="of_date must be one of max, min"):
        bulletin_paths(reports, of_date="median")
