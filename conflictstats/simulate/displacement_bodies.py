"""Bodies that count the displaced: what, when, of which places, and in which words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError

AT_A_DAY = ("stock", "fraction")
OVER_DAYS = ("flow", "cumulative", "returns", "departures")
MANNERS = ("exact", "more_than", "nearly", "at_least", "range")
BOUNDS = np.outer(10.0 ** np.arange(2, 6), [1, 2, 5]).ravel()
"""Round numbers of which a body asks whether they are reached, persons."""
NARROWEST, WIDEST = 0.1, 0.7
"""Width of ranges, in logs."""
MOST_ENDS = 400
TENTHS = 10


class Spoken(NamedTuple):
    """A number as it was said; ``value`` is the one that is printed, if there is."""

    low: float
    high: float
    value: float
    qualifier: str


class Asked(NamedTuple):
    """What one report counts, in numbers of days from 1 on."""

    measure: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingBody:
    r"""A body that reports on a crisis, more or less right and more or less exactly.

    .. math:: y = \text{truth} \cdot \frac{n}{n_{\text{widest}}} e^c
              \cdot e^{b + \tau\epsilon}, \quad
              b \sim N(\mu, \sigma_b^2), \quad
              c \sim N(0, \sigma_c^2), \quad \epsilon \sim N(0, 1)

    with :math:`\mu, \sigma_b` ``bias, bias_sd`` and :math:`\sigma_c` ``coverage_sd``;
    b once for the body, c once for each number of communities but the widest, and
    :math:`\epsilon` for each report. How y is said is chosen without regard to y, and
    so is what is chosen in saying it. A reading of the words as intervals is right.

    Attributes
    ----------
    name : str
        Name of the body.
    measures : sequence of str
        What it reports each time: stock, fraction, flow, cumulative, returns or
        departures.
    unit : str
        Persons or movements; of its flows and cumulative totals.
    every, first : int
        Days from report to report, and number of the day of the first; ``every`` by
        default.
    window : int, optional
        Days that a flow covers, ``every`` by default; windows that are longer overlap.
    gap : tuple of int, optional
        Numbers of the first and last day without reports.
    bias, bias_sd : float
        Mean and standard deviation of b.
    error : float
        :math:`\tau`.
    manners : mapping of str to float
        Ways of saying a number and how often: ``exact``; ``more_than`` and ``nearly``
        the next number of one or two digits and zeros, where the zeros tell how far
        the number was rounded, else the number itself; ``at_least`` a round number
        that was asked for, or ``up_to`` it; ``range``, which begins anywhere. A
        fraction is said as the tenth in which it lies.
    coverage : sequence of (int, int)
        Number of the day from which on so many communities are assessed, in order
        and from day 1 on.
    coverage_sd : float
        How far, in logs, a change of communities is not in proportion.

    Examples
    --------
    >>> body = ReportingBody(name="IOM", every=30, coverage=((1, 714), (200, 220)))
    >>> [asked.end for asked in body.asked(120)], body.assessed(199), body.assessed(200)
    ([30, 60, 90, 120], 714, 220)
    """

    name: str
    measures: Sequence[str] = ("stock",)
    unit: str = "persons"
    every: int = 30
    first: int | None = None
    window: int | None = None
    gap: tuple[int, int] | None = None
    bias: float = 0.0
    bias_sd: float = 0.0
    error: float = 0.1
    manners: Mapping[str, float] = field(default_factory=lambda: {"exact": 1.0})
    coverage: Sequence[tuple[int, int]] = ()
    coverage_sd: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for measure in self.measures:
            _check.one_of(measure, (*AT_A_DAY, *OVER_DAYS), "measures")
        for manner in self.manners:
            _check.one_of(manner, MANNERS, "manners")
        _check.one_of(self.unit, ("persons", "movements"), "unit")
        if self.unit == "movements" and set(self.measures) - {"flow", "cumulative"}:
            raise SettingError(
                f"{self.name} counts movements, which flows and cumulative totals "
                f"have, got measures {tuple(self.measures)}; count stocks by another"
            )
        if min(self.every, self.first or 1, self.window or 1) < 1 or self.error < 0:
            raise SettingError(
                f"{self.name} needs every, first and window of one day or more and an "
                f"error of 0 or more, got {self.every}, {self.first}, {self.window} "
                f"and {self.error}"
            )
        days = [since for since, _ in self.coverage]
        if days and (days[0] != 1 or days != sorted(days)):
            raise SettingError(
                f"coverage of {self.name} begins at days {days}; say in their order "
                "how many communities are assessed, from day 1 on"
            )

    def asked(self, days: int) -> Iterator[Asked]:
        """What it reports in a crisis of so many days.

        Parameters
        ----------
        days : int
            Length of the crisis.

        Yields
        ------
        Asked
            Measure, first and last day of each report, by number.
        """
        lost = range(0) if self.gap is None else range(self.gap[0], self.gap[1] + 1)
        for end in range(self.first or self.every, days + 1, self.every):
            for measure in () if end in lost else self.measures:
                start = end
                if measure == "cumulative":
                    start = 1
                elif measure in OVER_DAYS:
                    start = max(1, end + 1 - (self.window or self.every))
                yield Asked(measure, start, end)

    def assessed(self, day: int) -> int | None:
        """How many communities it assesses on a day.

        Parameters
        ----------
        day : int
            Number of the day.

        Returns
        -------
        int or None
            Communities; nothing where the body does not say.
        """
        known = [number for since, number in self.coverage if since <= day]
        return known[-1] if known else None

    def log_shares(self, rng: np.random.Generator) -> dict[int | None, float]:
        """Draw what each number of communities does to the numbers.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict of int to float
            Log of the share of the displaced that lives in so many communities; 0 for
            the widest, and for None.
        """
        numbers = sorted({number for _, number in self.coverage}, reverse=True)
        shares: dict[int | None, float] = {None: 0.0}
        for number in numbers:
            narrower = number < numbers[0]
            extra = rng.normal(0, self.coverage_sd) if narrower else 0.0
            shares[number] = float(np.log(number / numbers[0]) + extra)
        return shares

    def say(self, number: float, measure: str, rng: np.random.Generator) -> Spoken:
        """Put a number into words.

        Parameters
        ----------
        number : float
            What the body found, persons, movements or, of a fraction, a share.
        measure : str
            What it is the number of.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Spoken
            Bounds, the printed number, and how it was said.
        """
        if measure == "fraction":
            tenth = min(np.floor(number * TENTHS), TENTHS - 1.0)
            return Spoken(tenth / TENTHS, (tenth + 1) / TENTHS, np.nan, "range")
        often = np.array(list(self.manners.values()))
        manner = str(rng.choice(list(self.manners), p=often / often.sum()))
        if manner == "at_least":
            return _bound(number, float(rng.choice(BOUNDS)))
        if manner == "range":
            return _range(number, rng.uniform(NARROWEST, WIDEST), rng.random())
        digits = int(rng.integers(1, 3))
        if manner == "exact" or number < 10**digits:
            return _exactly(number)
        return _rounded(number, digits, manner)


def _exactly(number: float) -> Spoken:
    """Print the number; people are real numbers here."""
    return Spoken(number, number, number, "exact")


def _bound(number: float, bound: float) -> Spoken:
    """Say whether a bound, chosen before, is reached."""
    if number >= bound:
        return Spoken(bound, np.inf, bound, "at_least")
    return Spoken(0.0, bound, bound, "up_to")


def _range(number: float, width: float, start: float) -> Spoken:
    """Say between which two of many ends, as far apart in logs, the number lies."""
    ends = np.floor(np.exp(width * (start + np.arange(MOST_ENDS))))
    which = int(np.searchsorted(ends, number, side="right"))
    low = ends[which - 1] if which else 0.0
    return Spoken(float(low), float(ends[which]), np.nan, "range")


def _rounded(number: float, digits: int, manner: str) -> Spoken:
    """Say more than, or nearly, a number of so many digits and zeros.

    Only where the last digit is not zero, so that a reader sees the grain, and where
    the number is one or more away from both ends of its cell.
    """
    grain = 10.0 ** (np.floor(np.log10(number)) - digits + 1)
    below = np.floor(number / grain) * grain
    printed: FloatArray = below if manner == "more_than" else below + grain
    hidden = printed % (10 * grain) == 0
    if hidden or not below + 1 <= number <= below + grain - 1:
        return _exactly(number)
    if manner == "more_than":
        return Spoken(float(printed + 1), np.inf, float(printed), manner)
    return Spoken(0.0, float(printed - 1), float(printed), manner)
