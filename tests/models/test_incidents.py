"""Incidents: one count out of several reports by several bodies."""

import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.incidents import Incidents, IncidentsFit, IncidentsStatus
from conflictstats.models.incidents.evidence import Evidence
from conflictstats.models.incidents.law import Hyper, Pairs, log_counts, slipped, step
from conflictstats.models.incidents.posterior import Block
from conflictstats.panel.incidents import incident_reports
from conflictstats.simulate.incidents import ReportLaw, incident_bulletins

HYPER = Hyper(
    mean=8.0,
    size=2,
    tail=4.0,
    found=np.array([1.5, 1.0]),
    growth=0.4,
    correlation=0.08,
    correction=0.07,
    struck=0.12,
    slip=0.05,
)
SURE = HYPER._replace(
    found=np.array([45.0, 45.0]), correction=1e-300, slip=1e-300, growth=1e-9
)
QUICK = Incidents(points=40)


def coded(*rows, key="e"):
    """Coded reports from (body, day, low, high, qualifier)."""
    names = ["source_org", "day", "value_low", "value_high", "qualifier"]
    told = pd.DataFrame(rows, columns=names)
    first = pd.Timestamp("2019-06-10")
    return told.assign(
        event_key=key,
        measure="killed",
        kind="incident",
        period_end=first,
        published=first + pd.to_timedelta(told.pop("day"), "D"),
        agency=pd.Series([None] * len(told), dtype="str"),
    )


def exact(*rows):
    return coded(*((body, day, k, k, "exact") for body, day, k in rows))


def posterior(table, hyper=HYPER, least=1):
    """Probability of each count by its number, as the model has it."""
    block = Block(Evidence.of(incident_reports(table), ["A"]), least)
    known = block.known(hyper)
    held = known.probability[0], block.total[0], block.width[0]
    return dict(zip(held[1][held[2] > 0], held[0][held[2] > 0], strict=True)), known


# -- reference: the same law, written out one count at a time -------------------------


def plain_step(k, n, share):
    """Probability of a count of a total, by scipy's own laws."""
    if k > n:
        law = stats.nbinom(n + 1, 1 - HYPER.struck)
        return HYPER.correction * law.pmf(k - n) / (1 - law.pmf(0))
    weight = 1 / HYPER.correlation - 1
    law = stats.betabinom(n, weight * share, weight * (1 - share))
    return (1 - HYPER.correction) * law.pmf(k)


def plain_path(path, n, slip):
    """Probability of a path, summed over which of its reports are in line."""
    total = 0.0
    for line in np.ndindex(*[2] * len(path)):
        law, ahead, share_ahead = 1.0, n, 1.0
        for (k, share), kept in list(zip(path, line, strict=True))[::-1]:
            if kept:
                law *= (1 - slip) * plain_step(k, ahead, share / share_ahead)
                ahead, share_ahead = k, share
            else:
                law *= slip * HYPER.mean / (HYPER.mean + k) / (HYPER.mean + k + 1)
        total += law
    return total


def test_every_set_of_reports_in_line_is_summed_over():
    table = exact(("A", 0, 5), ("A", 1, 9), ("A", 4, 8), ("B", 0, 6), ("B", 2, 30))
    held, _ = posterior(table)

    def share(body, lag):
        logit = HYPER.found[body] + HYPER.growth * np.log1p(lag)
        return special.expit(logit)

    paths = [
        [(5, share(0, 0)), (9, share(0, 1)), (8, share(0, 4))],
        [(6, share(1, 0)), (30, share(1, 2))],
    ]
    counts = np.arange(1, 33)
    p = HYPER.tail, HYPER.mean * (HYPER.tail - 1) / HYPER.size
    prior = stats.betanbinom(HYPER.size, *p).pmf(counts)
    law = [
        prior[n - 1] * np.prod([plain_path(path, n, HYPER.slip) for path in paths])
        for n in counts
    ]
    ours = np.array([held[float(n)] for n in counts])
    np.testing.assert_allclose(ours / ours.sum(), law / np.sum(law), rtol=1e-8)


