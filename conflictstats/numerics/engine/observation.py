"""Which cells each observation is about."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.design import Pairs
from conflictstats.numerics.likelihood.terms import Terms


class Seen(NamedTuple):
    """Cells as the observations see them.

    Attributes
    ----------
    predictor : ndarray, shape (*lead, n)
        Linear predictor of each observation: single cells first, then spans.
    log_size_ratio : ndarray, shape (*lead, spans)
        Log of the NB size of each span over that of one cell.
    share, square_share : ndarray, shape (*lead, spans, width)
        Share of each cell in the span's mean, and in the sum of squared means.
    """

    predictor: FloatArray
    log_size_ratio: FloatArray
    share: FloatArray
    square_share: FloatArray


@dataclass(frozen=True)
class Observations:
    r"""Observations of single cells, then of sums over several.

    A cell's mean is :math:`e^{\eta_j + o}`. A span, any set of cells, has mean
    :math:`\mu = \sum_j w_j e^{\eta_j}`, and because cells are NB with size :math:`r`
    its own size is :math:`r (\sum_j \mu_j)^2 / \sum_j \mu_j^2`, which matches the
    variance of the sum.

    Attributes
    ----------
    cells : int
        Number of cells.
    cell : ndarray of int, shape (single,)
        The cell each of the first observations is about.
    offset : ndarray, shape (single,) or (series, single)
        Log exposure o of those observations.
    member : ndarray of int, shape (spans, width)
        Cells of each span.
    log_weight : ndarray, shape (spans, width)
        Log weight of each member; minus infinity where a span has fewer.
    """

    cells: int
    cell: Int[np.ndarray, " single"]
    offset: Float[np.ndarray, "*series single"]
    member: Int[np.ndarray, "spans width"]
    log_weight: Float[np.ndarray, "spans width"]

    @classmethod
    def of_cells(
        cls,
        cells: int,
        offset: FloatArray | None = None,
        cell: np.ndarray | None = None,
    ) -> "Observations":
        """One observation of each cell, or of some.

        Parameters
        ----------
        cells : int
            Number of cells.
        offset : ndarray, shape (single,) or (series, single), optional
            Log exposure.
        cell : ndarray of int, shape (single,), optional
            Cells observed; all if not given.

        Returns
        -------
        Observations
            Without spans.
        """
        cell = np.arange(cells) if cell is None else cell
        offset = np.zeros(cell.size) if offset is None else offset
        return cls(cells, cell, offset, np.zeros((0, 0), int), np.zeros((0, 0)))

    @property
    def spans(self) -> int:
        """Number of observations of several cells."""
        return len(self.member)

    @cached_property
    def whole(self) -> bool:
        """Whether observation j is about cell j, for every cell."""
        return self.cell.size == self.cells and bool(
            (self.cell == np.arange(self.cells)).all()
        )

    def of_series(self, series: np.ndarray) -> "Observations":
        """Observations of some of several series.

        Parameters
        ----------
        series : ndarray of int
            Which series.

        Returns
        -------
        Observations
            With one row of offsets for each.
        """
        if self.offset.ndim == 1:
            return self
        offset = self.offset[series]
        return Observations(self.cells, self.cell, offset, self.member, self.log_weight)

    def see(self, eta: Float[np.ndarray, "*lead cells"]) -> Seen:
        """Predictor and size of each observation.

        Parameters
        ----------
        eta : ndarray, shape (*lead, cells)
            Linear predictor of each cell.

        Returns
        -------
        Seen
            Single cells first, then spans.
        """
        single = (eta if self.whole else eta[..., self.cell]) + self.offset
        lead = eta.shape[:-1]
        if not self.spans:
            none = np.zeros((*lead, 0))
            return Seen(single, none, none[..., None], none[..., None])
        log_part = eta[..., self.member] + self.log_weight
        largest = log_part.max(axis=-1, keepdims=True)
        part = np.exp(log_part - largest)
        total, squares = part.sum(axis=-1), (part**2).sum(axis=-1)
        return Seen(
            np.concatenate([single, np.log(total) + largest[..., 0]], axis=-1),
            2 * np.log(total) - np.log(squares),
            part / total[..., None],
            part**2 / squares[..., None],
        )

    def gradient(
        self,
        seen: Seen,
        slope: Float[np.ndarray, "stack n"],
        size_slope: Float[np.ndarray, "stack spans"],
    ) -> Float[np.ndarray, "stack cells"]:
        """Gradient of the log likelihood in each cell's predictor.

        Parameters
        ----------
        seen : Seen
            From :meth:`see`.
        slope : ndarray, shape (stack, n)
            Derivative of each observation's log probability in its predictor.
        size_slope : ndarray, shape (stack, spans)
            Derivative of each span's log probability in its log size.

        Returns
        -------
        ndarray, shape (stack, cells)
            The gradient.
        """
        if self.whole and not self.spans:
            return slope
        single = self.cell.size
        total = np.zeros((len(slope), self.cells))
        for b, row in enumerate(slope[:, :single]):
            total[b] = np.bincount(self.cell, row, self.cells)
        if self.spans:
            within = seen.share * slope[:, single:, None]
            within += 2 * (seen.share - seen.square_share) * size_slope[..., None]
            for b, part in enumerate(within):
                total[b] += np.bincount(self.member.ravel(), part.ravel(), self.cells)
        return total

    @property
    def _heaviest(self) -> IntArray:
        """Position of the member with the largest weight, shape (spans, 1)."""
        if not self.member.size:
            return np.zeros((self.spans, 0), int)
        return self.log_weight.argmax(axis=1)[:, None]

    @cached_property
    def tied(self) -> tuple[IntArray, IntArray]:
        """Pairs of cells that one observation ties together, shape (pairs,) each.

        A member that is not there stands for another of its span, and ties nothing.
        """
        real = np.take_along_axis(self.member, self._heaviest, axis=1)
        member = np.where(np.isfinite(self.log_weight), self.member, real)
        far, near = np.tril_indices(self.member.shape[1], -1)
        return member[:, far].ravel(), member[:, near].ravel()

    def curvature(
        self, seen: Seen, terms: Terms, *, exact: bool
    ) -> tuple[Float[np.ndarray, "stack cells"], Pairs | None]:
        """Minus the Hessian of the log likelihood in the cells' predictors.

        Parameters
        ----------
        seen : Seen
            From :meth:`see`.
        terms : Terms
            Log probabilities and derivatives, shape (stack, n).
        exact : bool
            Whether to add how a span's mean bends with the path, which may make the
            matrix indefinite; without it, it is never negative. The bend of the
            span's size is left out in both.

        Returns
        -------
        diagonal : ndarray, shape (stack, cells)
            Entries of each cell with itself.
        pairs : Pairs or None
            Entries of two cells of one span.
        """
        single = self.cell.size
        weight = self.gradient(
            seen,
            np.concatenate(
                [terms.curvature[:, :single], np.zeros((len(terms.value), self.spans))],
                axis=1,
            ),
            np.zeros((len(terms.value), self.spans)),
        )
        if not self.spans:
            return weight, None
        bend = terms.slope[:, single:] if exact else np.zeros_like(seen.log_size_ratio)
        pair = (terms.curvature[:, single:] + bend)[..., None]
        own = pair * seen.share**2 - bend[..., None] * seen.share
        for b, part in enumerate(own):
            weight[b] += np.bincount(self.member.ravel(), part.ravel(), self.cells)
        far, near = np.tril_indices(self.member.shape[1], -1)
        value = pair * seen.share[..., far] * seen.share[..., near]
        first, second = self.tied
        return weight, Pairs(first, second, value.reshape(len(value), -1))
