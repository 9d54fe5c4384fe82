"""Replicates and strata: Rubin's variance is right, and ends are never added."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from conflictstats import (
    Answer,
    ChaoFloor,
    FitWarning,
    LincolnPetersen,
    UndercountStatus,
    combine_replicates,
    load_kosovo_lists,
    total_of_strata,
)
from conflictstats.errors import SettingError
from conflictstats.numerics.unlisted import pooled_replicates
from conflictstats.panel import lists_of_cells

KOSOVO = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
REFUSED = Answer.refused(
    "stated", 50, UndercountStatus.NO_END, assumptions="", level=0.9
)


def stated(unlisted, log_sd, listed=100, level=0.9, kind="confidence"):
    """An answer whose unlisted are log-normal."""
    factor = np.exp(stats.norm.ppf((1 + level) / 2) * log_sd)
    return Answer(
        method="stated",
        n_observed=listed,
        estimate=listed + unlisted,
        lower=listed + unlisted / factor,
        upper=listed + unlisted * factor,
        level=level,
        kind=kind,
        status=UndercountStatus.CONVERGED,
        assumptions="as stated",
    )


def test_replicates_by_hand():
    """Logs 5 and 6 with variances .04 and .06: T = .05 + 1.5 * .5."""
    with pytest.warns(FitWarning, match="2 replicates"):
        answer = combine_replicates(
            [stated(np.exp(5), 0.2), stated(np.exp(6), 0.06**0.5, level=0.5)]
        )
    df = (1 + 0.05 / 0.75) ** 2
    reach = stats.t.ppf(0.95, df) * 0.8**0.5
    assert answer.estimate == pytest.approx(100 + np.exp(5.5))
    assert answer.upper == pytest.approx(100 + np.exp(5.5 + reach), rel=1e-6)
    assert answer.lower == pytest.approx(100 + np.exp(5.5 - reach), rel=1e-6)
    assert answer.diagnostics["df"] == pytest.approx(df)
    assert answer.diagnostics["between_share"] == pytest.approx(0.75 / 0.8)


@pytest.mark.parametrize("m", [3, 50])
def test_the_variance_is_right_on_average(m, rng):
    """Imputations around a centre that varies itself: the mean ratio is 1."""
    within, between, studies = 0.3, 0.7, 3000
    centre = rng.normal(0, np.sqrt(within + between), studies)
    drawn = centre[:, None] + rng.normal(0, np.sqrt(between), (studies, m))
    pooled = [pooled_replicates(each, np.full(m, within)) for each in drawn]
    variance = np.mean([each.variance for each in pooled])
    spread = np.var([each.estimate for each in pooled])
    assert variance / spread == pytest.approx(1.0, abs=0.09)


def test_intervals_of_replicates_cover(rng):
    """Ten imputed tables of a number of which little is known between them."""
    held = 0
    for _ in range(300):
        centre = rng.normal(6, np.sqrt(0.02 + 0.05))
        tables = [
            stated(np.exp(each), 0.02**0.5)
            for each in rng.normal(centre, np.sqrt(0.05), 10)
        ]
        answer = combine_replicates(tables)
        held += answer.lower <= 100 + np.exp(6) <= answer.upper
    assert held / 300 == pytest.approx(0.9, abs=0.05)


def test_the_number_listed_varies_with_the_tables_and_is_in_the_interval():
    """All tables say 600 in all, though they list 90 to 110."""
    tables = [stated(600.0 - listed, 0.1, listed) for listed in range(90, 111, 2)]
    answer = combine_replicates(tables)
    assert answer.n_observed == 100
    assert answer.estimate == pytest.approx(600)
    assert answer.diagnostics["between_share"] == pytest.approx(0, abs=1e-3)


def test_a_refused_table_refuses_all():
    answer = combine_replicates([stated(50, 0.1)] * 9 + [REFUSED])
    assert answer.status is UndercountStatus.NO_END
    assert answer.diagnostics == {"replicates": 10, "refused": 1}


def test_replicates_that_cannot_be_combined():
    with pytest.raises(SettingError, match="2 replicates at least, got 1"):
        combine_replicates([stated(50, 0.1)])
    with pytest.raises(SettingError, match="gives a range"):
        combine_replicates([LincolnPetersen().fit(KOSOVO).answer()] * 10)
    nobody = dataclasses.replace(stated(50, 0.1), estimate=100.0, lower=100.0)
    answer = combine_replicates([nobody] * 10)
    assert answer.status is UndercountStatus.NO_SPREAD
    assert combine_replicates([ChaoFloor().fit(KOSOVO).answer()] * 10).kind == "floor"


def test_strata_add_up_and_their_variances_do(rng):
    """Log-normal strata: mean and variance of the sum by formula."""
    strata = {"a": stated(1000, 0.1), "b": stated(400, 0.3), "c": stated(50, 0.2)}
    answer = total_of_strata(strata, rng=rng)
    assert answer.estimate == 1750
    assert answer.n_observed == 300
    means = [u * np.exp(s**2 / 2) for u, s in ((1000, 0.1), (400, 0.3), (50, 0.2))]
    errors = [
        m**2 * np.expm1(s**2) for m, s in zip(means, (0.1, 0.3, 0.2), strict=True)
    ]
    width = 2 * 1.645 * np.sqrt(sum(errors))
    assert answer.upper - answer.lower == pytest.approx(width, rel=0.06)
    ends = sum(each.upper - each.lower for each in strata.values())
    assert answer.upper - answer.lower < 0.75 * ends


def test_joint_draws_are_added_as_they_come_and_others_in_random_order(rng):
    """The same draws in both strata: together they double, apart they average out."""
    draws = xr.DataArray(100 + rng.lognormal(5, 0.5, 4000), dims="draw")
    strata = {"a": stated(np.exp(5), 0.5), "b": stated(np.exp(5), 0.5)}
    both = {"a": draws, "b": draws}
    joint = total_of_strata(strata, rng=rng, draws=both, joint=True)
    apart = total_of_strata(strata, rng=rng, draws=both)
    alone = np.quantile(draws, [0.05, 0.95])
    assert joint.upper == pytest.approx(2 * alone[1])
    ratio = (apart.upper - apart.lower) / (joint.upper - joint.lower)
    assert ratio == pytest.approx(1 / np.sqrt(2), abs=0.04)


def test_draws_of_one_stratum_and_an_interval_of_the_other(rng):
    draws = xr.DataArray(100 + rng.lognormal(5, 0.5, 500), dims="draw")
    strata = {"a": stated(np.exp(5), 0.5), "b": stated(np.exp(5), 0.5)}
    answer = total_of_strata(strata, rng=rng, draws={"a": draws})
    known = 200 + np.quantile(
        rng.lognormal(5, 0.5, 40_000) + rng.lognormal(5, 0.5, 40_000), 0.95
    )
    assert answer.upper == pytest.approx(known, rel=0.1)


def test_strata_that_cannot_be_added(rng):
    one = {"a": stated(50, 0.1)}
    refused = total_of_strata(one | {"b": REFUSED}, rng=rng)
    assert refused.status is UndercountStatus.NO_END
    assert (refused.n_observed, refused.diagnostics["refused"]) == (150, 1)
    with pytest.raises(SettingError, match="strata is empty"):
        total_of_strata({}, rng=rng)
    draws = xr.DataArray(np.ones(5), dims="draw")
    with pytest.raises(SettingError, match="draws are of b; strata are a"):
        total_of_strata(one, rng=rng, draws={"b": draws})
    with pytest.raises(SettingError, match="joint draws need"):
        total_of_strata(
            one | {"b": stated(9, 0.1)}, rng=rng, draws={"a": draws}, joint=True
        )
    endless = dataclasses.replace(stated(50, 0.1), upper=np.inf)
    assert total_of_strata({"a": endless}, rng=rng).status is UndercountStatus.NO_SPREAD
