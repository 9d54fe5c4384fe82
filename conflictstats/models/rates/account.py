"""What a fit says about itself: how reports were read, and what was believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats.models.rates import bodies
from conflictstats.numerics.likelihood.mechanisms import Mechanism

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate
    from conflictstats.models.rates.posterior import UnitResult

EXCLUDED = {
    "excluded_outside": "events outside the panel's days",
    "excluded_straddling": "events that its first or last day cuts",
    "excluded_missing": "events where nothing was observed",
    "excluded_undated": "reports without dates",
    "excluded_copied": "reports that copy another body's text",
    "excluded_overlapping": "reports of days that another report covers",
    "excluded_rounded": "totals that name no count",
    "excluded_other_start": "totals from another first day",
    "excluded_revised": "totals above a later one, which is taken for settled",
    "excluded_within_cell": "all but the last total of a cell",
    "excluded_repeated": "figures given again, of which one of each was taken",
}
"""What makers of panels count as left out, by attribute."""


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
        "not_identified": _together(model, panel, table),
        "believed": believed,
        "left_out": [f"{what}: {count}" for what, count in left.items() if count],
    }
    return {name: "\n".join(lines) for name, lines in told.items() if lines}


def _together(
    model: DynamicRate, panel: xr.Dataset, table: dict[str, Mechanism]
) -> list[str]:
    """Bodies whose ratio the reports do not tell from the share found."""
    if model.reference is None:
        return []
    names = [str(name) for name in panel["body"].values]
    words = {name: set(_words(model, bodies.of_body(panel, name))) for name in names}
    counting = {name: said for name, said in words.items() if said}
    found = [
        name
        for name, said in counting.items()
        if all(table[word] is Mechanism.CONFIRMED for word in said)
    ]
    if len(found) == len(counting):
        return []
    return [
        f"all that {name} reports is deaths found so far, unlike others: "
        f"{'ratios to it' if name == model.reference else 'its ratio'} and the share "
        "found are told together alone, and parted by their priors"
        for name in found
    ]


def _words(model: DynamicRate, panel: xr.Dataset) -> np.ndarray:
    """How each report was said, shape (reports,)."""
    if "qualifier" in panel:
        said = panel["low"].notnull().values
        return panel["qualifier"].values[said].astype(str)
    counts = int(panel[model.variable].notnull().sum())
    return np.full(counts + panel.sizes.get("period", 0), "exact")
