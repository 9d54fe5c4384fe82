"""How the estimation ended."""

from enum import Enum


class BodiesStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged"
    FEW_TOTALS = (
        "a body has fewer than three totals: between them its course is that of the "
        "others, and its scatter the prior's"
    )
    NOT_CONVERGED = (
        "the chains did not agree (R-hat above 1.05): a total may be typed wrong, or "
        "two bodies may each be the one that caught up"
    )
