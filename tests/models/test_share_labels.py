"""Labels that leave several categories open, and narrower bounds, by brute force."""

from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize

from conflictstats.errors import DimensionError, FitError, SchemaError, SettingError
from conflictstats.models.civilian_share import (
    ShareBounds,
    ShareBoundsFit,
    ShareStatus,
    deaths_by_status,
)
from conflictstats.simulate.statuses import events_with_status

SIDES = ("civilians", "government", "nonstate")
LABELS = {
    "deaths_civilians": SIDES[:1],
    "deaths_government": SIDES[1:2],
    "deaths_nonstate": SIDES[2:],
    "deaths_civilians_or_government": SIDES[:2],
    "deaths_civilians_or_nonstate": (SIDES[0], SIDES[2]),
    "deaths_government_or_nonstate": SIDES[1:],
    "deaths_unknown": SIDES,
}


def fit_of(table, by=None, **wanted):
    model = ShareBounds(**({"denominator": "all", "replicates": 2} | wanted))
    total = table.filter(regex="^deaths_").sum(axis=1)
    table = table.assign(
        **{name: table.get(name, total) for name in ("low", "best", "high")}
    )
    return model.fit(table, by=by, rng=np.random.default_rng(3))


def table_of(rows, names=LABELS):
    return pd.DataFrame(rows, columns=[*names])


def shares_of_every_allocation(row, part, whole):
    """Shares that any choice of a category for every death can give."""
    options = [
        [
            [names.count(side) for side in SIDES]
            for names in combinations_with_replacement(allowed, count)
        ]
        for allowed, count in zip(LABELS.values(), row, strict=True)
    ]
    inside = [SIDES.index(side) for side in whole]
    of_part = [SIDES.index(side) for side in part]
    for choice in product(*options):
        dead = np.sum(choice, axis=0)
        if dead[inside].sum() > 0:
            yield dead[of_part].sum() / dead[inside].sum()


questions = st.sampled_from(
    [
        (("civilians",), SIDES),
        (("government",), SIDES),
        (("civilians",), ("civilians", "nonstate")),
        (("nonstate",), ("government", "nonstate")),
        (("civilians", "nonstate"), SIDES),
    ]
)


small = st.tuples(*[st.integers(0, 2)] * 3, *[st.integers(0, 1)] * 3, st.integers(0, 2))


@settings(deadline=None, max_examples=40)
@given(row=small, question=questions)
def test_bounds_are_the_extremes_over_every_allocation_of_the_labels(row, question):
    part, whole = question
    fit = fit_of(table_of([row]), part=part, denominator=whole)
    shares = [*shares_of_every_allocation(row, part, whole)]
    if shares:
        assert_allclose(fit.params, [min(shares), max(shares)], rtol=1e-12)
        ends = fit.sensitivity((0, np.inf))["estimate"]
        assert_allclose(ends, fit.params)
        assert_allclose(
            [fit.totals["range_lower"], fit.totals["range_upper"]], fit.params
        )
    else:
        assert fit.status is ShareStatus.NO_DEATHS


@settings(deadline=None, max_examples=20)
@given(rows=st.lists(st.tuples(*[st.integers(0, 9)] * 7), min_size=1, max_size=4))
def test_shares_of_a_partition_hold_one_together(rows):
    """The bounds of a part are one minus those of the rest."""
    table = table_of(rows)
    ours = fit_of(table, part=("civilians",))
    rest = fit_of(table, part=("government", "nonstate"))
    assert_allclose(ours.params.values, 1 - rest.params.values[::-1])


@settings(deadline=None, max_examples=20)
@given(row=st.tuples(*[st.integers(0, 9)] * 7), psi=st.floats(0.01, 100))
def test_the_curve_rises_within_the_bounds(row, psi):
    fit = fit_of(table_of([row]), denominator="without_government")
    low, high = fit.sensitivity((psi, 2 * psi))["estimate"].values
    if not np.isnan(low):
        lower, upper = fit.params.values
        assert lower - 1e-12 <= low <= high + 1e-12 <= upper + 2e-12


def test_known_counts_those_of_whom_it_is_known_where_they_belong():
    """Of government or nonstate it is known that they were no civilians."""
    row = {name: 0 for name in LABELS} | {
        "deaths_civilians": 3,
        "deaths_government_or_nonstate": 1,
        "deaths_civilians_or_nonstate": 5,
        "deaths_unknown": 7,
    }
    fit = fit_of(pd.DataFrame([row]), denominator="known")
    assert_allclose(fit.params, 0.75)
    assert int(fit.totals["left_out"]) == 12


