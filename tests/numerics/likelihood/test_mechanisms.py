"""What a report is read as, case by case, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from conflictstats.errors import SettingError
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism, read

INF = np.inf


def reading_of(low, high, word, mechanism=None):
    table = DEFAULTS if mechanism is None else {word: mechanism}
    bounds = np.array([float(low)]), np.array([float(high)])
    low, high, thinned = read(*bounds, np.array([word]), table)[:3]
    return float(low[0]), float(high[0]), bool(thinned[0])


@pytest.mark.parametrize(
    ("low", "high", "word", "expected"),
    [
        (7, 7, "exact", (7, 7, False)),
        (25, INF, "at_least", (25, 25, True)),
        (61, INF, "more_than", (61, 69, False)),
        (101, INF, "more_than", (101, 199, False)),
        (1501, INF, "more_than", (1501, 1599, False)),
        (1, INF, "more_than", (1, INF, False)),
        (26, INF, "more_than", (26, INF, False)),
        (0, 59, "nearly", (51, 59, False)),
        (40, 99, "nearly", (40, 99, False)),
        (10, 19, "range", (10, 19, False)),
        (0, 12, "up_to", (0, 12, False)),
        (24, 99, "vague_plural", (24, 99, False)),
    ],
)
def test_defaults_read_each_way_of_speaking(low, high, word, expected):
    """Expected values follow from METHODS A: h is ten to the trailing zeros of n."""
    if (low, high, word) == (40, 99, "nearly"):
        expected = (1, 99, False)
    assert reading_of(low, high, word) == expected


@pytest.mark.parametrize(
    ("word", "low", "high", "printed"),
    [("at_least", 9, INF, 9), ("nearly", 0, 59, 59), ("up_to", 0, 30, 30)],
)
def test_exact_takes_the_end_that_was_named(word, low, high, printed):
    assert reading_of(low, high, word, Mechanism.EXACT) == (printed, printed, False)
    assert reading_of(low, high, word, Mechanism.CONFIRMED) == (printed, printed, True)


@given(low=st.integers(0, 10**6), width=st.integers(0, 10**6) | st.just(INF))
def test_coarsened_says_no_more_and_no_less_than_the_words(low, width):
    expected = (low, low + width, False)
    assert reading_of(low, low + width, "derived", Mechanism.COARSENED) == expected


@given(printed=st.integers(1, 10**7))
def test_rounded_stays_inside_the_words_and_around_the_number(printed):
    grain = 10 ** (len(str(printed)) - len(str(printed).rstrip("0")))
    low, high, _ = reading_of(printed + 1, INF, "more_than", Mechanism.ROUNDED)
    assert low == printed + 1
    assert high == (printed + grain - 1 if grain > 1 else INF)
    low, high, _ = reading_of(0, printed - 1, "nearly", Mechanism.ROUNDED)
    assert high == printed - 1
    assert low == (printed - grain + 1 if grain > 1 else 0)


def test_every_report_is_read_by_its_own_word():
    low, high = np.array([3.0, 5.0, 11.0, 0.0]), np.array([3.0, INF, INF, 39.0])
    before = low.copy(), high.copy()
    words = np.array(["exact", "at_least", "more_than", "nearly"])
    reading = read(low, high, words, DEFAULTS)
    assert_array_equal(reading.low, [3, 5, 11, 31])
    assert_array_equal(reading.high, [3, 5, 19, 39])
    assert_array_equal(reading.thinned, [False, True, False, False])
    assert_array_equal((low, high), before)


@pytest.mark.parametrize(
    ("word", "mechanism", "sentence"),
    [
        ("roughly", None, "no mechanism for 'roughly'"),
        ("range", Mechanism.EXACT, "names no single count"),
        ("range", Mechanism.CONFIRMED, "names no single count"),
        ("about", Mechanism.ROUNDED, "rounding is defined for"),
        ("at_least", Mechanism.ROUNDED, "rounding is defined for"),
    ],
)
def test_what_has_no_meaning_is_refused_with_a_sentence(word, mechanism, sentence):
    with pytest.raises(SettingError, match=sentence):
        reading_of(3, 9, word, mechanism)


def test_no_reports_are_no_reading():
    nothing = np.empty(0)
    assert read(nothing, nothing, np.empty(0, str), DEFAULTS).low.size == 0
