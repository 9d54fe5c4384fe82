"""Gravity between pairs: the published table, simulated pairs, and its edges."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.destinations import Gravity, GravityFit, GravityStatus

MODEL = Gravity(formula="people ~ log(km) + border")
TRUTH = np.array([-1.5, 0.8])


def pairs(rng, origins=25, destinations=30):
    """Pairs whose flows follow gravity and scatter by origin more than Poisson."""
    index = pd.MultiIndex.from_product(
        [
            [f"o{i:02}" for i in range(origins)],
            [f"d{i:02}" for i in range(destinations)],
        ],
        names=["origin", "destination"],
    )
    table = index.to_frame(index=False)
    table["km"] = rng.uniform(30, 1500, len(table))
    table["border"] = (rng.random(len(table)) < 0.1).astype(int)
    own = rng.normal(0, 1, origins).repeat(destinations)
    own = own + np.tile(rng.normal(0, 1, destinations), origins)
    log_mean = 10 + own + np.log(table["km"]) * TRUTH[0] + table["border"] * TRUTH[1]
    table["people"] = rng.poisson(np.exp(log_mean) * rng.gamma(2, 0.5, len(table)))
    return table


def test_refugees_of_2019_are_those_of_the_oracle(shared):
    table = pd.read_csv(shared / "displacement" / "gravity_2019_sample.csv.gz")
    model = Gravity(
        formula="refugees ~ log(dist) + contig + comlang_off + colony",
        origin="iso_o",
        destination="iso_d",
        covariance="hc0",
    )
    fit = model.fit(table)
    np.testing.assert_allclose(fit.params, [-2.1222, 3.0082, 1.2253, 0.0233], atol=1e-4)
    np.testing.assert_allclose(fit.std_err, [0.1945, 0.3148, 0.2576, 0.3183], atol=1e-4)
    assert fit.loglik == pytest.approx(-5461077.83, rel=1e-6)
    assert fit.nobs == 7694
    assert fit.table.sizes["origin"] == 64
    assert fit.left_out == (0, 0, 0)


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(12):
        fit = MODEL.fit(pairs(np.random.default_rng(seed)))
        band = fit.conf_int(0.9)
        held += ((band["lower"] < TRUTH) & (band["upper"] > TRUTH)).values.tolist()
    assert stats.binomtest(sum(held), len(held), 0.9).pvalue > 0.001


@pytest.mark.slow
def test_only_leverage_corrects_intervals_where_few_pairs_hold_most_people():
    held = {"hc1": [], "two_way": [], "hc3": []}
    for seed, kind in itertools.product(range(200), held):
        model = Gravity(formula=MODEL.formula, covariance=kind)
        band = model.fit(pairs(np.random.default_rng(seed))).conf_int(0.9)
        held[kind].append((band["lower"] < TRUTH) & (band["upper"] > TRUTH))
    shares = {kind: np.mean(each, axis=0) for kind, each in held.items()}
    assert (shares["hc3"] > 0.86).all()
    assert (shares["two_way"] < 0.86).all()
    assert (shares["hc1"] < 0.8).all()


def test_expected_flows_add_up_to_those_seen_on_both_sides(rng):
    table = pairs(rng)
    table["expected"] = MODEL.fit(table).predict(table).values
    for side in ("origin", "destination"):
        sums = table.groupby(side)[["people", "expected"]].sum()
        np.testing.assert_allclose(sums["people"], sums["expected"], rtol=1e-6)


def test_sides_without_any_flow_change_nothing_and_are_counted(rng):
    table = pairs(rng)
    quiet = table["origin"] == "o03"
    table.loc[quiet, "people"] = 0
    with_them, without = MODEL.fit(table), MODEL.fit(table[~quiet])
    np.testing.assert_allclose(with_them.params, without.params)
    assert with_them.left_out.all_zero == quiet.sum() == 30
    assert "30 of origins or destinations without any flow" in with_them.summary()
    assert np.isnan(with_them.predict(table)[quiet.to_numpy()]).all()


def test_separated_rows_are_left_out_and_their_coefficient_is_not_given(rng):
    table = pairs(rng)
    table["mined"] = np.arange(len(table)) % 50 == 0
    table.loc[table["mined"], "people"] = 0
    model = Gravity(formula="people ~ log(km) + border + mined")
    fit = model.fit(table.astype({"mined": int}))
    assert fit.left_out.separated == table["mined"].sum()
    assert np.isnan(fit.params.sel(param="mined"))
    rest = MODEL.fit(table[~table["mined"]])
    np.testing.assert_allclose(fit.params[:2], rest.params)


@pytest.mark.parametrize("covariance", ["hc3", "two_way"])
def test_a_file_gives_back_the_fit(rng, covariance, tmp_path):
    model = Gravity(formula="people ~ log(km)", covariance=covariance)
    fit = model.fit(pairs(rng, 6, 7))
    fit.to_dataset().to_netcdf(tmp_path / "gravity.nc")
    import xarray as xr

    with xr.open_dataset(tmp_path / "gravity.nc") as stored:
        again = GravityFit.from_dataset(stored.load())
    assert again.model == model
    assert again.left_out == fit.left_out
    assert again.summary() == fit.summary()
    assert (fit.std_err > 0).all()


def test_refusals_have_a_status_and_a_sentence(rng):
    table = pairs(rng, 4, 5)
    none = MODEL.fit(table.assign(people=0), strict=False)
    assert none.status is GravityStatus.NO_FLOWS
    assert none.params.isnull().all()
    with pytest.raises(FitError, match="every flow is zero"):
        MODEL.fit(table.assign(people=0))
    size = table.groupby("origin").ngroup()
    absorbed = Gravity(formula="people ~ size").fit(
        table.assign(size=size), strict=False
    )
    assert absorbed.status is GravityStatus.ABSORBED


def test_bad_rows_are_named_and_incomplete_ones_counted(rng):
    table = pairs(rng, 4, 5)
    with pytest.raises(SchemaError, match="first in row 3"):
        MODEL.fit(table.assign(people=table["people"].where(table.index != 3, -1)))
    with pytest.raises(SchemaError, match="no column 'people'; it has origin"):
        MODEL.fit(table.drop(columns="people"))
    with pytest.raises(SettingError, match="'flow ~ terms'"):
        Gravity(formula="people")
    with pytest.raises(SettingError, match="two clusters of a side"):
        Gravity(formula="people ~ km", covariance="origin").fit(
            table[table["origin"] == "o00"]
        )
    gap = table.assign(km=table["km"].where(table.index != 7))
    assert MODEL.fit(gap).left_out.missing == 1
