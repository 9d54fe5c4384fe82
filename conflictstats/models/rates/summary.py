"""What people read first of a fitted rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conflictstats.models._draws import band, interval
from conflictstats.models.rates.status import RateStatus

if TYPE_CHECKING:
    from conflictstats.models.rates.fit import DynamicRateFit


TITLES = {
    "reports_read": "Reports",
    "not_identified": "Not identified",
    "believed": "Believed beforehand",
    "left_out": "Left out",
}


def summary_of(fit: DynamicRateFit, level: float) -> str:
    """Settings, then one line a place."""
    lines = [
        f"Dynamic casualty rate of {fit.model.variable!r}, "
        f"{level:.0%} credible intervals",
        f"{'place':<16}{'deaths':>22}{'per day':>22}  status",
    ]
    total, mean = band(fit.total(), level), fit.mean_rate(level=level)
    for place, status in zip(
        fit.draws["place"].values, fit.diagnostics["status"].values, strict=True
    ):
        deaths, daily = total.sel(place=place), mean.sel(place=place)
        lines.append(
            f"{place!s:<16}{interval(deaths, ',.0f'):>22}"
            f"{interval(daily, '.2f'):>22}  {RateStatus[status].value}"
        )
    if fit.model.reference is not None:
        lines.append(f"Deaths as {fit.model.reference} counts them.")
        lines += _ratios(fit, level)
    return "\n".join(lines + _account(fit))


def _account(fit: DynamicRateFit) -> list[str]:
    """How reports were read, what was believed, and what was left out."""
    lines = []
    for name, title in TITLES.items():
        if name in fit.draws.attrs:
            each = str(fit.draws.attrs[name]).split("\n")
            lines += [f"{title}: {each[0]}", *(f"  {line}" for line in each[1:])]
    if fit.aliased:
        lines.append(f"left out, as others make them up: {', '.join(fit.aliased)}")
    return lines


def _ratios(fit: DynamicRateFit, level: float) -> list[str]:
    """A line for each body beside the reference."""
    ratios = fit.ratios(level)
    return [
        f"{body!s:<16}{interval(ratios.sel(body=body, place=place), '.2f'):>22}"
        f" for one of these in {place!s}"
        for body in ratios["body"].values
        for place in ratios["place"].values
    ]
