"""Interactions of two lists, added one by one."""

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.numerics.log_linear.existence import FINE, existence_codes, reduced
from conflictstats.numerics.log_linear.fitting import table_of
from conflictstats.numerics.log_linear.hierarchy import Models, model_of, pairs
from conflictstats.numerics.log_linear.poisson import poisson_fits
from conflictstats.numerics.log_linear.sums import superset_sums


def stepwise(
    counts: Float[np.ndarray, " cell"], n_lists: int, p_value: float
) -> Models:
    """Start with independent lists; add the pair that is least expected [1]_.

    The records on both lists of a pair are compared with their mean under the present
    model, by the smaller of the two Poisson tails. The pair with the smallest joins, as
    long as it is below ``p_value``; pairs with which the likelihood would have no
    maximum, or more than one, are passed over.

    Parameters
    ----------
    counts : ndarray, shape (2**J,)
        People, at each binary number.
    n_lists : int
        Number of lists J.
    p_value : float
        Tail probability below which a pair joins.

    Returns
    -------
    Models
        The one model where it ends; that of independent lists where even this has no
        maximum.

    References
    ----------
    .. [1] Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems
       estimation for sparse capture data. *JASA* 116, 1297-1306.
       https://doi.org/10.1080/01621459.2019.1708748

    Examples
    --------
    The first two of three lists share more than they would if they were independent:

    >>> counts = 30 * np.array([0.0, 10, 10, 40, 5, 5, 5, 20])
    >>> stepwise(counts, 3, 0.02).effects.tolist()
    [0, 1, 2, 4, 3]
    """
    joined: list[int] = []
    while True:
        model = model_of(n_lists, joined)
        if not joined and not _exists(model, counts):
            return model
        for pair in _surprises(model, counts, p_value):
            if _exists(model_of(n_lists, [*joined, pair]), counts):
                joined.append(pair)
                break
        else:
            return model


def _surprises(model: Models, counts: FloatArray, p_value: float) -> list[int]:
    """Pairs not in the model whose records are not expected, the least so first."""
    each = np.setdiff1d(pairs(model.n_lists), model.effects)
    means = poisson_fits(table_of(model, counts)).means[0]
    expected = superset_sums(means)[each]
    seen = superset_sums(counts)[each]
    as_few = special.pdtr(seen, expected)
    as_many = np.where(seen > 0, special.pdtrc(np.maximum(seen - 1, 0), expected), 1)
    tail = np.minimum(as_few, as_many)
    first = np.argsort(tail, kind="stable")
    return [int(each[k]) for k in first if tail[k] < p_value]


def _exists(model: Models, counts: FloatArray) -> bool:
    """Whether the likelihood has one maximum."""
    code = existence_codes(reduced(model, counts), model.effects, counts)
    return int(code[0]) == FINE
