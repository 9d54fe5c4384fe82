"""How many were never counted: multiple systems estimation."""

from conflictstats.models.undercount.answer import Answer, answers_frame
from conflictstats.models.undercount.comparison import Comparison
from conflictstats.models.undercount.decomposable import DecomposableGraphs
from conflictstats.models.undercount.decomposable_fit import DecomposableGraphsFit
from conflictstats.models.undercount.status import UndercountStatus

__all__ = [
    "Answer",
    "Comparison",
    "DecomposableGraphs",
    "DecomposableGraphsFit",
    "UndercountStatus",
    "answers_frame",
]
