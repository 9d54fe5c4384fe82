"""One replicate of a rate's calibration, and 200 of three cells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.evaluate.calibration import calibration_table
from conflictstats.evaluate.rate_calibration import RateCalibration
from conflictstats.evaluate.rate_calibration import _log_probability as log_probability
from conflictstats.evaluate.strata import STRATA
from conflictstats.models.rates import DynamicRate
from conflictstats.report.study import run_study
from conflictstats.simulate.latent import LatentCounts
from conflictstats.simulate.latent_panel import LatentPanel

pytestmark = pytest.mark.usefixtures("unchecked")


def cell(mechanism="exact", *, n_time=(15, 30), **prior):
    return RateCalibration(
        name=mechanism,
        model=DynamicRate(draws=199),
        prior=LatentCounts(mechanism=mechanism, n_time=n_time, **prior),
    )


def test_a_row_says_what_the_data_were_like(rng):
    told = cell("coarsened", n_time=(70, 70), missing=0.5).replicate(rng)
    again = np.random.default_rng(20190822)
    drawn = cell("coarsened", n_time=(70, 70), missing=0.5).prior.draw(again)
    low = drawn["low"].values[:, 0]
    seen = low[np.isfinite(low)]
    assert told["n_time"] == 70
    assert told["nobs"] == seen.size
    assert_allclose(told["missing_share"], 1 - seen.size / 70)
    assert_allclose(told["mean_count"], seen.mean())
    assert_allclose(told["zero_share"], (seen == 0).mean())


@pytest.mark.parametrize(
    ("mechanism", "more"),
    [
        ("exact", set()),
        ("confirmed", {"deaths", "found"}),
        ("rounded", {"deaths"}),
    ],
)
def test_every_quantity_that_a_cell_has_is_ranked(mechanism, more, rng):
    told = cell(mechanism, start_sd=2.0).replicate(rng)
    ranks = {name[5:]: v for name, v in told.items() if name.startswith("rank_")}
    both = {"total", "middle", "change", "step_sd", "size", "loglik"}
    assert set(ranks) >= both
    assert set(ranks) <= both | more
    assert all(0 <= rank <= 199 for rank in ranks.values())


def test_places_are_compared_and_the_season_is_ranked(rng):
    prior = LatentPanel(n_place=2, places="parallel", calendar="weekday", n_time=(9, 9))
    model = DynamicRate(draws=199, places="parallel", calendar=("weekday",))
    told = RateCalibration(name="two", model=model, prior=prior).replicate(rng)
    ranks = {name[5:] for name in told if name.startswith("rank_")}
    hyper = {"step_sd", "place_sd", "weekday_sd", "size"}
    seen = {"total", "middle", "change", "contrast", "effect", "loglik"}
    assert ranks == seen | hyper


def test_strata_are_conditions_on_what_a_row_has(rng):
    frame = pd.DataFrame([cell().replicate(rng) for _ in range(3)])
    for condition in STRATA.values():
        assert len(frame.query(condition)) <= 3


def test_the_log_probability_is_that_of_the_negative_binomial():
    count, mean = np.array([0.0, 3.0, 50.0]), np.array([0.5, 2.0, 70.0])
    for size in (0.3, 4.0):
        law = stats.nbinom(size, size / (size + mean))
        assert_allclose(
            log_probability(count, mean, np.array(size)), law.logpmf(count).sum()
        )


def test_a_smoke_run_sees_a_prior_that_is_not_the_models(tmp_path):
    """Truths scatter less, and wander more, than the model believes."""
    wrong = cell(overdispersion=(0.3, 0.05), weekly_change=(20.0, 0.4))
    found = run_study([replace(wrong, name="wrong")], tmp_path, replicates=60)
    table = calibration_table(found, 199).set_index("quantity")
    assert not table.loc["size", "passes"]
    assert not table.loc["step_sd", "passes"]
    assert table.loc["size", "z_mean"] > 3
