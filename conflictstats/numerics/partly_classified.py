"""Shares of classes when members are known only to be of one of several."""

import numpy as np
from jaxtyping import Bool, Float, Int

CHAINS = 8
WARMUP = 500


def partly_classified_shares(
    labels: Bool[np.ndarray, "s k"],
    counts: Int[np.ndarray, " s"],
    prior: Float[np.ndarray, " k"],
    odds: Float[np.ndarray, " k"],
    *,
    draws: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "draws chains k"]:
    r"""Posterior draws of the shares of classes from members with sets as labels.

    A member of class :math:`z` has a label :math:`S \ni z`; with a Dirichlet prior

    .. math:: \theta \sim \mathrm{Dir}(a), \quad z_i \sim \theta, \qquad
              p(\theta \mid S) \propto \prod_j \theta_j^{a_j - 1}
              \prod_S \Bigl(\sum_{j \in S} \omega_j \theta_j\Bigr)^{n_S}

    where :math:`\omega_j` is how much likelier a member of class :math:`j` is to get
    a label that leaves several open. All equal is ignorable: the label says no more
    than that the class is in it. Two steps are alternated: the members of each label
    are shared out (multinomial), then the shares are drawn (Dirichlet).

    Parameters
    ----------
    labels : ndarray of bool, shape (s, k)
        Classes that each label leaves open, one at least.
    counts : ndarray of int, shape (s,)
        Members with each label.
    prior : ndarray, shape (k,)
        Concentrations :math:`a`, above 0.
    odds : ndarray, shape (k,)
        :math:`\omega`, above 0.
    draws : int
        Draws of each of 8 chains, after 500 that are not kept.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (draws, 8, k)
        Shares, which sum to 1, in the order in which they were visited.

    References
    ----------
    .. [1] Dickey, J. M., Jiang, J.-M. and Kadane, J. B. (1987). Bayesian methods for
       censored categorical data. *JASA* 82(399), 773-781.
       https://doi.org/10.1080/01621459.1987.10478498
    .. [2] Heitjan, D. F. and Rubin, D. B. (1991). Ignorability and coarse data.
       *Annals of Statistics* 19(4), 2244-2253. https://doi.org/10.1214/aos/1176348396

    Examples
    --------
    Six of one class, two of another, and eight of either: labels that leave all
    classes open say nothing, so that the mean is that of Beta(7, 3):

    >>> labels = np.array([[True, False], [False, True], [True, True]])
    >>> one = np.ones(2)
    >>> rng = np.random.default_rng(1)
    >>> found = partly_classified_shares(
    ...     labels, np.array([6, 2, 8]), one, one, draws=2000, rng=rng
    ... )
    >>> round(float(found[..., 0].mean()), 2)
    0.7
    """
    single = labels.sum(axis=1) == 1
    certain = prior + counts[single] @ labels[single].astype(float)
    told = ~single & ~(labels.all(axis=1) & (odds == odds[0]).all())
    weights = labels[told, None, :] * odds
    shares = _dirichlet(np.tile(prior, (CHAINS, 1)), rng)
    kept = np.empty((draws, CHAINS, labels.shape[1]))
    for step in range(WARMUP + draws):
        chance = weights * shares
        chance /= chance.sum(axis=2, keepdims=True)
        given = rng.multinomial(counts[told, None], chance).sum(axis=0)
        shares = _dirichlet(certain + given, rng)
        if step >= WARMUP:
            kept[step - WARMUP] = shares
    return kept


def shared_out(
    label: Bool[np.ndarray, " k"],
    count: int,
    weights: Float[np.ndarray, "draws k"],
    rng: np.random.Generator,
) -> Int[np.ndarray, "draws k"]:
    """Share the members of one label out among its classes.

    Parameters
    ----------
    label : ndarray of bool, shape (k,)
        Classes that the label leaves open.
    count : int
        Members with it.
    weights : ndarray, shape (draws, k)
        Share of each class, times its odds of such a label; above 0.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray of int, shape (draws, k)
        Members by class, which sum to ``count``.

    Examples
    --------
    >>> label, even = np.array([True, False]), np.array([[0.5, 0.5]])
    >>> shared_out(label, 3, even, np.random.default_rng(1))
    array([[3, 0]])
    """
    chance = weights * label
    return rng.multinomial(count, chance / chance.sum(axis=1, keepdims=True))


def _dirichlet(
    concentration: Float[np.ndarray, "chains k"], rng: np.random.Generator
) -> Float[np.ndarray, "chains k"]:
    """One draw of shares a row, none exactly 0."""
    gamma = np.maximum(rng.standard_gamma(concentration), np.finfo(float).tiny)
    return gamma / gamma.sum(axis=1, keepdims=True)
