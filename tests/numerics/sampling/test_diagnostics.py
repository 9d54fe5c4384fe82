"""Chain diagnostics against arviz-stats, analytic answers and invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.numerics.sampling import diagnostics

ALL = (
    diagnostics.rhat,
    diagnostics.ess_bulk,
    diagnostics.ess_tail,
    diagnostics.mcse_mean,
    lambda draws: diagnostics.mcse_quantile(draws, 0.2),
)


def congruential(draws, chains, rho, *, heavy=False, shift=0.0):
    """AR(1) chains by a generator that is the same in any language."""
    state, out = 12345, np.empty((draws, chains, 1))
    for c in range(chains):
        at = 0.0
        for d in range(draws):
            state = (1103515245 * state + 12345) % 2**31
            at = rho * at + (state + 0.5) / 2**31 - 0.5
            out[d, c] = at + shift * (c == 0)
    return np.tan(out) if heavy else out


def autoregressive(draws, chains, rho, rng):
    """AR(1) chains that start in their stationary law, variance 1."""
    noise = rng.standard_normal((draws, chains, 1)) * np.sqrt(1 - rho**2)
    noise[0] /= np.sqrt(1 - rho**2)
    for d in range(1, draws):
        noise[d] += rho * noise[d - 1]
    return noise


# By arviz-stats 0.8.0, from x of shape (chains, draws):
#   from arviz_stats.base import array_stats as a
#   axes = {"chain_axis": 0, "draw_axis": 1}
#   a.rhat(x, method="rank", **axes), a.ess(x, method="bulk", **axes),
#   a.ess(x, method="tail", prob=(0.05, 0.95), **axes),
#   a.mcse(x, method="mean", **axes), a.mcse(x, method="quantile", prob=0.2, **axes)
REFERENCE = [
    (
        congruential(100, 4, 0.0),
        (
            1.0039589235862354,
            422.5498708002688,
            374.88069567676484,
            0.013925652841365047,
            0.02569863898679614,
        ),
    ),
    (
        congruential(101, 4, 0.7),
        (
            1.0266434596692398,
            69.5975997064195,
            144.8490331836235,
            0.048998609629923646,
            0.05343670977444234,
        ),
    ),
    (
        congruential(250, 2, 0.95),
        (
            1.1655382214550556,
            10.175127044132157,
            40.8003460289413,
            0.25367150013875067,
            0.2018335824533044,
        ),
    ),
    (
        congruential(60, 3, -0.5),
        (
            1.0317929103842136,
            405.9490509185951,
            179.95182270756396,
            0.01655486937046631,
            0.022420576542531906,
        ),
    ),
    (
        congruential(200, 4, 0.3, heavy=True),
        (
            1.0011967380012725,
            486.2197947704198,
            614.7015602111472,
            0.014042880851403377,
            0.014477199380031808,
        ),
    ),
    (
        congruential(50, 4, 0.5, shift=0.3),
        (
            1.1613912174087537,
            20.578797163071023,
            116.30798132441916,
            0.08195149929241487,
            0.06828629350312368,
        ),
    ),
]


@pytest.mark.parametrize(("chains", "known"), REFERENCE)
def test_equals_arviz_stats(chains, known):
    found = [diagnostic(chains)[0] for diagnostic in ALL]
    assert_allclose(found, known, rtol=1e-12)


def test_every_coordinate_is_as_if_it_were_alone(rng):
    chains = rng.standard_normal((60, 3, 5)) * np.arange(1, 6)
    chains[1:, :, 2] += chains[:-1, :, 2]
    for diagnostic in ALL:
        alone = [diagnostic(chains[:, :, [j]])[0] for j in range(5)]
        assert_allclose(diagnostic(chains), alone, rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.exp, np.cbrt, np.arctan]))
def test_ranks_do_not_know_the_scale(seed, transform):
    rng = np.random.default_rng(seed)
    chains = autoregressive(40, 3, 0.5, rng)
    moved = transform(chains)
    pair = (diagnostics.ess_bulk, diagnostics.ess_tail)
    for diagnostic in pair:
        assert_allclose(diagnostic(moved), diagnostic(chains), rtol=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-100, 100))
def test_a_linear_change_of_unit_changes_only_the_errors(seed, scale, shift):
    chains = autoregressive(40, 3, 0.5, np.random.default_rng(seed))
    moved = shift + scale * chains
    # The two middle draws are as far from the median; rounding settles which is more.
    assert_allclose(diagnostics.rhat(moved), diagnostics.rhat(chains), rtol=5e-3)
    error = diagnostics.mcse_mean(moved) / diagnostics.mcse_mean(chains)
    assert_allclose(error, scale, rtol=1e-6)


@given(st.permutations(range(4)), st.integers(0, 2**32 - 1))
def test_the_order_of_chains_does_not_matter(order, seed):
    chains = np.random.default_rng(seed).standard_normal((30, 4, 1))
    for diagnostic in ALL:
        assert_allclose(diagnostic(chains[:, order]), diagnostic(chains), rtol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_worth_of_autoregressive_draws_is_what_theory_says(rho, rng):
    """n (1 - rho) / (1 + rho) for the mean, exactly so for normal draws."""
    chains = autoregressive(20_000, 4, rho, rng)
    worth = 80_000 * (1 - rho) / (1 + rho)
    assert_allclose(diagnostics.ess_bulk(chains), worth, rtol=0.08)
    assert_allclose(diagnostics.mcse_mean(chains), worth**-0.5, rtol=0.04)
    assert diagnostics.rhat(chains)[0] < 1.002


def test_chains_that_move_to_and_fro_are_worth_more(rng):
    chains = autoregressive(20_000, 4, -0.3, rng)
    assert_allclose(diagnostics.ess_bulk(chains), 80_000 * 1.3 / 0.7, rtol=0.08)


def test_standard_errors_are_the_spread_over_many_runs(rng):
    runs = autoregressive(400, 4 * 500, 0.6, rng).reshape(400, 500, 4, 1)
    means = runs.mean(axis=(0, 2))[:, 0]
    tails = np.quantile(runs, 0.9, axis=(0, 2))[:, 0]
    each = [runs[:, i] for i in range(60)]
    told = np.median([diagnostics.mcse_mean(chains) for chains in each])
    assert_allclose(told, means.std(), rtol=0.12)
    told = np.median([diagnostics.mcse_quantile(chains, 0.9) for chains in each])
    assert_allclose(told, tails.std(), rtol=0.2)


def test_rhat_sees_a_chain_elsewhere_a_chain_too_wide_and_a_drift(rng):
    chains = rng.standard_normal((500, 4, 3))
    assert (diagnostics.rhat(chains) < 1.01).all()
    chains[:, 0, 0] += 0.5
    chains[:, 0, 1] *= 3
    chains[:, :, 2] += np.linspace(0, 1, 500)[:, None]
    assert (diagnostics.rhat(chains) > 1.02).all()


def test_rhat_does_not_need_moments(rng):
    """Cauchy chains have no mean; ranks say that they agree, and that they do not."""
    chains = rng.standard_cauchy((1000, 4, 2))
    chains[:, 0, 1] += 2
    agree, differ = diagnostics.rhat(chains)
    assert agree < 1.01 < 1.05 < differ


def test_few_chains_of_many_draws_agree_with_many_of_few(rng):
    families = rng.standard_normal((10, 64, 2))
    families[:, :16, 1] += 1
    agree, differ = diagnostics.nested_rhat(families, 4)
    assert agree < 1.02
    # One of four families is moved by 1: its variance between families is 1/4.
    assert_allclose(differ, np.sqrt(1 + 0.25), rtol=0.05)


def test_nested_rhat_of_families_that_stand_still_apart_is_infinite():
    frozen = np.repeat([0.0, 1.0], 2)[None, :, None] * np.ones((5, 1, 1))
    assert np.isinf(diagnostics.nested_rhat(frozen, 2)[0])


@pytest.mark.parametrize("diagnostic", ALL)
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_what_never_moves_or_is_not_finite_is_nan_and_spoils_nothing(
    diagnostic, value, rng
):
    chains = rng.standard_normal((40, 3, 2))
    alone = diagnostic(chains[:, :, [1]])
    chains[:, :, 0] = value
    found = diagnostic(chains)
    assert np.isnan(found[0])
    assert_allclose(found[1], alone[0], rtol=1e-12)


@pytest.mark.parametrize("diagnostic", ALL)
def test_chains_too_short_are_refused(diagnostic):
    with pytest.raises(SettingError, match="needs 16 draws or more, got 15"):
        diagnostic(np.zeros((15, 4, 1)))


def test_families_that_cannot_be_are_refused():
    for chains, families in ((6, 4), (4, 4), (4, 1)):
        with pytest.raises(SettingError, match=f"{chains} chains of 9 draws"):
            diagnostics.nested_rhat(np.zeros((9, chains, 1)), families)
    with pytest.raises(SettingError, match="strictly between 0 and 1"):
        diagnostics.mcse_quantile(np.zeros((20, 2, 1)), 1.0)
