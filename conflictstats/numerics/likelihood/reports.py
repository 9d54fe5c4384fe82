"""Any family under any mechanism: a report is a weighted set of intervals."""

from copy import copy
from typing import NamedTuple, cast

import numpy as np
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import QuantityError, SettingError
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.mixing import Groups, mix_slope, mix_terms
from conflictstats.numerics.likelihood.terms import (
    Counts,
    Family,
    Jet,
    Likelihood,
    Part,
    Sensitivity,
    Terms,
)


class Reports:
    r"""Likelihood of reports: the law of a count, and how the count was reported.

    .. math:: \log P(\text{report}_i) = \log \sum_j w_{ij}
              P(a_{ij} \le Y_i \le b_{ij})

    with weights that may hold powers of the share found :math:`\pi` and of
    :math:`1 - \pi`; the mean of a thinned count is :math:`\pi\mu`. Intervals of few
    counts are summed count by count, the others come from their tails.

    Parameters
    ----------
    family : Family
        Law of the true count given predictor and dispersion.
    reading : Reading
        Intervals with their weights. Where every interval is a report of its own the
        arrays may be of shape (n,) or (series, n).
    shape : tuple of int, optional
        Shape of the observations where intervals share reports; (n,) by default.

    Raises
    ------
    SettingError
        If counts are thinned of which the family has no thinned law.
    QuantityError
        If a report names no number that can be, such as more civilians than dead.

    Examples
    --------
    Of deaths found with even chances the log mean is lower by log 2:

    >>> from conflictstats.numerics.likelihood.nb2 import NegBin
    >>> three, even = np.full(1, 3.0), np.zeros(())
    >>> found = Reports(NegBin(), Reading(three, three, np.array([True])))
    >>> exact = Reports(NegBin(), Reading(three, three, np.array([False])))
    >>> found.value(np.log([6.0]), even, even) - exact.value(np.log([3.0]), even, even)
    array([0.])
    """

    def __init__(
        self, family: Family, reading: Reading, shape: tuple[int, ...] | None = None
    ) -> None:
        self.family, self.reading = family, reading
        if np.any(reading.thinned) and not family.thins:
            raise SettingError(
                f"deaths found so far of a {family.name} count follow no law that is "
                "known; read these reports by another mechanism than 'confirmed'"
            )
        pieces = _within(_pieces(reading), family)
        exact = bool(np.all((pieces.low == pieces.high) | _silent(pieces, family)))
        self.law: Likelihood
        if reading.report is None and exact:
            self.law = _Exact(family, pieces, reading.low.shape)
        else:
            pieces = _count_by_count(pieces, family)
            self.law = _Mixed(family, pieces, shape or _shape(reading))
        self.edged = not family.short and not exact

    def of_series(self, series: IntArray) -> "Reports":
        """Reports of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        Reports
            With data of shape (stack, n), or itself where there is one series.
        """
        low, high, thinned = self.reading[:3]
        if low.ndim == 1:
            return self
        some = Reading(low[series], high[series], thinned[series])
        if not isinstance(self.law, _Exact):
            return Reports(self.family, some)
        chosen = copy(self)
        chosen.reading, chosen.law = some, self.law.of_series(series)
        return chosen

    def value(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Log probability of each report: the cheap part of :meth:`terms`.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.law.value(predictor, dispersion, found)

    def terms(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Terms:
        """Log probability of each report with its derivatives.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        Terms
            Shape (*draws, n) each. The curvature may be negative where the report is
            a weighted set: a sum of log-concave functions need not be one.
        """
        return self.law.terms(predictor, dispersion, found)

    def third(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Derivative of the curvature in the predictor, a part of :meth:`sensitivity`.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.law.third(predictor, dispersion, found)

    def sensitivity(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Sensitivity:
        """How the terms move with the three numbers.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        Sensitivity
            Shape (*draws, n) each.
        """
        return self.law.sensitivity(predictor, dispersion, found)


class _Exact:
    """Reports that each name one count, or say nothing."""

    def __init__(
        self, family: Family, pieces: "_Pieces", shape: tuple[int, ...]
    ) -> None:
        silent = _silent(pieces, family).reshape(shape)
        low, thinned = pieces.low.reshape(shape), pieces.thinned.reshape(shape)
        some = np.clip(1.0, family.least, family.most)
        counts = family.points(np.where(silent, some, low))
        self.counts = cast(Counts, counts)
        self.said = (~silent).astype(float) if silent.any() else None
        self.thinned = thinned if thinned.any() else None

    def of_series(self, series: IntArray) -> "_Exact":
        """Counts of some of several series."""
        some = copy(self)
        some.counts = self.counts.of_series(series)
        some.said = None if self.said is None else self.said[series]
        some.thinned = None if self.thinned is None else self.thinned[series]
        return some

    def value(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Log probability of each report."""
        value = self.counts.value(_seen(predictor, self.thinned, found), dispersion)
        return value if self.said is None else self.said * value

    def terms(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Terms:
        """Log probability of each report with its derivatives."""
        terms = self.counts.terms(_seen(predictor, self.thinned, found), dispersion)
        if self.said is None:
            return terms
        return Terms(*(self.said * part for part in terms))

    def third(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Derivative of the curvature in the predictor."""
        third = self.counts.third(_seen(predictor, self.thinned, found), dispersion)
        return third if self.said is None else self.said * third

    def sensitivity(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Sensitivity:
        """How the terms move."""
        jet = self.counts.jet(_seen(predictor, self.thinned, found), dispersion)
        if self.said is not None:
            jet = Jet(*(self.said * part for part in jet))
        by_found = _by_found(jet, self.thinned, found)
        return Sensitivity(jet.third, Terms(*jet[4:]), by_found)


class _Mixed:
    """Reports of which some are intervals, or weighted sets of intervals."""

    def __init__(
        self, family: Family, pieces: "_Pieces", shape: tuple[int, ...]
    ) -> None:
        self.shape, self.groups, self.pieces = shape, Groups(pieces.report), pieces
        self.thinned = pieces.thinned if pieces.thinned.any() else None
        self.powers = bool(pieces.powers.any())
        said = ~_silent(pieces, family)
        exact = said & (pieces.low == pieces.high)
        self.parts: list[tuple[IntArray, Part]] = []
        for index in map(np.flatnonzero, (exact, said & ~exact)):
            law = family.at(pieces.report[index])
            low, high = pieces.low[index], pieces.high[index]
            if index.size and exact[index[0]]:
                self.parts.append((index, law.points(low)))
            elif index.size:
                self.parts.append((index, law.intervals(low, high)))

    def value(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Log probability of each report."""
        predictor, dispersion, found = self._spread(predictor, dispersion, found)
        each = np.zeros(predictor.shape)
        for index, part in self.parts:
            each[..., index] = part.value(
                predictor[..., index], _take(dispersion, index)
            )
        value, _ = self.groups.log_add(self._log_weight(found) + each)
        return self._shaped(value)

    def terms(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Terms:
        """Log probability of each report with its derivatives."""
        predictor, dispersion, found = self._spread(predictor, dispersion, found)
        each = Terms(*np.zeros((3, *predictor.shape)))
        for index, part in self.parts:
            terms = part.terms(predictor[..., index], _take(dispersion, index))
            for all_parts, some in zip(each, terms, strict=True):
                all_parts[..., index] = some
        mixed = mix_terms(self.groups, self._log_weight(found), each)
        return Terms(*map(self._shaped, mixed))

    def third(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Derivative of the curvature in the predictor."""
        return self.sensitivity(predictor, dispersion, found).predictor

    def sensitivity(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Sensitivity:
        """How the terms move."""
        predictor, dispersion, found = self._spread(predictor, dispersion, found)
        each = Jet(*np.zeros((7, *predictor.shape)))
        for index, part in self.parts:
            jet = part.jet(predictor[..., index], _take(dispersion, index))
            for all_parts, some in zip(each, jet, strict=True):
                all_parts[..., index] = some
        weight = self._log_weight(found)
        third, moved = mix_slope(self.groups, weight, each, Terms(*each[4:]))
        by = _by_found(each, self.thinned, found)
        by = by._replace(value=by.value + self._weight_slope(found))
        _, by_found = mix_slope(self.groups, weight, each, by)
        return Sensitivity(
            self._shaped(third),
            Terms(*map(self._shaped, moved)),
            Terms(*map(self._shaped, by_found)),
        )

    def _spread(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The three numbers of each part; the predictor of the whole shape."""
        dispersion, found = self._shared(dispersion), self._shared(found)
        predictor = _seen(self._parts_of(predictor), self.thinned, found)
        shape = np.broadcast_shapes(predictor.shape, dispersion.shape, found.shape)
        return np.broadcast_to(predictor, shape), dispersion, found

    def _parts_of(self, each: FloatArray) -> FloatArray:
        """From observations to parts, shape (*draws, parts)."""
        whole = np.broadcast_to(each, np.broadcast_shapes(each.shape, self.shape))
        flat = whole.reshape(*whole.shape[: -len(self.shape)], -1)
        return flat[..., self.pieces.report]

    def _shared(self, each: FloatArray) -> FloatArray:
        """As :meth:`_parts_of`, but one number for all parts stays one."""
        if each.ndim == 0 or (len(self.shape) == 1 and each.shape[-1] == 1):
            return each
        return self._parts_of(each)

    def _shaped(self, each: FloatArray) -> FloatArray:
        """From the flat reports to the shape of the observations."""
        return each.reshape(*each.shape[:-1], *self.shape)

    def _log_weight(self, found: FloatArray) -> FloatArray:
        """Log weight of each part."""
        hits, misses = self.pieces.powers.T
        if not self.powers:
            return self.pieces.log_weight
        log_share = hits * special.log_expit(found) + misses * special.log_expit(-found)
        return self.pieces.log_weight + log_share

    def _weight_slope(self, found: FloatArray) -> FloatArray:
        """Derivative of each part's log weight in the logit of the share found."""
        hits, misses = self.pieces.powers.T
        return hits * special.expit(-found) - misses * special.expit(found)


class _Pieces(NamedTuple):
    """Intervals in one row, ordered by report, with weights and powers of the share."""

    low: FloatArray
    high: FloatArray
    thinned: BoolArray
    report: IntArray
    log_weight: FloatArray
    powers: FloatArray


def _pieces(reading: Reading) -> _Pieces:
    """Flat intervals with what a reading leaves out filled in."""
    low, high, thinned = reading.low, reading.high, reading.thinned
    report, log_weight, powers = reading.report, reading.log_weight, reading.powers
    return _Pieces(
        low.ravel(),
        high.ravel(),
        thinned.ravel(),
        np.arange(low.size) if report is None else report,
        np.zeros(low.size) if log_weight is None else log_weight,
        np.zeros((low.size, 2)) if powers is None else powers,
    )


def _within(pieces: _Pieces, family: Family) -> _Pieces:
    """Intervals cut to what can be, without those that cannot."""
    law = family.at(pieces.report)
    low, high = np.maximum(pieces.low, law.least), np.minimum(pieces.high, law.most)
    can = low <= high
    cut = pieces._replace(low=low, high=high)
    if can.all():
        return cut
    gone = np.setdiff1d(pieces.report, pieces.report[can])
    if gone.size:
        rows = ", ".join(map(str, gone[:10])) + (" ..." if gone.size > 10 else "")
        raise QuantityError(
            f"report number {rows} (from 0) names no number that a {family.name} count "
            f"can be; correct it, or give 0 to infinity where nothing was said"
        )
    return _some(cut, np.flatnonzero(can))


def _silent(pieces: _Pieces, family: Family) -> BoolArray:
    """Whether an interval holds all that can be, and so says nothing."""
    law = family.at(pieces.report)
    return (pieces.low <= law.least) & (pieces.high >= law.most)


def _some(pieces: _Pieces, index: IntArray) -> _Pieces:
    """Some intervals, or some of them several times."""
    return _Pieces(
        pieces.low[index],
        pieces.high[index],
        pieces.thinned[index],
        pieces.report[index],
        pieces.log_weight[index],
        pieces.powers[index],
    )


def _count_by_count(pieces: _Pieces, family: Family) -> _Pieces:
    """Intervals of few counts as these counts."""
    said = ~_silent(pieces, family)
    short = said & (pieces.high - pieces.low < family.short)
    times = np.where(short, pieces.high - pieces.low + 1, 1.0).astype(np.int64)
    each = np.repeat(np.arange(times.size), times)
    split = _some(pieces, each)
    low = split.low + (np.arange(each.size) - (np.cumsum(times) - times)[each])
    return split._replace(low=low, high=np.where(short[each], low, split.high))


def _shape(reading: Reading) -> tuple[int, ...]:
    """Shape of the observations of a reading."""
    if reading.report is None:
        return reading.low.shape
    return (int(reading.report.max(initial=-1)) + 1,)


def _take(each: FloatArray, index: IntArray) -> FloatArray:
    """Some parts, unless one number holds for all."""
    return each if each.ndim == 0 or each.shape[-1] == 1 else each[..., index]


def _seen(
    predictor: FloatArray, thinned: BoolArray | None, found: FloatArray
) -> FloatArray:
    """Predictor of the count that was recorded."""
    if thinned is None:
        return predictor
    return predictor + np.where(thinned, special.log_expit(found), 0.0)


def _by_found(jet: Jet, thinned: BoolArray | None, found: FloatArray) -> Terms:
    """How thinned terms move with the logit of the share found."""
    if thinned is None:
        return Terms(*np.zeros((3, *jet.value.shape)))
    rise = np.where(thinned, special.expit(-found), 0.0)
    return Terms(rise * jet.slope, -rise * jet.curvature, rise * jet.third)
