"""Designs: numbers in columns, and factors of many levels as codes.

A factor of 200 levels is kept as one code a row and not as 200 columns, so that
products with it cost as much as one column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from scipy import linalg, sparse

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics import aliasing

Rows: TypeAlias = slice
BLOCK = 8192
SURE = 1e-8
"""Share of a squared length above which products of columns settle the question."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A column for each level, one of which is 1 in a row.

    Attributes
    ----------
    codes : ndarray, shape (n,)
        Number of the level of each row.
    levels : int
        How many there are.
    first : int
        The first level that has a column: 1 where level 0 is the reference.
    """

    codes: IntArray
    levels: int
    first: int

    @property
    def columns(self) -> int:
        """How many columns it stands for."""
        return self.levels - self.first

    def add(self, weight: FloatArray, rows: Rows) -> FloatArray:
        """Sum of weights by column."""
        sums = np.bincount(self.codes[rows], weight, self.levels)
        return sums[self.first :].astype(np.float64)

    def gather(self, weight: FloatArray, columns: FloatArray, rows: Rows) -> FloatArray:
        """Weighted sums of columns of numbers by level, shape (levels, k)."""
        codes = self.codes[rows]
        shape = self.levels, codes.size
        by_row = sparse.csc_array((weight, codes, np.arange(codes.size + 1)), shape)
        return np.asarray(by_row @ columns, np.float64)[self.first :]

    def dense(self, rows: Rows) -> FloatArray:
        """The columns themselves."""
        return np.eye(self.levels)[self.codes[rows], self.first :]


@dataclass(frozen=True, slots=True)
class Design:
    """Linear predictor of one part of a law.

    Attributes
    ----------
    names : tuple of str
        Columns, those of the factors last.
    dense : ndarray, shape (n, k)
        Columns of numbers.
    factors : tuple of Factor
        Columns that are kept as codes.
    constant : bool
        Whether it is one column of ones, of which the predictor has shape (1,).
    """

    names: tuple[str, ...]
    dense: FloatArray
    factors: tuple[Factor, ...] = ()
    constant: bool = False

    @classmethod
    def ones(cls, n: int, name: str) -> Design:
        """A single number for all rows."""
        return cls((name,), np.broadcast_to(np.ones(1), (n, 1)), constant=True)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.dense.shape[0]

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.names)

    def predictor(self, coefficients: FloatArray, rows: Rows) -> FloatArray:
        """Linear predictor of some rows."""
        if self.constant:
            return coefficients
        k = self.dense.shape[1]
        out = self.dense[rows] @ coefficients[:k]
        for factor in self.factors:
            effect = np.zeros(factor.levels)
            effect[factor.first :] = coefficients[k : k + factor.columns]
            out += effect[factor.codes[rows]]
            k += factor.columns
        return out

    def project(self, values: FloatArray, rows: Rows) -> FloatArray:
        """Product of the transposed design with one number a row, shape (columns,)."""
        if self.constant:
            return values.sum(keepdims=True)
        parts = [values @ self.dense[rows]]
        parts += [factor.add(values, rows) for factor in self.factors]
        return np.concatenate(parts)

    def cross(self, weight: FloatArray, other: Design, rows: Rows) -> FloatArray:
        """Product of the transposed design with another, rows weighted."""
        if self.constant:
            return other.project(weight, rows)[None]
        if other.constant:
            return self.project(weight, rows)[:, None]
        weighted = weight[:, None] * other.dense[rows]
        products = self.dense[rows].T @ weighted
        if not (self.factors or other.factors):
            return products
        own, its = self.dense[rows], other.dense[rows]
        across = [factor.gather(weight, own, rows) for factor in other.factors]
        down = across
        if other is not self:
            down = [factor.gather(weight, its, rows) for factor in self.factors]
        below = [
            [left, *(_pairs(factor, one, weight, rows) for one in other.factors)]
            for factor, left in zip(self.factors, down, strict=True)
        ]
        return np.block([[products, *(right.T for right in across)], *below])

    def all_columns(self, rows: Rows) -> FloatArray:
        """Every column of some rows, those of factors too."""
        parts = [self.dense[rows], *(f.dense(rows) for f in self.factors)]
        return np.concatenate(parts, axis=1)

    def every(self, step: int) -> Design:
        """Every so many rows."""
        factors = tuple(replace(f, codes=f.codes[::step]) for f in self.factors)
        return replace(
            self, dense=np.ascontiguousarray(self.dense[::step]), factors=factors
        )

    def spread(self) -> FloatArray:
        """Largest less smallest number of each column; of one of ones, 1."""
        ranges = np.concatenate(
            [np.ptp(self.dense, axis=0), *(np.ones(f.columns) for f in self.factors)]
        )
        return np.where(ranges == 0, 1.0, ranges)


def blocks(n: int) -> list[slice]:
    """Runs of rows that fit into the processor's cache."""
    return [slice(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK)]


def independent(design: Design) -> tuple[BoolArray, FloatArray]:
    """Which columns add something to those before them, and how long each is."""
    if design.constant:
        return np.ones(1, bool), np.full(1, np.sqrt(design.n))
    products = np.zeros((design.columns, design.columns))
    for rows in blocks(design.n):
        ones = np.ones(rows.stop - rows.start)
        products += design.cross(ones, design, rows)
    length = np.sqrt(np.maximum(np.diagonal(products), 1e-300))
    products /= length[:, None] * length[None, :]
    try:
        left = np.diagonal(np.linalg.cholesky(products)) ** 2
    except np.linalg.LinAlgError:
        left = np.zeros(1)
    if left.min(initial=1.0) > SURE:
        return np.ones(design.columns, bool), length
    return aliasing.independent(_triangle(design)), length


def _triangle(design: Design) -> FloatArray:
    """Triangular factor of all columns, built up block by block."""
    triangle: FloatArray = np.empty((0, design.columns))
    for rows in blocks(design.n):
        stacked = np.concatenate([triangle, design.all_columns(rows)])
        triangle = linalg.qr(stacked, mode="r")[0][: design.columns]
    return triangle


def _pairs(one: Factor, other: Factor, weight: FloatArray, rows: Rows) -> FloatArray:
    """Sums of weights by pairs of levels."""
    if one is other:
        return np.diag(one.add(weight, rows))
    pair = one.codes[rows] * other.levels + other.codes[rows]
    sums = np.bincount(pair, weight, one.levels * other.levels).astype(np.float64)
    return sums.reshape(one.levels, other.levels)[one.first :, other.first :]