def test_children_and_women_are_categories_like_others():
    kinds = ("children", "women", "men")
    dead = pd.DataFrame(
        {"deaths_children": [3], "deaths_women": 2, "deaths_men": 3}
    ).assign(deaths_women_or_men=1, deaths_unknown=1)
    children = fit_of(dead, part=kinds[:1], categories=kinds)
    assert_allclose(children.params, [0.3, 0.4])
    adults = fit_of(dead, part=("women",), categories=kinds, denominator=kinds[1:])
    assert_allclose(adults.params, [2 / 7, 4 / 7])
    text = adults.summary()
    assert "Share of women among the dead" in text
    assert "women, men and unknown; children left out" in text
    again = ShareBoundsFit.from_dataset(adults.to_dataset())
    assert again.model == adults.model
    assert again.summary() == text


# -- labels, one a row ---------------------------------------------------------------


def records(*rows):
    return pd.DataFrame(rows, columns=["event", "status", "best"])


def test_one_row_a_status_is_the_table_typed_by_hand():
    table = deaths_by_status(
        records(
            ("a", "civilians", 2),
            ("a", "nonstate or civilians", 3),
            ("b", "civilians | nonstate", 4),
            ("b", None, 1),
            ("b", "civilians or government or nonstate", 5),
            ("c", "", 6),
        ),
        status="status",
        event="event",
    ).set_index("id")
    assert_allclose(table["deaths_civilians"], [2, 0, 0])
    assert_allclose(table["deaths_civilians_or_nonstate"], [3, 4, 0])
    assert_allclose(table["deaths_unknown"], [0, 6, 6])
    assert_allclose(table["best"], [5, 10, 6])
    assert_allclose(fit_of(table).params, [2 / 21, 1])


def test_statuses_and_counts_that_mean_nothing_are_named_by_row():
    bad = records(("a", "civilians", 2), ("a", "civilians or militia", 3))
    with pytest.raises(SchemaError, match=r"row 2 \(civilians or militia\)"):
        deaths_by_status(bad, status="status", event="event")
    bad = records(("a", "civilians", -2))
    with pytest.raises(SchemaError, match=r"best must be a count .* row 1 \(-2\)"):
        deaths_by_status(bad, status="status", event="event")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"deaths_militia": 1}, "deaths_militia count dead of an unknown category"),
        ({"high": 2, "best": 2}, r"share above 1: row 1 \(3 of 2\)"),
        ({"best": 9, "high": 9}, r"do not add up to best in row 1 \(9\)"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(changed, message):
    row = dict.fromkeys(LABELS, 0) | {"deaths_civilians": 3}
    with pytest.raises(SchemaError, match=message):
        fit_of(pd.DataFrame([row | changed]), inconsistent="refuse")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"part": ("government",), "denominator": "without_government"}, "part must"),
        ({"denominator": ("government", "nonstate")}, "part must be a tuple"),
        ({"part": ()}, "part must be a tuple"),
        ({"denominator": ("militia",), "part": ("militia",)}, "names militia"),
        ({"categories": ("civilians", "unknown")}, "unknown is none"),
        ({"categories": ("a", "b"), "denominator": "without_government"}, "names gov"),
    ],
)
def test_questions_that_mean_nothing_are_refused(wrong, message):
    with pytest.raises(SettingError, match=message):
        ShareBounds(**({"denominator": "all"} | wrong))


# -- narrower bounds -----------------------------------------------------------------

COUNTS = ["deaths_civilians", "deaths_government", "deaths_unknown"]


def groups_of(rows, **wanted):
    """A fit by group, each row one group of (civilians, government, unknown)."""
    table = pd.DataFrame(rows, columns=COUNTS).assign(deaths_nonstate=0)
    return fit_of(table.assign(zone=[*"abcdefgh"[: len(table)]]), by="zone", **wanted)


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(
        st.tuples(*[st.integers(0, 9)] * 3).filter(any), min_size=1, max_size=4
    ),
    assumption=st.sampled_from(["same", "rising", "falling"]),
)
def test_narrower_bounds_are_those_of_a_linear_programme(rows, assumption):
    """The share of all over every set of group shares that the assumption allows."""
    dead = np.array(rows, float)
    size = dead.sum(axis=1)
    ends = np.column_stack([dead[:, 0], dead[:, 0] + dead[:, 2]]) / size[:, None]
    steps = np.diff(np.eye(len(rows)), axis=0) * (-1 if assumption == "falling" else 1)
    limit = np.zeros(len(steps))
    free = {"A_eq": steps, "b_eq": limit} if assumption == "same" else {}
    if assumption != "same":
        free = {"A_ub": -steps, "b_ub": limit}
    found = [
        optimize.linprog(
            way * size / size.sum(), bounds=ends, **(free if steps.size else {})
        )
        for way in (1, -1)
    ]
    fit = groups_of(rows)
    if found[0].status == 2:
        with pytest.raises(FitError, match="contradicted by the records"):
            fit.narrow(assumption, along="zone")
    else:
        narrow = fit.narrow(assumption, along="zone")
        expected = [found[0].fun, -found[1].fun]
        assert_allclose([narrow["lower"], narrow["upper"]], expected, atol=1e-9)


