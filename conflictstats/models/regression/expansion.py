"""Log probabilities that carry first and second derivatives, one set a row.

A law of counts is written once, as sums, mixtures and linear changes of such values;
its score and its information follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats._typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Expansion:
    """A number for each row, with its derivatives in ``m`` predictors.

    Attributes
    ----------
    value : ndarray, shape (n,)
        The number.
    first : ndarray, shape (m, n)
        First derivatives.
    second : ndarray, shape (m, m, n)
        Second derivatives.
    """

    value: FloatArray
    first: FloatArray
    second: FloatArray

    def __add__(self, other: Expansion) -> Expansion:
        """Sum of two."""
        return Expansion(
            self.value + other.value,
            self.first + other.first,
            self.second + other.second,
        )

    def __sub__(self, other: Expansion) -> Expansion:
        """Difference of two."""
        return Expansion(
            self.value - other.value,
            self.first - other.first,
            self.second - other.second,
        )

    def plus(self, constant: FloatArray) -> Expansion:
        """Sum with what does not depend on the predictors, shape (n,)."""
        return Expansion(self.value + constant, self.first, self.second)

    def rows(self, chosen: IntArray) -> Expansion:
        """Some of the rows."""
        return Expansion(
            self.value[chosen], self.first[:, chosen], self.second[:, :, chosen]
        )

    def put(self, chosen: IntArray, part: Expansion) -> None:
        """Write what holds for some of the rows over what is there."""
        self.value[chosen] = part.value
        self.first[:, chosen] = part.first
        self.second[:, :, chosen] = part.second

    def compose(
        self, value: FloatArray, slope: FloatArray, bend: FloatArray
    ) -> Expansion:
        """A function of the number, by its value and derivatives there, (n,) each."""
        outer = self.first[:, None] * self.first[None, :]
        return Expansion(value, slope * self.first, slope * self.second + bend * outer)

    def through(self, change: FloatArray) -> Expansion:
        """In other predictors, of which the present ones are ``change @ others``."""
        sign = np.diagonal(change)
        if np.array_equal(change, np.diag(sign)):
            second = self.second * np.outer(sign, sign)[..., None]
            return Expansion(self.value, self.first * sign[:, None], second)
        left = np.tensordot(change, self.second, (0, 0))
        second = np.tensordot(change, left, (0, 1)).transpose(1, 0, 2)
        return Expansion(self.value, change.T @ self.first, second)

    def placed(self, where: tuple[int, ...], m: int) -> Expansion:
        """The same number as a function of ``m`` predictors, its own at ``where``."""
        if where == tuple(range(m)):
            return self
        n = self.value.size
        first, second = np.zeros((m, n)), np.zeros((m, m, n))
        first[list(where)] = self.first
        second[np.ix_(where, where)] = self.second
        return Expansion(self.value, first, second)


def log_mixture(parts: Expansion, starts: IntArray) -> Expansion:
    """Log of the summed probabilities of runs of rows that begin at ``starts``."""
    largest = np.maximum.reduceat(parts.value, starts)
    counts = np.diff(np.append(starts, parts.value.size))
    share = np.exp(parts.value - np.repeat(largest, counts))
    total = np.add.reduceat(share, starts)
    share /= np.repeat(total, counts)
    first = np.add.reduceat(share * parts.first, starts, axis=-1)
    outer = parts.second + parts.first[:, None] * parts.first[None, :]
    second = np.add.reduceat(share * outer, starts, axis=-1)
    return Expansion(
        largest + np.log(total), first, second - first[:, None] * first[None, :]
    )


def log_either(one: Expansion, other: Expansion) -> Expansion:
    """Log of the sum of two probabilities, each given by its log."""
    value = np.logaddexp(one.value, other.value)
    left, right = np.exp(one.value - value), np.exp(other.value - value)
    gap = one.first - other.first
    second = left * one.second + right * other.second
    return Expansion(
        value,
        left * one.first + right * other.first,
        second + left * right * gap[:, None] * gap[None, :],
    )


def log_complement(log_probability: Expansion) -> Expansion:
    """Log of one minus a probability that is given by its log."""
    inner = log_probability.value
    value = np.where(
        inner > -np.log(2), np.log(-np.expm1(inner)), np.log1p(-np.exp(inner))
    )
    odds = np.exp(inner - value)
    return log_probability.compose(value, -odds, -odds * (1 + odds))


def log_chance(logit: FloatArray, sign: float) -> Expansion:
    """Log probability with this logit, or with sign -1 of its opposite."""
    value = -np.logaddexp(0, -sign * logit)
    other = np.exp(-np.logaddexp(0, sign * logit))
    return Expansion(value, sign * other[None], -(other * (1 - other))[None, None])
