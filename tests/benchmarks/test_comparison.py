"""The engine beside stored answers of its peers, and the peers beside each other."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import special

from benchmarks.comparison import asking, data, ours, table
from benchmarks.comparison.answer import Answer, hyperparameters, log_rates
from benchmarks.comparison.pairs import PAIRS, Case

STORE = asking.STORE
SAMPLED = [name for name in PAIRS if (STORE / name / "nuts.json").is_file()]
SOLVED = [name for name in PAIRS if (STORE / name / "quadrature.json").is_file()]
SHIPPED = [name for name, pair in PAIRS.items() if pair.shipped]


def stored(name, peer):
    return Answer.read(STORE / name / f"{peer}.json")


def kfas(name):
    return json.loads((STORE / name / "kfas.json").read_text("utf-8"))


# -- the peers can be trusted ---------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLED)
def test_the_chains_had_met_and_moved(name):
    told = stored(name, "nuts").told
    assert told["largest_rhat"] < 1.01
    assert told["smallest_ess"] > 400
    assert told["divergences"] <= 0.001 * told["chains"] * told["draws"]


@pytest.mark.parametrize("name", SOLVED)
def test_the_quadrature_does_not_depend_on_its_step(name):
    assert stored(name, "quadrature").told["error"] < 1e-3


@pytest.mark.parametrize("name", SHIPPED)
def test_cases_and_reports_are_those_that_the_peers_have_seen(name, shared):
    pair = PAIRS[name]
    assert Case.read(STORE / name) == pair.case
    kept = pd.read_csv(STORE / name / "reports.csv")
    made = pair.reports(shared)
    assert_allclose(kept.to_numpy(float), made.to_numpy(float, na_value=np.nan))


def test_the_pairs_are_as_hard_as_they_say(shared):
    low = {
        name: PAIRS[name].reports(shared)["low"]
        for name in ("low_counts", "many_zeros", "intervals", "long_small_size")
    }
    assert low["low_counts"].mean() < 1
    assert (low["many_zeros"] == 0).mean() > 0.6
    reports = PAIRS["intervals"].reports(shared)
    assert 0.35 < (reports["low"] != reports["high"].fillna(-1)).mean() < 0.65
    assert low["long_small_size"].size == 500


def diffuse_laplace(count, people, step_sd):
    """Log likelihood of Poisson counts with level and drift, and mode, by Newton."""
    n = count.size
    steps = np.column_stack([np.diff(np.eye(n), axis=0), -np.ones(n - 1)])
    precision = steps.T @ steps / step_sd**2
    mode = np.append(np.log(count / people), 0.0)
    for _ in range(50):
        mean = people * np.exp(mode[:n])
        curvature = precision + np.diag(np.append(mean, 0.0))
        slope = np.append(count - mean, 0.0) - precision @ mode
        mode = mode + np.linalg.solve(curvature, slope)
    mean = people * np.exp(mode[:n])
    told = (count * np.log(mean) - mean - special.gammaln(count + 1)).sum()
    told -= 0.5 * mode @ precision @ mode + (n - 1) * np.log(step_sd)
    told += np.log(2 * np.pi)
    return told - 0.5 * np.linalg.slogdet(curvature)[1], mode


def test_the_series_of_finland_is_the_one_that_kfas_was_given(shared):
    """Printed to eight digits, at the variance that KFAS had estimated."""
    reports = data.alcohol(shared)
    count, people = reports["low"].to_numpy(float), reports["weight"].to_numpy()
    expected = kfas("alcohol")
    step_sd = expected["hyper"]["step_sd"]
    log_likelihood, mode = diffuse_laplace(count, people, step_sd)
    assert_allclose(log_likelihood, expected["log_likelihood"], atol=1e-5)
    last = expected["last"]
    assert_allclose(mode[-2:], [last["level"], last["drift"]], rtol=1e-6)


@pytest.mark.parametrize("name", SAMPLED)
def test_peers_that_share_no_code_agree_on_the_model(name):
    """A wrong prior or a wrong law moves the log rate by more than half an sd; putting
    hyperparameters at their mode does not."""
    apart = log_rates(stored(name, "tmb"), stored(name, "nuts"))
    assert apart.mean < 0.5
    assert apart.sd < 0.35


# -- ours -----------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", SAMPLED)
def test_log_rates_agree_with_nuts(name, shared):
    """Means within .1 posterior sd; sds within 5 % and the error of the chains."""
    referee = stored(name, "nuts")
    apart = log_rates(ours.answer(PAIRS[name], shared), referee)
    assert apart.mean < 0.1
    assert apart.sd < 0.05 + 2 / np.sqrt(2 * referee.told["smallest_ess"])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", SOLVED)
def test_an_answer_that_is_not_that_of_quadrature_says_so(name, shared):
    """One or two cells are the hardest for Laplace's approximation."""
    referee, answer = stored(name, "quadrature"), ours.answer(PAIRS[name], shared)
    apart = log_rates(answer, referee)
    near = abs(answer.log_evidence - referee.log_evidence) < 1e-2
    good = near and apart.mean < 0.1 and apart.sd < 0.05
    assert good or answer.told["status"] == "DOUBTFUL"


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", SOLVED)
def test_refined_log_rates_and_scatter_are_those_of_quadrature(name, shared):
    """Two thousand draws: their own error is .02 sd of a mean, 2 % of an sd."""
    referee = stored(name, "quadrature")
    answer = ours.answer(PAIRS[name], shared, refine=True, draws=2_000)
    apart = [log_rates(answer, referee), hyperparameters(answer, referee)["spread"]]
    assert max(each.mean for each in apart) < 0.1
    assert max(each.sd for each in apart) < 0.1


@pytest.mark.parametrize("name", ["intervals", "confirmed"])
def test_the_panel_says_what_the_reports_say(name, shared):
    pair = PAIRS[name]
    rows, panel = pair.reports(shared), ours.panel_of(pair, shared).isel(place=0)
    assert_allclose(panel["low"], rows["low"])
    high = rows["high"].astype("Float64").to_numpy(float, na_value=np.inf)
    assert_allclose(panel["high"], high)
    at_least = panel["qualifier"].values == "at_least"
    assert (at_least == (rows["thinned"] == 1)).all()


# -- the distance itself --------------------------------------------------------------


def test_distances_are_in_the_referees_units():
    plain = {"peer": "", "version": "", "cpu_s": 0.0}
    referee = Answer(
        **plain, mean=np.zeros(2), sd=np.array([1.0, 2.0]), hyper={"r": (1.0, 0.5)}
    )
    other = Answer(
        **plain,
        mean=np.array([0.1, 0.4]),
        sd=np.array([1.1, 1.0]),
        hyper={"r": (2.0, 0.4), "more": (0.0, 1.0)},
    )
    apart = log_rates(other, referee)
    assert_allclose([apart.mean, apart.sd], [0.2, 0.5])
    (hyper,) = hyperparameters(other, referee).values()
    assert_allclose([hyper.mean, hyper.sd], [2.0, 0.2])
    assert log_rates(referee, referee).mean == 0


def test_a_row_of_the_table_has_a_cell_for_each_heading(shared):
    row = table.row("one_count", PAIRS["one_count"], shared)
    assert len(row) == len(table.HEADINGS)
    assert row[1] == "quadrature"
    assert float(row[2]) < 0.1
