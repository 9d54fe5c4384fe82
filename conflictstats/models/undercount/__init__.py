"""How many were never counted: multiple systems estimation."""

from conflictstats.models.undercount.answer import Answer, answers_frame
from conflictstats.models.undercount.status import UndercountStatus

__all__ = ["Answer", "UndercountStatus", "answers_frame"]
