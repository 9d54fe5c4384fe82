"""What is believed beforehand: as it was given, or from the size of what was said."""

from __future__ import annotations

import numpy as np

from conflictstats.errors import SettingError
from conflictstats.models.displacement.reports import Reports

FIRST = (0.1, 2.0)
"""Stock before the first day where nothing is said: its median as a part of the largest
reported number, and log sd."""
POPULATION_SD = 0.05


def check_prior(prior: tuple[float, float], name: str) -> None:
    """Refuse a median or log standard deviation that is none."""
    if len(prior) != 2 or not (0 < prior[0] < np.inf and 0 < prior[1] < np.inf):
        raise SettingError(
            f"{name} must be a median and a log standard deviation, both above 0 and "
            f"finite; got {prior!r}"
        )


def population_of(
    given: float | tuple[float, float] | None,
) -> tuple[float, float] | None:
    """Median and log standard deviation of the population."""
    if given is None:
        return None
    pair = given if isinstance(given, tuple) else (float(given), POPULATION_SD)
    check_prior(pair, "population")
    return pair


def initial_of(given: tuple[float, float] | None, read: Reports) -> tuple[float, float]:
    """Median and log standard deviation of the stock before the first day."""
    if given is not None:
        check_prior(given, "initial")
        return given
    persons = (read.rows["unit"] == "persons") & (read.rows["measure"] != "population")
    named = np.where(np.isfinite(read.high), read.high, read.low)[persons.to_numpy()]
    return (FIRST[0] * max(float(named.max(initial=0.0)), 1000.0), FIRST[1])
