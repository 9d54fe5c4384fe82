"""Reported quantities: what was said, as an interval, and a parser of phrases."""

from conflictstats.quantity.lexicon import Language, Lexicon
from conflictstats.quantity.phrases import parse
from conflictstats.quantity.reported import QUALIFIERS, Reported
from conflictstats.quantity.widths import Widths

__all__ = [
    "QUALIFIERS",
    "Language",
    "Lexicon",
    "Reported",
    "Widths",
    "parse",
]
