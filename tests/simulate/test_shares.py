"""What was put in must be there: the share, how alike a week's dead are, the lost."""

import numpy as np
import pytest
import xarray as xr
from scipy import special

from conflictstats.errors import SettingError
from conflictstats.simulate.shares import dead_by_category, random_walk_shares


def killed(drawn):
    return sum(
        drawn[f"deaths_{name}"].values.ravel()
        for name in ("civilians", "government", "nonstate", "unknown")
    )


@pytest.mark.parametrize("correlation", [0.02, 0.5])
def test_civilians_have_the_promised_mean_and_variance(rng, correlation):
    drawn = random_walk_shares(
        60_000, rng=rng, share=0.3, step=0, correlation=correlation, unknown=0
    )
    count = killed(drawn)
    civilians = drawn["deaths_civilians"].values.ravel()
    off = civilians - 0.3 * count
    variance = 0.21 * count * (1 + (count - 1) * correlation)
    assert abs(off.mean()) < 5 * np.sqrt(variance.mean() / count.size)
    assert (off**2).mean() == pytest.approx(variance.mean(), rel=0.03)
    assert count.mean() == pytest.approx(40, rel=0.01)
    assert (drawn["deaths_unknown"] == 0).all()


def test_the_logit_walks(rng):
    drawn = random_walk_shares(20_000, rng=rng, share=0.5, step=0.01)
    steps = np.diff(special.logit(drawn["share"].values.ravel()))
    assert drawn["share"].values[0, 0] == pytest.approx(0.5)
    assert steps.std() == pytest.approx(0.01, rel=0.02)
    assert abs(np.corrcoef(steps[1:], steps[:-1])[0, 1]) < 0.03


def test_a_status_is_lost_by_even_chance(rng):
    drawn = random_walk_shares(20_000, rng=rng, step=0, unknown=0.4)
    assert drawn["deaths_unknown"].sum() / killed(drawn).sum() == pytest.approx(
        0.4, rel=0.02
    )
    seen = drawn["deaths_civilians"].sum() / drawn["civilians"].sum()
    assert seen == pytest.approx(0.6, rel=0.02)
    assert (drawn["deaths_civilians"] <= drawn["civilians"]).all()
    hidden = drawn["deaths_civilians"] + drawn["deaths_unknown"] - drawn["civilians"]
    assert (hidden >= 0).all()
    sides = [drawn[f"deaths_{side}"].sum() for side in ("government", "nonstate")]
    assert sides[0] == pytest.approx(sides[1].item(), rel=0.02)


def test_places_sides_and_the_odds_of_the_unknown_are_those_that_were_asked_for(rng):
    logit = np.tile([[0.0, 1.0], [-1.0, 0.0]], (20_000, 1, 1))
    drawn = dead_by_category(logit, rng=rng, correlation=1e-6, odds_ratio=3)
    sums = drawn.sum("time")
    known = [sums[f"deaths_{name}"] for name in ("civilians", "government", "nonstate")]
    for found, at in ((known[0] / sum(known), 0), (known[1] / sum(known[1:]), 1)):
        np.testing.assert_allclose(found, special.expit(logit[0, :, at]), rtol=0.01)
    lost = sums["civilians"] - sums["deaths_civilians"]
    expected = special.expit(logit[0, :, 0] + np.log(3))
    np.testing.assert_allclose(lost / sums["deaths_unknown"], expected, rtol=0.01)
    everybody = sums["civilians"] + sums["government"] + sums["nonstate"]
    assert (everybody == sum(known) + sums["deaths_unknown"]).all()


def test_the_same_seed_gives_the_same_dead():
    one, two = (random_walk_shares(50, rng=np.random.default_rng(3)) for _ in range(2))
    xr.testing.assert_identical(one, two)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_time": 0},
        {"unknown": 1.2},
        {"dead": -1},
        {"share": 1.0},
        {"correlation": 0.0},
    ],
)
def test_numbers_out_of_range_are_refused(rng, wrong):
    with pytest.raises(SettingError):
        random_walk_shares(**({"n_time": 5, "rng": rng} | wrong))
