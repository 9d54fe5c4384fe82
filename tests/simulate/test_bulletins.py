"""Bulletins have the shares, the scatter and the corrections that were put in."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.panel import bulletin_paths
from conflictstats.simulate.bulletins import repeated_bulletins


def ends(reports):
    path = reports.sort_values("published").groupby(["source_org", "event_key"])
    return path.agg(
        first=("value_low", "first"),
        last=("value_low", "last"),
        corrected=("corrected", "first"),
    )


def test_shares_and_their_scatter_are_those_put_in(rng):
    found = {"A": 0.8, "B": 0.5}
    told = ends(
        repeated_bulletins(
            20_000, found=found, rng=rng, correlation=0.2, correction=0.0, dead=40
        )
    )
    share = (told["first"] / told["last"]).groupby("source_org")
    assert_allclose(share.mean(), [0.8, 0.5], atol=0.01)
    lost = told["last"] - told["first"]
    n, p = told["last"], told.index.get_level_values(0).map(found).to_numpy(float)
    promised = n * p * (1 - p) * (1 + 0.2 * (n - 1))
    squares = ((lost - n * (1 - p)) ** 2).groupby("source_org").sum()
    assert_allclose(squares / promised.groupby("source_org").sum(), 1, rtol=0.06)
    assert told["last"].mean() == pytest.approx(40, rel=0.02)


def test_corrections_fall_and_nothing_else_does(rng):
    told = ends(repeated_bulletins(20_000, found={"A": 0.9}, rng=rng, correction=0.25))
    fell = told["first"] > told["last"]
    assert (fell == told["corrected"]).all()
    assert fell.mean() == pytest.approx(0.25, abs=0.01)


def test_each_is_struck_off_with_one_chance_given_that_somebody_is(rng):
    told = ends(
        repeated_bulletins(
            20_000, found={"A": 1.0}, rng=rng, correction=1.0, struck=0.3, dead=3
        )
    )
    struck = told["first"] - told["last"]
    promised = 0.3 * told["first"] / (1 - 0.7 ** told["first"])
    assert struck.sum() / promised.sum() == pytest.approx(1, abs=0.02)
    assert (struck >= 1).all()


def test_they_are_read_as_paths(rng):
    reports = repeated_bulletins(30, found={"A": 0.9, "B": 0.2}, rng=rng)
    first = bulletin_paths(reports).query("lag == 0")
    assert first.groupby("source_org").size().tolist() == [30, 30]


@pytest.mark.parametrize(
    "wrong",
    [{"found": {"A": 1.2}}, {"struck": 0}, {"dead": 1}, {"correlation": 1.0}],
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(SettingError):
        repeated_bulletins(
            9, **{"found": {"A": 0.5}, "rng": np.random.default_rng(1)} | wrong
        )
