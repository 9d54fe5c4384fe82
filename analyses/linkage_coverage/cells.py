"""The cells of the study: lists of one conflict, and how far off they are."""

from conflictstats.evaluate.linkage_coverage import LinkageCoverage
from conflictstats.linkage import EventLinkage
from conflictstats.simulate.listed_events import ListingLaw

LISTED = (0.6, 0.5, 0.4, 0.3)
"""Probability that a list has an event; the first two, three or four of them."""
CELLS = [
    LinkageCoverage(
        name=f"{word}-lists",
        events=200,
        listed=LISTED[:n_lists],
        law=ListingLaw(towns=30, moved=1.5),
        model=EventLinkage(),
    )
    for n_lists, word in enumerate(("two", "three", "four"), 2)
]
