"""From places of a panel to the arrays that the engine reads."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates import elicitation
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading

DAY = np.timedelta64(1, "D")


class Layout(NamedTuple):
    """Places that are fitted together: what was observed, and how it is read.

    Cells are ordered by time, then by place.

    Attributes
    ----------
    times, places : int
        Their numbers T and n.
    observed : Observations
        Single cells first, then periods.
    reading : Reading
        Counts, in the same order.
    exposure : ndarray, shape (T n,)
        Days, or person-days, of each cell.
    scale : float
        Mean exposure of a day.
    """

    times: int
    places: int
    observed: Observations
    reading: Reading
    exposure: FloatArray
    scale: float


class _Place(NamedTuple):
    """One place: bounds, qualifiers and experts' laws of cells, then of periods."""

    cell: IntArray
    offset: FloatArray
    member: IntArray
    log_weight: FloatArray
    low: FloatArray
    high: FloatArray
    qualifier: np.ndarray
    law: FloatArray
    at_risk: FloatArray


def days_of(panel: xr.Dataset) -> FloatArray:
    """Count the days of each cell that the panel is about, shape (time, place).

    Days outside the span do not count; days without observation do, because deaths
    may have happened then.
    """
    length = (panel["time_end"] - panel["time"]).values / DAY + 1
    covered = _field(panel, "coverage")
    return length[:, None] * np.where(covered > 0, covered, 1.0)


def layout_of(
    panel: xr.Dataset,
    places: list[int],
    variable: str,
    exposure: str | None,
    table: dict[str, Mechanism],
    elicited: elicitation.Names | None = None,
) -> Layout:
    """Collect the observations of places that are fitted together."""
    days, count = days_of(panel), len(places)
    parts = [_place(panel, place, variable, exposure, elicited) for place in places]
    width = max(part.member.shape[1] for part in parts)
    singles = [slice(0, part.cell.size) for part in parts]
    spans = [slice(part.cell.size, None) for part in parts]

    def gathered(name: str) -> np.ndarray:
        each = [getattr(part, name) for part in parts]
        both = zip(each * 2, singles + spans, strict=True)
        return np.concatenate([values[some] for values, some in both])

    at_risk = np.stack([part.at_risk for part in parts], axis=1)
    return Layout(
        len(days),
        count,
        Observations(
            cells=days.shape[0] * count,
            cell=np.concatenate([p.cell * count + i for i, p in enumerate(parts)]),
            offset=np.concatenate([part.offset for part in parts]),
            member=np.concatenate(
                [_padded(p.member * count + i, width, 0) for i, p in enumerate(parts)]
            ),
            log_weight=np.concatenate(
                [_padded(p.log_weight, width, -np.inf) for p in parts]
            ),
        ),
        elicitation.read(
            gathered("low"),
            gathered("high"),
            gathered("qualifier"),
            table,
            gathered("law"),
        ),
        at_risk.ravel(),
        float((at_risk / days[:, places]).mean()),
    )


def stack_of(
    panel: xr.Dataset,
    variable: str,
    exposure: str | None,
    table: dict[str, Mechanism],
) -> Layout:
    """Collect all places as one stack of series; periods cannot be among them."""
    places = panel.sizes["place"]
    spans = sum(_periods(panel, place, variable).size for place in range(places))
    if spans:
        raise SettingError(
            f"places are screened from counts of single cells, and the panel has "
            f"{spans} periods longer than a cell: use fit(), or count by longer cells"
        )
    days, dated = days_of(panel), _field(panel, "dated_share")
    at_risk = days
    if exposure is not None:
        each = [_at_risk(panel, exposure, i, days[:, i]) for i in range(places)]
        at_risk = np.stack(each, axis=1)
    low, high, qualifier = _cells(panel, slice(None), variable)
    seen = np.isfinite(low) & (dated > 0) & (at_risk > 0)
    read = mechanisms.read(low[seen], high[seen], qualifier[seen], table)
    if read.report is not None:
        raise SettingError(
            "places are screened where every report is one interval; read these "
            "reports by other mechanisms, or use fit()"
        )
    bounds = np.zeros_like(low), np.full_like(low, np.inf), np.zeros_like(seen)
    for whole, part in zip(bounds, read[:3], strict=True):
        whole[seen] = part
    with np.errstate(divide="ignore"):
        offset = np.where(seen, np.log(at_risk * dated), 0.0)
    return Layout(
        len(days),
        1,
        Observations.of_cells(len(days), offset.T.copy()),
        Reading(bounds[0].T.copy(), bounds[1].T.copy(), bounds[2].T.copy()),
        at_risk.T.copy(),
        float((at_risk / days).mean()),
    )


