"""Bulletins of incidents are drawn from the law that they state."""

import numpy as np
import pytest

from conflictstats.errors import SettingError
from conflictstats.simulate.incidents import ReportLaw, incident_bulletins

CLEAN = ReportLaw(correction=0, slip=0, growth=0.5)


def test_the_share_found_grows_as_stated(rng):
    told = incident_bulletins(3000, found={"A": 0.6}, law=CLEAN, reports=3, rng=rng)
    lag = (told["published"] - told["period_end"]).dt.days
    for day in (0, 7):
        some = told[lag == day]
        odds = 1.5 * (1 + day) ** 0.5
        share = some["value_low"].sum() / some["dead"].sum()
        assert share == pytest.approx(odds / (1 + odds), abs=0.02)


def test_the_dead_have_the_stated_mean_and_tail(rng):
    law = ReportLaw(mean=20, size=2, tail=3.5)
    told = incident_bulletins(3000, found={"A": 1}, law=law, reports=1, rng=rng)
    # cut at one: chance of nobody under the Beta law of p is B(a + 2, b) / B(a, b)
    beta = 20 * 2.5 / 2
    nobody = 3.5 * 4.5 / ((3.5 + beta) * (4.5 + beta))
    assert told["dead"].mean() == pytest.approx(20 / (1 - nobody), rel=0.08)
    assert told["dead"].min() == 1


def test_corrections_count_too_many_and_slips_have_the_stated_median(rng):
    law = ReportLaw(correction=1, struck=0.2, slip=0)
    high = incident_bulletins(500, found={"A": 0.5}, law=law, reports=1, rng=rng)
    assert (high["value_low"] > high["dead"]).all()
    law = ReportLaw(slip=1, mean=12)
    slips = incident_bulletins(2000, found={"A": 0.5}, law=law, reports=1, rng=rng)
    assert slips["slipped"].all()
    assert np.median(slips["value_low"]) == pytest.approx(12, abs=1)


@pytest.mark.parametrize("wrong", [{"struck": 0}, {"tail": 1}, {"slip": 2}])
def test_laws_that_cannot_be_are_refused(wrong):
    with pytest.raises(SettingError):
        ReportLaw(**wrong)


def test_impossible_tables_are_refused(rng):
    with pytest.raises(SettingError, match="shares from 0 to 1"):
        incident_bulletins(2, found={"A": 1.2}, rng=rng)
    with pytest.raises(SettingError, match="incidents >= 1"):
        incident_bulletins(0, found={"A": 0.2}, rng=rng)
