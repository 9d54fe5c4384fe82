"""What is drawn is what was drawn from the prior."""

import doctest
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import same_color
from numpy.testing import assert_allclose

from conflictstats.errors import DimensionError, SettingError
from conflictstats.numerics import priors
from conflictstats.plot.priors import PATHS, plot_prior
from conflictstats.plot.style import OKABE_ITO

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def draws(rng):
    fold = np.exp(priors.walks(priors.Step(), 13, 400, rng))
    deaths = priors.counts(35 * fold, priors.Overdispersion(), rng)
    both = {"fold": (("draw", "time"), fold), "deaths": (("draw", "time"), deaths)}
    weeks = {"time": ("time", np.arange(13), {"units": "weeks"})}
    return xr.Dataset(both, weeks)


@pytest.mark.parametrize(("panel", "name"), [(0, "fold"), (1, "deaths")])
def test_bands_are_the_quantiles_and_lines_the_first_draws(draws, panel, name):
    axes = plot_prior(draws, level=0.8).axes[panel]
    values = draws[name].values
    band = axes.collections[0].get_paths()[0].vertices
    for week in (0, 5, 12):
        here = band[band[:, 0] == week, 1]
        assert_allclose(here.min(), np.quantile(values[:, week], 0.1), rtol=1e-12)
        assert_allclose(here.max(), np.quantile(values[:, week], 0.9), rtol=1e-12)
    orange = [
        line.get_ydata()
        for line in axes.lines
        if same_color(line.get_color(), OKABE_ITO["orange"])
    ]
    assert_allclose(np.array(orange), values[:PATHS])
    median = axes.lines[0].get_ydata()
    assert_allclose(median, np.median(values, axis=0), rtol=1e-12)


def test_axes_say_what_they_are(draws):
    left, right = plot_prior(draws).axes
    assert left.get_yscale() == "log"
    assert right.get_yscale() == "symlog"
    assert right.get_ylim()[0] == 0
    assert left.get_xlabel() == right.get_xlabel() == "weeks"
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["median and 90 % of the prior", "single draws"]


def test_order_of_dimensions_does_not_matter(draws):
    pictures = [plot_prior(d).axes[1].lines[3] for d in (draws, draws.transpose())]
    assert_allclose(*(line.get_ydata() for line in pictures))


def test_what_cannot_be_drawn_is_refused(draws):
    with pytest.raises(DimensionError, match="draw"):
        plot_prior(draws.isel(draw=0))
    with pytest.raises(SettingError, match=r"did you mean 0\.9"):
        plot_prior(draws, level=90)


def test_the_picture_in_the_documentation_is_what_its_code_draws(tmp_path):
    """To renew it: save the figure of the page at 110 dots an inch."""
    page = ROOT / "docs" / "explanation" / "priors.md"
    known = {}
    for example in doctest.DocTestParser().get_examples(page.read_text("utf-8")):
        exec(example.source, known)
    known["figure"].savefig(tmp_path / "prior.png", dpi=110)
    shown, drawn = (
        mpl.image.imread(where / "prior.png")
        for where in (ROOT / "docs" / "_static", tmp_path)
    )
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).mean() < 0.01 < shown.std()
