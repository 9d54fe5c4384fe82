"""The Kosovo report is the committed one, and has the published number."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "kosovo_1999"
COMMITTED = ROOT / "figures" / "kosovo_1999"
PAGE = ROOT / "docs" / "explanation" / "latent_class.md"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kosovo")
    run = run_analysis(FOLDER, folder)
    return Numbers.read(run.folder / "numbers.json")


def test_the_numbers_are_the_committed_ones(fresh):
    committed = Numbers.read(COMMITTED / "numbers.json")
    assert fresh.differences(committed, rtol=1e-6) == []
    assert changed_outputs(COMMITTED) == []


def test_the_published_estimate_is_reproduced(fresh):
    """Ball et al. (2002): 10,356; the model's profile likelihood by Rcapture."""
    assert fresh["best_estimate"] == pytest.approx(10_356.52, abs=0.01)
    assert fresh["best_lower"] == pytest.approx(8_994.3, abs=0.1)
    assert fresh["best_upper"] == pytest.approx(12_110.4, abs=0.1)
    assert fresh["averaged_estimate"] == pytest.approx(13_183.73, abs=0.01)


def test_every_method_finds_too_few_on_a_list_that_is_known(fresh):
    """What the prose says of the test by lists left out."""
    assert fresh["highest_ratio"] < 1


# -- two samplers of latent classes ---------------------------------------------------


@pytest.fixture(scope="module")
def samplers():
    return pd.read_csv(FOLDER / "results" / "samplers.csv")


ENDS = ["q0.025", "q0.25", "q0.5", "q0.75", "q0.975"]


def test_two_samplers_draw_one_posterior(samplers):
    """Within three standard errors of sixteen parts, for five classes."""
    five = samplers[samplers["classes"] == 5].groupby("sampler")[["mean", *ENDS]]
    middle, error = five.mean(), five.std() / np.sqrt(five.size().iloc[0])
    apart = middle.loc["paths"] - middle.loc["augmentation"]
    assert (apart.abs() < 3 * np.hypot(*error.values)).all()


@pytest.mark.parametrize("classes", [5, 10])
def test_many_fits_are_well_inside_of_the_tolerance(samplers, classes):
    """LCMCR's mean and quantiles with ten classes, to 1.5 % and 3 %."""
    fits = samplers.query("sampler == 'paths' and classes == @classes")
    assert fits["mean"].mean() == pytest.approx(10_697.7, rel=0.005)
    reference = [9065, 9897, 10_440.5, 11_189, 13_895]
    np.testing.assert_allclose(fits[ENDS].mean(), reference, rtol=0.015)


def test_the_page_says_how_far_ends_are_apart_by_chance(samplers):
    page = " ".join(PAGE.read_text("utf-8").split())
    ends = samplers.groupby(["sampler", "classes"])["q0.975"]
    upper, spread = ends.mean(), ends.std()
    fitted = (100 * spread / upper)["paths"]
    assert (
        f"{fitted[10]:.1f} % with ten classes and {fitted[5]:.1f} % with five" in page
    )
    fitted = upper["paths"]
    assert f"{fitted[5]:,.0f} with five classes and {fitted[10]:,.0f} with ten" in page
    other = upper["augmentation", 5], spread["augmentation", 5] / 4
    assert "has {:,.0f} with five (standard error {:.0f})".format(*other) in page


@pytest.mark.shared
def test_the_page_has_the_error_of_the_reference(shared):
    draws = pd.read_csv(shared / "mse" / "ref_lcmcr_kosovo_draws.csv")["N"].to_numpy()
    ends = [np.quantile(part, 0.975) for part in np.array_split(draws, 8)]
    error = 100 * np.std(ends, ddof=1) / np.sqrt(8) / np.mean(ends)
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"standard error of {error:.1f} %" in page
