"""Laws of a report: what a body has found, what it strikes off, what is out of line."""

from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray


class Hyper(NamedTuple):
    """What all incidents share, on the scale of the formulas.

    Attributes
    ----------
    mean, size : float
        Of the negative binomial law of a count.
    tail : float
        Its tail falls off with this power, above 1; infinite for the plain law.
    found : ndarray, shape (bodies,)
        Logit of the share that each body has found on the day itself.
    growth : float
        Rise of that logit with log(1 + days).
    correlation : float
        Of two deaths of one report in being found.
    correction, struck : float
        Probability that a report counts too many, and the part that is struck off.
    slip : float
        Probability that a report speaks of something else.
    """

    mean: float
    size: float
    tail: float
    found: FloatArray
    growth: float
    correlation: float
    correction: float
    struck: float
    slip: float


class Pairs(NamedTuple):
    """Counts beside the totals that they may be counts of.

    Attributes
    ----------
    figure : ndarray, shape (n, 1)
        Counts, people.
    totals : ndarray, shape (u,)
        All totals, people.
    at : ndarray of int, shape (n, S)
        Which of the totals stand beside each count.
    apart : ndarray, shape (n, S)
        Distance of the two.
    ways : ndarray, shape (n, S)
        Log of the ways to choose the counted, or those struck off.
    beyond : ndarray of int, shape (m,)
        Places, in flat order, where the count is more than the total.
    """

    figure: FloatArray
    totals: FloatArray
    at: IntArray
    apart: FloatArray
    ways: FloatArray
    beyond: IntArray

    @classmethod
    def of(cls, count: FloatArray, totals: FloatArray, at: IntArray) -> "Pairs":
        """Put counts, shape (n,), beside totals.

        Parameters
        ----------
        count : ndarray, shape (n,)
            Counts, people.
        totals : ndarray, shape (u,)
            All totals, people.
        at : ndarray of int, shape (n, S)
            Which of them stand beside each count.

        Returns
        -------
        Pairs
            With all that does not depend on the law.
        """
        count, each = count[:, None], totals[at]
        apart = np.abs(each - count)
        ways = special.gammaln(np.maximum(each, count) + 1) - special.gammaln(apart + 1)
        ways -= special.gammaln(np.minimum(each, count) + 1)
        return cls(count, totals, at, apart, ways, np.flatnonzero(count > each))


def step(
    pairs: Pairs, found: FloatArray, missed: FloatArray, hyper: Hyper
) -> FloatArray:
    r"""Probability of each count, given the total that it is a count of.

    .. math:: P(k \mid n) = (1 - w)\, \mathrm{BetaBin}(k; n, \pi, \rho)
              + w\, \mathrm{NegBin}(k - n; n + 1, \delta)\, [k > n]

    The second law, cut at one or more, is that of those who are struck off later, if
    every number before was as likely.

    Parameters
    ----------
    pairs : Pairs
        Counts k and totals n.
    found, missed : ndarray, shape (n,)
        Share found, and one less it.
    hyper : Hyper
        What all incidents share.

    Returns
    -------
    ndarray, shape (n, S)
        Probabilities.
    """
    weight = 1 / hyper.correlation - 1
    a, b = weight * found[:, None], weight * missed[:, None]
    seen = special.gammaln(a + pairs.figure) - special.gammaln(a)
    seen = seen + special.gammaln(weight) - special.gammaln(b)
    logs = special.gammaln(b + pairs.apart)
    logs += pairs.ways
    logs -= special.gammaln(weight + pairs.totals)[pairs.at]
    logs += seen + np.log1p(-hyper.correction)
    if pairs.beyond.size:
        logs.flat[pairs.beyond] = _log_struck_off(pairs, hyper)
    return np.exp(logs, out=logs)


def _log_struck_off(pairs: Pairs, hyper: Hyper) -> FloatArray:
    """Log probability of the counts that are above their total, shape (m,)."""
    kept = (pairs.totals + 1) * np.log1p(-hyper.struck)
    law = kept - np.log(-np.expm1(kept)) + np.log(hyper.correction)
    logs = law[pairs.at.ravel()[pairs.beyond]] + pairs.ways.ravel()[pairs.beyond]
    return logs + pairs.apart.ravel()[pairs.beyond] * np.log(hyper.struck)


def slipped(low: FloatArray, high: FloatArray, median: float) -> FloatArray:
    r"""Probability of a report that speaks of something else.

    .. math:: P(K \ge k) = s / (s + k)

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive interval, people; ``high`` may be infinite.
    median : float
        Median s of such numbers, people.

    Returns
    -------
    ndarray, shape (n,)
        Above 0.
    """
    return median / (median + low) - median / (median + high + 1)


def shares(
    body: IntArray, lag: FloatArray, hyper: Hyper
) -> tuple[FloatArray, FloatArray]:
    r"""Share found and missed of the reports, shape (n,) each.

    .. math:: \operatorname{logit} \pi_b(d) = \alpha_b + \gamma \log(1 + d)

    Parameters
    ----------
    body : ndarray of int, shape (n,)
        Number of the body.
    lag : ndarray, shape (n,)
        Days since the incident.
    hyper : Hyper
        What all incidents share.

    Returns
    -------
    tuple of ndarray
        They add up to one.
    """
    logit = hyper.found[body] + hyper.growth * np.log1p(lag)
    return special.expit(logit), special.expit(-logit)


def log_counts(total: FloatArray, hyper: Hyper, least: int) -> FloatArray:
    r"""Log law of the count itself, from ``least`` on.

    .. math:: Y \sim \mathrm{NegBin}(r, p), \quad p \sim \mathrm{Beta}(\alpha, \beta),
              \quad \beta = \mu (\alpha - 1) / r

    Parameters
    ----------
    total : ndarray
        Counts, people, ``least`` or more.
    hyper : Hyper
        What all incidents share.
    least : int
        Smallest count that an incident of the table can have.

    Returns
    -------
    ndarray
        Of the shape of ``total``.
    """
    r, alpha = hyper.size, hyper.tail
    beta = hyper.mean * (alpha - 1) / r

    def log_law(y: FloatArray) -> FloatArray:
        ways = special.gammaln(r + y) - special.gammaln(r) - special.gammaln(y + 1)
        return np.asarray(
            ways + special.betaln(alpha + r, beta + y) - special.betaln(alpha, beta)
        )

    fewer = np.exp(log_law(np.arange(float(least)))).sum()
    return log_law(total) - np.log1p(-fewer)
