"""The cells of the study: lists of one conflict, and how far off they are."""

from conflictstats.evaluate.linkage_coverage import LinkageCoverage
from conflictstats.linkage import EventLinkage
from conflictstats.simulate.listed_events import ListingLaw

LISTED = (0.6, 0.5, 0.4, 0.3)
"""Probability that a list has an event; the first two, three or four of them."""
MODEL = EventLinkage()
CELLS = [
    LinkageCoverage(
        name=f"{word}-lists",
        events=events,
        listed=LISTED[:n_lists],
        law=ListingLaw(towns=events * 3 // 20, moved=1.5),
        model=MODEL,
    )
    for word, n_lists, events in (("two", 2, 400), ("three", 3, 400), ("four", 4, 200))
]
