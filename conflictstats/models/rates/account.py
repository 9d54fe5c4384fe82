"""What a fit says about itself: how reports were read, and what was believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats.numerics.likelihood.mechanisms import Mechanism

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate
    from conflictstats.models.rates.posterior import UnitResult

EXCLUDED = {
    "excluded_outside": "events outside the panel's days",
    "excluded_straddling": "events that its first or last day cuts",
    "excluded_missing": "events where nothing was observed",
}


def account_of(
    model: DynamicRate,
    panel: xr.Dataset,
    table: dict[str, Mechanism],
    results: list[UnitResult],
) -> dict[str, str]:
    """Sentences by subject, one a line, as attributes of a Dataset."""
    words = _words(model, panel)
    read = [
        f"{count} {word} as {table[word].name.lower()}: {table[word].value}"
        for word, count in zip(*np.unique(words, return_counts=True), strict=True)
    ]
    believed = dict.fromkeys(each for result in results for each in result.believed)
    cells = panel.sizes["time"] * panel.sizes["place"] * panel.sizes.get("body", 1)
    periods = panel.sizes.get("period", 0)
    left = {"cells without a report": cells + periods - words.size}
    left |= {what: int(panel.attrs.get(name, 0)) for name, what in EXCLUDED.items()}
    told = {
        "reports_read": read,
        "believed": believed,
        "left_out": [f"{what}: {count}" for what, count in left.items() if count],
    }
    return {name: "\n".join(lines) for name, lines in told.items() if lines}


def _words(model: DynamicRate, panel: xr.Dataset) -> np.ndarray:
    """How each report was said, shape (reports,)."""
    if "qualifier" in panel:
        said = panel["low"].notnull().values
        return panel["qualifier"].values[said].astype(str)
    counts = int(panel[model.variable].notnull().sum())
    return np.full(counts + panel.sizes.get("period", 0), "exact")
