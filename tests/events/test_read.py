"""Describing files: the numbers of a file, whatever its layout."""

import pandas as pd
import pytest

from conflictstats.errors import SchemaError
from conflictstats.events import describe


@pytest.mark.shared
def test_description_of_the_syria_file_is_what_pandas_counts(shared):
    path = shared / "ucdp/syria_ged_slim.csv"
    plain = pd.read_csv(path)
    facts = describe(path)
    assert facts["rows"] == len(plain)
    assert facts["best"] == plain["best"].sum()
    assert facts["first day"] == plain["date_start"].min()
    assert facts["last day"] == plain["date_end"].max()
    assert facts["one-sided events"] == (plain["type_of_violence"] == 3).sum()
    disorder = (plain["low"] > plain["best"]) | (plain["best"] > plain["high"])
    assert facts["out_of_order"] == disorder.sum()


@pytest.mark.shared
def test_reports_are_described_too(shared):
    facts = describe(shared / "nw_syria_2019/reports.csv")
    assert facts["pages"] == 353
    assert facts["first day"] == "2018-09-17"


def test_a_faulty_file_is_not_described(events):
    events.set(2, "best", "many")
    with pytest.raises(SchemaError, match="best in row 2"):
        describe(events.file())
