"""Simulated statuses have the share, loss and odds ratio that were asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.simulate.statuses import events_with_status

KNOWN = ["deaths_civilians", "deaths_government", "deaths_nonstate"]


@pytest.mark.parametrize("odds_ratio", [0.25, 1.0, 4.0])
def test_share_loss_and_odds_ratio_are_as_asked(odds_ratio):
    """160,000 deaths: errors of shares below 0.005, of the log odds ratio 0.06."""
    drawn = events_with_status(
        40_000,
        rng=np.random.default_rng(1),
        share=0.3,
        unknown=0.4,
        odds_ratio=odds_ratio,
    )
    dead = drawn["best"].sum()
    lost = drawn["deaths_unknown"].sum()
    civilians = drawn["civilians"] - drawn["deaths_civilians"]
    assert_allclose(drawn["civilians"].sum() / dead, 0.3, atol=0.01)
    assert_allclose(lost / dead, 0.4, atol=0.01)
    unknown = civilians.sum() / (lost - civilians.sum())
    fought = drawn[KNOWN[1:]].sum().sum()
    known = drawn["deaths_civilians"].sum() / fought
    assert_allclose(np.log(unknown / known), np.log(odds_ratio), atol=0.1)


def test_every_death_is_in_one_column():
    drawn = events_with_status(500, rng=np.random.default_rng(2), half_known=0.5)
    counted = drawn.filter(regex="^deaths_").sum(axis=1)
    assert (counted == drawn["best"]).all()
    assert drawn["deaths_civilians_or_nonstate"].sum() > 0
    assert (drawn["deaths_civilians"] <= drawn["civilians"]).all()


def test_statuses_of_one_event_go_together():
    """Of two dead of one event; the moment estimate of 20,000 events is within 0.02."""
    drawn = events_with_status(
        20_000, rng=np.random.default_rng(3), share=0.5, correlation=0.3
    )
    two = drawn[drawn["best"] > 1]
    n, c = two["best"], two["civilians"]
    pairs = (c * (c - 1) / (n * (n - 1))).mean()
    assert_allclose((pairs - 0.25) / 0.25, 0.3, atol=0.03)


@pytest.mark.parametrize(
    "wrong",
    [{"share": 1.0}, {"unknown": 0.0}, {"odds_ratio": 0.0}, {"half_known": 1.5}],
)
def test_numbers_out_of_range_are_refused(wrong, rng):
    with pytest.raises(SettingError):
        events_with_status(5, rng=rng, **wrong)
