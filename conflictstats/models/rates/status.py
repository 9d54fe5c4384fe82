"""How the estimation of a rate ended."""

from enum import Enum


class RateStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged"
    PRIOR_DRIVEN = (
        "the reports do not tell the share found from the rate (read as floor, the "
        "share that names the count), the prior of that share does: show the rate "
        "over it, by mechanism_sensitivity()"
    )
    DOUBTFUL = (
        "the Gaussian approximation is doubtful here (Pareto k above 0.7): do not "
        "rely on the tails of the intervals; refine=True samples the exact posterior "
        "and says whether its chains agree"
    )
    DISAGREED = (
        "the Markov chains do not agree (R-hat above 1.05): do not rely on the "
        "intervals; look for two explanations of the same reports, and where wide "
        "bounds of Poisson counts are all that is known take family='negbin'"
    )
    OVERDISPERSED = (
        "counts scatter more than Poisson counts can: negative binomial counts make "
        "the same reports more than 20 times as probable; take family='negbin'"
    )
    NO_DATA = "no cell was observed; what is shown is the prior"
    NOT_CONVERGED = "the search for the mode did not end; check the data for outliers"


REFUSED = (RateStatus.NO_DATA, RateStatus.NOT_CONVERGED, RateStatus.OVERDISPERSED)
"""Ends at which there is nothing to rely on."""