def test_the_plain_law_of_counts_is_the_limit_of_a_light_tail():
    counts = np.arange(1.0, 60)
    light = HYPER._replace(tail=1e7)
    p = HYPER.size / (HYPER.size + HYPER.mean)
    law = stats.nbinom(HYPER.size, p)
    expected = law.logpmf(counts) - np.log(1 - law.pmf(0))
    np.testing.assert_allclose(log_counts(counts, light, 1), expected, atol=1e-4)


@given(st.integers(0, 40), st.floats(0.05, 0.95))
@settings(max_examples=20, deadline=None)
def test_the_law_of_a_report_sums_to_one(total, share):
    counts = np.arange(0.0, 400)
    at = np.zeros((counts.size, 1), np.int64)
    pairs = Pairs.of(counts, np.array([float(total)]), at)
    shares = np.full(counts.size, share)
    law = step(pairs, shares, 1 - shares, HYPER)
    assert law.sum() == pytest.approx(1, abs=1e-9)


def test_numbers_of_something_else_sum_to_one():
    low = np.arange(0.0, 50)
    each = slipped(low, low, 8.0)
    beyond = slipped(np.array([50.0]), np.array([np.inf]), 8.0)
    assert each.sum() + beyond.sum() == pytest.approx(1)


# -- limits ----------------------------------------------------------------


def test_a_body_that_finds_all_and_never_errs_is_believed():
    held, _ = posterior(exact(("A", 0, 17)), SURE)
    assert held[17.0] == pytest.approx(1, abs=1e-9)


def test_an_incident_without_a_report_has_the_prior():
    none = np.empty(0, np.int64)
    empty = Evidence(1, none, none, none, *np.empty((4, 0)))
    block = Block(empty, 1)
    known = block.known(HYPER)
    expected = np.exp(log_counts(np.arange(1.0, 30), HYPER, 1))
    ours = dict(zip(block.total[0], known.probability[0], strict=True))
    ours = np.array([ours[float(n)] for n in range(1, 30)])
    np.testing.assert_allclose(ours / ours.sum(), expected / expected.sum(), rtol=1e-9)
    assert known.log_evidence[0] == pytest.approx(0, abs=0.02)


def test_words_that_allow_everything_say_nothing():
    vague = coded(("A", 0, 0.0, np.nan, "vague_plural"))
    held, known = posterior(vague)
    prior = np.exp(log_counts(np.arange(1.0, 20), HYPER, 1))
    ours = np.array([held[float(n)] for n in range(1, 20)])
    np.testing.assert_allclose(ours / ours.sum(), prior / prior.sum(), rtol=5e-3)
    assert known.in_line[0] == pytest.approx(1 - HYPER.slip, abs=2e-3)


def test_large_counts_keep_their_place():
    held, _ = posterior(
        exact(("A", 0, 1_000_000), ("B", 0, 990_000)), HYPER._replace(mean=5e5)
    )
    counts, mass = np.array(list(held)), np.array(list(held.values()))
    mean = (counts * mass).sum()
    assert 1_000_000 < mean < 1_400_000
    assert mass.sum() == pytest.approx(1)


def test_few_cells_of_large_counts_are_as_good_as_all():
    table = exact(("A", 0, 300), ("B", 1, 270))
    hyper = HYPER._replace(mean=200.0)
    evidence = Evidence.of(incident_reports(table), ["A"])
    every = np.arange(1.0, 15_001)[None, :]
    whole = Block(evidence, 1, (every, np.ones_like(every)))
    few = Block(evidence, 1)
    assert few.total.size < 300
    assert few.log_evidence(hyper) == pytest.approx(whole.log_evidence(hyper), abs=1e-2)
    means = [(b.known(hyper).probability * b.total).sum() for b in (few, whole)]
    assert means[0] == pytest.approx(means[1], rel=5e-3)


