"""Bounds made narrower by an assumption about groups, refused where it fails."""

from typing import Literal, TypeAlias

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from conflictstats._typing import FloatArray
from conflictstats.errors import FitError
from conflictstats.models.civilian_share.ends import ends_of, pair
from conflictstats.numerics.partial_identification import monotone_bounds

Assumption: TypeAlias = Literal["same", "rising", "falling"]
SENTENCES: dict[str, str] = {
    "same": "the share is the same in every group",
    "rising": "the share never falls from one group to the next",
    "falling": "the share never rises from one group to the next",
}


def narrowed(
    totals: xr.Dataset,
    draws: xr.DataArray,
    along: str,
    assumption: Assumption,
    level: float | None,
) -> FloatArray:
    """Ends of the share of all groups under an assumption, shape (2,).

    Totals have ``deaths`` (category, along) and ``n_events`` (along), resampled dead
    (draw, category, along); the groups are in the order of the assumption. Without a
    level sampling is ignored.
    """
    deaths = totals["deaths"]
    bounds = [end.transpose(along).values for end in pair(ends_of(deaths))]
    lower = np.where(np.isnan(bounds[0]), 0.0, bounds[0])
    upper = np.where(np.isnan(bounds[1]), 1.0, bounds[1])
    if level is not None:
        lower, upper = _around(
            lower, upper, pair(ends_of(draws)), totals["n_events"], level
        )
    at_least, at_most = _under(assumption, lower, upper)
    if (at_least > at_most).any():
        names = [str(name) for name in deaths[along].values]
        _refuse(assumption, along, names, lower, upper, level)
    dead = deaths.sum("category").transpose(along).values
    weight = dead / dead.sum() if dead.sum() > 0 else dead + np.nan
    return np.array([at_least @ weight, at_most @ weight])


def _under(
    assumption: Assumption, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bounds of each group under the assumption, shape (group,)."""
    if assumption == "same":
        return np.full_like(lower, lower.max()), np.full_like(upper, upper.min())
    if assumption == "rising":
        return monotone_bounds(lower, upper)
    at_least, at_most = monotone_bounds(lower[::-1], upper[::-1])
    return at_least[::-1], at_most[::-1]


def _around(
    lower: FloatArray,
    upper: FloatArray,
    drawn: tuple[xr.DataArray, xr.DataArray],
    n_events: xr.DataArray,
    level: float,
) -> tuple[FloatArray, FloatArray]:
    """Confidence limits that hold for all groups at once, shape (group,).

    A bound that no resample moves has no limit but 0 or 1: it may rest on one event.
    """
    (along,) = n_events.dims
    draws = [np.nan_to_num(end.transpose("draw", along).values) for end in drawn]
    errors = [np.std(end, axis=0, ddof=1) for end in draws]
    events = np.maximum(n_events.values, 2)
    tail = (1 - level) / (2 * events.size)
    beyond = stdtrit(events - 1, 1 - tail) * np.sqrt(events / (events - 1))
    return (
        np.where(errors[0] > 0, np.clip(lower - beyond * errors[0], 0, 1), 0.0),
        np.where(errors[1] > 0, np.clip(upper + beyond * errors[1], 0, 1), 1.0),
    )


def _refuse(
    assumption: Assumption,
    along: str,
    names: list[str],
    lower: FloatArray,
    upper: FloatArray,
    level: float | None,
) -> None:
    """Raise with the two groups that contradict the assumption most."""
    gap = lower[:, None] - upper[None, :]
    order = np.arange(len(names))
    if assumption == "rising":
        gap[order[:, None] >= order] = -np.inf
    elif assumption == "falling":
        gap[order[:, None] <= order] = -np.inf
    high, low = np.unravel_index(np.argmax(gap), gap.shape)
    said = "the records" if level is None else f"the records, at level {level:g}"
    raise FitError(
        f"the assumption that {SENTENCES[assumption]} (along {along}) is contradicted "
        f"by {said}: the share is at least {lower[high]:.3f} in {names[high]} and at "
        f"most {upper[low]:.3f} in {names[low]}; drop the assumption"
        + "; or give level, for limits that allow for chance"
        * (level is None)
    )
