"""A number as it was reported: the interval its words allow."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, get_args

from conflictstats.errors import QuantityError
from conflictstats.quantity.bounds import (
    Unit,
    ceiling,
    checked,
    exact,
    grouped,
    in_words,
    outward,
    times,
)
from conflictstats.quantity.widths import WIDTHS

if TYPE_CHECKING:
    import pandas as pd

_SAID = {
    "exact": "{}",
    "at_least": "at least {}",
    "more_than": "more than {}",
    "about": "about {}",
    "nearly": "nearly {}",
    "up_to": "up to {}",
    "range": "{}",
    "vague_plural": "{}",
    "more_than_half": "more than half",
    "fraction": "{}",
    "derived": "{}",
}
_SHOWS_BOUNDS = ("about", "nearly")

QUALIFIERS = tuple(_SAID)


@dataclass(frozen=True, slots=True)
class Reported:
    """A number as reported: somewhere from ``low`` to ``high``, both inclusive.

    It holds what was said and nothing about how the report came from the truth: how
    a model reads "at least 25" is the model's own argument. Bounds are those that the
    words allow, so they are not a confidence interval.

    Counts step by one: "more than 1,500" starts at 1,501. Shares do not: "more than
    half" starts at 0.5, which is then a bound that is not itself reached.

    Attributes
    ----------
    low : float
        Smallest number that the words allow: people for a count, 0 to 1 for a share.
    high : float
        Largest number that the words allow; ``inf`` where nothing was said.
    best : float, optional
        The one number that was named, where the words name one.
    qualifier : str
        How it was said: exact, at_least, more_than, about, nearly, up_to, range,
        vague_plural, more_than_half, fraction, or derived after arithmetic on
        numbers said in different ways.
    value : float, optional
        The number as printed; None where no number was printed, and after arithmetic.
    unit : {"count", "share", "change"}
        Whole numbers from 0, parts of a whole, or a difference of either.

    Raises
    ------
    QuantityError
        If a bound is not a number of that unit, or the bounds are out of order.

    See Also
    --------
    conflictstats.quantity.parse : Read a phrase such as "at least 25".

    Notes
    -----
    Arithmetic is that of intervals: for every x in A and y in B, x + y is in A + B,
    x - y in A - B and x y in A * B. Bounds of scaled counts are rounded outward to
    whole numbers. Nothing is assumed about how A and B go together, so A - A is not 0.

    Examples
    --------
    >>> toll = Reported.at_least(25)
    >>> toll
    Reported(low=25, high=inf, best=None, qualifier='at_least', value=25, unit='count')
    >>> print(Reported.more_than(1500) + 3)
    1,504 or more
    >>> print(toll * Reported.exactly(0.4, unit="share"))
    10 or more
    """

    low: float
    high: float
    best: float | None = None
    qualifier: str = "range"
    value: float | None = None
    unit: Unit = "count"

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            msg = f"unit must be one of {', '.join(get_args(Unit))}; got {self.unit!r}"
            raise QuantityError(msg)
        if self.qualifier not in QUALIFIERS:
            msg = (
                f"qualifier must be one of {', '.join(QUALIFIERS)}; "
                f"got {self.qualifier!r}"
            )
            raise QuantityError(msg)
        for name in ("low", "high", "best", "value"):
            number = getattr(self, name)
            if number is not None:
                object.__setattr__(self, name, checked(number, self.unit, name))
        self._check_order()

    def _check_order(self) -> None:
        """Raise unless low <= best <= high."""
        if self.low > self.high or math.inf in (self.low, -self.high):
            msg = (
                f"need low <= high with a finite end below, "
                f"got low={self.low}, high={self.high}; swap them?"
            )
            raise QuantityError(msg)
        if self.best is not None and not self.low <= self.best <= self.high:
            msg = f"best={self.best} is outside low={self.low}, high={self.high}"
            raise QuantityError(msg)

    @classmethod
    def exactly(cls, n: float, *, unit: Unit = "count") -> Reported:
        """Return "25 killed".

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share", "change"}
            What kind of number it is.

        Returns
        -------
        Reported
            The one number ``n``.

        Examples
        --------
        >>> print(Reported.exactly(25))
        25
        """
        return cls(n, n, n, "exact", n, unit)

    @classmethod
    def at_least(cls, n: float, *, unit: Unit = "count") -> Reported:
        """Return "at least 25 killed".

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share", "change"}
            What kind of number it is.

        Returns
        -------
        Reported
            From ``n`` upward.

        Examples
        --------
        >>> 25 in Reported.at_least(25), 24 in Reported.at_least(25)
        (True, False)
        """
        return cls(n, ceiling(unit), None, "at_least", n, unit)

    @classmethod
    def more_than(cls, n: float, *, unit: Unit = "count") -> Reported:
        """Return "more than 1,500 killed", strictly above the number.

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share", "change"}
            What kind of number it is.

        Returns
        -------
        Reported
            From ``n + 1`` upward for a count, from ``n`` for a share.

        Raises
        ------
        QuantityError
            If nothing lies above ``n``: more than the whole.

        Examples
        --------
        >>> Reported.more_than(1500).low
        1501
        """
        if unit == "share" and n == 1:
            msg = "more than 1 is no share; a share runs from 0 to 1"
            raise QuantityError(msg)
        step = 1 if unit == "count" else 0
        return cls(n + step, ceiling(unit), None, "more_than", n, unit)

    @classmethod
    def about(
        cls, n: float, *, within: float | None = None, unit: Unit = "count"
    ) -> Reported:
        """Return "about 20 killed".

        Parameters
        ----------
        n : float
            The number as printed.
        within : float, optional
            Half-width as a part of ``n``; by default that of :class:`Widths`.
        unit : {"count", "share"}
            What kind of number it is.

        Returns
        -------
        Reported
            An interval around ``n``, with ``n`` as its best.

        Examples
        --------
        >>> print(Reported.about(20))
        about 20 (15 to 25)
        >>> print(Reported.about(20, within=0.1))
        about 20 (18 to 22)
        """
        n = checked(n, unit, "n")
        if within is None:
            within = WIDTHS.about_within(n, unit)
        reach = _reach(n, within)
        low, high = outward(exact(n) - reach, exact(n) + reach, unit)
        return cls(max(low, 0), min(high, ceiling(unit)), n, "about", n, unit)

    @classmethod
    def nearly(
        cls, n: float, *, within: float | None = None, unit: Unit = "count"
    ) -> Reported:
        """Return "nearly 300 killed", strictly below the number.

        Parameters
        ----------
        n : float
            The number as printed.
        within : float, optional
            How far below, as a part of ``n``; by default that of :class:`Widths`.
        unit : {"count", "share"}
            What kind of number it is.

        Returns
        -------
        Reported
            Up to ``n - 1`` for a count, up to ``n`` for a share.

        Raises
        ------
        QuantityError
            If nothing lies below ``n``: nearly none.

        Examples
        --------
        >>> print(Reported.nearly(300))
        nearly 300 (240 to 299)
        >>> print(Reported.nearly(0.5, unit="share"))
        nearly 0.5 (0.4 to 0.5)
        """
        n = checked(n, unit, "n")
        if n == 0:
            msg = "nearly 0 has nothing below it; use exactly(0) or up_to(n)"
            raise QuantityError(msg)
        high = n - 1 if unit == "count" else n
        if within is None:
            within = WIDTHS.nearly_within(n, unit)
        low, _ = outward(exact(n) - _reach(n, within), n, unit)
        return cls(max(min(low, high), 0), high, None, "nearly", n, unit)

    @classmethod
    def up_to(cls, n: float, *, unit: Unit = "count") -> Reported:
        """Return "up to 14 killed".

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share"}
            What kind of number it is.

        Returns
        -------
        Reported
            From 0 to ``n``.

        Examples
        --------
        >>> print(Reported.up_to(14))
        up to 14
        """
        return cls(0, n, None, "up_to", n, unit)

    @classmethod
    def between(cls, low: float, high: float, *, unit: Unit = "count") -> Reported:
        """Return "between 35 and 71 killed", both ends included.

        Parameters
        ----------
        low : float
            Smaller number as printed.
        high : float
            Larger number as printed.
        unit : {"count", "share", "change"}
            What kind of number it is.

        Returns
        -------
        Reported
            From ``low`` to ``high``.

        Examples
        --------
        >>> print(Reported.between(35, 71))
        35 to 71
        """
        return cls(low, high, None, "range", None, unit)

    @property
    def is_exact(self) -> bool:
        """Whether the report pins the number down."""
        return self.low == self.high

    def to_interval(self) -> pd.Interval[float]:
        """Return the bounds as a pandas interval, closed on both sides.

        Returns
        -------
        pandas.Interval
            From ``low`` to ``high``.

        Examples
        --------
        >>> Reported.between(35, 71).to_interval()
        Interval(35.0, 71.0, closed='both')
        """
        import pandas as pd

        return pd.Interval(float(self.low), float(self.high), closed="both")

    def overlaps(self, other: Reported) -> bool:
        """Return whether one number could satisfy both reports.

        Parameters
        ----------
        other : Reported
            Another report of the same thing.

        Returns
        -------
        bool
            Whether the intervals share a number.

        Examples
        --------
        >>> Reported.at_least(25).overlaps(Reported.nearly(25))
        False
        """
        return max(self.low, other.low) <= min(self.high, other.high)

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def __and__(self, other: Reported) -> Reported:
        if not isinstance(other, Reported):
            return NotImplemented
        if not self.overlaps(other):
            msg = (
                f"{self} and {other} contradict each other: no number satisfies both; "
                "keep them as two reports"
            )
            raise QuantityError(msg)
        unit = _common_unit(self, other)
        low, high = max(self.low, other.low), min(self.high, other.high)
        for report in (self, other):
            if (report.low, report.high, report.unit) == (low, high, unit):
                return report
        return Reported(low, high, None, "derived", None, unit)

    def __add__(self, other: Reported | float) -> Reported:
        right = _as_reported(other, self.unit)
        if right is None:
            return NotImplemented
        if "share" in (self.unit, right.unit):
            msg = (
                f"cannot add {self} ({self.unit}) and {right} ({right.unit}): shares "
                "add only as parts of one whole; multiply each by its whole first"
            )
            raise QuantityError(msg)
        return Reported(
            self.low + right.low,
            self.high + right.high,
            _if_both(operator.add, self.best, right.best),
            _joint_qualifier(self, right),
            None,
            self.unit if self.unit == right.unit else "change",
        )

    __radd__ = __add__

    def __sub__(self, other: Reported | float) -> Reported:
        right = _as_reported(other, self.unit)
        if right is None:
            return NotImplemented
        if {self.unit, right.unit} == {"count", "share"}:
            msg = f"cannot take {right} ({right.unit}) from {self} ({self.unit})"
            raise QuantityError(msg)
        return Reported(
            self.low - right.high,
            self.high - right.low,
            _if_both(operator.sub, self.best, right.best),
            self.qualifier if right.is_exact else "derived",
            None,
            "change",
        )

    def __rsub__(self, other: float) -> Reported:
        whole = _as_reported(other, self.unit)
        return NotImplemented if whole is None else whole - self

    def __mul__(self, other: Reported | float) -> Reported:
        if isinstance(other, Reported):
            unit = _product_unit(self, other)
        elif isinstance(other, Real):
            other, unit = Reported.exactly(other, unit="change"), self.unit
        else:
            return NotImplemented
        corners = [
            times(a, b) for a in (self.low, self.high) for b in (other.low, other.high)
        ]
        low, high = outward(min(corners), max(corners), unit)
        best = None
        if self.best is not None and other.best is not None:
            product = times(self.best, other.best)
            best = round(product) if unit == "count" else float(product)
        rounded = self.is_exact and other.is_exact and low < high
        qualifier = "derived" if rounded else _joint_qualifier(self, other)
        return Reported(low, high, best, qualifier, None, unit)

    __rmul__ = __mul__

    def share_of(self, whole: Reported) -> Reported:
        """Return what part of ``whole`` this is.

        Parameters
        ----------
        whole : Reported
            What this is a part of, in the same unit.

        Returns
        -------
        Reported
            A share: from the least part of the largest whole to the largest part of
            the least whole, at most 1.

        Raises
        ------
        QuantityError
            If the part must be larger than the whole.

        Examples
        --------
        >>> killed = Reported.between(400, 500)
        >>> print(Reported.exactly(100).share_of(killed))
        0.2 to 0.25
        """
        if self.low > whole.high:
            msg = f"{self} cannot be a part of {whole}, which is smaller"
            raise QuantityError(msg)
        low = self.low / whole.high if whole.high else 0.0
        high = min(self.high / whole.low, 1.0) if whole.low else 1.0
        best = None
        if self.best is not None and whole.best:
            best = min(max(self.best / whole.best, low), high)
        return Reported(low, high, best, "derived", None, "share")

    def __str__(self) -> str:
        bounds = in_words(self.low, self.high)
        if self.value is None:
            return bounds
        said = _SAID[self.qualifier].format(grouped(self.value))
        return f"{said} ({bounds})" if self.qualifier in _SHOWS_BOUNDS else said

    def _repr_html_(self) -> str:
        """Return what :func:`print` shows, with the bounds on hovering."""
        return (
            f'<span title="{self.unit}, {self.qualifier}: low {self.low}, '
            f'high {self.high}">{self}</span>'
        )


def _reach(n: float, within: float) -> Fraction:
    """Return how far a vague word may move ``n``."""
    if not 0 <= within <= 1:
        msg = f"within must lie between 0 and 1 (0.1 is ten percent), got {within!r}"
        raise QuantityError(msg)
    return exact(n) * exact(within)


def _as_reported(number: Reported | float, unit: Unit) -> Reported | None:
    """Return a report as it is and a number as exactly that; None otherwise."""
    if isinstance(number, Reported):
        return number
    return Reported.exactly(number, unit=unit) if isinstance(number, Real) else None


def _if_both(
    operation: Callable[[float, float], float],
    left: float | None,
    right: float | None,
) -> float | None:
    """Return what the operation gives, or None where a side is unknown."""
    return None if left is None or right is None else operation(left, right)


def _joint_qualifier(left: Reported, right: Reported) -> str:
    """Return how a combination was said: an exact part changes nothing."""
    if right.qualifier in (left.qualifier, "exact"):
        return left.qualifier
    return right.qualifier if left.qualifier == "exact" else "derived"


def _product_unit(left: Reported, right: Reported) -> Unit:
    """Return the unit of a product, one side of which must be a share."""
    if right.unit == "share":
        return left.unit
    if left.unit == "share":
        return right.unit
    msg = (
        f"cannot multiply {left} ({left.unit}) by {right} ({right.unit}); give a share"
    )
    raise QuantityError(msg)


def _common_unit(left: Reported, right: Reported) -> Unit:
    """Return the unit of a number that both reports describe."""
    if left.unit == right.unit:
        return left.unit
    if "change" in (left.unit, right.unit):
        return left.unit if right.unit == "change" else right.unit
    msg = f"{left} ({left.unit}) and {right} ({right.unit}) are not of one thing"
    raise QuantityError(msg)
