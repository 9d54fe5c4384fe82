"""How many were never counted: multiple systems estimation."""

from conflictstats.models.undercount.answer import Answer, answers_frame
from conflictstats.models.undercount.comparison import Comparison
from conflictstats.models.undercount.status import UndercountStatus

__all__ = ["Answer", "Comparison", "UndercountStatus", "answers_frame"]
