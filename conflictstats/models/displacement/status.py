"""What the reports of a displacement tell, and how the estimation ended."""

from enum import Enum


class StockFlowStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged"
    STOCKS_ONLY = (
        "only stocks are reported: they tell inflow less exits; how many fled and how "
        "many returned rests on the prior of returns, see learned()"
    )
    FLOWS_ONLY = (
        "no stock is reported: how many are displaced at a time rests on the priors of "
        "the first stock and of returns, see learned()"
    )
    NO_REPORTS = "no report says anything; what is shown is the prior"
    APPROXIMATE = (
        "days within a week are not alike enough for the steps of the sampler (Pareto "
        "k above 0.7): do not rely on the tails; set longest_step=1"
    )
    NOT_CONVERGED = (
        "the chains did not agree (R-hat above 1.05): look for reports that contradict "
        "each other, or ask for more draws"
    )


REFUSED = (StockFlowStatus.NOT_CONVERGED,)
"""Ends at which there is nothing to rely on."""