def _place(
    panel: xr.Dataset,
    place: int,
    variable: str,
    exposure: str | None,
    elicited: elicitation.Names | None,
) -> _Place:
    """Collect the observations of one place."""
    at_risk = _at_risk(panel, exposure, place, days_of(panel)[:, place])
    low, high, qualifier = _cells(panel, place, variable)
    dated = _field(panel, "dated_share")[:, place]
    cell = np.flatnonzero(np.isfinite(low) & (dated > 0) & (at_risk > 0))
    covered = _field(panel, "coverage")[:, place] > 0
    law = elicitation.laws_of(panel, elicited, place)
    periods = _periods(panel, place, variable)
    member, log_weight = _spans(panel, periods, at_risk * covered)
    count = np.empty(0)
    if periods.size:
        count = panel[f"period_{variable}"].values[periods].astype(float)
    return _Place(
        cell,
        np.log((at_risk * dated)[cell]),
        member,
        log_weight,
        np.concatenate([low[cell], count]),
        np.concatenate([high[cell], count]),
        np.concatenate([qualifier[cell], np.full(count.size, "exact")]),
        np.concatenate([law[cell], np.full((count.size, 3), np.nan)]),
        at_risk,
    )


def _padded(each: np.ndarray, width: int, fill: float) -> np.ndarray:
    """Rows of the same width, the rest filled."""
    return np.pad(each, ((0, 0), (0, width - each.shape[1])), constant_values=fill)


def _at_risk(
    panel: xr.Dataset, exposure: str | None, place: int, days: FloatArray
) -> FloatArray:
    """Days or person-days of each cell, shape (time,).

    A panel gives no person-days to cells without observation, in which people lived
    all the same: as many a day as between the observed cells on either side.
    """
    if exposure is None:
        return days
    given = _field(panel, exposure)[:, place]
    unseen = np.isnan(given) | (_field(panel, "coverage")[:, place] == 0)
    known = np.flatnonzero(~unseen & (given > 0))
    if not known.size:
        raise SettingError(
            f"{exposure!r} is nowhere above 0 in {panel['place'].values[place]!s}; "
            "give person-days, or leave the place out"
        )
    per_day = np.interp(np.arange(days.size), known, (given / days)[known])
    return np.where(unseen, per_day * days, given)


def _field(panel: xr.Dataset, name: str) -> FloatArray:
    """One variable of the panel, shape (time, place); coverage and shares may be 1."""
    if name not in panel and name in ("coverage", "dated_share"):
        return np.ones((panel.sizes["time"], panel.sizes["place"]))
    if name not in panel:
        raise DimensionError(f"the panel has no {name!r}; it has {list(panel)}")
    return panel[name].transpose("time", "place").values.astype(float)


def _cells(
    panel: xr.Dataset, place: int | slice, variable: str
) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Bounds and way of reporting of each cell's count, shape (time, *place) each."""
    panel = panel.transpose("time", "place", ...)
    if "qualifier" in panel:
        chosen = (panel[name].isel(place=place).values for name in ("low", "high"))
        low, high = (values.astype(float) for values in chosen)
        return low, high, panel["qualifier"].isel(place=place).values.astype(str)
    if variable not in panel:
        counts = [str(name) for name, v in panel.items() if v.dims == ("time", "place")]
        raise DimensionError(f"the panel has no {variable!r}; it has {counts}")
    count = panel[variable].isel(place=place).values.astype(float)
    return count, count, np.full(count.shape, "exact")


def _periods(panel: xr.Dataset, place: int, variable: str) -> IntArray:
    """Numbers of the periods of one place that say something."""
    if "period_place" not in panel:
        return np.empty(0, np.int64)
    here = panel["period_place"].values == place
    share = panel["period_share"].values
    return np.flatnonzero(here & (share > 0))


def _spans(
    panel: xr.Dataset, periods: IntArray, at_risk: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Cells of each period, and the log of their share, coverage and exposure.

    Exposure is 0 in a cell that was not observed: the record has none of its deaths.
    """
    if not periods.size:
        return np.zeros((0, 0), np.int64), np.empty((0, 0))
    names = ("first", "last", "first_coverage", "last_coverage", "share")
    first, last, opening, closing, share = (
        panel[f"period_{name}"].values[periods] for name in names
    )
    width = int((last - first).max(initial=-1)) + 1
    cell = first[:, None].astype(np.int64) + np.arange(width)
    weight = np.where(cell <= last[:, None], 1.0, 0.0)
    rows = np.arange(periods.size)
    weight[rows, last - first] *= closing
    weight[rows, 0] *= np.where(first < last, opening, 1.0)
    member = np.minimum(cell, at_risk.size - 1)
    weight *= share[:, None] * at_risk[member]
    with np.errstate(divide="ignore"):
        return member, np.log(weight)
