"""Shares of destinations: simulated truth, limits, refusals, and what is predicted."""

import numpy as np
import pytest
import xarray as xr
from scipy import special

from conflictstats.errors import DimensionError, SchemaError, SettingError
from conflictstats.models.destinations import Destinations, DestinationsStatus

MODEL = Destinations(draws=400)
NAMES = ["Abala", "Mentao", "Mbera", "Niamey"]
GRAVITY = xr.Dataset(
    {
        "distance": ("destination", [150.0, 500.0, 90.0, 420.0]),
        "border": ("destination", [1.0, 0.0, 1.0, 0.0]),
    },
    {"destination": NAMES},
)


def crisis(rng, dates=30, monthly=0.5, concentration=400.0):
    """Shares that wander about gravity, and reports of them at irregular dates."""
    days = np.datetime64("2012-02-01", "D") + rng.integers(2, 15, dates).cumsum()
    gaps = np.diff(days).astype(float)
    pull = -np.log(GRAVITY["distance"].values + 10) + 0.5 * GRAVITY["border"].values
    steps = rng.normal(size=(dates, 4)) * monthly / np.sqrt(30)
    steps[1:] *= np.sqrt(gaps)[:, None]
    steps[0] = rng.normal(0, 0.5, 4)
    share = special.softmax(pull + steps.cumsum(axis=0), axis=1)
    people = [rng.multinomial(80_000, rng.dirichlet(concentration * p)) for p in share]
    coords = {"time": days.astype("datetime64[ns]"), "destination": NAMES}
    dims = "time", "destination"
    whole = xr.DataArray(np.array(people, float), coords, dims)
    return xr.DataArray(share, coords, dims), whole


def partly(whole, rng, part=0.5):
    """The same with most numbers not reported."""
    return whole.where(rng.random(whole.shape) < part)


def test_intervals_hold_the_shares_of_simulated_crises():
    held, hyper = [], []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        share, whole = crisis(rng, 15)
        fit = MODEL.fit(
            partly(whole, rng),
            totals=whole.sum("destination"),
            gravity=GRAVITY,
            rng=rng,
        )
        usable = DestinationsStatus.CONVERGED, DestinationsStatus.APPROXIMATE
        assert fit.status in usable
        band = fit.shares(0.9)
        held.append(((band["lower"] <= share) & (share <= band["upper"])).mean().item())
        ends = fit.conf_int(0.98)
        truth = np.array([0.5, 400.0])
        some = ends.sel(param=["monthly_change", "concentration"])
        hyper += ((some["lower"] < truth) & (some["upper"] > truth)).values.tolist()
    assert 0.8 < np.mean(held) < 0.98
    assert np.mean(hyper) > 0.7


@pytest.mark.slow
def test_the_next_report_is_as_uncertain_as_it_is_said(rng):
    inside = []
    for _ in range(60):
        _, whole = crisis(rng, 15)
        fit = MODEL.fit(whole[:-1], gravity=GRAVITY, rng=rng)
        ahead = fit.predict(whole["time"].values[-1], totals=80_000, rng=rng)
        assert (ahead["people"].sum("destination") == 80_000).all()
        below = (ahead["people"] < whole[-1]).mean("draw")
        inside += (np.abs(below - 0.5) < 0.4).values.tolist()
    assert 0.7 < np.mean(inside) < 0.9


def test_a_destination_that_was_not_seen_is_predicted_by_gravity(rng):
    _, whole = crisis(rng, 15, monthly=0.1)
    fit = MODEL.fit(whole, gravity=GRAVITY, rng=rng)
    more = xr.Dataset(
        {
            "distance": ("destination", [90.0, 2000.0]),
            "border": ("destination", [1.0, 0.0]),
        },
        {"destination": ["Near", "Far"]},
    )
    both = xr.concat([GRAVITY, more], "destination")
    ahead = fit.predict("2014-01-01", gravity=both, rng=rng)
    assert ahead["seen"].values.tolist() == [True] * 4 + [False] * 2
    middle = ahead["expected"].median("draw")
    assert middle.sel(destination="Near") > 3 * middle.sel(destination="Far")
    spread = np.log(ahead["expected"]).std("draw")
    assert spread.sel(destination="Near") > spread.sel(destination="Mbera")


