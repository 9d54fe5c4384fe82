"""Cells of a calendar: days, weeks that begin on Monday, months."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from conflictstats._typing import FloatArray

Every: TypeAlias = Literal["day", "week", "month"]
Days: TypeAlias = NDArray[np.datetime64]
IntArray: TypeAlias = NDArray[np.int64]

EVERY = ("day", "week", "month")
DAY = np.timedelta64(1, "D")
MONDAY_OF_EPOCH = 3
"""Days from the Monday of the epoch's week to 1 January 1970, a Thursday."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Cells in a row, each from its first day to the day before the next.

    Attributes
    ----------
    edges : ndarray of datetime64[D], shape (t + 1,)
        First day of each cell, then the day after the last cell.

    Examples
    --------
    >>> weeks = Calendar.covering("2019-06-01", "2019-06-10", "week")
    >>> weeks.first_days
    array(['2019-05-27', '2019-06-03', '2019-06-10'], dtype='datetime64[D]')
    """

    edges: Days

    @classmethod
    def covering(
        cls, first: str | np.datetime64, last: str | np.datetime64, every: Every
    ) -> "Calendar":
        """Take the fewest whole cells that hold two days and all between.

        Parameters
        ----------
        first, last : str or datetime64
            Days, both inclusive.
        every : {"day", "week", "month"}
            Length of a cell.

        Returns
        -------
        Calendar
            From the cell of ``first`` to the cell of ``last``.
        """
        opening, closing = (np.datetime64(str(day), "D") for day in (first, last))
        if every == "month":
            month = np.timedelta64(1, "M")
            months = np.arange(
                opening.astype("datetime64[M]"),
                closing.astype("datetime64[M]") + 2 * month,
            )
            return cls(months.astype("datetime64[D]"))
        days = 7 if every == "week" else 1
        offset = (opening.astype("int64") + MONDAY_OF_EPOCH) % 7 if days == 7 else 0
        start = opening - offset * DAY
        return cls(np.arange(start, closing + days * DAY + DAY, days * DAY))

    @property
    def first_days(self) -> Days:
        """First day of each cell, shape (t,)."""
        return self.edges[:-1]

    @property
    def last_days(self) -> Days:
        """Last day of each cell, shape (t,)."""
        return self.edges[1:] - DAY

    @property
    def days(self) -> IntArray:
        """Length of each cell in days, shape (t,)."""
        return np.diff(self.edges).astype("int64")

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.edges) - 1

    def cell_of(self, days: Days) -> IntArray:
        """Number of the cell that holds each day.

        Parameters
        ----------
        days : ndarray of datetime64
            Days; one before the first cell gives -1, after the last ``len(self)``.

        Returns
        -------
        ndarray of int
            Cell numbers, same shape.
        """
        return np.searchsorted(self.edges, days, side="right") - 1

    def cut(self, *spans: tuple[np.datetime64, np.datetime64]) -> "Calendar":
        """Cut cells where a span begins or ends, and keep those in the first span.

        Parameters
        ----------
        *spans : tuple of datetime64
            First and last day, both inclusive; the first span bounds the result.

        Returns
        -------
        Calendar
            Cells of at most the former length.
        """
        begin, stop = spans[0][0], spans[0][1] + DAY
        knives = [edge for first, last in spans for edge in (first, last + DAY)]
        edges = np.union1d(self.edges, np.array(knives, "datetime64[D]"))
        return Calendar(edges[(edges >= begin) & (edges <= stop)])

    def after_opening(self, days: Days) -> FloatArray:
        """Give the fraction of its cell from each day, included, to the cell's end.

        Parameters
        ----------
        days : ndarray of datetime64
            Days inside the calendar.

        Returns
        -------
        ndarray
            Fractions in (0, 1], same shape.
        """
        cell = self.cell_of(days)
        return (self.edges[cell + 1] - days) / DAY / self.days[cell]

    def before_closing(self, days: Days) -> FloatArray:
        """Give the fraction of its cell from its first day to each day, included.

        Parameters
        ----------
        days : ndarray of datetime64
            Days inside the calendar.

        Returns
        -------
        ndarray
            Fractions in (0, 1], same shape.
        """
        cell = self.cell_of(days)
        return (days - self.edges[cell] + DAY) / DAY / self.days[cell]
