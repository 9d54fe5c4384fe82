"""Stocks that are cumulated flows are found, and stocks that are not stay."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import SettingError
from conflictstats.events import read_gidd
from conflictstats.panel import without_identities

YEARS = np.arange(2010, 2020)


def crisis(stock, flow, **columns):
    """Yearly stocks of persons and flows of movements of one producer."""
    end = pd.to_datetime([f"{year}-12-31" for year in YEARS])
    first = pd.to_datetime([f"{year}-01-01" for year in YEARS])
    both = [("stock", "persons", end, stock), ("flow", "movements", first, flow)]
    tables = [
        pd.DataFrame(
            {
                "report_id": [f"{measure} {year}" for year in YEARS],
                "body": "IDMC",
                "measure": measure,
                "unit": unit,
                "place": "SYR",
                "start": start,
                "end": end,
                "low": numbers.astype(float),
                "high": numbers.astype(float),
                "qualifier": "exact",
            }
        )
        for measure, unit, start, numbers in both
    ]
    return pd.concat(tables, ignore_index=True).assign(**columns)


@pytest.fixture
def flow(rng):
    return rng.integers(10_000, 900_000, len(YEARS))


def test_every_stock_that_is_a_sum_of_flows_is_left_out(flow):
    table = crisis(np.cumsum(flow), flow)
    kept = without_identities(table)
    assert set(kept["measure"]) == {"flow"}
    assert kept.attrs["excluded_identity"] == len(YEARS)
    assert "is the flow since 2010-01-01" in kept.attrs["identities"][0]
    stocks = without_identities(table, keep="stock")
    assert set(stocks["measure"]) == {"stock"}


def test_stocks_that_people_left_stay(flow, rng):
    stock, present = [], 0
    for new in flow:
        present = present + new - rng.binomial(present + new, 0.1)
        stock.append(present)
    kept = without_identities(crisis(np.array(stock), flow))
    assert len(kept) == 2 * len(YEARS)
    assert kept.attrs["identities"] == []


def test_a_stock_after_a_gap_is_not_called_a_sum(flow):
    table = crisis(np.cumsum(flow), flow)
    gap = table[~table["report_id"].isin(["stock 2013"])]
    kept = without_identities(gap)
    assert kept.loc[kept["measure"] == "stock", "report_id"].tolist() == ["stock 2014"]


@pytest.mark.parametrize("column", ["body", "place", "edition"])
def test_numbers_of_other_series_are_not_compared(flow, column):
    table = crisis(np.cumsum(flow), flow)
    apart = table.assign(**{column: np.where(table["measure"] == "stock", "a", "b")})
    assert len(without_identities(apart)) == len(table)


def test_a_stock_that_is_a_running_total_is_found():
    day = pd.Timestamp("2019-08-23")
    rows = {
        "report_id": ["stock", "total"],
        "body": "RCG",
        "measure": ["stock", "cumulative"],
        "unit": "persons",
        "place": "NW Syria",
        "start": [day, pd.Timestamp("2019-02-02")],
        "end": day,
        "low": 966140.0,
        "high": 966140.0,
        "qualifier": "exact",
    }
    kept = without_identities(pd.DataFrame(rows))
    assert kept["report_id"].tolist() == ["total"]
    assert "the total since 2019-02-02" in kept.attrs["identities"][0]


@pytest.mark.parametrize(
    "name", ["idmc_gidd_conflict_2009_2024.csv", "idmc_2018_vintage.csv"]
)
def test_syria_from_2012_to_2014_is_found_in_both_vintages(shared, name):
    table = read_gidd(shared / "displacement" / name)
    kept = without_identities(table)
    gone = table.frame[~table.frame["report_id"].isin(kept["report_id"])]
    years = gone.loc[gone["place"] == "SYR", "end"].dt.year
    assert years.tolist() == [2012, 2013, 2014]
    assert set(gone["measure"]) == {"stock"}
    assert len(kept) + kept.attrs["excluded_identity"] == len(table)
    assert len(kept.attrs["identities"]) == kept.attrs["excluded_identity"]


def test_the_sums_of_the_full_vintage_are_those_of_a_walk_through_its_rows(shared):
    name = "idmc_gidd_conflict_2009_2024.csv"
    plain = pd.read_csv(shared / "displacement" / name)
    plain = plain.set_index(["iso3", "year"]).sort_index()
    stock = plain["total_displacement"][plain["total_displacement"] > 0].to_dict()
    flow = plain["new_displacement"][plain["new_displacement"] > 0].to_dict()
    first = {}
    for country, year in stock:
        first.setdefault(country, year)
    sums = {
        (country, year)
        for (country, year), people in stock.items()
        if first[country] == year or (country, year - 1) in stock
        if people
        == stock.get((country, year - 1), 0) + flow.get((country, year), np.nan)
    }
    table = read_gidd(shared / "displacement" / name).frame
    kept = without_identities(table)
    gone = table[~table["report_id"].isin(kept["report_id"])]
    assert set(zip(gone["place"], gone["end"].dt.year, strict=True)) == sums


def test_a_word_that_is_not_known_is_refused(flow):
    with pytest.raises(SettingError, match="keep must be one of flow, stock"):
        without_identities(crisis(flow, flow), keep="both")
