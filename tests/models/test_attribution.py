"""Bounds and model against a truth that is known, by hand, and at their limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.errors import DimensionError, FitError, SchemaError, SettingError
from conflictstats.models.attribution import (
    AttributionBounds,
    AttributionShare,
    AttributionShareStatus,
    AttributionStatus,
)
from conflictstats.numerics.partial_identification import share_bounds
from conflictstats.panel import incidents_of_claims
from conflictstats.simulate.attributions import claimed_incidents

SHARES = {"army": 0.5, "militia": 0.3, "police": 0.2}


def incidents(*sides, deaths=None):
    """Incidents, one a claim; None is unknown."""
    stance = ["unknown" if each is None else "names" for each in sides]
    deaths = range(1, len(sides) + 1) if deaths is None else deaths
    table = pd.DataFrame({"sides": sides, "stance": stance, "deaths": deaths})
    return incidents_of_claims(table.assign(event=range(len(sides)), by="x"))


def bounds_of(found, **wanted):
    model = AttributionBounds(**({"replicates": 200} | wanted))
    return model.fit(found, rng=np.random.default_rng(5))


def truth_of(drawn, unit):
    """Share of each side in the incidents drawn, or in their deaths."""
    once = drawn.drop_duplicates("event")
    weight = once["deaths"] if unit == "deaths" else once["deaths"] ** 0
    return weight.groupby(once["truth"]).sum() / weight.sum()


def test_bounds_by_hand():
    fit = bounds_of(incidents("A", "A", "B", "A or B", None))
    lower, upper = fit.bounds["lower"], fit.bounds["upper"]
    assert list(lower["side"].values) == ["A", "B", "another side"]
    assert_allclose(lower.sel(unit="incidents"), [2 / 5, 1 / 5, 0])
    assert_allclose(upper.sel(unit="incidents"), [4 / 5, 3 / 5, 1 / 5])
    assert_allclose(lower.sel(unit="deaths"), [3 / 15, 3 / 15, 0])
    assert_allclose(upper.sel(unit="deaths"), [12 / 15, 12 / 15, 5 / 15])
    counted = fit.totals["standings"].sel(unit="incidents")
    assert dict(zip(counted["standing"].values, counted.values, strict=True)) == {
        "one side": 3, "several sides": 1, "contested": 0, "anyone": 1,
    }  # fmt: skip


counts = st.integers(0, 8)


@given(counts, counts, counts)
@settings(max_examples=15)
def test_of_two_sides_they_are_the_bounds_of_a_share(a, b, either):
    if not a + b + either:
        return
    sides = ["A"] * a + ["B"] * b + ["A or B"] * either
    found = bounds_of(incidents(*sides, "A or B", deaths=[1] * len(sides) + [0]))
    known = share_bounds(*(np.array([float(n)]) for n in (a, b, either)))
    here = found.bounds.sel(side="A", unit="deaths")
    assert_allclose([here["lower"], here["upper"]], np.ravel(known))


def test_bounds_hold_the_truth_whatever_the_reason_for_silence(rng):
    """The army's incidents are left open four times as often: bounds hold, always."""
    vague = {"army": 0.8, "militia": 0.2, "police": 0.2}
    for _ in range(10):
        drawn = claimed_incidents(150, SHARES, rng=rng, vague=vague)
        fit = bounds_of(incidents_of_claims(drawn, sides=SHARES), replicates=2)
        for unit in ("incidents", "deaths"):
            here = fit.bounds.sel(unit=unit, side=list(SHARES))
            truth = truth_of(drawn, unit).reindex(list(SHARES)).fillna(0)
            assert (here["lower"] <= truth.to_numpy() + 1e-9).all()
            assert (truth.to_numpy() - 1e-9 <= here["upper"]).all()


def test_bounds_move_apart_by_what_is_open():
    told = incidents("A", "B", None, None)
    width = bounds_of(told).params.diff("param").squeeze("param")
    assert_allclose(width.sel(unit="incidents"), 0.5)
    assert_allclose(width.sel(unit="deaths"), 0.7)


def test_the_interval_holds_the_bounds_and_grows_with_its_level():
    fit = bounds_of(incidents(*["A", "B", "A or B"] * 10))
    narrow, wide = fit.conf_int(0.5), fit.conf_int(0.99)
    assert (wide["lower"] <= narrow["lower"]).all()
    assert (narrow["lower"] <= fit.bounds["lower"]).all()
    assert (fit.bounds["upper"] <= narrow["upper"]).all()
    assert wide.attrs == {"level": 0.99, "kind": "confidence"}


def test_standard_errors_are_those_of_a_proportion():
    """The share of certain incidents is a mean of zeros and ones: sqrt(p q / n)."""
    fit = bounds_of(incidents(*["A"] * 60 + ["B"] * 40), replicates=4000)
    error = fit.std_err.sel(param="lower", side="A", unit="incidents")
    assert_allclose(error, np.sqrt(0.6 * 0.4 / 100), rtol=0.05)


@pytest.mark.parametrize(
    ("sides", "deaths", "status"),
    [
        (["A", "B"], None, AttributionStatus.IDENTIFIED),
        (["A", "B", "A or B"], None, AttributionStatus.BOUNDED),
        (["A", None], [1, 99], AttributionStatus.UNINFORMATIVE),
        (["A", "B"], [0, 0], AttributionStatus.NO_DEATHS),
    ],
)
def test_the_status_says_how_far_sides_are_known(sides, deaths, status):
    fit = bounds_of(incidents(*sides, deaths=deaths))
    assert fit.status is status
    assert status.value in fit.summary()


