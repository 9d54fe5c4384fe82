"""Weighted sets of intervals: laws that add up, limits, and the experts' table."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special, stats

from conflictstats.errors import SettingError
from conflictstats.numerics.likelihood.mechanisms import (
    DEFAULTS,
    MATRIX,
    Mechanism,
    allowed,
    read,
)
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.weighted import (
    ROUND,
    SPREAD,
    Elicited,
    approximate,
    elicited,
    floor,
)

INF = np.inf
MEAN, SIZE = 60.0, 3.0
NUMBERS = np.log([MEAN]), np.log([SIZE])


def chance(counts):
    """Probability of each count, from SciPy."""
    return stats.nbinom.pmf(counts, SIZE, SIZE / (SIZE + MEAN))


def value_of(reading, share=0.5):
    return float(Reports(NegBin(), reading).value(*NUMBERS, special.logit([share]))[0])


def said(low, high, word, mechanism, **extra):
    bounds = np.array([float(low)]), np.array([float(high)])
    return read(*bounds, np.array([word]), {word: mechanism}, **extra)


def weight_at(law, counts, share=1.0):
    """Weight of counts under a weighted set, summed over the intervals they are in."""
    counts = np.atleast_1d(counts)
    inside = (law.low[:, None] <= counts) & (counts <= law.high[:, None])
    powers = share ** law.powers[:, 0] * (1 - share) ** law.powers[:, 1]
    return (law.weight * powers) @ inside


# --- floor --------------------------------------------------------------------------


@pytest.mark.parametrize("truth", [0, 1, 7, 20, 99, 3456])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_floors_of_a_truth_add_up_to_one(truth, share):
    """Every number that could be printed, each with the weight of this truth."""
    printed = {float(truth), *ROUND[truth >= ROUND]}
    total = sum(weight_at(floor(k), truth, share) for k in printed)
    assert_allclose(total, 1.0, rtol=1e-12)


@pytest.mark.parametrize("printed", [20, 37])
def test_a_floor_that_is_always_the_count_is_exact(printed):
    reading = said(printed, INF, "at_least", Mechanism.FLOOR)
    exact = np.log(chance(printed))
    assert_allclose(value_of(reading, 1 - 1e-15), exact, rtol=1e-12)


def test_a_floor_that_is_never_the_count_is_the_tail_over_the_floors_below_it():
    reading = said(20, INF, "at_least", Mechanism.FLOOR)
    counts = np.arange(20, 5000)
    floors = ROUND.searchsorted(counts, side="right")
    expected = np.log((chance(counts) / floors).sum())
    assert_allclose(value_of(reading, 1e-15), expected, rtol=1e-9)


def test_floors_and_exact_counts_mix_by_the_share():
    counts = np.arange(20, 5000)
    floors = ROUND.searchsorted(counts, side="right")
    tail = (chance(counts) / floors).sum()
    expected = np.log(0.7 * chance(20) + 0.3 * tail)
    reading = said(20, INF, "at_least", Mechanism.FLOOR)
    assert_allclose(value_of(reading, 0.7), expected, rtol=1e-9)
    assert reading.finds


# --- approximate --------------------------------------------------------------------


@pytest.mark.parametrize("truth", [1, 8, 40])
def test_rough_numbers_of_a_truth_add_up_to_one(truth):
    """All that could be printed at one spread; six deviations leave some 1e-9."""
    total = sum(weight_at(approximate(float(k), 0.15), truth) for k in range(1, 120))
    assert_allclose(total, stats.norm.sf(np.log(0.5 / truth) / 0.15), rtol=1e-8)


@given(printed=st.integers(0, 10**6))
def test_a_rough_number_without_spread_is_exact(printed):
    law = approximate(float(printed), 1e-12)
    assert (law.low.tolist(), law.high.tolist()) == ([printed], [printed])
    assert_allclose(law.weight, 1.0)


@pytest.mark.parametrize(
    ("printed", "digits", "tolerance"),
    [(7, 1, 1e-7), (60, 1, 1e-7), (65, 2, 1e-7), (400, 1, 1e-7), (4000, 1, 2e-3)],
)
@pytest.mark.parametrize("mean", [0.5, 1.0, 1.5])
def test_cells_are_near_the_sum_over_all_counts(printed, digits, tolerance, mean):
    width, mean = SPREAD[digits - 1], mean * printed
    counts = np.arange(1, 30_000)
    above, below = (
        (np.log(printed + half) - np.log(counts)) / width for half in (0.5, -0.5)
    )
    kernel = stats.norm.sf(below) - stats.norm.sf(above)
    law = stats.nbinom.pmf(counts, SIZE, SIZE / (SIZE + mean))
    half = np.floor(printed * (0.25 if digits == 1 else 0.1))
    reading = said(printed - half, printed + half, "about", Mechanism.APPROXIMATE)
    value = Reports(NegBin(), reading).value(np.log([mean]), NUMBERS[1], np.zeros(1))
    assert_allclose(value, np.log((law * kernel).sum()), atol=tolerance)
    assert not reading.finds


# --- elicited -----------------------------------------------------------------------


def test_experts_laws_have_the_published_means(shared):
    """R20. Ours are of whole counts, not below 0; the published means of the law."""
    path = shared / "ucdp" / "uncertainUCDP_parameters_grid.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 135
    for row in rows:
        printed, loc, scale, weight, mean, low, high = (
            float(row[name])
            for name in ("fatalities", "loc", "scale", "w", "mean", "q025", "q975")
        )
        law = elicited(printed, loc, scale, weight)
        mass = law.weight * (law.high - law.low + 1)
        assert_allclose(mass.sum(), 1.0, rtol=1e-9)
        centre = float(mass @ (law.low + law.high) / 2)
        assert_allclose(centre, mean, rtol=0, atol=0.011)
        assert mass[law.low >= high + 1].sum() < 0.0251
        assert mass[law.high <= low - 1].sum() < 0.0251


def test_a_law_without_doubt_is_the_coded_count():
    coded = np.array([80.0])
    law = Elicited(np.array([90.0]), np.array([20.0]), np.array([1.0]))
    reading = read(
        coded, coded, np.array(["exact"]), {"exact": Mechanism.ELICITED}, law
    )
    assert_allclose(value_of(reading), np.log(chance(80)), rtol=1e-12)


def test_experts_are_asked_for_where_they_are_missing():
    with pytest.raises(SettingError, match="needs the experts' law of each"):
        said(80, 80, "exact", Mechanism.ELICITED)


# --- reading ------------------------------------------------------------------------


def test_reports_of_one_interval_and_of_many_keep_their_places():
    low, high = np.array([3.0, 20, 15, 5]), np.array([3, INF, 25, 9])
    words = np.array(["exact", "at_least", "about", "range"])
    table = DEFAULTS | {"at_least": Mechanism.FLOOR, "about": Mechanism.APPROXIMATE}
    reading = read(low, high, words, table)
    together = Reports(NegBin(), reading).value(
        np.repeat(NUMBERS[0], 4), NUMBERS[1], np.zeros(1)
    )
    for i, word in enumerate(words):
        alone = said(low[i], high[i], word, table[str(word)])
        assert_allclose(together[i], value_of(alone), rtol=1e-12)


@pytest.mark.parametrize(
    ("low", "high", "word", "mechanism", "sentence"),
    [
        (60, INF, "more_than", Mechanism.FLOOR, "a floor is defined for 'at_least'"),
        (60, 80, "range", Mechanism.APPROXIMATE, "names no single count"),
        (60, 80, "range", Mechanism.BOUNDS, "fit once with every report at its low"),
    ],
)
def test_what_has_no_weights_is_refused(low, high, word, mechanism, sentence):
    with pytest.raises(SettingError, match=sentence):
        said(low, high, word, mechanism)


def test_two_meanings_of_the_share_found_are_not_mixed():
    low, high = np.array([9.0, 60]), np.array([INF, 60])
    table = {"at_least": Mechanism.FLOOR, "exact": Mechanism.CONFIRMED}
    with pytest.raises(SettingError, match="of deaths and of reports"):
        read(low, high, np.array(["at_least", "exact"]), table)


def test_the_matrix_is_what_families_refuse():
    assert all(Mechanism.EXACT in takes for takes in MATRIX.values())
    for family, takes in MATRIX.items():
        for mechanism in Mechanism:
            if mechanism in takes:
                assert allowed(family, mechanism) is mechanism
            else:
                with pytest.raises(SettingError, match=f"a {family} number cannot"):
                    allowed(family, mechanism)
    with pytest.raises(SettingError, match="family must be one of"):
        allowed("weibull", Mechanism.EXACT)


def test_the_published_matrix_is_the_one_in_force():
    page = Path(__file__).parents[3] / "docs/explanation/reporting_mechanisms.md"
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in page.read_text("utf-8").splitlines()
        if line.startswith(("| law of the count", *(f"| `{name}`" for name in MATRIX)))
    ]
    head, *laws = rows
    published = {
        law: {
            Mechanism[n.upper()]
            for n, cell in zip(head[1:], cells, strict=True)
            if cell == "yes"
        }
        for law, *cells in laws
    }
    assert published == {law: set(takes) for law, takes in MATRIX.items()}
