"""Beta-binomial log probabilities with derivatives in the logit of the share."""

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats.numerics.likelihood.terms import Terms


class BetaBinomialShares:
    r"""Likelihood of counts out of known totals, given the logit of the share.

    .. math:: P(c \mid n) = \binom nc
              \frac{B(c + pM,\; n - c + (1-p)M)}{B(pM,\; (1-p)M)}, \qquad
              M = \frac{1-\rho}{\rho}

    Two of the n are alike with correlation :math:`\rho`; the binomial is the limit
    :math:`\rho \to 0`.

    Parameters
    ----------
    count, total : ndarray, shape (n,)
        Whole counts, ``0 <= count <= total``, people.
    correlation : float
        :math:`\rho`, strictly between 0 and 1.

    References
    ----------
    .. [1] Griffiths, D. A. (1973). Maximum likelihood estimation for the
       beta-binomial distribution. *Biometrics* 29, 637-648.
       https://doi.org/10.2307/2529131

    Examples
    --------
    With correlation one half and an even chance all counts are equally likely:

    >>> shares = BetaBinomialShares(np.array([0.0, 1.0]), np.ones(2), 0.5)
    >>> np.exp(shares.terms(np.zeros(2), np.zeros(2)).value)
    array([0.5, 0.5])
    """

    def __init__(
        self,
        count: Float[np.ndarray, " n"],
        total: Float[np.ndarray, " n"],
        correlation: float,
    ) -> None:
        self.count, self.total = count, total
        self.weight = (1 - correlation) / correlation
        ways = special.betaln(count + 1, total - count + 1) + np.log(total + 1)
        pooled = special.gammaln(self.weight) - special.gammaln(self.weight + total)
        self.constant = pooled - ways

    def terms(
        self,
        predictor: Float[np.ndarray, "*draws n"],
        log_size_ratio: Float[np.ndarray, "*draws n"],
    ) -> Terms:
        """Log probability of each count with its derivatives.

        Parameters
        ----------
        predictor : ndarray, shape (*draws, n)
            Logit of the share.
        log_size_ratio : ndarray, shape (*draws, n)
            Not used: every observation is of one cell.

        Returns
        -------
        Terms
            Shape (*draws, n) each. The curvature is negative where a count is more
            even, or more extreme, than the share: the law is not log-concave.
        """
        share = special.expit(predictor)
        spread = share * special.expit(-predictor)
        value, push, bend = self.constant + np.zeros_like(share), 0.0, 0.0
        for counted, at, sign in (
            (self.count, share, 1.0),
            (self.total - self.count, special.expit(-predictor), -1.0),
        ):
            prior = self.weight * at
            value += special.gammaln(prior + counted) - special.gammaln(prior)
            rise = special.digamma(prior + counted) - special.digamma(prior)
            push = push + sign * rise
            curve = special.polygamma(1, prior) - special.polygamma(1, prior + counted)
            bend = bend + curve
        slope = self.weight * spread * push
        curvature = (self.weight * spread) ** 2 * bend - slope * (1 - 2 * share)
        return Terms(value, slope, curvature)

    def size_slope(
        self,
        predictor: Float[np.ndarray, " n"],
        log_size_ratio: Float[np.ndarray, " n"],
    ) -> Float[np.ndarray, " n"]:
        """Derivative in the log size, which a share does not have.

        Parameters
        ----------
        predictor, log_size_ratio : ndarray, shape (n,)
            As in :meth:`terms`.

        Returns
        -------
        ndarray, shape (n,)
            Zeros.
        """
        return np.zeros_like(predictor)