# -- identities ----------------------------------------------------------------


@given(st.permutations(range(5)))
@settings(max_examples=6, deadline=None)
def test_order_of_rows_changes_nothing(order):
    table = exact(("A", 0, 5), ("A", 0, 7), ("A", 3, 9), ("B", 0, 6), ("C", 1, 8))
    held, _ = posterior(table)
    again, _ = posterior(table.iloc[list(order)])
    assert held == again


def test_the_text_of_one_agency_counts_once():
    table = exact(("A", 0, 8), ("B", 0, 8), ("C", 1, 8)).assign(agency="AFP")
    once = incident_reports(table)
    assert once["source_org"].tolist() == ["A"]
    assert once.attrs["copies"] == 2
    other = table.assign(agency=["AFP", "Reuters", None])
    assert len(incident_reports(other)) == 3


def test_the_largest_of_a_day_stands_and_a_page_without_a_date_does_not():
    table = exact(("A", 0, 8), ("A", 0, 3), ("B", 0, 5))
    table.loc[2, "published"] = pd.NaT
    told = incident_reports(table)
    assert told["count"].tolist() == [8]
    assert (told.attrs["same_day"], told.attrs["undated"]) == (1, 1)


# -- truth ----------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated():
    rng = np.random.default_rng(7)
    found = {"A": 0.9, "B": 0.75, "C": 0.6}
    law = ReportLaw(tail=6.0, slip=0.04)
    told = incident_bulletins(100, found=found, law=law, rng=rng)
    return told, Incidents(points=100).fit(told, rng=rng)


def test_the_truth_is_inside_and_what_is_shared_is_found(simulated):
    told, fit = simulated
    dead = told.groupby("event_key")["dead"].first().to_numpy()
    counts = fit.counts(0.9)
    inside = (counts["lower"] <= dead) & (counts["upper"] >= dead)
    assert float(inside.mean()) > 0.85
    assert float((counts["minimum"] <= dead).mean()) > 0.85
    error = abs(counts["estimate"] - dead).mean()
    largest = told[~told["slipped"]].groupby("event_key")["value_low"].max()
    assert float(error) < np.abs(largest.to_numpy() - dead[: largest.size]).mean()
    for body, share in {"A": 0.9, "B": 0.75, "C": 0.6}.items():
        draws = fit.draws["found"].sel(body=body)
        assert abs(draws.mean() - share) < 3.5 * draws.std() < 0.15
    for name, value in {"growth": 0.3, "correlation": 0.05, "slip": 0.04}.items():
        draws = fit.draws["hyper"].sel(param=name)
        assert abs(draws.mean() - value) < 3.5 * draws.std()


def test_reports_of_something_else_are_told_from_the_rest(simulated):
    told, fit = simulated
    order = ["event_key", "source_org", "published"]
    slips = told.sort_values(order)["slipped"].to_numpy()
    held = fit.reports["out_of_line"].values
    assert held.sum() == pytest.approx(slips.sum(), rel=0.5)
    assert held[slips].mean() > 0.4 > 0.02 > held[~slips].mean()


def test_what_comes_next_is_foretold_by_the_path_of_the_body(simulated):
    _, fit = simulated
    told = incident_reports(exact(("A", 0, 20)))
    soon = fit.predict(told, source_org="A", lag=1.0)
    other = fit.predict(told, source_org="C", lag=0.0)
    means = [float((c["count"] * c["probability"]).sum()) for c in (soon, other)]
    for cells in (soon, other):
        assert float(cells["probability"].sum()) == pytest.approx(1)
    assert means[1] < 20 < means[0]


# -- edges ----------------------------------------------------------------


def test_a_fit_survives_a_file(simulated, tmp_path):
    _, fit = simulated
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    with xr.open_dataset(tmp_path / "fit.nc") as read:
        again = IncidentsFit.from_dataset(read.load())
    assert again.model == fit.model
    assert again.status is fit.status
    pd.testing.assert_frame_equal(
        again.to_frame(), fit.to_frame(), check_dtype=False, rtol=1e-12
    )
    assert again.summary() == fit.summary()


