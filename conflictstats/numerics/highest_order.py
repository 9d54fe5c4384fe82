"""The odds ratio of all lists at once, on which the number on none of them hangs."""

import numpy as np
from jaxtyping import Float, Int
from scipy import special


def signs(n_cells: int) -> Int[np.ndarray, "cell"]:
    """Sign of the logarithm of each cell: + on an odd number of lists, - on an even.

    Parameters
    ----------
    n_cells : int
        Cells of the whole table, a power of 2.

    Returns
    -------
    ndarray of int, shape (n_cells,)
        The first, on no list, is 0.

    Examples
    --------
    >>> signs(8)
    array([ 0,  1,  1, -1,  1, -1, -1,  1])
    """
    parity = np.array([1])
    while len(parity) < n_cells:
        parity = np.concatenate([parity, -parity])
    parity[0] = 0
    return -parity


def log_unlisted(full: Float[np.ndarray, "cell"]) -> tuple[float, float]:
    r"""Logarithm of the number on no list if all lists have no odds ratio of their own.

    .. math:: \ln \hat n_0 = \sum_{|x|\ \text{odd}} \ln f_x
              - \sum_{|x|\ \text{even},\, x \ne 0} \ln f_x, \qquad
              v = \sum_{x \ne 0} \frac{1}{f_x}

    Divided by an odds ratio :math:`\xi` other than 1 it is the number for that.

    Parameters
    ----------
    full : ndarray, shape (cell,)
        Records of all :math:`2^J` cells, people; all but the first above 0.

    Returns
    -------
    log_unlisted, variance : float
        The logarithm of people, and its variance given the number itself.

    Examples
    --------
    Two lists of 80 and 50 that share 20:

    >>> value, variance = log_unlisted(np.array([0.0, 60, 30, 20]))
    >>> round(np.exp(value)), variance
    (90, 0.1)
    """
    value = signs(len(full))[1:] @ np.log(full[1:])
    return float(value), float((1 / full[1:]).sum())


def drawn_log_odds(
    full: Float[np.ndarray, "cell"],
    prior_count: float,
    draws: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "draw"]:
    r"""Draws of the log odds of being on no list, with no odds ratio of all lists.

    .. math:: q \sim \operatorname{Dirichlet}(f + c), \qquad
              \ln \frac{p_0}{1 - p_0} = \sum_{|x|\ \text{odd}} \ln q_x
              - \sum_{|x|\ \text{even},\, x \ne 0} \ln q_x

    with :math:`q` the probabilities of the cells given that a list holds the record.

    Parameters
    ----------
    full : ndarray, shape (cell,)
        Records of all :math:`2^J` cells; the first is not looked at.
    prior_count : float
        Records :math:`c` that the prior adds to each cell.
    draws : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (draw,)
        Log odds.

    Examples
    --------
    Two lists of 80 and 50 that share 20 leave 90 of 200 on neither:

    >>> full = np.array([0.0, 6e5, 3e5, 2e5])
    >>> found = drawn_log_odds(full, 1.0, 500, np.random.default_rng(1))
    >>> round(float(np.exp(found).mean()), 2)
    0.82
    """
    found, total = np.zeros(draws), np.zeros(draws)
    for sign, count in zip(signs(len(full))[1:], full[1:], strict=True):
        shape = count + prior_count
        log_gamma = np.log(rng.standard_gamma(shape + 1, draws))
        log_gamma -= rng.standard_exponential(draws) / shape
        found += sign * log_gamma
        total += np.exp(log_gamma)
    return found - np.log(total)


def log_evidence(
    listed: int, log_odds: Float[np.ndarray, "draw"], mean: float, shape: float
) -> Float[np.ndarray, "draw"]:
    r"""Logarithm of how well a prior of the total agrees with how many are listed.

    .. math:: N \sim \operatorname{NB}(M, a) \;\Rightarrow\;
              n \mid p_0 \sim \operatorname{NB}(M (1 - p_0), a)

    Parameters
    ----------
    listed : int
        Records on one list at least, :math:`n`.
    log_odds : ndarray, shape (draw,)
        Log odds of being on no list.
    mean, shape : float
        Mean :math:`M` of the prior, people, and its shape :math:`a`: variance
        :math:`M + M^2 / a`.

    Returns
    -------
    ndarray, shape (draw,)
        Log probability of :math:`n`.

    Examples
    --------
    With nobody on no list and a large shape it is a Poisson law:

    >>> round(float(np.exp(log_evidence(2, np.array([-50.0]), 2.0, 1e8)[0])), 4)
    0.2707
    """
    expected = mean * special.expit(-log_odds)
    constant = special.gammaln(listed + shape) - special.gammaln(shape)
    constant -= special.gammaln(listed + 1)
    return (
        constant
        + listed * np.log(expected / (expected + shape))
        - shape * np.log1p(expected / shape)
    )
