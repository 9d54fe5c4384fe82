"""States in which a noise and its standard deviation hang together less.

Where reports say much about the noise, its scores must shrink as the standard deviation
grows, which bends the density; where they say nothing, they must not.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement.posterior import StockFlowPosterior


class Block(NamedTuple):
    """A noise and its standard deviation in a state.

    Attributes
    ----------
    scores : slice
        Where the scores of the noise stand.
    log_sd : int
        Where the score of the log standard deviation stands.
    scale : float
        Log standard deviation, a unit of that score.
    at : float
        Score at which ``known`` was found.
    known : ndarray, shape (k,)
        What reports know of each direction, in units of the prior's knowledge.
    directions : ndarray, shape (k, k)
        Columns.
    """

    scores: slice
    log_sd: int
    scale: float
    at: float
    known: FloatArray
    directions: FloatArray

    def widths(
        self, state: Float[np.ndarray, "chains n"]
    ) -> tuple[Float[np.ndarray, "chains k"], Float[np.ndarray, "chains k"]]:
        """Width of each direction, and its log's derivative in the score of the sd.

        Parameters
        ----------
        state : ndarray, shape (chains, n)
            Partly centred.

        Returns
        -------
        tuple of ndarray, shape (chains, k)
            Widths, 1 where the sd is that at which ``known`` was found.
        """
        ratio = np.exp(self.scale * (state[:, self.log_sd, None] - self.at))
        known = self.known * ratio**2
        widths = np.sqrt((1 + self.known) / (1 + known))
        return widths, -self.scale * known / (1 + known)


@dataclass(frozen=True, slots=True)
class Centred:
    r"""A posterior in partly centred states.

    .. math:: z = Q\\,\text{diag}(w(\sigma))\\,Q^\top \zeta, \qquad
              w_i = \sqrt{\frac{1 + m_i}{1 + m_i \sigma^2 / \sigma_0^2}}

    with the information :math:`Q\\,\text{diag}(m)\\,Q^\top` of the reports about the
    scores z of a noise at :math:`\sigma_0`: directions that reports know well keep the
    noise itself as :math:`\sigma` moves, others their scores.

    Attributes
    ----------
    posterior : StockFlowPosterior
        In its own states.
    blocks : tuple of Block
        Noises.

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
    blocks: tuple[Block, ...]

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
            Such a state, which both kinds of states share.

        Returns
        -------
        Centred
            With what reports know there.
        """
        rates = posterior.rates
        curved = posterior.curvature(at)
        blocks = []
        for name in ("noise", "return_noise"):
            where = rates.parts[name]
            known, directions = np.linalg.eigh(curved.information[where, where])
            row = rates.scalars.names.index(f"{name}_sd")
            scale = float(rates.scalars.log_sd[row])
            known = np.maximum(known, 0.0)
            at_row = float(at[row])
            blocks.append(Block(where, row, scale, at_row, known, directions))
        return cls(posterior, tuple(blocks))

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
        value, slope = self.posterior(self.states(state))
        for block in self.blocks:
            widths, bend = block.widths(state)
            along = slope[:, block.scores] @ block.directions * widths
            scores = state[:, block.scores] @ block.directions
            slope[:, block.scores] = along @ block.directions.T
            slope[:, block.log_sd] += ((1 + along * scores) * bend).sum(axis=1)
            value = value + np.log(widths).sum(axis=1)
        return value, slope

    def states(
        self, state: Float[np.ndarray, "chains k"]
    ) -> Float[np.ndarray, "chains k"]:
        """States of the posterior itself.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Partly centred.

        Returns
        -------
        ndarray, shape (chains, k)
            All standard normal a priori.
        """
        found = state.copy()
        for block in self.blocks:
            scores = state[:, block.scores] @ block.directions
            scores = scores * block.widths(state)[0]
            found[:, block.scores] = scores @ block.directions.T
        return found
