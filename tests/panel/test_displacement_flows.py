"""Flows out of totals and stocks: known flows are within them, and none is negative."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_displacement, load_nw_syria_reports
from conflictstats.errors import SchemaError
from conflictstats.panel import (
    displacement_of_bulletins,
    displacement_of_reports,
    flows_of_totals,
    inflow_of_stocks,
    panel_of_totals,
)
from conflictstats.quantity import Reported

FIRST = pd.Timestamp("2019-05-01")


def days(*numbers):
    """Days counted from the first, which is day 1."""
    return [FIRST + pd.Timedelta(days=number - 1) for number in numbers]


def totals(ends, said, **columns):
    """Reports of totals on numbered days."""
    rows = {
        "report_id": [f"R{n}" for n in range(len(ends))],
        "body": "OCHA",
        "measure": "cumulative",
        "unit": "persons",
        "place": "NW Syria",
        "start": FIRST,
        "end": days(*ends),
        "low": [float(each.low) for each in said],
        "high": [float(each.high) for each in said],
        "qualifier": [each.qualifier for each in said],
        "value": [each.value for each in said],
    }
    return pd.DataFrame(rows | columns)


def exact(*numbers):
    return [Reported.exactly(number) for number in numbers]


def reported_somehow(total, rng):
    """A true report of a total: exact, at least, more than, about or nearly."""
    round_number = total // 1000 * 1000
    ways = [Reported.exactly(total), Reported.at_least(round_number)]
    ways += [Reported.about(round_number), Reported.nearly(round_number + 1000)]
    ways += [Reported.up_to(total + 5), Reported.between(total // 2, total * 2)]
    true = [way for way in ways if total in way]
    return true[rng.integers(len(true))]


# -- totals --------------------------------------------------------------------------


@pytest.mark.parametrize("run", range(4))
def test_the_true_flow_is_always_within_the_bounds(run):
    rng = np.random.default_rng([2019, run])
    daily = rng.negative_binomial(1.0, 0.001, 60)
    ends = np.sort(rng.choice(np.arange(2, 61), 12, replace=False))
    running = np.cumsum(daily)
    said = [reported_somehow(int(running[end - 1]), rng) for end in ends]
    flows = flows_of_totals(totals(ends, said))
    assert flows.attrs["excluded_revised"] == 0
    for start, end, low, high in flows[["start", "end", "low", "high"]].itertuples(
        index=False, name=None
    ):
        inside = slice((start - FIRST).days, (end - FIRST).days + 1)
        assert 0 <= low <= daily[inside].sum() <= high
    starts = flows["start"].tolist()
    assert starts == [FIRST, *(flows["end"] + pd.Timedelta(days=1)).tolist()[:-1]]


def test_exact_totals_give_their_differences_and_no_others():
    flows = flows_of_totals(totals([10, 20, 40], exact(100, 250, 260)))
    assert flows["best"].tolist() == [100, 150, 10]
    assert (flows["low"] == flows["high"]).all()
    assert (flows["mechanism"] == "exact").all()
    assert flows["start"].tolist() == days(1, 11, 21)


def test_the_panel_of_totals_finds_the_same_increments():
    ends, numbers = [12, 26, 33, 54], exact(100, 250, 260, 900)
    said = totals(ends, numbers)
    flows = flows_of_totals(said)
    other = said.rename(columns={"start": "date_start", "end": "date_end"})
    panel = panel_of_totals(other.assign(coverage="all"), every="week")
    assert flows["best"].tolist() == panel["period_best"].values.tolist()


def test_a_fall_is_a_revision_and_not_a_negative_flow():
    flows = flows_of_totals(totals([10, 20, 30, 40], exact(310, 330, 200, 340)))
    assert flows["best"].tolist() == [310, 20, 10]
    assert flows.attrs["revised"] == ["R2"]
    later_stays = flows_of_totals(totals([10, 20], exact(31, 14)))
    assert later_stays["best"].tolist() == [14]
    assert later_stays.attrs["excluded_revised"] == 1


def test_what_a_later_total_says_bounds_an_open_one_before_it():
    said = [Reported.more_than(300), *exact(350), Reported.nearly(400)]
    flows = flows_of_totals(totals([10, 20, 30], said))
    assert flows[["low", "high"]].values.tolist() == [[301, 350], [0, 49], [0, 49]]


def test_an_old_figure_printed_again_is_no_flow_of_nothing():
    flows = flows_of_totals(totals([10, 20, 30], exact(330, 330, 400)))
    assert flows["end"].tolist() == days(10, 30)
    assert flows.attrs["excluded_repeated"] == 1


def test_of_several_on_one_day_the_last_published_is_taken():
    said = totals([10, 10, 20], exact(100, 120, 150))
    said["published"] = days(12, 11, 21)
    flows = flows_of_totals(said)
    assert flows["best"].tolist() == [100, 50]
    assert flows.attrs["excluded_repeated"] == 1


def test_another_first_day_is_left_out_only_where_the_days_are_the_same():
    starts = days(1, 1, 3, 100, 100)
    said = totals([10, 20, 15, 110, 120], exact(10, 20, 99, 7, 9), start=starts)
    flows = flows_of_totals(said)
    assert flows["best"].tolist() == [10, 10, 7, 2]
    assert flows.attrs["excluded_other_start"] == 1


def test_nothing_is_differenced_across_series():
    """Seven totals, each alone of its body, unit, place, coverage, group or origin."""
    said = totals([10, *range(20, 26)], exact(*range(100, 107)), coverage="a")
    said = said.assign(group="a", origin="a")
    for row, column in enumerate(["body", "unit", "place", "coverage", "group"], 1):
        said.loc[row, column] = "movements" if column == "unit" else "b"
    said.loc[6, "origin"] = None
    flows = flows_of_totals(said)
    assert sorted(flows["best"]) == list(range(100, 107))
    assert (flows["start"] == FIRST).all()


def test_movements_that_were_printed_as_persons_are_out_of_line():
    """R0797 says 500,000, instances of displacement; persons were 440,000 later."""
    keys = {"event_key": ["disp-cum-nw"], "body": ["UN"], "unit": ["persons"]}
    decided = pd.DataFrame(keys | {"measure": ["cumulative"]})
    table = displacement_of_reports(load_nw_syria_reports(), decided)
    flows = flows_of_totals(table)
    assert "R0797" in flows.attrs["revised"]
    assert (flows["low"] >= 0).all()


def test_the_movements_of_summer_2019_are_followed_and_persons_stand_apart():
    table = displacement_of_bulletins(
        load_nw_syria_displacement(), bodies={"OCHA": "CCCM"}
    )
    flows = flows_of_totals(table)
    north_west = flows[(flows["place"] == "NW Syria") & (flows["unit"] == "movements")]
    assert north_west["low"].iloc[0] == 452623
    assert north_west["best"].iloc[2] == 18000
    persons = flows[flows["unit"] == "persons"]
    assert persons["low"].tolist() == [400001]


def test_a_table_without_totals_is_refused():
    said = totals([10], exact(5)).assign(measure="flow")
    with pytest.raises(SchemaError, match="none of the 1 reports is a running total"):
        flows_of_totals(said)


# -- stocks --------------------------------------------------------------------------


def stocks(ends, said, **columns):
    table = totals(ends, said, **{"measure": "stock", **columns})
    return table.assign(start=table["end"])


@pytest.mark.parametrize("run", range(2))
def test_the_true_inflow_is_never_below_the_bound(run):
    rng = np.random.default_rng([2020, run])
    inflow = rng.negative_binomial(1.0, 0.002, 60)
    stock, present = np.empty(60, int), 5000
    for day in range(60):
        present += inflow[day] - rng.binomial(present, 0.05)
        stock[day] = present
    ends = np.sort(rng.choice(np.arange(1, 61), 15, replace=False))
    said = [reported_somehow(int(stock[end - 1]), rng) for end in ends]
    found = inflow_of_stocks(stocks(ends, said))
    counted = found.attrs["excluded_first"] + found.attrs["excluded_no_rise"]
    assert len(found) + counted == len(ends)
    for start, end, low in found[["start", "end", "low"]].itertuples(
        index=False, name=None
    ):
        inside = slice((start - FIRST).days, (end - FIRST).days + 1)
        assert 0 < low <= inflow[inside].sum()


def test_a_change_of_coverage_is_no_inflow():
    same = stocks([10, 40], exact(100, 400), coverage="220 communities")
    assert inflow_of_stocks(same)["low"].tolist() == [300]
    other = same.assign(coverage=["220 communities", "714 communities"])
    assert inflow_of_stocks(other).empty


def test_a_table_without_stocks_is_refused():
    with pytest.raises(SchemaError, match="none of the 1 reports is a stock"):
        inflow_of_stocks(totals([10], exact(5)))
