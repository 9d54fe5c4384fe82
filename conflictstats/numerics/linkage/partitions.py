r"""Partitions of rows into events, drawn from their posterior.

Rows may share an event if all of them are near each other. A pair that is near has, for
each field f of its agreement :math:`\gamma_{ij}`, the ratio

.. math:: r_{ijf} = \frac{m_f(\gamma_{ijf})}{u_f(\gamma_{ijf})}, \qquad
          r_{ij0} = \frac{1}{q\, c_{ij}}

of its probability in one event over that in two, with q the probability that two rows
of different events are near and :math:`c_{ij}` how much more often that is so where the
pair is (:func:`conflictstats.numerics.linkage.nearby.crowding`); rows of one event are
always near. Partitions are drawn from

.. math:: p(Z \mid m, u, q) \propto \prod_{h} \Gamma(n_h + a) \; \prod_{C} \prod_{f}
          \frac{1}{s_C^{\,s_C-2}} \sum_{T \in \mathcal{T}(C)}
          \prod_{(i,j) \in T} r_{ijf}

with :math:`n_h` the events whose rows are in the set h of tables,
:math:`a = 1 / (2^J - 1)` for J tables, :math:`s_C` the rows of event C and
:math:`\mathcal{T}(C)` the trees that join them: each row after the first is one more
witness, who is compared once, and not once with every other, with another one in each
field. For tables that hold an event once at most, the first product says that the
number of different events has a flat prior, that they fall into the sets with
Dirichlet(a) probabilities, and that all partitions with the same :math:`n_h` are
equally likely.

Given the partition, m is drawn from the Dirichlet law of the pairs of one event, each
worth :math:`2 / s_C` comparisons, u from that of the near pairs of two, and q from the
Beta law of how many pairs of two are near out of all. The priors of m and u
(:func:`conflictstats.numerics.linkage.mixture.draw_mixture`) rule no level out; that of
q is flat. With two tables these are the conditionals of one
posterior. With more they are not quite, because pairs of one event are not independent;
the draws are those of the alternation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.linkage.assignment import first_of_group
from conflictstats.numerics.linkage.chain import Chain
from conflictstats.numerics.linkage.mixture import Levels, Mixture, draw_mixture


@dataclass(frozen=True, slots=True)
class DrawnPartitions:
    """Partitions in the order in which they were visited.

    Attributes
    ----------
    groups : ndarray of int, shape (draw, row)
        Event of each row: the number of its first row.
    together : ndarray, shape (pair,)
        Share of the draws in which a near pair is one event.
    m, u : ndarray, shape (f, l)
        Mean probabilities of the levels.
    """

    groups: IntArray
    together: FloatArray
    m: FloatArray
    u: FloatArray


# The state of the chain, what it is fixed by, and how long it runs.
def draw_partitions(  # noqa: PLR0913
    table: Int[np.ndarray, " n"],
    pairs: Int[np.ndarray, "m 2"],
    levels: Levels,
    start: Int[np.ndarray, " n"],
    *,
    far: float,
    crowding: Float[np.ndarray, " m"],
    fixed: Mixture | None,
    draws: int,
    thin: int,
    rng: np.random.Generator,
) -> DrawnPartitions:
    """Draw partitions by Gibbs sampling, row by row.

    Pairs of rows that are near no other row are drawn all at once, given rates of the
    sets of tables; every other row leaves its event and is given a new one, the counts
    of sets summed over. As many rounds as are kept are left out before.

    Parameters
    ----------
    table : ndarray of int, shape (n,)
        Table of each row.
    pairs : ndarray of int, shape (m, 2)
        Near rows, the only ones that can share an event.
    levels : Levels
        Agreement of the pairs.
    start : ndarray of int, shape (n,)
        Event of each row at the start.
    far : float
        Number of pairs that could be one event by their tables and are not near.
    crowding : ndarray, shape (m,)
        How much more often than elsewhere two rows are near by chance.
    fixed : Mixture, optional
        Probabilities of the levels where they are known; else they are drawn too.
    draws, thin : int
        Draws that are kept, and rounds from one to the next.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    DrawnPartitions
        The draws.

    Examples
    --------
    Two rows whose agreement is nine times as frequent in pairs of one event; the prior
    odds are 3 for the sets of tables and 2 for being near, so 54 to 1 in all:

    >>> levels = Levels.of(np.array([[0]]), [2])
    >>> nine = Mixture(np.array([[0.9, 0.1]]), np.array([[0.1, 0.9]]), 0.5)
    >>> drawn = draw_partitions(
    ...     np.array([0, 1]),
    ...     np.array([[0, 1]]),
    ...     levels,
    ...     np.array([0, 1]),
    ...     far=0.0,
    ...     crowding=np.ones(1),
    ...     fixed=nine,
    ...     draws=300,
    ...     thin=1,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> bool(abs(drawn.together[0] - 54 / 55) < 0.03)
    True
    """
    chain = Chain(table, pairs, start)
    groups = np.empty((draws, len(table)), np.int64)
    together = np.zeros(len(pairs))
    sums = np.zeros((2, *levels.used.shape))
    for moment in range(-draws * thin, draws * thin):
        told = chain.told()
        mixture = fixed or draw_mixture(levels, told, rng)
        near = rng.beta(1 + np.sum(told == 0), 1 + far) * crowding
        by_field = levels.weigh(mixture.m, mixture.u)[levels.which]
        evidence = np.column_stack([by_field, -np.log(near)])
        chain.redraw_lone_pairs(evidence, rng)
        chain.redraw_rows(evidence, rng)
        if moment >= 0 and moment % thin == 0:
            groups[moment // thin] = first_of_group(chain.group)
            together += chain.linked()
            sums += mixture.m, mixture.u
    m, u = sums / draws
    return DrawnPartitions(groups, together / draws, m, u)
