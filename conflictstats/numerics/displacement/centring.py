"""States in which the noise, its standard deviation and the drive hang together less.

Where reports say much about the inflow, the scores of its noise must shrink as the
standard deviation grows, and make up for what a change of the response to violence
does: both bend the density. Where reports say nothing, neither must happen.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement.posterior import StockFlowPosterior
from conflictstats.numerics.displacement.rates import Drive


class Block(NamedTuple):
    """A noise and its standard deviation in a state.

    Attributes
    ----------
    scores : slice
        Where the scores of the noise stand, along the directions that reports know
        apart from each other.
    log_sd : int
        Where the score of the log standard deviation stands.
    scale : float
        Log standard deviation, a unit of that score.
    at : float
        Score at which ``known`` was found.
    known : ndarray, shape (k,)
        What reports know of each direction, in units of the prior's knowledge.
    """

    scores: slice
    log_sd: int
    scale: float
    at: float
    known: FloatArray

    def shrinkage(
        self, state: Float[np.ndarray, "chains n"]
    ) -> Float[np.ndarray, "chains k"]:
        """Part of each direction that reports know, which rises with the sd.

        Parameters
        ----------
        state : ndarray, shape (chains, n)
            Partly centred.

        Returns
        -------
        ndarray, shape (chains, k)
            From 0 to 1.
        """
        ratio = np.exp(2 * self.scale * (state[:, self.log_sd, None] - self.at))
        known = self.known * ratio
        return known / (1 + known)


@dataclass(frozen=True, slots=True)
class Centred:
    r"""A posterior in partly centred states.

    .. math:: Q^\top z = \text{diag}\big(w(\sigma)\big)\,\zeta
              - \text{diag}\big(\kappa(\sigma)\big)\, \frac{(F Q)^{-1} \Delta}{\sigma},
              \qquad w_i^2 = (1 + m_i)(1 - \kappa_i), \quad
              \kappa_i = \frac{m_i \sigma^2 / \sigma_0^2}{1 + m_i \sigma^2 / \sigma_0^2}

    with the information :math:`Q\,\text{diag}(m)\,Q^\top` of the reports about the
    scores z of a noise :math:`\sigma F z` at :math:`\sigma_0`, and the change
    :math:`\Delta` of the log inflow without noise since there. Directions that reports
    know well keep the inflow itself as :math:`\sigma` and the response to violence
    move, others their scores.

    Attributes
    ----------
    posterior : StockFlowPosterior
        In states whose noises are turned to those directions.
    start : ndarray, shape (k,)
        The state around which it was made, partly centred.
    blocks : tuple of Block
        Noise of the inflow, and of the returns.
    turns : tuple of ndarray, shape (k, k)
        Q of each block.
    back : ndarray, shape (k, k)
        From the log inflow of pieces to turned scores, where the sd is one.
    usual : ndarray, shape (k,)
        Log inflow of each piece without noise at the start.

    References
    ----------
    .. [1] Papaspiliopoulos, O., Roberts, G. O. and Sköld, M. (2007). A general
       framework for the parametrization of hierarchical models. *Statistical Science*
       22, 59-73. https://doi.org/10.1214/088342307000000014
    .. [2] Gorinova, M. I., Moore, D. and Hoffman, M. D. (2020). Automatic
       reparameterisation of probabilistic programs. *ICML*.
       https://arxiv.org/abs/1906.03028
    """

    posterior: StockFlowPosterior
    start: FloatArray
    blocks: tuple[Block, ...]
    turns: tuple[FloatArray, ...]
    back: FloatArray
    usual: FloatArray

    @classmethod
    def around(
        cls, posterior: StockFlowPosterior, at: Float[np.ndarray, " k"]
    ) -> "Centred":
        """States around one at which the posterior is high.

        Parameters
        ----------
        posterior : StockFlowPosterior
            In its own states.
        at : ndarray, shape (k,)
            Such a state.

        Returns
        -------
        Centred
            With what reports know there.
        """
        rates, information = posterior.rates, posterior.curvature(at).information
        start, blocks, turns = at.copy(), [], []
        for name in ("noise", "return_noise"):
            where = rates.parts[name]
            known, directions = np.linalg.eigh(information[where, where])
            row = rates.scalars.names.index(f"{name}_sd")
            scale = float(rates.scalars.log_sd[row])
            known = np.maximum(known, 0.0)
            blocks.append(Block(where, row, scale, float(at[row]), known))
            turns.append(directions)
            start[where] = at[where] @ directions
        turned = replace(
            rates,
            noise=rates.noise.turned(turns[0]),
            return_noise=rates.return_noise.turned(turns[1]),
        )
        usual = _log_pieces(turned.drive(at[None]), turned.noise.first)[0]
        return cls(
            replace(posterior, rates=turned),
            start,
            tuple(blocks),
            tuple(turns),
            np.linalg.inv(turned.noise.factor).astype(float),
            usual,
        )

    def __call__(
        self, state: Float[np.ndarray, "chains k"]
    ) -> tuple[Float[np.ndarray, " chains"], Float[np.ndarray, "chains k"]]:
        """Log densities and gradients in the partly centred states.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Partly centred.

        Returns
        -------
        ndarray, shape (chains,)
            Log densities.
        ndarray, shape (chains, k)
            Gradients.
        """
        rates = self.posterior.rates
        drive = rates.drive(state)
        turned, shrunk, shift = self._turned(state, drive)
        value, slope, in_drive = self.posterior.slopes(turned, drive)
        noise = self.blocks[0]
        in_shift = -slope[:, noise.scores] * shrunk[0]
        for block, part in zip(self.blocks, shrunk, strict=True):
            widths = np.sqrt((1 + block.known) * (1 - part))
            along = slope[:, block.scores] * widths
            slope[:, block.scores] = along
            bend = (1 + along * state[:, block.scores]) * part
            slope[:, block.log_sd] -= block.scale * bend.sum(axis=1)
            value = value + np.log(widths).sum(axis=1)
        rising = (in_shift * shift * (1 - 2 * shrunk[0])).sum(axis=1)
        slope[:, noise.log_sd] += noise.scale * rising
        sd = self._noise_sd(state)
        pieces = (in_shift / sd) @ self.back
        first, lengths = rates.noise.first, rates.noise.lengths
        pieces /= np.add.reduceat(drive.inflow, first, axis=1)
        in_drive += np.repeat(pieces, lengths, axis=1)
        self.posterior.add_drive(slope, state, drive, in_drive)
        return value, slope

    def states(
        self, state: Float[np.ndarray, "chains k"]
    ) -> Float[np.ndarray, "chains k"]:
        """States of the posterior that it was made from.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Partly centred.

        Returns
        -------
        ndarray, shape (chains, k)
            All standard normal a priori.
        """
        found = self._turned(state, self.posterior.rates.drive(state))[0]
        for block, turn in zip(self.blocks, self.turns, strict=True):
            found[:, block.scores] = found[:, block.scores] @ turn.T
        return found

    def _turned(
        self, state: FloatArray, drive: Drive
    ) -> tuple[FloatArray, list[FloatArray], FloatArray]:
        """Turned states, what reports know of each direction, and what makes up.

        The last is the part of the scores of the inflow, where reports know all, that
        undoes the change of the drive.
        """
        found = state.copy()
        shrunk = [block.shrinkage(state) for block in self.blocks]
        for block, part in zip(self.blocks, shrunk, strict=True):
            found[:, block.scores] *= np.sqrt((1 + block.known) * (1 - part))
        moved = _log_pieces(drive, self.posterior.rates.noise.first) - self.usual
        shift = moved @ self.back.T / self._noise_sd(state)
        found[:, self.blocks[0].scores] -= shrunk[0] * shift
        return found, shrunk, shift

    def _noise_sd(self, state: FloatArray) -> FloatArray:
        """Standard deviation of the noise of the inflow, shape (chains, 1)."""
        scalars, row = self.posterior.rates.scalars, self.blocks[0].log_sd
        return scalars.median[row] * np.exp(scalars.log_sd[row] * state[:, [row]])


def _log_pieces(drive: Drive, first: np.ndarray) -> FloatArray:
    """Log inflow of each piece without noise, shape (chains, k)."""
    return np.log(np.add.reduceat(drive.inflow, first, axis=1))
