"""Running totals of bodies: shares, words, repeats and late verification."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.simulate.counting import FIRST_DAY, running_totals


def drawn(seed=1, days=200, **settings):
    counted = settings.pop("counted", {"A": 0.9, "B": 0.3})
    rng = np.random.default_rng(seed)
    return running_totals(days, counted=counted, dead=50, rng=rng, **settings)


def test_each_body_counts_its_share_of_the_same_deaths():
    _, truth = drawn()
    last = truth.isel(time=-1)
    assert_allclose(last.sel(body="B") / last.sel(body="A"), 1 / 3, rtol=0.05)
    everybody = drawn(counted={"A": 1.0, "B": 1.0})[1]
    assert (everybody.sel(body="A") == everybody.sel(body="B")).all()


@pytest.mark.parametrize("rounded", [0.0, 1.0])
def test_words_leave_the_count_of_the_day(rounded):
    totals, truth = drawn(words=(rounded, 0.0))
    assert (totals["qualifier"] == ("more_than" if rounded else "exact")).all()
    for row in totals.itertuples():
        true = truth.sel(time=row.date_end, body=row.body).item()
        assert row.low <= true <= row.high
        assert true < row.low + 10


def test_a_repeat_prints_the_total_before():
    totals, _ = drawn(words=(0.0, 1.0))
    assert (totals.groupby("body")["low"].nunique() == 1).all()


def test_late_verification_comes_on_its_day_and_loses_nobody():
    plain = drawn()[1].sel(body="B")
    late = drawn(late={"B": (100, 1.0)})[1].sel(body="B")
    assert late[99] == 0
    assert late[100] > 0.9 * plain[100]


def test_totals_are_on_days_of_the_campaign():
    totals, _ = drawn(days=20, printed=20)
    assert (totals["date_start"] == FIRST_DAY).all()
    assert totals.groupby("body")["date_end"].nunique().tolist() == [20, 20]


def test_what_is_no_share_is_refused():
    with pytest.raises(SettingError, match="from 0 to 1"):
        drawn(counted={"A": 1.2})
    with pytest.raises(SettingError, match="printed from 1 to days"):
        drawn(days=5, printed=6)