def test_closed_destinations_have_no_share_and_the_others_all(rng):
    _, whole = crisis(rng, 6)
    shut = xr.ones_like(whole)
    shut[:4, 0] = 0
    told = whole.where(shut > 0)
    fit = MODEL.fit(told, open=shut, rng=rng)
    share = fit.draws["share"]
    assert (share[:, :4, 0] == 0).all()
    np.testing.assert_allclose(share.sum("destination"), 1)
    closing = xr.DataArray([0.0], {"destination": ["Mbera"]}, "destination")
    ahead = fit.predict("2013-01-01", open=closing, totals=100, rng=rng)
    assert (ahead["people"].sel(destination="Mbera") == 0).all()
    with pytest.raises(SchemaError, match="Abala reports people where it was closed"):
        MODEL.fit(whole, open=shut)


def test_names_and_order_of_destinations_change_nothing(rng):
    _, whole = crisis(rng, 6)
    turned = whole[::-1, ::-1]
    fits = [
        MODEL.fit(each, gravity=GRAVITY, rng=np.random.default_rng(1))
        for each in (whole, turned)
    ]
    one, other = (fit.shares()["estimate"].sel(destination=NAMES) for fit in fits)
    np.testing.assert_allclose(one, other, atol=0.02)


def test_without_totals_only_those_who_report_together_tell(rng):
    share, whole = crisis(rng, 12)
    alone = whole.where(whole["destination"] == "Mbera")
    fit = MODEL.fit(alone, rng=rng)
    assert fit.status is DestinationsStatus.FEW_REPORTS
    assert fit.nobs == 0
    spread = fit.shares(0.9)
    assert (spread["upper"] - spread["lower"] > 0.3).all()
    with_totals = MODEL.fit(alone, totals=whole.sum("destination"), rng=rng)
    band = with_totals.shares(0.98).sel(destination="Mbera")
    truth = share.sel(destination="Mbera")
    assert ((band["lower"] < truth) & (truth < band["upper"])).mean() > 0.7
    assert (band["upper"] - band["lower"] < 0.3).all()


def test_a_date_without_reports_is_known_less_than_those_beside_it(rng):
    _, whole = crisis(rng, 11, monthly=1.0, concentration=1e5)
    whole[5] = np.nan
    band = MODEL.fit(whole, rng=rng).shares()
    width = np.log(band["upper"] / band["lower"]).mean("destination")
    assert width[5] > 1.2 * max(width[4], width[6])


def test_draws_of_totals_are_used_where_they_are_possible(rng):
    _, whole = crisis(rng, 6)
    told = partly(whole, rng)
    sure = whole.sum("destination")
    noise = xr.DataArray(rng.normal(1, 0.2, 40), dims="draw")
    draws = Destinations(draws=400, total_draws=2).fit(
        told, totals=sure * noise, rng=rng
    )
    exact = MODEL.fit(told, totals=sure, rng=rng)
    assert 0 < draws.diagnostics["totals_below"] < 0.5
    assert draws.draws["share"].shape == exact.draws["share"].shape
    width = [
        (fit.shares()["upper"] - fit.shares()["lower"]).mean() for fit in (exact, draws)
    ]
    assert width[1] > width[0]


def test_shares_with_totals_are_as_good_as_people(rng):
    _, whole = crisis(rng, 4)
    totals = whole.sum("destination")
    one = MODEL.fit(whole, rng=np.random.default_rng(1))
    model = Destinations(draws=400, reported="shares")
    other = model.fit(whole / totals, totals=totals, rng=np.random.default_rng(1))
    np.testing.assert_allclose(one.draws["share"], other.draws["share"], rtol=1e-6)
    with pytest.raises(SchemaError, match="is a share without a total"):
        model.fit(whole / totals)


