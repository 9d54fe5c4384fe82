"""Bootstrap sums: how much a total depends on which rows happened to be there."""

import numpy as np
from jaxtyping import Float

CELLS_AT_ONCE = 2_000_000


def bootstrap_sums(
    values: Float[np.ndarray, "n k"], replicates: int, rng: np.random.Generator
) -> Float[np.ndarray, "replicates k"]:
    r"""Column sums of rows drawn with replacement, once a replicate.

    Everything that is a function of totals (a share, a ratio, a bound) can be
    computed from the sums. Rows are resampled whole, so that what one event says
    in several columns stays together. Rows are taken as independent: dependence
    in time or space is not kept.

    .. math:: S_b = \sum_{i=1}^{n} w_{bi}\, v_i, \qquad
              w_b \sim \operatorname{Multinomial}(n;\, 1/n, \dots, 1/n)

    Equal rows share one multinomial cell, which leaves the law of the sums as it
    is; time and memory grow with the number of different rows.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Rows to be resampled, such as deaths by category of each event, people.
    replicates : int
        Number of resamples.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (replicates, k)
        Sums of the resampled rows, in the unit of ``values``.

    References
    ----------
    .. [1] Efron, B. (1979). Bootstrap methods: another look at the jackknife.
       *Annals of Statistics* 7(1), 1-26. https://doi.org/10.1214/aos/1176344552

    Examples
    --------
    The bootstrap variance of a sum is n times the variance of the rows, here
    4 times 1.25:

    >>> rows = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> sums = bootstrap_sums(rows, 200_000, np.random.default_rng(1))
    >>> round(float(sums.mean()), 1), round(float(sums.var()), 1)
    (10.0, 5.0)
    """
    kinds, multiplicity = np.unique(values, axis=0, return_counts=True)
    chance = multiplicity / multiplicity.sum()
    at_once = max(1, CELLS_AT_ONCE // len(kinds))
    sums = np.empty((replicates, values.shape[1]))
    for start in range(0, replicates, at_once):
        part = slice(start, min(start + at_once, replicates))
        size = part.stop - part.start
        sums[part] = rng.multinomial(len(values), chance, size=size) @ kinds
    return sums
