"""The joint density of a small place, its derivatives and its other coordinates."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse, stats

from conflictstats.numerics.displacement import lag, search
from conflictstats.numerics.displacement.centring import Centred
from conflictstats.numerics.displacement.noise import Noise
from conflictstats.numerics.displacement.observed import Design
from conflictstats.numerics.displacement.posterior import StockFlowPosterior
from conflictstats.numerics.displacement.rates import Rates, Scalars
from conflictstats.numerics.sampling import hmc

CELLS, LAGS = 40, 20
PRIORS = {
    "level": (300, 2.0),
    "noise_sd": (0.5, 0.5),
    "return_rate": (3.5e-4, 1.2),
    "return_noise_sd": (0.5, 0.5),
    "departure_rate": (5e-5, 1.5),
    "extra_moves": (0.3, 0.7),
    "initial": (1e4, 1.0),
    "population": (1e6, 0.05),
}
KINDS = {
    "all": {},
    "unlimited": {"without": ("population",)},
    "no exits": {"without": ("departure_rate",)},
    "gamma": {"law": lag.Gamma.over(np.arange(LAGS) + 0.5, (21.0, 1.0), (1.5, 0.5))},
    "spline": {"law": lag.Spline.over(np.arange(LAGS) + 0.5, 14.0, 1.0)},
    "longer cells": {"days": 7.0},
}


def placed(rng, *, law=None, without=(), days=1.0):
    """Posterior of a place whose reports are drawn from it, and the true state."""
    priors = {name: law for name, law in PRIORS.items() if name not in without}
    median, log_sd = np.array(list(priors.values())).T
    violence = rng.negative_binomial(0.5, 0.05, CELLS + LAGS) * days
    windows = np.array([violence[LAGS - k : LAGS - k + CELLS] for k in range(LAGS)])
    begins = days * np.arange(CELLS)
    rates = Rates(
        np.full(CELLS, days),
        Scalars(tuple(priors), median, log_sd),
        law or lag.Geometric.over(np.arange(float(LAGS)), (14.0, 1.0)),
        windows[None] / violence.mean() * days,
        rng.gamma(1.0, days, CELLS),
        2.0,
        Noise.over(begins, (begins // 7).astype(int), 28.0),
        Noise.over(begins, (begins // 28).astype(int), 180.0),
    )
    design = designed(
        rng, limited="population" in priors, exits="departure_rate" in priors
    )
    posterior = StockFlowPosterior(rates, design)
    state = 0.5 * rng.standard_normal((1, posterior.size))
    told = posterior.found(state).said
    said = np.exp(told.log_median + told.error * rng.standard_normal(told.error.shape))
    low, high, kind = said[0].copy(), said[0].copy(), np.arange(low_of(design)) % 4
    low[kind == 1], high[kind == 1] = 0.9 * said[0][kind == 1], np.inf
    high[kind == 2] *= 1.2
    low[kind == 3], high[kind == 3] = 0.0, 1.1 * said[0][kind == 3]
    return replace(posterior, design=design._replace(low=low, high=high)), state[0]


def low_of(design):
    """Number of reports."""
    return design.low.size


def designed(rng, *, limited, exits):
    """Reports of each measure: a population, shares, stocks, flows, movements."""
    number, length = 24, CELLS + 1
    sums = np.zeros((number, 4, length))
    per_population, movements = np.zeros(number), np.zeros(number, bool)
    for i in range(1, number):
        kind = i % (4 if exits else 3)
        after = rng.integers(1, length)
        sums[i, kind, after] = 1
        if kind:
            sums[i, kind, rng.integers(0, after)] -= 1
        per_population[i] = -1.0 if limited and kind == 0 and i % 8 == 0 else 0.0
        movements[i] = kind == 1 and i % 2 == 0
    if limited:
        per_population[0] = 1.0
    else:
        sums[0, 0, 5] = 1
    body = np.arange(number) % 3
    return Design(
        np.ones(number),
        np.full(number, np.inf),
        sparse.csr_array(sums.reshape(number, -1)),
        per_population,
        movements,
        0.2 * np.eye(3)[body],
        np.zeros(number),
        body,
        (0.1, 0.5),
    )


def differences(density, state, step=1e-5):
    """Gradient of one state by central differences."""
    push = step * np.eye(state.size)
    return (density(state + push)[0] - density(state - push)[0]) / (2 * step)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_differences(kind, rng):
    posterior, state = placed(rng, **KINDS[kind])
    state = state + 0.3 * rng.standard_normal(state.size)
    found = posterior(state[None])[1][0]
    assert_allclose(found, differences(posterior, state), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_partly_centred_states_have_the_density_of_their_own(kind, rng):
    """Its gradient is right, and it differs by the log volume of the change."""
    posterior, at = placed(rng, **KINDS[kind])
    centred = Centred.around(posterior, at)
    state = centred.start + 0.3 * rng.standard_normal(at.size)
    found = centred(state[None])[1][0]
    assert_allclose(found, differences(centred, state), rtol=1e-5, atol=1e-5)
    push = 1e-6 * np.eye(at.size)
    bend = (centred.states(state + push) - centred.states(state - push)) / 2e-6
    volume = np.linalg.slogdet(bend)[1]
    own = posterior(centred.states(state[None]))[0]
    assert_allclose(centred(state[None])[0], own + volume, rtol=1e-8)
    assert_allclose(centred.states(centred.start[None])[0], at, rtol=1e-9, atol=1e-12)


def test_what_reports_know_stays_where_the_response_to_violence_moves(rng):
    """Reports of each cell's inflow without error leave the noise to make up."""
    posterior, at = placed(rng)
    length = CELLS + 1
    sums = np.zeros((CELLS, 4, length))
    sums[range(CELLS), 1, range(1, length)] = 1
    sums[range(CELLS), 1, range(CELLS)] = -1
    known = posterior.found(at[None]).course.inflow[0]
    design = posterior.design._replace(
        low=known,
        high=known,
        sums=sparse.csr_array(sums.reshape(CELLS, -1)),
        per_population=np.zeros(CELLS),
        movements=np.zeros(CELLS, bool),
        effects=np.zeros((CELLS, 5)),
        shift=np.zeros(CELLS),
        body=np.zeros(CELLS, int),
        error=(1e-5, 0.0),
    )
    centred = Centred.around(replace(posterior, design=design), at)
    shares = posterior.rates.parts["shares"].start
    state = centred.start.copy()
    state[shares] += 0.5
    noise = posterior.rates.noise
    before, after = (
        np.add.reduceat(found.fractions.potential[0], noise.first)
        for found in (
            posterior.rates.moves(at[None]),
            posterior.rates.moves(centred.states(state[None])),
        )
    )
    assert_allclose(after, before, rtol=1e-4)


