"""How bodies say numbers: a reader of the words by the package's rules is right."""

import numpy as np
import pytest

from conflictstats.errors import SettingError
from conflictstats.numerics.likelihood.mechanisms import Mechanism, read
from conflictstats.simulate.displacement_bodies import Asked, ReportingBody

ROUNDED = {"more_than": Mechanism.ROUNDED, "nearly": Mechanism.ROUNDED}


def said(manner, numbers, rng):
    body = ReportingBody(name="a", manners={manner: 1.0})
    return [body.say(number, "stock", rng) for number in numbers]


@pytest.mark.parametrize("manner", ["more_than", "nearly"])
def test_a_reader_of_rounded_words_finds_the_cell_the_number_was_rounded_in(
    manner, rng
):
    """All numbers of a cell are said by the same words, and no others are."""
    numbers = np.exp(rng.uniform(0, 16, 400))
    spoken = said(manner, numbers, rng)
    assert {each.qualifier for each in spoken} == {manner, "exact"}
    for number, words in zip(numbers, spoken, strict=True):
        if words.qualifier == "exact":
            assert words.low == words.high == words.value == number
            continue
        digits = len(f"{words.value:.0f}".rstrip("0"))
        grain = 10.0 ** (len(f"{words.value:.0f}") - digits)
        printed = np.floor(number / grain) * grain + grain * (manner == "nearly")
        assert words.value == printed
        bounds = np.array([[words.low], [words.high]])
        cell = read(*bounds, np.array([manner]), ROUNDED)
        assert cell.low[0] <= number <= cell.high[0]
        assert cell.high[0] - cell.low[0] == grain - 2


def test_bounds_are_asked_for_before_the_number_is_known(rng):
    """Then so many are at least as there are bounds that are not above it."""
    spoken = said("at_least", np.full(3000, 3000.0), rng)
    reached = [each.low for each in spoken if each.qualifier == "at_least"]
    assert set(reached) == {100, 200, 500, 1000, 2000}
    assert len(reached) / 3000 == pytest.approx(5 / 12, abs=0.03)
    others = [each.high for each in spoken if each.qualifier == "up_to"]
    assert set(others) == {5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5}


def test_ranges_are_cut_without_regard_to_the_number(rng):
    """Within a range the log of a large number lies anywhere."""
    spoken = said("range", np.full(4000, 1e7), rng)
    low, high = np.log([(each.low, each.high) for each in spoken]).T
    where = (np.log(1e7) - low) / (high - low)
    assert np.quantile(where, [0, 0.25, 0.5, 0.75, 1]) == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1], abs=0.03
    )
    assert np.quantile(high - low, [0, 0.5, 1]) == pytest.approx(
        [0.1, 0.4, 0.7], abs=0.02
    )


def test_a_range_of_next_to_nobody_begins_at_nobody(rng):
    for words in said("range", [0.0, 0.4], rng):
        assert words.low == 0
        assert words.high >= 1


@pytest.mark.parametrize(("share", "low"), [(0.0, 0.0), (0.349, 0.3), (1.0, 0.9)])
def test_a_fraction_is_a_tenth(share, low, rng):
    words = ReportingBody(name="a").say(share, "fraction", rng)
    assert (words.low, words.high) == pytest.approx((low, low + 0.1))


def test_what_is_asked_when():
    body = ReportingBody(
        name="a",
        measures=("stock", "flow", "cumulative"),
        every=10,
        window=25,
        first=5,
        gap=(15, 34),
    )
    assert list(body.asked(40)) == [
        Asked("stock", 5, 5),
        Asked("flow", 1, 5),
        Asked("cumulative", 1, 5),
        Asked("stock", 35, 35),
        Asked("flow", 11, 35),
        Asked("cumulative", 1, 35),
    ]


def test_fewer_communities_have_fewer_people_about_in_proportion(rng):
    body = ReportingBody(
        name="a", coverage=((1, 100), (50, 20), (80, 100)), coverage_sd=0.3
    )
    assert [body.assessed(day) for day in (1, 49, 50, 80)] == [100, 100, 20, 100]
    drawn = [body.log_shares(rng) for _ in range(2000)]
    assert {each[100] for each in drawn} == {each[None] for each in drawn} == {0.0}
    narrow = np.array([each[20] for each in drawn])
    assert narrow.mean() == pytest.approx(np.log(0.2), abs=0.03)
    assert narrow.std() == pytest.approx(0.3, rel=0.06)


@pytest.mark.parametrize(
    "wrong",
    [
        {"measures": ("people",)},
        {"manners": {"about": 1.0}},
        {"unit": "households"},
        {"unit": "movements"},
        {"every": 0},
        {"error": -0.1},
        {"coverage": ((2, 100),)},
        {"coverage": ((1, 100), (50, 20), (40, 10))},
    ],
)
def test_a_body_that_means_nothing_is_refused(wrong):
    with pytest.raises(SettingError):
        ReportingBody(name="a", **wrong)
