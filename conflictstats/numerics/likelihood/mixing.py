"""Log of a weighted sum of probabilities, with its derivatives.

The derivatives of a log sum are cumulants: with weights that are the parts of the sum,
the slope is the mean of the slopes, the second derivative the mean of the second
derivatives plus the variance of the slopes, and so on.
"""

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.terms import Jet, Terms


class Groups:
    """Runs of neighbouring parts, each run the parts of one sum.

    Parameters
    ----------
    member : ndarray of int, shape (parts,)
        Number of the sum to which a part goes; from 0 on, in order, none left out.

    Examples
    --------
    >>> groups = Groups(np.array([0, 0, 1]))
    >>> groups.add(np.array([1.0, 2.0, 3.0]))
    array([3., 3.])
    """

    def __init__(self, member: IntArray) -> None:
        self.member = member
        self.first = np.flatnonzero(np.diff(member, prepend=-1))

    def add(self, each: FloatArray) -> FloatArray:
        """Sum over the parts of each group.

        Parameters
        ----------
        each : ndarray, shape (*draws, parts)
            What to add.

        Returns
        -------
        ndarray, shape (*draws, groups)
            The sums.
        """
        return np.add.reduceat(each, self.first, axis=-1)

    def log_add(self, log_each: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the sum of each group, and the share of every part in it.

        Parameters
        ----------
        log_each : ndarray, shape (*draws, parts)
            Logs of the parts; minus infinity is a part of nothing.

        Returns
        -------
        tuple of ndarray
            Shapes (*draws, groups) and (*draws, parts); all shares of an empty sum
            are 0 and its log is minus infinity.
        """
        most = np.maximum.reduceat(log_each, self.first, axis=-1)
        most = np.where(np.isneginf(most), 0.0, most)
        share = np.exp(log_each - most[..., self.member])
        total = self.add(share)
        share /= np.where(total > 0, total, 1.0)[..., self.member]
        with np.errstate(divide="ignore"):
            return most + np.log(total), share

    def mean(self, share: FloatArray, each: FloatArray) -> FloatArray:
        """Mean of each group, a part counting by its share.

        Parameters
        ----------
        share, each : ndarray, shape (*draws, parts)
            Shares that add up to one, and numbers.

        Returns
        -------
        ndarray, shape (*draws, groups)
            The means.
        """
        return self.add(share * each)

    def apart(self, share: FloatArray, each: FloatArray) -> FloatArray:
        """Distance of every part from the mean of its group.

        Parameters
        ----------
        share, each : ndarray, shape (*draws, parts)
            Shares that add up to one, and numbers.

        Returns
        -------
        ndarray, shape (*draws, parts)
            The distances.
        """
        return each - self.mean(share, each)[..., self.member]


def mix_terms(groups: Groups, log_weight: FloatArray, parts: Terms) -> Terms:
    """Terms of the log of a weighted sum.

    Parameters
    ----------
    groups : Groups
        Which parts make a sum.
    log_weight : ndarray, shape (*draws, parts)
        Log of the weight of each part, which does not move with the predictor.
    parts : Terms
        Terms of the parts.

    Returns
    -------
    Terms
        Shape (*draws, groups) each.

    Examples
    --------
    A sum of one part is that part:

    >>> one = Terms(np.array([-1.0]), np.array([0.5]), np.array([2.0]))
    >>> mixed = mix_terms(Groups(np.array([0])), np.zeros(1), one)
    >>> mixed == one
    True
    """
    value, share = groups.log_add(log_weight + parts.value)
    slope = groups.mean(share, parts.slope)
    apart = parts.slope - slope[..., groups.member]
    return Terms(value, slope, groups.mean(share, parts.curvature - apart**2))


def mix_slope(
    groups: Groups, log_weight: FloatArray, parts: Jet, by: Terms
) -> tuple[FloatArray, Terms]:
    """Third derivative of the log of a weighted sum, and how its terms move.

    Parameters
    ----------
    groups : Groups
        Which parts make a sum.
    log_weight : ndarray, shape (*draws, parts)
        Log of the weight of each part.
    parts : Jet
        The parts.
    by : Terms
        Derivatives of value (with weight), slope and curvature of the parts in any
        other number.

    Returns
    -------
    tuple of ndarray and Terms
        Derivative of the curvature in the predictor, and of the terms in that number;
        shape (*draws, groups) each.

    Notes
    -----
    By the law of total cumulance.

    Examples
    --------
    >>> one = Jet(*np.arange(7.0)[:, None])
    >>> third, moved = mix_slope(
    ...     Groups(np.array([0])), np.zeros(1), one, Terms(*one[4:])
    ... )
    >>> third, moved.value
    (array([3.]), array([4.]))
    """
    _, share = groups.log_add(log_weight + parts.value)
    slope = groups.apart(share, parts.slope)
    moved = groups.apart(share, by.value)
    third = parts.third + 3 * slope * groups.apart(share, parts.curvature) - slope**3
    bend = by.curvature + moved * groups.apart(share, parts.curvature)
    bend = bend - 2 * slope * groups.apart(share, by.slope) - slope**2 * moved
    return groups.mean(share, third), Terms(
        groups.mean(share, by.value),
        groups.mean(share, by.slope + slope * moved),
        groups.mean(share, bend),
    )
