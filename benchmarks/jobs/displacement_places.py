"""Stock and flows of places by month, for ten years, one after the other.

Each has 400 reports, as those of ``displacement``. On two cores ``processes=2`` takes
about half of these seconds.
"""

from pathlib import Path

from benchmarks.jobs.displacement import fitted, write

SIZES = {"one": 1, "thirty": 30}
UNIT = "places"
TEN_YEARS = 3653


def peer_name() -> None:
    """There is none."""


def prepare(size: int, folder: Path) -> None:
    """Write reports and violence of each place."""
    write(size, TEN_YEARS, folder)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit every place; return the mean log of all who fled, and its posterior sd."""
    return fitted("M", folder)