def test_one_incident_is_said_to_be_mostly_prior(rng):
    fit = QUICK.fit(exact(("A", 0, 6), ("B", 0, 6)), rng=rng)
    assert fit.status is IncidentsStatus.PRIOR_DRIVEN
    frame = fit.to_frame()
    assert frame.loc[0, "lower"] <= 6 <= frame.loc[0, "upper"]
    assert "mostly the prior" in fit._repr_html_()


def test_no_report_is_no_fit(rng):
    table = exact(("A", 0, 6)).assign(kind="cumulative")
    with pytest.raises(FitError, match="no dated report"):
        QUICK.fit(table, rng=rng)


def test_rows_that_are_no_count_are_named():
    table = exact(("A", 0, 6), ("B", 0, -2), ("C", 0, 2.5))
    with pytest.raises(SchemaError, match=r"row 2: .*row 3: "):
        incident_reports(table)
    with pytest.raises(SchemaError, match="no column"):
        incident_reports(table.drop(columns="kind"))


@pytest.mark.parametrize(
    "wrong", [{"found": (0, 1)}, {"between_bodies": (1, 2)}, {"points": 3}]
)
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        Incidents(**wrong)


# -- calibration ----------------------------------------------------------------

STATED = Incidents(
    mean=(12.0, 0.5),
    size=(1.5, 0.5),
    tail=(4.0, 0.5),
    growth=(0.3, 0.5),
    found=(12.0, 3.0),
    correlation=(2.0, 30.0),
    correction=(2.0, 30.0),
    struck=(2.0, 18.0),
    slip=(2.0, 60.0),
    between_bodies=(0.8, 0.05),
)


def replicate(seed):
    """Place of each truth in its posterior, and reports out of line, found and true."""
    rng = np.random.default_rng(seed)
    hyper = STATED.priors.hyper(rng.standard_normal(14))
    found = dict(zip("ABC", special.expit(hyper.found[:3]), strict=True))
    shared = hyper._asdict()
    del shared["found"]
    law = ReportLaw(**shared)
    told = incident_bulletins(60, found=found, law=law, rng=rng)
    fit = STATED.fit(told, rng=rng)
    dead = told.groupby("event_key")["dead"].first().to_numpy()
    cells = (fit.posterior[k].values for k in ("first", "width", "probability"))
    first, width, mass = cells
    within = (dead[:, None] - first) / np.maximum(width, 1)
    below, upto = (
        (mass * np.clip(within + more / np.maximum(width, 1), 0, 1)).sum(axis=1)
        for more in (0, 1)
    )
    order = ["event_key", "source_org", "published"]
    slips = told.sort_values(order)["slipped"].to_numpy()
    place = below + rng.random(dead.size) * (upto - below)
    return place, fit.reports["out_of_line"].values, slips


@pytest.mark.slow
def test_two_hundred_tables_drawn_from_the_priors_are_calibrated():
    place, out, slips = (
        np.concatenate(part) for part in zip(*map(replicate, range(200)), strict=True)
    )
    deciles = np.histogram(place, 10, (0, 1))[0] / place.size
    np.testing.assert_allclose(deciles, 0.1, atol=0.02)
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        some = (out >= low) & (out < high)
        assert out[some].mean() == pytest.approx(slips[some].mean(), abs=0.1)


@pytest.mark.slow
def test_ten_thousand_incidents_take_seconds():
    rng = np.random.default_rng(1)
    found = dict.fromkeys("ABCDE", 0.8)
    told = incident_bulletins(10_000, found=found, reports=1, rng=rng)
    began = time.process_time()
    fit = Incidents().fit(told, rng=rng)
    assert time.process_time() - began < 8
    assert fit.posterior.sizes["incident"] == 10_000