def test_one_destination_has_all_and_says_so(rng):
    _, whole = crisis(rng, 5)
    fit = MODEL.fit(whole[:, :1], rng=rng)
    assert fit.status is DestinationsStatus.ONE_DESTINATION
    assert (fit.draws["share"] == 1).all()
    assert "nothing is estimated" in fit.summary()


def test_coefficients_say_how_much_was_learned(rng):
    wide = {"distance": (0.0, 2.0)}
    _, whole = crisis(rng, 8)
    flat = GRAVITY.assign(border=("destination", np.ones(4)))
    model = Destinations(draws=400, coefficients=wide)
    found = model.fit(whole, gravity=flat, rng=rng).coefficients()
    assert found["learned"].sel(term="distance") > 0.3
    assert abs(found["learned"].sel(term="border")) < 0.25
    assert found["prior_sd"].sel(term="distance") == 2.0


def test_counts_of_millions_and_zeros_are_read(rng):
    _, whole = crisis(rng, 7)
    many = 1e4 * whole
    many[:6, 1] = 0
    fit = MODEL.fit(many, rng=rng)
    assert np.isfinite(fit.draws["share"]).all()
    assert fit.shares()["estimate"][0, 1] < 0.02


def test_a_file_gives_back_the_fit(rng, tmp_path):
    _, whole = crisis(rng, 6)
    model = Destinations(draws=100, coefficients={"border": (1.0, 0.2)})
    fit = model.fit(whole, gravity=GRAVITY, rng=rng)
    fit.to_dataset().to_netcdf(tmp_path / "shares.nc")
    with xr.open_dataset(tmp_path / "shares.nc") as stored:
        again = Destinations.from_dataset(stored.load())
    assert again.model == model
    assert again.draws.identical(fit.draws)
    assert again.diagnostics.identical(fit.diagnostics)
    assert again.summary() == fit.summary()
    assert again.to_frame()["estimate"].between(0, 1).all()


REFUSED = {
    "numbers": (lambda p: {"people": p.assign_coords(time=range(5))}, "time as dates"),
    "nobody": (lambda p: {"people": p[:0]}, "0 times"),
    "twice": (lambda p: {"people": xr.concat([p, p[:1]], "time")}, "twice"),
    "negative": (lambda p: {"people": p - 1e6}, "Abala is negative or infinite on"),
    "low total": (lambda p: {"totals": p.sum("destination") / 2}, "below the"),
    "high total": (
        lambda p: {"totals": p.sum("destination") * 2},
        "those who are else",
    ),
    "openings": (lambda p: {"open": p[0]}, "no number from 0 to 1 in open"),
    "no term": (lambda p: {"gravity": GRAVITY.rename(border="wall")}, "no term 'wall'"),
    "nowhere": (
        lambda p: {"gravity": GRAVITY[{"destination": [0]}]},
        "no destination M",
    ),
    "below": (lambda p: {"gravity": -GRAVITY}, "below 0 in Abala"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_its_place(rng, case):
    _, whole = crisis(rng, 5)
    change, message = REFUSED[case]
    with pytest.raises((SchemaError, SettingError), match=message):
        MODEL.fit(**({"people": whole} | change(whole)))


def test_settings_and_dates_that_mean_nothing_are_refused(rng):
    _, whole = crisis(rng, 5)
    fit = Destinations(draws=50).fit(whole, rng=rng)
    with pytest.raises(SettingError, match="must be after the last of the fit"):
        fit.predict("2012-01-01")
    with pytest.raises(SettingError, match="the terms of the fit, none"):
        fit.predict("2013-01-01", gravity=GRAVITY)
    with pytest.raises(SettingError, match="no destination is open"):
        fit.predict("2013-01-01", open=xr.zeros_like(whole[0]))
    with pytest.raises(SettingError, match="totals must be numbers"):
        fit.predict("2013-01-01", totals=-1)
    with pytest.raises(SettingError, match="at least total_draws"):
        Destinations(draws=3)
    with pytest.raises(DimensionError, match="needs dimension"):
        MODEL.fit(whole.rename(destination="camp"))
