"""One replicate of a series' calibration, and that a wrong belief is seen."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.evaluate import EngineCalibration, SeriesModel, calibration_table
from conflictstats.evaluate.engine_calibration import (
    _log_probability_of_truth as log_probability_of_truth,
)
from conflictstats.numerics.likelihood.mechanisms import Mechanism
from conflictstats.numerics.priors import Overdispersion, Share, StandardDeviation
from conflictstats.report.study import run_study
from conflictstats.simulate.latent_series import LatentSeries

pytestmark = pytest.mark.usefixtures("unchecked")
SHORT = {"n_time": (8, 12), "start": (1.0, 1.0)}


def cell(family, how="exact", *, believed=None, **drawn):
    words = {"coarsened": "range", "floor": "at_least", "elicited": "coded"}
    readings = {words[how]: Mechanism[how.upper()]} if how != "exact" else {}
    scatter = {
        "negbin": Overdispersion(3.0, 0.05),
        "betabinomial": Share(1.0, 9.0),
        "gaussian": StandardDeviation(3.0, 0.05),
        "lognormal": StandardDeviation(3.0, 0.05),
    }
    model = SeriesModel(
        family=family,
        mechanisms=readings,
        start=(1.0, 1.0),
        scatter=scatter.get(family),
        **(believed or {}),
    )
    laws = {"scatter": (1.0, 9.0)} if family == "betabinomial" else {}
    prior = LatentSeries(family=family, mechanism=how, **SHORT, **laws, **drawn)
    return EngineCalibration(
        name=f"{family}-{how}", model=model, prior=prior, draws=199
    )


@pytest.mark.parametrize(
    ("family", "how", "more"),
    [
        ("poisson", "exact", set()),
        ("negbin", "elicited", {"size"}),
        ("binomial", "floor", {"found"}),
        ("betabinomial", "exact", {"correlation"}),
        ("gaussian", "coarsened", {"sd"}),
        ("lognormal", "exact", {"sd"}),
    ],
)
def test_every_quantity_that_a_cell_has_is_ranked(family, how, more, rng):
    told = cell(family, how, most=9).replicate(rng)
    ranks = {name[5:]: v for name, v in told.items() if name.startswith("rank_")}
    assert set(ranks) == {"mean", "middle", "change", "loglik", "step_sd"} | more
    assert all(0 <= rank <= 199 for rank in ranks.values())
    assert told["status"] == "CONVERGED"


@pytest.mark.parametrize("family", ["gaussian", "binomial", "negbin"])
def test_a_series_without_reports_is_its_prior(family, rng):
    chosen = cell(family, missing=1.0)
    told = chosen.replicate(rng)
    assert told["nobs"] == 0
    assert 0 <= told["rank_mean"] <= 199


def test_numbers_around_a_level_have_one_effect(rng):
    chosen = cell("poisson", component="iid")
    model = replace(chosen.model, component="iid", start=(0.0, 2.0))
    problem = model.problem(chosen.prior.draw(rng))
    assert_allclose(problem.effects[0].std_dev, [2.0])
    told = replace(chosen, model=model).replicate(rng)
    assert 0 <= told["rank_mean"] <= 199


def test_the_log_probability_at_the_truth_is_that_of_the_family(rng):
    chosen = cell("negbin")
    drawn = chosen.prior.draw(rng)
    mean, size = np.exp(drawn["predictor"].values), float(drawn["size"])
    law = stats.nbinom(size, size / (size + mean))
    expected = law.logpmf(drawn["truth"].values).sum()
    found = log_probability_of_truth(drawn, chosen.model.problem(drawn))
    assert_allclose(found, expected, rtol=1e-9)


def test_a_belief_that_is_not_that_of_the_data_is_seen(tmp_path):
    """Steps are drawn four times as large as the model believes."""
    right, wrong = cell("poisson"), cell("poisson", step=(4.0, 0.05))
    cells = [replace(right, name="right"), replace(wrong, name="wrong")]
    table = calibration_table(run_study(cells, tmp_path, replicates=40), 199)
    whole = table.set_index(["cell", "quantity"])
    assert whole.loc["right", "passes"].all(), table
    assert not whole.loc[("wrong", "step_sd"), "passes"], table
    assert whole.loc[("wrong", "step_sd"), "z_mean"] > 3
