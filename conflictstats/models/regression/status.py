"""How an estimation ended."""

from enum import Enum


class RegressionStatus(Enum):
    """How the estimation ended; the value is the sentence for people.

    Examples
    --------
    >>> print(RegressionStatus.BOUNDARY.value)
    counts spread no more than Poisson counts: the dispersion is 0
    """

    CONVERGED = "converged"
    BOUNDARY = "counts spread no more than Poisson counts: the dispersion is 0"
    PRIOR_DRIVEN = (
        "every count is a lower bound 'found so far': the data give the mean times the "
        "share found, and only the share that was assumed separates the two"
    )
    FLAT = "the likelihood is flat in some direction; see which std_err are huge"
    SEPARATED = (
        "some coefficients are infinite: where their column is not zero every count "
        "is 0, or every zero of one kind; leave the columns out, or pool their levels"
    )
    NO_EVENTS = "every count is zero; a mean of zero has no logarithm"
    NOT_CONVERGED = (
        "the search for the maximum did not end; check the data for outliers"
    )
