"""Event tables to panels."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.panel.calendar import EVERY, Calendar, Every
from conflictstats.panel.exposure import Population, person_days
from conflictstats.panel.labels import TALLIED, Excluded, View, labelled
from conflictstats.panel.ledger import book
from conflictstats.panel.rows import Rows, rows_of
from conflictstats.provenance import Table

Day: TypeAlias = str | np.datetime64 | pd.Timestamp
Span: TypeAlias = tuple[np.datetime64, np.datetime64]
Spell: TypeAlias = tuple[str | None, Day, Day]


# One door with all that a panel depends on: what, how cut, and what was not observed.
def panel_of_events(  # noqa: PLR0913
    events: Table | pd.DataFrame,
    *,
    every: Every = "week",
    by: str | None = "adm_1",
    start: Day | None = None,
    end: Day | None = None,
    exposure: Population | None = None,
    group: str | None = None,
    missing: Iterable[Spell] = (),
) -> xr.Dataset:
    r"""Count deaths per cell of a calendar and place.

    A cell inside the span without an event is a true zero, for that is what an
    event table says; a cell outside the span that the source covers, or in a spell
    of ``missing``, is NaN. An event that touches several cells is never booked on
    its first day: it stays an observation of its whole period, in dimension
    ``period``, and the records share each cell's expected deaths :math:`\mu_t`:

    .. math:: \mathrm{E}[\text{cell}_t] = d_t \mu_t, \qquad
              \mathrm{E}[\text{period}_w] = \phi_w \sum_t c_{wt} \mu_t, \qquad
              d_t + \sum_w \phi_w c_{wt} = 1

    with :math:`d` = ``dated_share``, :math:`\phi` = ``period_share`` and :math:`c`
    the fraction of a cell's days that a period spans
    (:func:`conflictstats.numerics.dating.dating_shares`).

    Parameters
    ----------
    events : Table or DataFrame
        Canonical columns: ``date_start``, ``date_end``, ``low``, ``best``, ``high``.
        Optional: ``n_events`` and the categories ``deaths_government``,
        ``deaths_nonstate``, ``deaths_civilians``, ``deaths_unknown``.
    every : {"day", "week", "month"}
        Length of a cell; weeks begin on Monday.
    by : str or None
        Column that names the place; None puts all in one place, ``"all"``. Events
        where it is empty are kept as the place ``"not stated"``.
    start, end : str or datetime, optional
        First and last day of the panel. By default the span that the table's notes
        declare (``span_start``, ``span_end``), else its first and last event day.
    exposure : mapping, Series or DataFrame, optional
        People by place, or a table of ``place``, ``date``, ``population``.
    group : str, optional
        Column that splits the counts further, such as ``"type_of_violence"``.
    missing : iterable of (place, first day, last day)
        Spells without observation; place None means all. A cell that a spell
        touches is not observed.

    Returns
    -------
    Dataset, dims (time, place[, group]) and (period,)
        ``low``, ``best``, ``high``, ``n_events`` and the categories, in people;
        ``coverage``, the fraction of a cell's days that is inside the span and
        observed; ``dated_share``; ``exposure``, person-days. By period:
        ``period_place`` (and ``period_group``), ``period_first``, ``period_last``
        (numbers of cells), ``period_first_coverage``, ``period_last_coverage``
        (fraction of the *covered* days of the end cells), ``period_start``,
        ``period_end``, ``period_low`` and so on, ``period_share``. Coordinates
        ``time`` and ``time_end`` are a cell's first and last day. What was left out
        is in ``attrs``: ``excluded_outside``, ``excluded_straddling`` and
        ``excluded_missing`` count events, with ``_best`` their deaths.

    Raises
    ------
    SchemaError
        If the table lacks a column or has a value that is not usable.
    SettingError
        If the days are reversed, or there is neither event nor span.

    Notes
    -----
    Where the notes declare a span, a row that sticks out of it is cut to it: its
    deaths are known to lie inside. Where ``start`` or ``end`` cut through an event,
    some of its deaths may lie outside, so it is left out and counted in
    ``excluded_straddling``; it still took part in the shares, so ``dated_share`` is
    below 1 in the cells that it spans and rates stay right there.

    Periods of one place, group, start and end are added up. A period without deaths
    has share 0 and says nothing; so has one in cells that are not observed.

    Examples
    --------
    Two deaths on one Tuesday, and seven on unknown days of a fortnight:

    >>> events = pd.DataFrame(
    ...     {
    ...         "date_start": pd.to_datetime(["2019-06-04", "2019-06-03"]),
    ...         "date_end": pd.to_datetime(["2019-06-04", "2019-06-16"]),
    ...         "adm_1": "Idlib",
    ...         "low": [2, 5],
    ...         "best": [2, 7],
    ...         "high": [2, 9],
    ...     }
    ... )
    >>> weekly = panel_of_events(events)
    >>> weekly["best"].sel(place="Idlib").values
    array([2., 0.])
    >>> weekly["period_best"].values, weekly["period_share"].values
    (array([7.]), array([0.7]))
    """
    _check.one_of(every, EVERY, "every")
    rows = rows_of(events, by, group)
    span, window = _spans(events, rows, (start, end))
    rows, outside = _within(rows, span)
    whole = Calendar.covering(min(span[0], window[0]), max(span[1], window[1]), every)
    cells = whole.cut(span, window)
    observed = _observed(missing, rows.places, whole)[whole.cell_of(cells.first_days)]
    view = View.of(cells, Calendar.covering(*window, every), window)
    counted = labelled(book(rows, cells, observed), rows, view, outside)
    if group is None:
        counted = counted.squeeze("group", drop=True).drop_vars("period_group")
    if exposure is not None:
        people = view.show(observed * person_days(exposure, rows.places, cells), 0.0)
        counted["exposure"] = ("time", "place"), people, {"units": "person-days"}
    settings = {"every": every, "by": by or "", "group": group or ""}
    return counted.assign_attrs(settings | _origin(events))


def _spans(
    events: Table | pd.DataFrame, rows: Rows, asked: tuple[Day | None, Day | None]
) -> tuple[Span, Span]:
    """Days that the source covers, and days that the panel shows."""
    notes = events.notes if isinstance(events, Table) else {}
    days = np.concatenate([rows.start, rows.end])
    edges = zip(asked, ("span_start", "span_end"), (np.min, np.max), strict=True)
    span, window = [], []
    for day, note, extreme in edges:
        given = [] if day is None else [np.datetime64(pd.Timestamp(day), "D")]
        known = [np.datetime64(str(notes[note]), "D")] if note in notes else []
        if not (given or known or days.size):
            raise SettingError("a panel without events needs start and end")
        outer = known or [extreme([*given, *days])]
        span += outer
        window += given or outer
    if window[0] > window[1]:
        raise SettingError(f"start {window[0]} is after end {window[1]}")
    if window[0] > span[1] or window[1] < span[0]:
        raise SettingError(
            f"the panel from {window[0]} to {window[1]} has no day in common with "
            f"the source, which covers {span[0]} to {span[1]}"
        )
    return (span[0], span[1]), (window[0], window[1])


def _within(rows: Rows, span: Span) -> tuple[Rows, Excluded]:
    """Cut rows to the span; leave out those outside it, and count them."""
    start, end = np.maximum(rows.start, span[0]), np.minimum(rows.end, span[1])
    kept = start <= end
    left = {name: float(rows.values[name][~kept].sum()) for name in TALLIED}
    values = {name: value[kept] for name, value in rows.values.items()}
    place, group = rows.place[kept], rows.group[kept]
    inside = replace(
        rows, start=start[kept], end=end[kept], place=place, group=group, values=values
    )
    return inside, left


def _observed(
    missing: Iterable[Spell], places: NDArray[np.generic], cells: Calendar
) -> NDArray[np.bool_]:
    """Whether deaths could be recorded, by cell and place."""
    seen = np.ones((len(cells), len(places)), bool)
    for place, begin, stop in missing:
        if place is not None:
            _check.one_of(place, places.tolist(), "the place of a missing spell")
        first, last = (np.datetime64(pd.Timestamp(day), "D") for day in (begin, stop))
        if first > last:
            raise SettingError(f"a missing spell starts {first}, after its end {last}")
        touched = (cells.last_days >= first) & (cells.first_days <= last)
        here = np.full(len(places), True) if place is None else places == place
        seen[np.ix_(touched, here)] = False
    return seen


def _origin(events: Table | pd.DataFrame) -> dict[str, str]:
    """Source, citation and licence, where the table carries them."""
    return events.source.facts() if isinstance(events, Table) else {}
