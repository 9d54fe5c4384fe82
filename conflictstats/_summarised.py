"""What results that can say themselves in words have in common."""

import html
from typing import Protocol


class _SaysItself(Protocol):
    """Something with a summary in words."""

    def summary(self) -> str:
        """Say the result in a few lines."""
        ...


class Summarised:
    """Shows in a notebook what ``summary`` says."""

    __slots__ = ()

    def _repr_html_(self: _SaysItself) -> str:
        """Lines of the summary, as they are printed."""
        return f"<pre>{html.escape(self.summary())}</pre>"
