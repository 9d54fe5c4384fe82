"""The three levels of a composition, as a table and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats.models._draws import band
from conflictstats.models.civilian_share.bounds_fit import ShareBoundsFit, ShareStatus
from conflictstats.models.civilian_share.denominator import WORDING
from conflictstats.models.civilian_share.dynamic_fit import DynamicShareFit
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus
from conflictstats.models.civilian_share.dynamic_text import assumption

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.composition import Composition

ALL = "all places"


@dataclass(frozen=True, slots=True)
class CompositionFit(Summarised):
    """A fitted :class:`Composition`.

    Attributes
    ----------
    model : Composition
        The settings that were fitted.
    bounds : ShareBoundsFit
        Bounds and their sensitivity, dim ``place``.
    whole : ShareBoundsFit
        The same of all places together.
    dynamic : DynamicShareFit
        The model.
    curve : Dataset, dims (odds_ratio,)
        The model's share among those who died, all places together, at fixed odds
        ratios from 0 to infinity.

    Examples
    --------
    Two civilians and two fighters, one of each on either day, and nobody unknown:

    >>> from conflictstats.models.civilian_share import Composition
    >>> days = pd.to_datetime(["2019-06-03", "2019-07-03"])
    >>> counts = {"deaths_civilians": 1, "deaths_government": 0, "deaths_nonstate": 1}
    >>> counts |= {"deaths_unknown": 0, "low": 2, "best": 2, "high": 2}
    >>> events = pd.DataFrame({"date_start": days, "date_end": days}).assign(**counts)
    >>> model = Composition(denominator="all", draws=50, replicates=20)
    >>> fit = model.fit(events, rng=np.random.default_rng(1))
    >>> print(fit.status.name, fit.params.values)
    IDENTIFIED [0.5 0.5]
    """

    model: Composition
    bounds: ShareBoundsFit
    whole: ShareBoundsFit
    dynamic: DynamicShareFit
    curve: xr.Dataset

    @property
    def places(self) -> list[str]:
        """Names of the places."""
        return [str(name) for name in self.dynamic.draws["place"].values]

    @property
    def nobs(self) -> int:
        """Number of events with a death in the denominator."""
        return self.whole.nobs

    @property
    def params(self) -> xr.DataArray:
        """Lower and upper bound of the share of all places together, dim (param,)."""
        return self.whole.params

    @property
    def status(self) -> ShareStatus:
        """How far the share of all places together is known without assumption."""
        return self.whole.status

    def conf_int(self) -> xr.Dataset:
        """Give the Imbens-Manski interval of the share, of each place.

        Returns
        -------
        Dataset, dims (place,)
            ``estimate`` (NaN unless the bounds meet), ``lower`` and ``upper``.
        """
        return self.bounds.conf_int()

    def to_frame(self) -> pd.DataFrame:
        """Give every level of every place as a tidy table.

        Returns
        -------
        DataFrame
            ``place``; ``basis``, which is ``bounds``, ``interval`` around them,
            ``odds ratio`` or ``model``; ``odds_ratio`` where it is fixed; ``estimate``,
            ``lower``, ``upper``, ``kind``. Several places are followed by all of them.
        """
        of_places = _without_model(self.bounds)
        rows = []
        for place in self.places:
            here = [(*level[:2], level[2].sel(place=place)) for level in of_places]
            rows += [_row(place, *level) for level in here] + [self._model(place)]
        if len(self.places) > 1:
            rows += [_row(ALL, *level) for level in _without_model(self.whole)]
            rows.append(self._model(None))
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """What people read first.

        Returns
        -------
        str
            Denominator, the assumption of each level, and one line a place.
        """
        frame = self.to_frame()
        table = frame.groupby("place", sort=False).apply(_line).to_list()
        told = self.dynamic.diagnostics["status"].values.tolist()
        refused = DynamicShareStatus.REFUSED
        low, high = (f"{end:g}" for end in _ends(frame))
        lines = [
            f"Civilian share of {WORDING[self.model.denominator]}",
            f"bounds: nothing is assumed of the unknown; in brackets a "
            f"{self.model.level:.0%} interval, were other events recorded",
            f"sensitivity: an unknown has from {low} to {high} times the odds of a "
            "known one of being a civilian",
            f"model: {assumption(self.dynamic.model)}; the logit is a random walk; "
            f"{self.model.level:.0%} credible intervals",
            f"{'place':<16}{'bounds':>32}{'sensitivity':>17}{'model':>24}",
            *table,
            f"{self.status.name}: {self.status.value}",
        ]
        if refused.name in told:
            lines.append(f"{refused.name}: {refused.value}")
        return "\n".join(lines)

    def _model(self, place: str | None) -> dict[str, object]:
        """Row of the model, for one place or for all together."""
        chosen = None if place is None else [place]
        found = band(self.dynamic.total_share(places=chosen), self.model.level)
        if self._refused(place):
            found["estimate"] = np.nan * found["estimate"]
        return _row(place or ALL, "model", np.nan, found)

    def _refused(self, place: str | None) -> bool:
        """Whether no point is given of one place, or of all together."""
        if place is None:
            return self.whole.status is ShareStatus.UNINFORMATIVE
        status = self.dynamic.diagnostics["status"].sel(place=place).item()
        return bool(status == DynamicShareStatus.REFUSED.name)


def _without_model(fit: ShareBoundsFit) -> list[tuple[str, float, xr.Dataset]]:
    """Name, odds ratio and numbers of the levels that need no model."""
    swept = fit.sensitivity()
    each = [("bounds", np.nan, fit.bounds), ("interval", np.nan, fit.conf_int())]
    for psi in swept["odds_ratio"].values:
        each.append(("odds ratio", float(psi), swept.sel(odds_ratio=psi)))
    return each


def _row(
    place: str, basis: str, odds_ratio: float, found: xr.Dataset
) -> dict[str, object]:
    """One row of the tidy table."""
    ends = {end: float(found[end]) for end in ("estimate", "lower", "upper")}
    named = {"place": place, "basis": basis, "odds_ratio": odds_ratio}
    return {**named, **ends, "kind": found.attrs["kind"]}


def _ends(frame: pd.DataFrame) -> tuple[float, float]:
    """Smallest and largest odds ratio of the table."""
    return float(frame["odds_ratio"].min()), float(frame["odds_ratio"].max())


def _line(rows: pd.DataFrame) -> str:
    """The three levels of one place in one line."""
    place = str(rows.name)
    at = rows.set_index("basis")
    bounds, around, model = (at.loc[name] for name in ("bounds", "interval", "model"))
    swept = rows["estimate"][rows["basis"] == "odds ratio"]
    first = f"{bounds.lower:.3f}-{bounds.upper:.3f}"
    first += f" [{around.lower:.3f}, {around.upper:.3f}]"
    second = f"{swept.min():.3f}-{swept.max():.3f}"
    third = f"[{model.lower:.3f}, {model.upper:.3f}]"
    if np.isfinite(model.estimate):
        third = f"{model.estimate:.3f} {third}"
    return f"{place:<16}{first:>32}{second:>17}{third:>24}"
