import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.numerics.latent_class.regions import valleys

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=25)
@given(SEEDS, st.floats(0.1, 50), st.floats(-1e3, 1e3))
def test_scale_and_origin_do_not_matter(seed, scale, origin):
    draws = np.random.default_rng(seed).standard_normal(600)
    draws[:200] += 7
    plain = valleys(draws, 300.0)
    assert len(plain) == 1
    np.testing.assert_allclose(
        valleys(origin + scale * draws, 300.0), origin + scale * plain, atol=0.2 * scale
    )


def test_one_hill_is_seldom_taken_for_two(rng):
    found = [len(valleys(rng.standard_normal(400), 400.0)) for _ in range(100)]
    skewed = [len(valleys(np.log(rng.gamma(2, size=400)), 400.0)) for _ in range(100)]
    assert np.count_nonzero(found) <= 3
    assert np.count_nonzero(skewed) <= 3


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_the_valley_lies_between_the_hills(rng, share):
    draws = rng.standard_normal(4000)
    draws[: int(4000 * share)] -= 6
    (cut,) = valleys(draws, 2000.0)
    assert (draws < cut).mean() == pytest.approx(share, abs=0.01)


def test_a_few_stray_draws_are_no_region(rng):
    draws = rng.standard_normal(4000)
    draws[:100] += 9
    assert valleys(draws, 4000.0).size == 0


def test_draws_that_never_move_have_one_region():
    assert valleys(np.full(50, 2.0), 50.0).size == 0
