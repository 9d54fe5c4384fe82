"""How linking ended."""

from enum import Enum


class LinkageStatus(Enum):
    """What links between tables are worth; the value is the sentence.

    Examples
    --------
    >>> LinkageStatus.NO_PAIRS.value
    'no two rows are within the windows: nothing is linked'
    """

    LINKED = "linked"
    NO_PAIRS = "no two rows are within the windows: nothing is linked"
    DOUBTFUL = (
        "linked, but pairs of one event and pairs of two look alike: more than a tenth "
        "of the links are expected to be wrong; compare more, or give weights"
    )
    AT_THE_EDGE = (
        "linked, but more than a quarter of the links are in the outer half of a "
        "window, so that others must be expected outside of it: widen the window"
    )
    NOT_MIXED = (
        "linked, but chains that start from few and from many links do not agree: draw "
        "more, compare more, or give weights"
    )
    RULE = "linked by a rule that says nothing of how sure a link is"
