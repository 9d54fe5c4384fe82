"""A rate about which nothing is assumed: once at every low end, once at every high."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from conflictstats.errors import SettingError
from conflictstats.models._draws import band
from conflictstats.models.rates.fit import DynamicRateFit

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

END = "at one end"
"""Word for reports that are taken at their low or at their high end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBounds:
    """Rates at both ends of what was reported, from :meth:`DynamicRate.bounds`.

    Nothing is between the two that the reports prefer: an estimate in the middle would
    be an assumption. The priors of the rate are in both.

    Attributes
    ----------
    low, high : DynamicRateFit
        With every bounded report at its low end, and at its high end.
    """

    low: DynamicRateFit
    high: DynamicRateFit

    def rate(self, level: float = 0.9) -> xr.Dataset:
        """Expected deaths per day at both ends.

        Parameters
        ----------
        level : float
            Posterior probability inside the interval of each end.

        Returns
        -------
        Dataset, dims (time, place)
            ``estimate_low``, ``estimate_high`` (medians); ``lower``, ``upper``: ends of
            what holds both intervals; deaths per day.
        """
        return _envelope(self.low.rate(level), self.high.rate(level))

    def total(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        kind: Literal["realised", "expected"] = "realised",
        level: float = 0.9,
    ) -> xr.Dataset:
        """Deaths of a period at both ends, of each place.

        Parameters
        ----------
        start, end : str, optional
            First and last day, at edges of cells.
        kind : {"realised", "expected"}
            As in :meth:`DynamicRateFit.total`.
        level : float
            Posterior probability inside the interval of each end.

        Returns
        -------
        Dataset, dims (place,)
            As in :meth:`rate`; people.
        """
        ends = (fit.total(start, end, kind=kind) for fit in (self.low, self.high))
        return _envelope(*(band(draws, level) for draws in ends))


def ends_of(
    model: DynamicRate, panel: xr.Dataset
) -> tuple[tuple[DynamicRate, xr.Dataset], tuple[DynamicRate, xr.Dataset]]:
    """Settings and panel of the low end, and of the high end."""
    if "qualifier" not in panel:
        if model.variable != "best":
            raise SettingError(
                f"{model.variable!r} has no low and high end in the panel; only 'best' "
                "has, or reports with their bounds"
            )
        ends = (replace(model, variable=name) for name in ("low", "high"))
        return (next(ends), panel), (next(ends), panel)
    words = [word for word, name in model.mechanisms.items() if name == "bounds"]
    said = panel["qualifier"].where(panel["low"].notnull(), "exact")
    pinned = said.isin(words) if words else said != "exact"
    open_ended = pinned & np.isinf(panel["high"])
    if open_ended.any():
        which = ", ".join(map(str, np.unique(said.values[open_ended.values])))
        raise SettingError(
            f"{int(open_ended.sum())} reports ({which}) have no high end, so that "
            "nothing bounds the rate above: give panel['high'] the most that can be, "
            "or name the others, as by mechanisms={'range': 'bounds'}, and these are "
            "read by their mechanism"
        )
    kept = {word: m for word, m in model.mechanisms.items() if m != "bounds"}
    model = replace(model, mechanisms={**kept, END: "exact"})
    words_at = panel["qualifier"].astype(object).where(~pinned, END)
    fixed = panel.assign(qualifier=words_at.astype(str))
    low = fixed.assign(high=fixed["high"].where(~pinned, fixed["low"]))
    high = fixed.assign(low=fixed["low"].where(~pinned, fixed["high"]))
    return (model, low), (model, high)


def _envelope(low: xr.Dataset, high: xr.Dataset) -> xr.Dataset:
    """Both estimates, and what holds both intervals."""
    found = {
        "estimate_low": low["estimate"],
        "estimate_high": high["estimate"],
        "lower": np.minimum(low["lower"], high["lower"]),
        "upper": np.maximum(low["upper"], high["upper"]),
    }
    return xr.Dataset(found, attrs={**low.attrs, "kind": "bounds"})
