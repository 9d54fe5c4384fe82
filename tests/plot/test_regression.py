"""The figure over readings shows the numbers that it was given."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.regression import CountRegression
from conflictstats.plot.regression import plot_mechanism_sensitivity


@pytest.fixture
def curve(rng):
    found = rng.poisson(rng.gamma(2, 3, 120)).astype(float)
    above = rng.random(120) < 0.5
    frame = pd.DataFrame({"low": found, "high": np.where(above, np.inf, found)})
    frame["how"] = np.where(above, "at_least", "exact")
    model = CountRegression(formula="reported(low, high, how) ~ 1")
    return model.mechanism_sensitivity(frame, found=[1.0, 0.6, 0.8])


def test_the_curve_is_that_of_the_confirmed_fits(curve):
    figure = plot_mechanism_sensitivity(curve, ["Intercept"])
    (axes,) = figure.axes
    drawn = {line.get_label(): line for line in axes.lines}
    found, estimate = drawn["confirmed"].get_data()
    assert found.tolist() == [0.6, 0.8, 1.0]
    wanted = curve["estimate"].sel(param="Intercept")
    np.testing.assert_array_equal(estimate, wanted[[2, 3, 1]])
    assert drawn["exact"].get_ydata()[0] == wanted[0]
    assert drawn["coarsened"].get_ydata()[0] == wanted[-1]


def test_each_parameter_has_a_panel(curve):
    figure = plot_mechanism_sensitivity(curve)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Intercept", "dispersion"]


def test_what_is_not_there_is_refused(curve):
    with pytest.raises(SettingError, match="must be at most 12 of Intercept"):
        plot_mechanism_sensitivity(curve, ["slope"])
    with pytest.raises(DimensionError, match="case"):
        plot_mechanism_sensitivity(curve.isel(case=0))
