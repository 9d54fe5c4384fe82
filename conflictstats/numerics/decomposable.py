"""Averages over decomposable graphs of how many are on no list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse
from scipy.special import gammaln

Screened: TypeAlias = tuple[Float[np.ndarray, " graph"], Float[np.ndarray, " block"]]

CHUNK = 2_000_000
"""Numbers of graphs times points that are held at once."""
NEGLIGIBLE = -40.0
"""Graphs and blocks whose share is below exp(-40) are left out of the fine sum."""


@dataclass(frozen=True, slots=True, eq=False)
class HyperDirichlet:
    r"""Marginal likelihood of a table under any decomposable graph of its lists.

    Cell probabilities have the hyper-Dirichlet law: in the table collapsed to any
    clique they are Dirichlet, with weight :math:`\delta_A = \delta 2^{p - |A|}` at each
    of its cells, so that all cliques agree. With :math:`n_0` on no list, and
    :math:`D_A` the counts of those listed in the table collapsed to the set :math:`A`
    of lists,

    .. math:: p(\text{table} \mid G, n_0) = \frac{N!}{\prod_x f_x!}
              \frac{\prod_C M_C}{\prod_S M_S}, \qquad
              M_A = \frac{\Gamma(2^p \delta)}{\Gamma(N + 2^p \delta)}
              \frac{\Gamma(n_0 + D_A(0) + \delta_A)}{\Gamma(\delta_A)}
              \prod_{x \ne 0} \frac{\Gamma(D_A(x) + \delta_A)}{\Gamma(\delta_A)}

    over cliques :math:`C` and separators :math:`S`. Only :math:`n_0 + D_A(0)` moves
    with :math:`n_0`, so that :math:`M` is needed for :math:`2^p` sets and not for
    every graph.

    Attributes
    ----------
    nobs : int
        Those listed.
    pseudo : float
        Weight of the prior in all, :math:`2^p \delta`.
    zero : ndarray, shape (2**p,)
        :math:`D_A(0) + \delta_A` of each set of lists.
    constant : ndarray, shape (2**p,)
        What :math:`\log M_A` has that :math:`n_0` does not move.
    arrangements : float
        :math:`-\sum \log f_x!` over those listed.

    References
    ----------
    .. [1] Dawid, A. P. and Lauritzen, S. L. (1993). Hyper Markov laws in the
       statistical analysis of decomposable graphical models. *Annals of Statistics*
       21, 1272-1317. https://doi.org/10.1214/aos/1176349260
    .. [2] Madigan, D. and York, J. C. (1997). Bayesian methods for estimation of the
       size of a closed population. *Biometrika* 84, 19-31.
       https://doi.org/10.1093/biomet/84.1.19
    """

    nobs: int
    pseudo: float
    zero: Float[np.ndarray, " subset"]
    constant: Float[np.ndarray, " subset"]
    arrangements: float

    @classmethod
    def of(cls, cells: Int[np.ndarray, " cell"], delta: float) -> HyperDirichlet:
        """The law of a table.

        Parameters
        ----------
        cells : ndarray of int, shape (2**p,)
            Those listed, at the binary number of their lists whose last digit is the
            first list; that of those on no list is 0.
        delta : float
            Weight of the prior in each cell of the full table.

        Returns
        -------
        HyperDirichlet
            For every set of lists.
        """
        lists = len(cells).bit_length() - 1
        table = cells.reshape((2,) * lists, order="F")
        zero, constant = np.empty(len(cells)), np.empty(len(cells))
        for subset in range(len(cells)):
            away = tuple(j for j in range(lists) if not subset >> j & 1)
            margin = table.sum(axis=away).ravel()
            weight = delta * 2.0 ** len(away)
            zero[subset] = margin[0] + weight
            others = gammaln(margin[1:] + weight).sum()
            constant[subset] = others - margin.size * gammaln(weight)
        pseudo = delta * len(cells)
        arrangements = -float(gammaln(cells + 1.0).sum())
        return cls(
            int(cells.sum()), pseudo, zero, constant + gammaln(pseudo), arrangements
        )

    def log_joint(
        self, parts: sparse.csr_array, unlisted: Float[np.ndarray, " point"]
    ) -> Float[np.ndarray, "graph point"]:
        """Log probability of the table, by graph and number on no list.

        Parameters
        ----------
        parts : csr_array, shape (graph, 2**p)
            Cliques less separators, as :class:`ChordalGraphs` has them.
        unlisted : ndarray, shape (point,)
            Those on no list; need not be whole.

        Returns
        -------
        ndarray, shape (graph, point)
            Not exponentiated; whole numbers of it sum to one over all tables.

        Examples
        --------
        Two independent lists, one person on each alone and one on neither. By hand: 3!
        orders, and with a uniform chance to be listed 1 / 12 for each list.

        >>> from conflictstats.numerics.chordal import chordal_graphs
        >>> law = HyperDirichlet.of(np.array([0, 1, 1, 0]), 0.5)
        >>> none = chordal_graphs(2).parts[[0]]
        >>> np.exp(law.log_joint(none, np.array([1.0])))
        array([[0.041667]])
        """
        everybody = self.nobs + unlisted
        common = (
            gammaln(everybody + 1)
            - gammaln(everybody + self.pseudo)
            - gammaln(unlisted + 1)
            + self.arrangements
        )
        sets = gammaln(unlisted + self.zero[:, None]) + self.constant[:, None]
        return np.asarray(parts @ sets) + common


@dataclass(frozen=True, slots=True, eq=False)
class GraphAverage:
    """How many are on no list, averaged over graphs.

    Attributes
    ----------
    log_evidence : ndarray, shape (graph,)
        Log probability of the table under each graph; the rough one of the screening
        for graphs that were left out.
    unlisted : ndarray, shape (graph,)
        Posterior mean under each graph, people; not a number where it was left out.
    mass : ndarray, shape (block, 16)
        Posterior probability that each point stands for.
    log_total : float
        Log probability of the table under all graphs, added up.
    """

    log_evidence: Float[np.ndarray, " graph"]
    unlisted: Float[np.ndarray, " graph"]
    mass: Float[np.ndarray, "block 16"]
    log_total: float


def average_over_graphs(
    parts: sparse.csr_array,
    law: HyperDirichlet,
    points: Float[np.ndarray, "block 16"],
    log_weight: Float[np.ndarray, "block 16"],
    rough: Screened,
) -> GraphAverage:
    """Sum over graphs and over how many are on no list.

    Graphs and blocks that :func:`screen` has found to be negligible are left out.

    Parameters
    ----------
    parts : csr_array, shape (graph, 2**p)
        Cliques less separators of each graph, all as probable before the data.
    law : HyperDirichlet
        Of the table.
    points : ndarray, shape (block, 16)
        Those on no list, people.
    log_weight : ndarray, shape (block, 16)
        Log prior at each point, with how many numbers it stands for.
    rough : tuple of two ndarrays
        What :func:`screen` makes of the same.

    Returns
    -------
    GraphAverage
        What is said of the number on no list.
    """
    by_graph, by_block = rough
    shift = _log_sum(by_graph)
    graphs = np.flatnonzero(by_graph > shift + NEGLIGIBLE)
    blocks = np.flatnonzero(by_block > shift + NEGLIGIBLE)
    kept = parts[graphs]
    evidence, moment = np.zeros(len(graphs)), np.zeros(len(graphs))
    mass = np.zeros_like(points)
    for rows in _chunks(len(blocks), len(graphs) * points.shape[1]):
        some = blocks[rows]
        at = points[some].ravel()
        joint = law.log_joint(kept, at) + log_weight[some].ravel()
        share = np.exp(joint - shift)
        evidence += share.sum(axis=1)
        moment += share @ at
        mass[some] = share.sum(axis=0).reshape(len(some), -1)
    unlisted, log_evidence = np.full(len(by_graph), np.nan), by_graph.copy()
    unlisted[graphs] = moment / evidence
    log_evidence[graphs] = np.log(evidence) + shift
    total = evidence.sum()
    log_total = float(np.log(total) + shift)
    return GraphAverage(log_evidence, unlisted, mass / total, log_total)


def screen(
    parts: sparse.csr_array,
    law: HyperDirichlet,
    points: Float[np.ndarray, "block 16"],
    log_weight: Float[np.ndarray, "block 16"],
) -> Screened:
    r"""Rough log evidence of each graph and of each block, from the blocks' middles.

    With :math:`2^p \delta \ge 1` the second derivative of no graph's log density is
    below :math:`-1 / (n_0 + 1/2)`, if that of the log prior is not below 0: between two
    middles of :meth:`Blocks.up_to` it rises by two at most. Below the first middle it
    can rise by some more, which is little beside what :data:`NEGLIGIBLE` allows.

    Parameters
    ----------
    parts : csr_array, shape (graph, 2**p)
        Cliques less separators of each graph.
    law : HyperDirichlet
        Of the table.
    points, log_weight : ndarray, shape (block, 16)
        Those on no list, people, and the log prior there.

    Returns
    -------
    by_graph : ndarray, shape (graph,)
        Log of the sum over blocks; minus infinity far below the others.
    by_block : ndarray, shape (block,)
        Log of the sum over graphs, likewise.
    """
    middle, weight = points.mean(axis=1), _log_sums(log_weight)
    by_graph = np.empty(parts.shape[0])
    by_block = np.full(len(middle), -np.inf)
    for some in _chunks(parts.shape[0], len(middle)):
        joint = law.log_joint(parts[some], middle) + weight
        top = joint.max()
        share = np.exp(joint - top)
        with np.errstate(divide="ignore"):
            by_graph[some] = np.log(share.sum(axis=1)) + top
            by_block = np.logaddexp(by_block, np.log(share.sum(axis=0)) + top)
    return by_graph, by_block


def _chunks(rows: int, each: int) -> Iterator[slice]:
    """Rows in portions that are held at once."""
    size = max(CHUNK // each, 1)
    for start in range(0, rows, size):
        yield slice(start, start + size)


def _log_sums(values: Float[np.ndarray, "row column"]) -> Float[np.ndarray, " row"]:
    """Log of the sum of the exponentials of each row; minus infinity where all are."""
    top = values.max(axis=1)
    safe = np.where(np.isneginf(top), 0.0, top)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.exp(values - safe[:, None]).sum(axis=1))


def _log_sum(values: Float[np.ndarray, " value"]) -> float:
    """Log of the sum of the exponentials."""
    return float(_log_sums(values[None])[0])
