"""Fixtures shared by all tests: seeded randomness and the shared reference data."""

import os
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from hypothesis import settings

CI = "CI" in os.environ
settings.register_profile(
    "shared machine", deadline=None, derandomize=CI, max_examples=50 if CI else 100
)
settings.load_profile("shared machine")
ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Check array shapes in the tests of numerics and in examples of docstrings.

    In all other tests that would take a third of the time.
    """
    above = item.path.relative_to(ROOT).parts
    jaxtyping.config.update(
        "jaxtyping_disable", above[0] == "tests" and "numerics" not in above
    )
    result = yield
    jaxtyping.config.update("jaxtyping_disable", False)
    return result


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20190822)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared data; skips when absent unless CI requires it."""
    wanted = os.environ.get("CONFLICTSTATS_SHARED", "")
    named = wanted not in ("", "required")
    folder = Path(wanted) if named else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    if wanted:
        pytest.fail(f"CONFLICTSTATS_SHARED={wanted} but there is no folder {folder}")
    pytest.skip("the shared data are not here")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Array shapes are not checked: for studies of many fits, ten times faster."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
