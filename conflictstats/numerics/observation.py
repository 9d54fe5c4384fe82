"""Which stretch of the latent path each observation is about."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import FloatArray
from conflictstats.numerics.likelihood.terms import Terms

LARGEST_BLOCK = 1_000_000
"""Products of pairs of cells that are formed at once."""


class Prediction(NamedTuple):
    """The latent path as the observations see it.

    Attributes
    ----------
    predictor : ndarray, shape (*draws, n)
        Linear predictor of each observation: cells first, then spans.
    log_size_ratio : ndarray, shape (*draws, n)
        Log of the NB size of the observation over that of one cell.
    share, square_share : ndarray, shape (*draws, spans, width)
        Share of each cell in the span's mean, and in the sum of squared means.
    """

    predictor: FloatArray
    log_size_ratio: FloatArray
    share: FloatArray
    square_share: FloatArray


@dataclass(frozen=True, slots=True)
class ObservationMap:
    r"""Observations of single cells, then of spans of cells.

    A cell's mean is :math:`e^{\eta_j + o}`. A span of cells has mean
    :math:`\mu = \sum_j w_j e^{\eta_j}`, and because cells are NB with size :math:`r`
    its own size is :math:`r (\sum_j \mu_j)^2 / \sum_j \mu_j^2`, which matches the
    variance of the sum.

    Attributes
    ----------
    length : int
        Number of cells T of the latent path.
    cell : ndarray of int, shape (cells,)
        The cell each of the first observations is about.
    offset : ndarray, shape (cells,)
        Log exposure o of those observations.
    span_first : ndarray of int, shape (spans,)
        First cell of each span.
    span_log_weight : ndarray, shape (spans, width)
        Log weight of the span's cells, counted from its first; minus infinity after
        its last.
    """

    length: int
    cell: Int[np.ndarray, " cells"]
    offset: Float[np.ndarray, " cells"]
    span_first: Int[np.ndarray, " spans"]
    span_log_weight: Float[np.ndarray, "spans width"]

    @property
    def bandwidth(self) -> int:
        """Cells that one observation ties together, less one."""
        return max(self.span_log_weight.shape[1] - 1, 0) if self.span_first.size else 0

    def predict(self, path: Float[np.ndarray, "*draws T"]) -> Prediction:
        """Predictor and size of each observation.

        Parameters
        ----------
        path : ndarray, shape (*draws, T)
            The latent path, or many.

        Returns
        -------
        Prediction
            Cells first, then spans.
        """
        cells = self.cell.size
        ratio = np.zeros((*path.shape[:-1], cells + self.span_first.size))
        direct = path[..., self.cell] + self.offset
        if not self.span_first.size:
            empty = np.empty((*path.shape[:-1], 0, 0))
            return Prediction(direct, ratio, empty, empty)
        log_part = path[..., self._span_cells()] + self.span_log_weight
        largest = log_part.max(axis=-1, keepdims=True)
        part = np.exp(log_part - largest)
        total, squares = part.sum(axis=-1), (part**2).sum(axis=-1)
        ratio[..., cells:] = 2 * np.log(total) - np.log(squares)
        summed = np.log(total) + largest[..., 0]
        return Prediction(
            np.concatenate([direct, summed], axis=-1),
            ratio,
            part / total[..., None],
            part**2 / squares[..., None],
        )

    def gradient(
        self,
        prediction: Prediction,
        slope: Float[np.ndarray, "*draws n"],
        size_slope: Float[np.ndarray, "*draws n"],
    ) -> Float[np.ndarray, "*draws T"]:
        """Gradient of the log likelihood in the latent path.

        Parameters
        ----------
        prediction : Prediction
            From :meth:`predict`.
        slope, size_slope : ndarray, shape (*draws, n)
            Derivatives of each observation's log probability in its predictor and in
            its log size; the latter is read for spans only.

        Returns
        -------
        ndarray, shape (*draws, T)
            The gradient.
        """
        cells = self.cell.size
        parts, where = slope[..., :cells], self.cell
        if self.span_first.size:
            share, square = prediction.share, prediction.square_share
            within = share * slope[..., cells:, None]
            within += 2 * (share - square) * size_slope[..., cells:, None]
            flat = within.reshape(*slope.shape[:-1], -1)
            parts = np.concatenate([parts, flat], axis=-1)
            where = np.concatenate([self.cell, self._span_cells().ravel()])
        draws = parts.reshape(int(np.prod(slope.shape[:-1])), where.size)
        index = where + self.length * np.arange(len(draws))[:, None]
        total = np.bincount(index.ravel(), draws.ravel(), self.length * len(draws))
        return total.astype(float).reshape(*slope.shape[:-1], self.length)

    def curvature(
        self, prediction: Prediction, terms: Terms, *, exact: bool
    ) -> Float[np.ndarray, "k T"]:
        """Minus the Hessian of the log likelihood in the latent path, lower band.

        Parameters
        ----------
        prediction : Prediction
            From :meth:`predict`.
        terms : Terms
            Log probabilities and derivatives, shape (n,).
        exact : bool
            Whether to add how a span's mean bends with the path, which may make the
            matrix indefinite; without it, it is never negative. The bend of the
            span's size is left out in both.

        Returns
        -------
        ndarray, shape (bandwidth + 1, T)
            Lower band form.
        """
        cells = self.cell.size
        band = np.zeros((self.bandwidth + 1, self.length))
        band[0] = np.bincount(self.cell, terms.curvature[:cells], self.length)
        if not self.span_first.size:
            return band
        share, width = prediction.share, prediction.share.shape[1]
        where = self._span_cells()
        bend = terms.slope[cells:] if exact else np.zeros(self.span_first.size)
        pair = (terms.curvature[cells:] + bend)[:, None]
        far, near = np.tril_indices(width)
        flat = band.ravel()
        chunk = max(LARGEST_BLOCK // far.size, 1)
        for i in range(0, len(share), chunk):
            rows = slice(i, i + chunk)
            product = pair[rows] * share[rows][:, far] * share[rows][:, near]
            index = (far - near) * self.length + where[rows][:, near]
            flat += np.bincount(index.ravel(), product.ravel(), flat.size)
        np.add.at(band[0], where, -bend[:, None] * share)
        return band

    def _span_cells(self) -> Int[np.ndarray, "spans width"]:
        """Cells of each span; past its last the last of the path, with weight 0."""
        steps = np.arange(self.span_log_weight.shape[1])
        return np.minimum(self.span_first[:, None] + steps, self.length - 1)
