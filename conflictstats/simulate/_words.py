"""How counts and measured numbers are said, beyond what news does to a count.

Each rule gives what is said and for every number the chance of it. Where the chances
of all words do not add up to one, the number is printed for the rest: a printed number
says what it says, however often it is chosen.
"""

from typing import Literal, NamedTuple, TypeAlias, cast

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.simulate.counts import Mechanism as Spoken
from conflictstats.simulate.counts import blur

Mechanism: TypeAlias = Literal[
    "exact", "confirmed", "coarsened", "rounded", "floor", "approximate", "elicited"
]

ABOUT_SD = (0.15, 0.06, 0.03)
"""Sd of the log of "about n" with one, two, and three or more significant digits."""
MOST_CODED = 300
SURE = 0.42
CODED_LOC, CODED_SCALE = (0.0, 1.35), (1.0, 0.33)
"""Location and scale of the experts' law by the coded count: first + second times."""


class Said(NamedTuple):
    """Reports, shape (n,) each: bounds, and how it was said."""

    low: FloatArray
    high: FloatArray
    qualifier: np.ndarray


def say_counts(
    count: FloatArray,
    mechanism: Mechanism,
    share: float,
    found: float,
    rng: np.random.Generator,
) -> Said:
    """Say whole counts; a share of them not exactly."""
    hidden = rng.random(count.shape) < share
    own = {"coarsened": doubling_range, "approximate": _about, "elicited": _coded}
    if mechanism in own:
        spoken = own[mechanism](count, rng)
    else:
        toll, how = xr.DataArray(count, dims="n"), cast(Spoken, mechanism)
        told = blur(toll, mechanism=how, share=1.0, rng=rng, found=found)
        spoken = Said(told["low"].values, told["high"].values, told["qualifier"].values)
    return _mixed(hidden, spoken, count)


def say_measured(
    number: FloatArray,
    mechanism: Mechanism,
    share: float,
    rng: np.random.Generator,
    *,
    in_logs: bool,
) -> Said:
    """Say measured numbers; a share of them not exactly."""
    hidden = rng.random(number.shape) < share
    if mechanism == "exact":
        return _exact(number)
    if mechanism == "rounded":
        return _mixed(hidden, _more_than(number), number)
    scale = np.log(number) if in_logs else number
    width = (0.5 if in_logs else 10.0) * 2 ** (3 * rng.random(number.shape))
    start = rng.random(number.shape) * width
    low = np.floor((scale - start) / width) * width + start
    high = low + width
    if in_logs:
        low, high = np.exp(low), np.exp(high)
    return _mixed(hidden, Said(low, high, np.full(number.shape, "range")), number)


def coded_law(coded: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Location, scale and weight that the experts give for coded counts, (n,) each."""
    loc, scale = (a + b * coded for a, b in (CODED_LOC, CODED_SCALE))
    return loc, scale, np.full(coded.shape, SURE)


def doubling_range(count: FloatArray, rng: np.random.Generator) -> Said:
    """Say the range that each count lies in.

    Ranges begin at 0 and double from a start between 1 and 2 that is drawn for each.
    """
    start = 2 ** rng.random(count.shape)
    begins = np.ceil(start[..., None] * 2.0 ** np.arange(60))
    begins = np.insert(begins, 0, 0, axis=-1)
    inside = (begins <= count[..., None]).sum(axis=-1)[..., None]
    low, after = (
        np.take_along_axis(begins, inside - 1 + i, axis=-1)[..., 0] for i in (0, 1)
    )
    return Said(low, after - 1, np.full(count.shape, "range"))


def _exact(number: FloatArray) -> Said:
    """Say the number."""
    return Said(number, number, np.full(number.shape, "exact"))


def _mixed(hidden: np.ndarray, spoken: Said, number: FloatArray) -> Said:
    """Some said in words, the others exactly."""
    pairs = zip(spoken, _exact(number), strict=True)
    return Said(*(np.where(hidden, said, plain) for said, plain in pairs))


def _about(count: FloatArray, rng: np.random.Generator) -> Said:
    """Say about a number near the count.

    A number of digits is drawn, then a number with the sd that belongs to it; it is
    said if it has so many digits. Each number is so said with a third of its chance.
    """
    digits = rng.integers(1, 4, count.shape)
    error = rng.standard_normal(count.shape) * np.array(ABOUT_SD)[digits - 1]
    near = np.round(count * np.exp(error))
    fits = (_digits(near) == digits) & (near > 0)
    about = Said(near, near, np.full(count.shape, "about"))
    return _mixed(fits, about, count)


def _digits(number: FloatArray) -> np.ndarray:
    """Significant digits of whole numbers, three for more, shape (n,)."""
    grain = 10 ** np.floor(np.log10(np.maximum(number, 1)))
    one = number % grain == 0
    two = number % np.maximum(grain / 10, 1) == 0
    return np.where(one, 1, np.where(two, 2, 3))


def _coded(count: FloatArray, rng: np.random.Generator) -> Said:
    """Code a count as one of which the experts would say that it may be this.

    A count Y is coded k with the probability of Y under the experts' law for k.
    """
    coded = np.arange(MOST_CODED + 1.0)
    loc, scale, sure = coded_law(coded)
    at = count[:, None]

    def below(number: FloatArray) -> FloatArray:
        """Gumbel distribution function, at most numbers of which are certain."""
        return np.exp(-np.exp(np.minimum(-(number - loc) / scale, 50.0)))

    gumbel = below(at + 0.5) - np.where(at > 0, below(at - 0.5), 0.0)
    chance = (1 - sure) * gumbel + sure * (at == coded)
    reached = np.cumsum(chance, axis=1)
    which = (reached < rng.random(count.shape)[:, None]).sum(axis=1)
    said = np.minimum(which, MOST_CODED).astype(float)
    words = Said(said, said, np.full(count.shape, "coded"))
    return _mixed(which <= MOST_CODED, words, count)


def _more_than(number: FloatArray) -> Said:
    """Say more than n, a digit and zeros, if it is from n + 1 to what rounds to n."""
    unit = 10 ** np.floor(np.log10(np.maximum(number, 1)))
    least = np.floor(number / unit) * unit
    inside = (unit > 1) & (least + 1 <= number) & (number <= least + unit - 1)
    words = Said(
        least + 1,
        np.full(number.shape, np.inf),
        np.full(number.shape, "more_than"),
    )
    return _mixed(inside, words, number)
