"""A stated prior for what the data leave open: exact posteriors, limits, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from conflictstats import (
    FixedOddsRatio,
    UncertainOddsRatio,
    UndercountStatus,
    load_kosovo_lists,
)
from conflictstats.errors import SettingError
from conflictstats.panel import lists_of_cells

KOSOVO = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])


def two_lists(one, other, both):
    cells = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1]})
    return lists_of_cells(cells.assign(count=[one, other, both]), ["A", "B"])


def on_grid(counts, prior, rng, log_sd=0.0):
    """Posterior of the total: average the likelihood over q, for each total."""
    n, q = sum(counts), rng.dirichlet(np.array(counts) + 1.0, 6000)
    ratio = q[:, 0] * q[:, 1] / q[:, 2] / np.exp(log_sd * rng.standard_normal(6000))
    unlisted = np.arange(700)
    log_choose = special.gammaln(n + unlisted + 1) - special.gammaln(unlisted + 1)
    p0 = ratio / (1 + ratio)
    likelihood = np.array([np.mean((1 - p0) ** n * p0**each) for each in unlisted])
    posterior = np.exp(log_choose - log_choose[0]) * likelihood * prior(n + unlisted)
    return n + unlisted, posterior / posterior.sum()


@pytest.mark.parametrize(
    ("settings", "prior"),
    [
        ({}, lambda total: 1 / total),
        (
            {"total_mean": 150.0, "total_shape": 6.0},
            lambda total: stats.nbinom.pmf(total, 6.0, 6.0 / 156.0),
        ),
    ],
)
def test_the_posterior_is_that_of_a_grid_over_totals(settings, prior, rng):
    """Lists of 50 and 40 that share 20, with a prior of the total, and with none."""
    totals, mass = on_grid((30, 20, 20), prior, rng, 0.3)
    model = UncertainOddsRatio(odds_ratio=1.0, log_sd=0.3, draws=20_000, **settings)
    drawn = model.fit(two_lists(30, 20, 20), rng=rng).draws["total"]
    mean = totals @ mass
    spread = np.sqrt((totals - mean) ** 2 @ mass)
    assert float(drawn.mean()) == pytest.approx(mean, abs=0.04 * spread)
    assert float(drawn.std()) == pytest.approx(spread, rel=0.06)
    below = mass[totals <= np.quantile(drawn, 0.95)].sum()
    assert below == pytest.approx(0.95, abs=0.01)


def test_with_many_records_and_no_doubt_it_is_the_fixed_odds_ratio(rng):
    lists = two_lists(600_000, 300_000, 200_000)
    fit = UncertainOddsRatio(odds_ratio=2.0, log_sd=0.0).fit(lists, rng=rng)
    fixed = FixedOddsRatio(odds_ratio=2.0).fit(lists).answer()
    answer = fit.answer()
    assert answer.estimate == pytest.approx(fixed.estimate, rel=2e-3)
    width = (answer.upper - answer.lower) / (fixed.upper - fixed.lower)
    assert width == pytest.approx(1.0, abs=0.07)
    assert fit.status is UndercountStatus.CONVERGED


def test_records_say_nothing_of_the_odds_ratio_and_a_prior_of_the_total_does(rng):
    vague = UncertainOddsRatio(odds_ratio=1.5, log_sd=0.5).fit(KOSOVO, rng=rng)
    log_ratio = np.log(vague.draws["odds_ratio"])
    assert float(log_ratio.mean()) == pytest.approx(np.log(1.5), abs=0.03)
    assert float(log_ratio.std()) == pytest.approx(0.5, abs=0.03)
    small = UncertainOddsRatio(
        odds_ratio=1.5, log_sd=0.5, total_mean=8000.0, total_shape=43.0
    ).fit(KOSOVO, rng=rng)
    assert float(np.log(small.draws["odds_ratio"]).mean()) > np.log(1.5) + 0.2
    assert small.answer().estimate < vague.answer().estimate
    assert vague.status is small.status is UndercountStatus.PRIOR_DRIVEN
    assert "negative binomial, mean 8,000 and shape 43" in small.assumptions
    assert "prior of the total: 1 / N" in vague.assumptions


def test_an_empty_cell_is_the_priors(rng):
    """Three of seven cells hold nobody: how much the prior adds decides."""
    cells = pd.DataFrame({"A": [1, 0, 1, 0], "B": [0, 1, 1, 1], "C": [0, 0, 0, 1]})
    lists = lists_of_cells(cells.assign(count=[60, 40, 30, 20]), ["A", "B", "C"])
    found = [
        UncertainOddsRatio(odds_ratio=1.0, log_sd=0.0, prior_count=c)
        .fit(lists, rng=rng)
        .status
        for c in (0.2, 2.0)
    ]
    assert found == [UndercountStatus.TOO_SPARSE, UndercountStatus.PRIOR_DRIVEN]


def test_a_prior_that_the_records_rule_out_is_refused(rng):
    """1,100,000 are listed, and the prior says 2,000 give or take 5 %."""
    model = UncertainOddsRatio(
        odds_ratio=1.0, log_sd=1.0, total_mean=2000.0, total_shape=400.0
    )
    fit = model.fit(two_lists(600_000, 300_000, 200_000), rng=rng)
    assert fit.status is UndercountStatus.NOT_CONVERGED
    assert np.isnan(fit.answer().estimate)
    assert fit.diagnostics["effective_draws"] < 100


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(SettingError, match="go together"):
        UncertainOddsRatio(odds_ratio=1.0, log_sd=0.0, total_mean=100.0)
    with pytest.raises(SettingError, match="log_sd must be a number not below 0"):
        UncertainOddsRatio(odds_ratio=1.0, log_sd=-1.0)
    with pytest.raises(SettingError, match="draws must be 1 or more"):
        UncertainOddsRatio(odds_ratio=1.0, log_sd=0.0, draws=0)


def test_draws_can_be_stored_and_are_the_same_for_the_same_generator():
    model = UncertainOddsRatio(odds_ratio=1.0, log_sd=0.2, draws=50)
    one, other = (model.fit(KOSOVO, rng=np.random.default_rng(7)) for _ in range(2))
    assert one.to_dataset().identical(other.to_dataset())
    assert one.to_dataset()["total"].sizes == {"draw": 50}
    assert "stated prior of the odds ratio" in one._repr_html_()
