"""How an estimate of the unlisted ended."""

from enum import Enum


class UndercountStatus(Enum):
    """What an estimate of those on no list is worth; the value is the sentence.

    Examples
    --------
    >>> UndercountStatus.NO_OVERLAP.refused, UndercountStatus.PRIOR_DRIVEN.refused
    (True, False)
    """

    CONVERGED = "converged"
    NO_OVERLAP = (
        "refused: the lists share no record, so nothing says how many are on none"
    )
    OVERLAP_TOO_SMALL = (
        "refused: the lists cover too little of each other for a point; only bounds"
    )
    NO_ESTIMATE = (
        "refused: the likelihood has no maximum, also when pairs of lists that never "
        "meet are set to minus infinity"
    )
    NOT_IDENTIFIED = (
        "refused: different values of the parameters give the same cells, so the data "
        "do not say how many are unlisted"
    )
    TOO_MANY_LISTS = "refused: more lists than the method can take"
    TOO_FEW_LISTS = "refused: fewer lists than the method needs"
    NO_END = "refused: the records agree with any number of unlisted, however large"
    EMPTY_CELL = (
        "refused: a combination of lists holds no record, which makes the unlisted 0 "
        "or infinitely many; a stated prior for the cells gives an answer"
    )
    TOO_SPARSE = (
        "refused: too many combinations of lists hold few records or none; ask pairs "
        "or triples of the lists"
    )
    NO_SPREAD = (
        "refused: the number or its interval has no width, or no end, so that nothing "
        "says how far off it is"
    )
    ENDS_OF_FEW = (
        "an end of the interval rests on fewer than five bootstrap samples and moves "
        "with the seed: read another interval, or draw many more"
    )
    AT_ITS_EDGE = "a term that cannot be negative was set to 0"
    BELOW_LISTED = (
        "some of the numbers are fewer than the lists hold: what gives these is "
        "contradicted by the records"
    )
    CONTRADICTED = (
        "refused: the method says fewer than the lists hold, so the records contradict "
        "what it assumes"
    )
    PRIOR_DRIVEN = "the answer moves with the prior: the data alone do not decide it"
    PEOPLE_MAY_DIFFER = (
        "people who are harder to find by all lists alike would leave such records as "
        "well, and be more: read the answer as at least"
    )
    SATURATED = (
        "the records fit best if all lists depend on each other at once, under which "
        "they say nothing of the unlisted: the answer rests on ruling that out"
    )
    SEVERAL_ANSWERS = (
        "models that fit about as well give answers far apart: read the mixture, not "
        "one interval"
    )
    MULTIMODAL = (
        "the posterior has separate regions: read them with their shares, not one "
        "interval"
    )
    NOT_CONVERGED = "refused: the chains do not agree, or the search did not end"

    @property
    def refused(self) -> bool:
        """Whether there is no estimate."""
        return self.value.startswith("refused")