def test_information_is_the_curvature_where_reports_are_points(rng):
    """Of log medians that are linear in the effects of bodies."""
    posterior, state = placed(rng)
    said = posterior.found(state[None]).said
    exact = np.exp(said.log_median[0])
    fixed = posterior.design._replace(low=exact, high=exact)
    posterior = replace(posterior, design=fixed)
    effects = slice(posterior.rates.size, posterior.rates.size + 3)
    by_body = (0.2 / said.error[0]) ** 2 @ np.eye(3)[fixed.body]
    found = posterior.curvature(state).information[effects, effects]
    assert_allclose(np.diag(found), by_body, rtol=1e-9)


def test_without_reports_chains_draw_the_prior(rng):
    """The sampler itself, not the short cut of the model."""
    posterior, _ = placed(rng)
    silent = posterior.design._replace(low=np.zeros(24), high=np.full(24, np.inf))
    posterior = replace(posterior, design=silent)
    at = search.start(posterior)
    assert_allclose(at, 0, atol=1e-6)
    plan = hmc.Plan(chains=32, warm_ups=(), last=20, thin=2, most_steps=6)
    target = Centred.around(posterior, at)
    drawn = target.states(hmc.sample(target, target.start, 480, rng, plan).draws)
    far = np.abs(drawn.mean(axis=0)) * np.sqrt(len(drawn)) / 2
    assert stats.norm.sf(far.max()) * 2 * far.size > 1e-3
    assert_allclose(drawn.std(axis=0).mean(), 1, atol=0.04)


def test_the_search_ends_where_most_of_the_posterior_is(rng):
    """Errors of reports and the noise are near what reports were drawn with."""
    posterior, state = placed(rng)
    found = search.start(posterior)
    assert np.abs(found[-3:] - state[-3:]).max() < 2.5
    assert posterior(found[None])[0] > posterior(state[None])[0] - 5
