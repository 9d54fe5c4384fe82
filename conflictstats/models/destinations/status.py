"""How an estimation ended, in words."""

from enum import Enum


class GravityStatus(Enum):
    """How the estimation of gravity ended; the value is the sentence for people.

    Examples
    --------
    >>> print(GravityStatus.NO_FLOWS.value)
    every flow is zero; a mean of zero has no logarithm
    """

    CONVERGED = "converged"
    NO_FLOWS = "every flow is zero; a mean of zero has no logarithm"
    ABSORBED = (
        "no term varies within origins and destinations: the effects take up all of "
        "them; a term has to differ between pairs"
    )
    SATURATED = (
        "as many effects and terms as pairs: every flow is met exactly, and nothing "
        "is left to say how sure the estimates are"
    )
    NOT_CONVERGED = "the search for the maximum did not end; check for outliers"


class DestinationsStatus(Enum):
    """How the estimation of shares ended; the value is the sentence for people.

    Examples
    --------
    >>> print(DestinationsStatus.ONE_DESTINATION.value)
    there is one destination only: its share is 1, and nothing is estimated
    """

    CONVERGED = "converged"
    NO_GRAVITY = (
        "converged; no gravity terms were given, so that nothing but its prior is "
        "known of a destination that has not been seen"
    )
    FEW_REPORTS = (
        "fewer than five dates with reports of two destinations or of a total: how "
        "fast shares change, and how reports scatter, is the prior's"
    )
    ONE_DESTINATION = (
        "there is one destination only: its share is 1, and nothing is estimated"
    )
    APPROXIMATE = (
        "the draws are those of Gaussian approximations that importance weights "
        "correct in part only (Pareto k above 0.7): intervals may be off"
    )
    NOT_CONVERGED = (
        "the search for the posterior's mode did not end: check the counts for mistakes"
    )