def test_one_incident_has_no_interval():
    fit = bounds_of(incidents("A"))
    assert fit.conf_int()[["lower", "upper"]].isnull().all().to_array().all()
    assert_allclose(fit.bounds["lower"].sel(side="A"), 1)


# -- the model ---------------------------------------------------------------------


def share_of(found, rng, **wanted):
    return AttributionShare(**({"draws": 100} | wanted)).fit(found, rng=rng)


def test_the_model_recovers_ignorable_truth(rng):
    drawn = claimed_incidents(3000, SHARES, rng=rng, vague=0.4)
    fit = share_of(incidents_of_claims(drawn, sides=SHARES), rng)
    expected = fit.expected(0.999).sel(side=list(SHARES))
    theta = list(SHARES.values())
    assert (expected["lower"] < theta).all()
    assert (theta < expected["upper"]).all()
    assert float((expected["upper"] - expected["lower"]).max()) < 0.09
    for unit in ("incidents", "deaths"):
        here = fit.conf_int(0.999).sel(side=list(SHARES), unit=unit)
        truth = truth_of(drawn, unit)[list(SHARES)]
        assert (here["lower"] <= truth).all()
        assert (truth <= here["upper"]).all()


def test_the_model_is_wrong_where_silence_depends_on_the_side_and_odds_mend_it(rng):
    """Vague of the army 0.6, of others 0.2; the bounds are right without knowing it."""
    vague = {"army": 0.6, "militia": 0.2, "police": 0.2}
    drawn = claimed_incidents(3000, SHARES, rng=rng, vague=vague, denied=0)
    found = incidents_of_claims(drawn, sides=SHARES)
    army = {"side": "army", "unit": "incidents"}
    truth = truth_of(drawn, "incidents")["army"]
    wrong = share_of(found, rng).conf_int(0.99).sel(army)
    assert float(wrong["upper"]) < truth
    mended = share_of(found, rng, odds={"army": 3.0}).conf_int(0.99).sel(army)
    assert float(mended["lower"]) < truth < float(mended["upper"])
    bounds = bounds_of(found, replicates=2).bounds.sel(army)
    assert float(bounds["lower"]) < truth < float(bounds["upper"])


@pytest.mark.parametrize(("odds", "end"), [(1e-9, "lower"), (1e9, "upper")])
def test_odds_without_limit_give_the_bounds(odds, end, rng):
    found = incidents("A", "A", "B", "A or B", None, deaths=[4, 1, 2, 7, 3])
    fit = share_of(found, rng, odds={"A": odds})
    bounds = bounds_of(found).bounds[end].sel(side="A")
    assert_allclose(fit.conf_int(0.99)["lower"].sel(side="A"), bounds)
    assert_allclose(fit.conf_int(0.99)["upper"].sel(side="A"), bounds)


def test_every_draw_is_inside_the_bounds_and_sums_to_one(rng):
    found = incidents(*["A", "B", "B or C", "A or C", None] * 4)
    drawn = share_of(found, rng).draws["share"]
    bounds = bounds_of(found).bounds
    assert_allclose(drawn.sum("side"), 1)
    assert ((bounds["lower"] - 1e-9 <= drawn) & (drawn <= bounds["upper"] + 1e-9)).all()


def test_where_nothing_is_certain_the_model_refuses_and_the_bounds_do_not(rng):
    found = incidents("A or B", "A or B", None)
    with pytest.raises(FitError, match="none of the 3 incidents has one possible side"):
        share_of(found, rng)
    assert_allclose(bounds_of(found).bounds["lower"], 0)


def test_few_certain_incidents_are_said(rng):
    fit = share_of(incidents("A", *["A or B"] * 3), rng, draws=1000)
    assert fit.status is AttributionShareStatus.MOSTLY_ASSUMED
    assert "does not depend on who did it" in fit.summary()
    assert fit.params.dims == ("side", "unit")


def test_what_cannot_be_used_is_refused(rng):
    with pytest.raises(SettingError, match="odds name C"):
        share_of(incidents("A", "B"), rng, odds={"C": 2.0})
    with pytest.raises(SettingError, match="odds of A"):
        AttributionShare(odds={"A": 0.0})
    with pytest.raises(SettingError, match="replicates"):
        AttributionBounds(replicates=1)
    with pytest.raises(SettingError, match="draws"):
        AttributionShare(draws=5)
    found = incidents("A", "B")
    with pytest.raises(SchemaError, match="lack says"):
        bounds_of(found.drop_vars("says"))
    with pytest.raises(SchemaError, match="no side is possible in incident 0, 1"):
        bounds_of(found.assign(possible=found["possible"] & False))
    with pytest.raises(DimensionError):
        bounds_of(found.isel(side=0))


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("vague", "holds"), [(0.4, True), (None, False)])
def test_coverage_of_bounds_interval_and_model(vague, holds, rng):
    """300 replicates of 120 incidents; of all sides, army is the one left open."""
    chance = vague if holds else {"army": 0.7, "militia": 0.2, "police": 0.2}
    inside = []
    for _ in range(300):
        drawn = claimed_incidents(120, SHARES, rng=rng, vague=chance)
        found = incidents_of_claims(drawn, sides=SHARES)
        fits = bounds_of(found, replicates=300), share_of(found, rng)
        around, model = fits[0].conf_int(), fits[1].expected()
        pairs = around.sel(side="army", unit="incidents"), model.sel(side="army")
        inside.append([p["lower"] <= SHARES["army"] <= p["upper"] for p in pairs])
    interval, posterior = np.mean(inside, axis=0)
    assert interval >= 0.87
    assert (0.86 <= posterior <= 0.94) if holds else posterior < 0.5
