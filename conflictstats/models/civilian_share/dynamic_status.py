"""How the estimation of a share that moves ended."""

from enum import Enum


class DynamicShareStatus(Enum):
    """How the estimation ended, better first; the value is the sentence for people."""

    CONVERGED = "converged"
    BORROWED = (
        "nobody of known status died here: the share is borrowed from other places"
    )
    PRIOR_DRIVEN = (
        "the share rests on what is assumed of the dead of unknown status; read the "
        "bounds"
    )
    DOUBTFUL = "the approximation is doubtful; give longer cells, or tie the places"
    REFUSED = (
        "nearly all of the dead have no known status: a point would be an assumption "
        "and is not given; read the bounds"
    )
    NO_DATA = "nobody of known status died; what is shown is the prior"
    NOT_CONVERGED = "the search for the mode did not end; check the data for outliers"
