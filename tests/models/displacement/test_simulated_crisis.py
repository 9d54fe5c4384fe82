"""The model and the simulator, written apart, are one set of equations."""

from dataclasses import replace

import numpy as np
import pytest

from conflictstats.models.displacement import StockFlow
from conflictstats.simulate.displacement_bodies import ReportingBody
from conflictstats.simulate.displacement_crisis import DisplacementCrisis
from conflictstats.simulate.displacement_violence import GammaLag, GeometricLag

SURE = 1e-9
"""Log sd of a number that is as good as known."""
LEVEL = 400.0
STEADY = DisplacementCrisis(
    days=100,
    initial=5e3,
    base=LEVEL / 2,
    inflow_sd=0.0,
    returning=2e-3,
    returning_sd=0.0,
    departing=1e-3,
    bodies=[ReportingBody(name="A", every=100)],
)


def a_year(rate):
    return -np.expm1(-rate * 365.25), SURE


@pytest.mark.parametrize(
    ("lag", "fitted", "population"),
    [
        (GeometricLag(half_life=9), {"half_life": (9.0, SURE)}, np.inf),
        (
            GammaLag(mean=30, shape=3),
            {"lag": "gamma", "delay": ((30.0, SURE), (3.0, SURE))},
            3e4,
        ),
    ],
    ids=["geometric, unlimited", "gamma, depleting"],
)
def test_a_crisis_without_chance_has_the_course_of_the_model(lag, fitted, population):
    """Every number is known and no report says anything, so each draw is the course."""
    rng = np.random.default_rng(2)
    crisis = replace(STEADY, population=population, lag=lag)
    violence = crisis.draw_violence(rng)
    half = LEVEL / 2 / float(violence.mean())
    crisis = replace(crisis, per_violence=half)
    drawn = crisis.draw(rng, violence=violence)
    nothing = {"low": 1.0, "high": 1e15, "best": np.nan, "value": np.nan}
    model = StockFlow(
        inflow=(LEVEL, SURE),
        violence_share=SURE,
        returns=a_year(crisis.returning),
        departures=a_year(crisis.departing),
        inflow_noise=(SURE, SURE),
        return_noise=(SURE, SURE),
        longest_step=1,
        draws=20,
        **fitted,
    )
    fit = model.fit(
        drawn.reports.assign(**nothing, qualifier="range", mechanism="coarsened"),
        violence=violence,
        initial=(crisis.initial, SURE),
        population=(population, SURE) if np.isfinite(population) else None,
        period=("2020-01-01", "2020-04-09"),
        rng=rng,
        strict=False,
    )
    for name in ("inflow", "returns", "departures", "stock"):
        for course in fit.draws[name].transpose("draw", "time").values:
            np.testing.assert_allclose(course, drawn.truth[name], rtol=1e-7)
    come = crisis.per_violence * np.cumsum(crisis.lag.weights)[[29, 89]]
    response = fit.response([30, 90])["estimate"].values.ravel()
    np.testing.assert_allclose(response, come, rtol=1e-7)
