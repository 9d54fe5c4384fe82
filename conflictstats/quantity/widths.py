"""How wide the vague words are: documented choices that a user may change."""

from __future__ import annotations

from dataclasses import dataclass

from conflictstats.errors import QuantityError
from conflictstats.quantity.bounds import Unit, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """What "about", "nearly" and "dozens" mean in numbers.

    Nobody who writes "about 200" says how far off it may be, so these widths are
    choices, not facts. Wording studies find that the width readers give to a hedge
    depends on how round the number is [1]_; here it depends on the digits before
    the trailing zeros. They say what the words allow, not how far the counts of two
    bodies lie apart.

    Attributes
    ----------
    about : tuple of float
        Half-width of "about n" as a part of n, when n has one significant digit,
        two, and three or more.
    nearly : float
        How far below n "nearly n" may lie, as a part of n.
    points : float
        Most that "about" and "nearly" may move a share, in units of the share.
    plural : int
        How many of the thing a bare plural holds at least: 2 reads "dozens" as 24
        or more, 1 as the 12 that ACLED codes [2]_.
    cap_plurals : bool
        Whether "dozens" stops below the next power of ten (24 to 99).

    Raises
    ------
    QuantityError
        If a width is not between 0 and 1, or ``plural`` is below 1.

    References
    ----------
    .. [1] Ferson, S., O'Rawe, J., Antonenko, A., Siegrist, J., Mickley, J., Luhmann,
       C. C., Sentz, K., & Finkel, A. M. (2015). Natural language of uncertainty:
       numeric hedge words. International Journal of Approximate Reasoning, 57,
       19-39. https://doi.org/10.1016/j.ijar.2014.11.003
    .. [2] ACLED (2023). FAQs: fatalities. Vague figures are coded by the most
       conservative estimate: 10 for "tens", 12 for "dozens", 100 for "hundreds".

    Examples
    --------
    >>> Widths().about_within(20), Widths().about_within(487)
    (0.25, 0.05)
    >>> Widths().floor_of(12), Widths(plural=1).floor_of(12)
    (24, 12)
    """

    about: tuple[float, float, float] = (0.25, 0.1, 0.05)
    nearly: float = 0.2
    points: float = 0.1
    plural: int = 2
    cap_plurals: bool = False

    def __post_init__(self) -> None:
        for name, width in (
            *(("about", width) for width in self.about),
            ("nearly", self.nearly),
            ("points", self.points),
        ):
            if not 0 <= width <= 1:
                msg = f"{name} must lie between 0 and 1, got {width!r}"
                raise QuantityError(msg)
        if self.plural < 1:
            msg = f"plural must be 1 or more, got {self.plural!r}"
            raise QuantityError(msg)

    def about_within(self, n: float, unit: Unit = "count") -> float:
        """Return the half-width of "about ``n``" as a part of ``n``.

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share"}
            What kind of number it is.

        Returns
        -------
        float
            Half-width as a part of ``n``.
        """
        width = self.about[min(_digits(n, unit), len(self.about)) - 1]
        return self._for_unit(width, n, unit)

    def nearly_within(self, n: float, unit: Unit = "count") -> float:
        """Return how far below ``n`` "nearly ``n``" may lie, as a part of ``n``.

        Parameters
        ----------
        n : float
            The number as printed.
        unit : {"count", "share"}
            What kind of number it is.

        Returns
        -------
        float
            Reach downward as a part of ``n``.
        """
        return self._for_unit(self.nearly, n, unit)

    def _for_unit(self, width: float, n: float, unit: Unit) -> float:
        """Return a relative width, no more than ``points`` for a share."""
        return min(width, self.points / n) if unit == "share" and n else width

    def floor_of(self, thing: int) -> int:
        """Return the smallest count that a bare plural allows.

        Parameters
        ----------
        thing : int
            What is counted by: 12 for "dozens", 1000 for "thousands".

        Returns
        -------
        int
            Smallest count, people.
        """
        return self.plural * thing

    def ceiling_of(self, thing: int) -> float:
        """Return the largest count that a bare plural allows.

        Parameters
        ----------
        thing : int
            What is counted by: 12 for "dozens", 1000 for "thousands".

        Returns
        -------
        float
            Largest count, people; ``inf`` unless plurals are capped.
        """
        if not self.cap_plurals:
            return float("inf")
        return 10 ** len(str(self.floor_of(thing))) - 1


WIDTHS = Widths()


def _digits(n: float, unit: Unit) -> int:
    """Return the digits of ``n`` before its trailing zeros, of a share in percent."""
    number = exact(n) * (100 if unit == "share" else 1)
    if number.denominator > 1:
        return 1
    return len(str(abs(number.numerator)).rstrip("0")) or 1
