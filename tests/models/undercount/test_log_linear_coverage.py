"""How often intervals hold a truth that was drawn from one of the models of Kosovo."""

import numpy as np
import pytest

from conflictstats.datasets import load_kosovo_lists
from conflictstats.models.undercount import LogLinear
from conflictstats.numerics.log_linear.fitting import table_of
from conflictstats.numerics.log_linear.hierarchy import model_of
from conflictstats.numerics.log_linear.poisson import poisson_fits
from conflictstats.panel import Lists, lists_of_cells

NAMES = ("EXH", "ABA", "OSCE", "HRW")
SAMPLES = 200
TRUTHS = {
    "best": ([0b0111, 0b1001, 0b1100], (0.75, 0.95), (0.8, 1)),
    "runner-up": ([0b0111, 0b1101], (0, 0.35), (0.45, 0.75)),
    "third": ([0b1101, 0b0011, 0b0110], (0.75, 0.95), (0.8, 1)),
}
"""Interactions, and the coverage of 90 % intervals of the best and of the average."""


def everybody(generators):
    """Shares of all cells under a model fitted to Kosovo, and how many people."""
    counts = lists_of_cells(load_kosovo_lists(), list(NAMES)).full().astype(float)
    fits = poisson_fits(table_of(model_of(4, generators), counts))
    means = fits.means[0].copy()
    means[0] = np.exp(fits.coefficients[0, 0])
    return means / means.sum(), round(means.sum())


def of_cells(counts):
    some = np.flatnonzero(counts)
    on = (some[:, None] >> np.arange(4) & 1).astype(bool)
    return Lists(NAMES, on, counts[some][None], ("all",), np.zeros(len(some), np.int64))


@pytest.mark.slow
@pytest.mark.parametrize("truth", TRUTHS)
def test_the_best_model_is_too_sure_where_a_larger_one_is_true(truth, rng, unchecked):
    """The runner-up has one interaction more than BIC pays for at this size."""
    generators, of_best, of_average = TRUTHS[truth]
    shares, people = everybody(generators)
    held = np.zeros(2)
    for _ in range(SAMPLES):
        counts = rng.multinomial(people, shares)
        counts[0] = 0
        answers = LogLinear().fit(of_cells(counts)).answers(0.9)
        held += [each.lower <= people <= each.upper for each in answers]
    best, average = held / SAMPLES
    assert of_best[0] <= best <= of_best[1]
    assert of_average[0] <= average <= of_average[1]
    assert average >= best