def test_the_assumption_stands_beside_the_answer():
    fit = groups_of([(1, 1, 2), (3, 1, 1)])
    narrow = fit.narrow("falling", along="zone", order=["b", "a"])
    assert narrow.attrs["assumption"] == (
        "the share never rises from one group to the next, along zone: b, a"
    )
    assert narrow.attrs["kind"] == "bounds"


def test_a_contradiction_names_its_groups():
    fit = groups_of([(9, 1, 0), (5, 5, 0), (2, 7, 1)])
    with pytest.raises(FitError, match=r"at least 0.900 in a and at most 0.300 in c"):
        fit.narrow("rising", along="zone")
    assert fit.narrow("falling", along="zone")["upper"] == pytest.approx(17 / 30)


def events_by_zone(shares, rng, n_events=120):
    """Events of zones; few statuses are lost, of everybody alike."""
    zones = [
        events_with_status(n_events, rng=rng, share=share, unknown=0.05).assign(
            zone=zone
        )
        for zone, share in zip("abc", shares, strict=False)
    ]
    return pd.concat(zones, ignore_index=True)


def test_limits_hold_the_share_where_the_assumption_does(unchecked):
    """Truth: known shares of 0.4 in three zones, where nothing is to spare.

    A true coverage of 0.9 is below 23 of 30 once in a hundred.
    """
    rng = np.random.default_rng(20190429)
    held = {"same": 0, "rising": 0}
    for _ in range(30):
        model = ShareBounds(denominator="known", replicates=100)
        events = events_by_zone([0.4] * 3, rng).drop(columns="civilians")
        fit = model.fit(events, by="zone", rng=rng)
        for assumption in held:
            try:
                limits = fit.narrow(assumption, along="zone", level=0.9)
            except FitError:
                continue
            held[assumption] += bool(limits["lower"] <= 0.4 <= limits["upper"])
    assert min(held.values()) >= 23


def test_chance_is_no_contradiction_and_more_than_chance_is():
    """Known shares that differ by chance cross at once; far ones cross beyond it."""
    rng = np.random.default_rng(5)
    model = ShareBounds(denominator="known", replicates=500)
    fits = [
        model.fit(
            events_by_zone(shares, rng).drop(columns="civilians"), by="zone", rng=rng
        )
        for shares in ([0.4, 0.4], [0.2, 0.7])
    ]
    with pytest.raises(FitError, match="give level"):
        fits[0].narrow("same", along="zone")
    assert fits[0].narrow("same", along="zone", level=0.9)["lower"] > 0.2
    with pytest.raises(FitError, match=r"at level 0\.9"):
        fits[1].narrow("same", along="zone", level=0.9)


def test_a_group_of_one_event_has_no_limits_and_no_say():
    one = pd.DataFrame([(8, 2, 0)], columns=COUNTS).assign(zone="one")
    rest = pd.DataFrame([(1, 3, 0), (2, 2, 0)] * 9, columns=COUNTS).assign(zone="two")
    table = pd.concat([one, rest], ignore_index=True).assign(deaths_nonstate=0)
    fit = fit_of(table, by="zone", replicates=200)
    limits = fit.narrow("same", along="zone", level=0.9)
    assert limits["lower"] < 27 / 72 < limits["upper"] < 0.6


def test_arguments_of_narrow_are_checked():
    fit = groups_of([(1, 1, 2), (3, 1, 1)])
    with pytest.raises(SettingError, match="assumption must be one of same"):
        fit.narrow("equal", along="zone")
    with pytest.raises(SettingError, match="order must name each"):
        fit.narrow("rising", along="zone", order=["a"])
    with pytest.raises(DimensionError, match="place"):
        fit.narrow("rising", along="place")
