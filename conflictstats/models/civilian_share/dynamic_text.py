"""What a fitted composition says in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conflictstats.models._draws import band, interval
from conflictstats.models.civilian_share.denominator import WORDING
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.dynamic import DynamicShare
    from conflictstats.models.civilian_share.dynamic_fit import DynamicShareFit


def assumption(model: DynamicShare) -> str:
    """What is assumed of the unknown, as a sentence."""
    if model.denominator == "known":
        return "the unknown are left out, as if they were like the known"
    about = f"an unknown has {model.odds_ratio:g} times the odds of a known one"
    if model.odds_ratio_sd == 0:
        return about
    return f"{about}, give or take a log sd of {model.odds_ratio_sd:g}"


def summary_of(fit: DynamicShareFit, level: float) -> str:
    """Denominator and assumption, one line a place, and what the statuses mean."""
    places = fit.diagnostics["place"].values.tolist()
    names = fit.diagnostics["status"].values.tolist()
    statuses = [DynamicShareStatus[name] for name in names]
    lines = [
        f"Civilian share of {WORDING[fit.model.denominator]}",
        f"{assumption(fit.model)}; {level:.0%} credible intervals",
        f"{'place':<16}{'deaths':>8}{'unknown':>9}{'share':>24}  status",
        *map(partial(_line, fit, level), places, statuses),
    ]
    found = [status for status in DynamicShareStatus if status in statuses]
    return "\n".join([*lines, *(f"{s.name}: {s.value}" for s in found)])


def _line(
    fit: DynamicShareFit, level: float, place: str, status: DynamicShareStatus
) -> str:
    """One place: its dead, how many are unknown, and the share of civilians."""
    told = fit.diagnostics.sel(place=place)
    deaths = told["known"].item() + told["unknown"].item()
    unknown = f"{told['unknown'].item() / deaths:.0%}" if deaths else "-"
    share = interval(band(fit.total_share(places=[place]), level), ".3f")
    if status is DynamicShareStatus.REFUSED:
        share = share.partition(" ")[2]
    return f"{place!s:<16}{deaths:>8,.0f}{unknown:>9}{share:>24}  {status.name}"
