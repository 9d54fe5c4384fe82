"""Claims drawn have the sides, the vagueness and the denials that were asked for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.simulate.attributions import claimed_incidents

SHARES = {"army": 0.6, "militia": 0.3, "police": 0.1}


def test_frequencies_are_those_asked_for(rng):
    vague = {"army": 0.5, "militia": 0.2, "police": 0.0}
    drawn = claimed_incidents(20_000, SHARES, rng=rng, vague=vague, dead=4)
    first = drawn.drop_duplicates("event")
    assert_allclose(first["truth"].value_counts(normalize=True)[list(SHARES)],
                    list(SHARES.values()), atol=0.01)  # fmt: skip
    open_ones = first["sides"].isna() | first["sides"].str.contains(" or ")
    by_side = open_ones.groupby(first["truth"]).mean()
    assert_allclose(by_side[list(vague)], list(vague.values()), atol=0.02)
    assert_allclose(first["sides"].isna().sum() / open_ones.sum(), 0.3, atol=0.02)
    assert_allclose(first["deaths"].mean(), 4, atol=0.1)
    denied = drawn[drawn["stance"] == "denies"]
    assert_allclose(len(denied) / (~open_ones).sum(), 0.1, atol=0.01)
    assert (denied["by"] == denied["truth"]).all()


def test_every_claim_is_true(rng):
    drawn = claimed_incidents(500, SHARES, rng=rng)
    named = drawn[(drawn["stance"] == "names")]
    pairs = zip(named["truth"], named["sides"], strict=True)
    assert all(truth in sides.split(" or ") for truth, sides in pairs)


@pytest.mark.parametrize(
    "wrong", [{"shares": {"a": 1.0}}, {"shares": {"a": 0.5, "b": 0.4}}, {"denied": 2}]
)
def test_numbers_out_of_range_are_refused(wrong):
    given = {"shares": SHARES} | wrong
    with pytest.raises(SettingError):
        claimed_incidents(5, rng=np.random.default_rng(1), **given)
