"""The left side of a formula: which columns hold what was reported."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conflictstats.errors import SettingError

RESPONSE = re.compile(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*$")


@dataclass(frozen=True, slots=True)
class Response:
    """Columns that hold what was reported.

    Attributes
    ----------
    low, high : str
        Bounds, or twice the column of counts.
    qualifier : str, optional
        How it was said.
    """

    low: str
    high: str
    qualifier: str | None = None

    @property
    def columns(self) -> list[str]:
        """Those that are there."""
        named = [self.low, self.high, self.qualifier]
        return list(dict.fromkeys(name for name in named if name))


def split(formula: str) -> tuple[Response, str]:
    """Read ``deaths ~ ...`` or ``reported(low, high, qualifier) ~ ...``."""
    left, tilde, right = formula.partition("~")
    found = RESPONSE.match(left)
    if not (tilde and found and right.strip()) or "~" in right:
        raise SettingError(
            f"formula must be 'count ~ terms' or 'reported(low, high, qualifier) ~ "
            f"terms', got {formula!r}"
        )
    name, inside = found.groups()
    if inside is None:
        return Response(name, name), right.strip()
    columns = [each.strip() for each in inside.split(",")]
    if name != "reported" or len(columns) not in (2, 3) or not all(columns):
        raise SettingError(
            f"the left side must be a column or reported(low, high) or "
            f"reported(low, high, qualifier), got {left.strip()!r}"
        )
    return Response(*columns), right.strip()
