"""What is known of the incidents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import settings_of, stored
from conflictstats.models.incidents.evidence import UNIT
from conflictstats.models.incidents.law import Hyper
from conflictstats.models.incidents.predict import next_count

if TYPE_CHECKING:
    from conflictstats.models.incidents.model import Incidents

OTHERS = "other bodies"
DRAWS = ("hyper", "found")
CELLS = ("first", "width", "probability")
DOUBTFUL = 0.7
FEWEST = 10


class IncidentsStatus(Enum):
    """How far the answer can be trusted; the value is the sentence for people."""

    CONVERGED = "converged"
    PRIOR_DRIVEN = (
        "fewer than ten incidents have more than one report: how much is found, and "
        "how often a report is out of line, is mostly the prior"
    )
    DOUBTFUL = (
        "the shared posterior is far from what was tried: raise points, or state "
        "narrower priors"
    )
    NO_DATA = "no dated report of an incident counts people killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsFit(Summarised):
    """A fitted :class:`conflictstats.Incidents`.

    Attributes
    ----------
    model : Incidents
        The settings that were fitted.
    draws : Dataset, dims (draw, param) and (draw, body)
        ``hyper``: what all incidents share, as :class:`conflictstats.Incidents` names
        it. ``found``: share that a body has found on the day itself.
    posterior : Dataset, dims (incident, cell) and (incident,)
        ``probability`` of each cell of the count; a cell has ``width`` counts from
        ``first`` on (people). ``event_key`` and ``measure`` name the incident.
    reports : Dataset, dims (report,)
        The reports used, by ``incident_number``, with ``out_of_line``, the
        probability that a report speaks of something else, and ``expected``, the count
        that its body should have had at that lag (people).
    diagnostics : Dataset
        ``effective_points`` of the shared posterior, the tail ``pareto_k`` of their
        weights, whether the mode ``settled``, and the reports left out: ``undated``,
        ``copies``, ``same_day``.

    Examples
    --------
    A village's count, with the total of the day under its name:

    >>> from conflictstats.models.incidents import Incidents
    >>> from conflictstats.simulate.incidents import incident_bulletins
    >>> rng = np.random.default_rng(1)
    >>> told = incident_bulletins(20, found={"A": 0.9, "B": 0.8}, rng=rng)
    >>> told.loc[0, ["value_low", "value_high"]] = 400
    >>> fit = Incidents(points=40).fit(told, rng=rng)
    >>> worst = fit.out_of_line().iloc[0]
    >>> worst["event_key"], worst["count"].item(), bool(worst["out_of_line"] > 0.99)
    ('incident 00000', 400.0, True)
    """

    model: Incidents
    draws: xr.Dataset
    posterior: xr.Dataset
    reports: xr.Dataset
    diagnostics: xr.Dataset

    @property
    def status(self) -> IncidentsStatus:
        """How far the answer can be trusted."""
        if self.nobs == 0:
            return IncidentsStatus.NO_DATA
        if not self.diagnostics["settled"] or self.diagnostics["pareto_k"] > DOUBTFUL:
            return IncidentsStatus.DOUBTFUL
        several = int((self._tally() > 1).sum())
        if several < FEWEST:
            return IncidentsStatus.PRIOR_DRIVEN
        return IncidentsStatus.CONVERGED

    @property
    def nobs(self) -> int:
        """Number of reports used."""
        return int(self.reports.sizes["report"])

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of what all incidents share, dims (param,)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of what all incidents share.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate`` (median), ``lower``, ``upper``.
        """
        return band(self.draws["hyper"], level)

    def found(self, level: float = 0.9) -> xr.Dataset:
        """Share that each body has found on the day itself.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (body,)
            ``estimate`` (median), ``lower``, ``upper``; from 0 to 1.
        """
        return band(self.draws["found"], level)

    def counts(self, level: float = 0.9) -> xr.Dataset:
        """Count of each incident.

        Parameters
        ----------
        level : float
            Posterior probability inside the interval, and of the minimum.

        Returns
        -------
        Dataset, dims (incident,)
            ``mean``, ``estimate`` (median), ``lower``, ``upper`` and ``minimum``: at
            least so many were killed, with probability ``level``. People.
        """
        tail = (1 - _check.level(level)) / 2
        cells = self.posterior
        centre = cells["first"] + (cells["width"] - 1) / 2
        mean = (cells["probability"] * centre).sum("cell")
        cuts = {"estimate": 0.5, "lower": tail, "upper": 1 - tail, "minimum": 1 - level}
        held = xr.Dataset({k: ("incident", self._quantile(v)) for k, v in cuts.items()})
        told = xr.merge([cells[UNIT], mean.rename("mean"), held])
        return told.assign_attrs(level=level, kind="credible")

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Counts as a tidy table, a row an incident.

        Parameters
        ----------
        level : float
            Posterior probability inside the interval, and of the minimum.

        Returns
        -------
        DataFrame
            ``event_key, measure, n_reports, n_bodies, reported_first, reported_last,
            reported_low, reported_high`` (of the numbers printed), ``mean, estimate,
            lower, upper, minimum, n_out_of_line, level, kind``.
        """
        frame = self.counts(level).to_dataframe().reset_index(drop=True)
        told = self.reports.to_dataframe().sort_values("published", kind="stable")
        of = told.groupby("incident_number")
        said = of["count"].agg(["size", "first", "last", "min", "max"])
        names = ["n_reports", "reported_first", "reported_last"]
        said.columns = pd.Index([*names, "reported_low", "reported_high"])
        said.insert(1, "n_bodies", of["source_org"].nunique())
        out = (told["out_of_line"] > 0.5).groupby(told["incident_number"]).sum()
        frame = pd.concat([frame[UNIT], said, frame.drop(columns=UNIT)], axis=1)
        return frame.assign(n_out_of_line=out, level=level, kind="credible")

    def out_of_line(self, above: float = 0.5) -> pd.DataFrame:
        """Reports that probably speak of something else than their incident.

        Parameters
        ----------
        above : float
            Those whose probability is above; 0 for all.

        Returns
        -------
        DataFrame
            ``event_key, measure, source_org, published, lag, count, expected,
            difference, out_of_line``, the least in line first.
        """
        told = self.reports.to_dataframe()
        keys = self.posterior[UNIT].to_dataframe()[UNIT]
        told = told.join(keys, on="incident_number")
        told = told.assign(difference=told["count"] - told["expected"])
        told = told[told["out_of_line"] > above]
        columns = [*UNIT, "source_org", "published", "lag", "count", "expected"]
        ranked = told.sort_values("out_of_line", ascending=False, kind="stable")
        chosen = ranked[[*columns, "difference", "out_of_line"]]
        return chosen.reset_index(drop=True)

    def predict(
        self, told: pd.DataFrame, *, source_org: str, lag: float, points: int = 20
    ) -> xr.Dataset:
        """Next count that a body will give of an incident.

        Parameters
        ----------
        told : DataFrame
            Reports of one incident so far, from
            :func:`conflictstats.panel.incident_reports`.
        source_org : str
            The body.
        lag : float
            Days from the incident to its next report, not before its last.
        points : int
            Points of the shared posterior that are averaged over.

        Returns
        -------
        Dataset, dims (cell,)
            ``probability`` of cells of ``width`` counts around ``count`` (people).

        Raises
        ------
        SettingError
            If the reports are of several incidents.
        """
        if len(told[UNIT].drop_duplicates()) > 1:
            raise SettingError("told must be the reports of one incident")
        each = np.linspace(0, self.draws.sizes["draw"] - 1, points).astype(int)
        hypers = [self._hyper(int(draw)) for draw in each]
        bodies = [str(body) for body in self.draws["body"].values[:-1]]
        cells = next_count(told, (source_org, lag), bodies, hypers, self.model.least)
        return xr.Dataset({name: ("cell", part) for name, part in cells.items()})

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Status, what is shared, share found by body, reports out of line.
        """
        size, settled = self.posterior.sizes["incident"], self.status.value
        lines = [
            f"Counts of {size} incidents from {self.nobs} reports, "
            f"{level:.0%} credible intervals",
            f"Status: {settled}",
            "Assumed: bodies count apart from each other; deaths that nobody would "
            "ever find are not counted",
        ]
        shared, found = self.conf_int(level), self.found(level)
        for param in shared["param"].values:
            text = interval(shared.sel(param=param), ".3g")
            lines.append(f"{param.replace('_', ' '):<30}{text:>26}")
        lines.append("found on the day itself")
        for body in found["body"].values:
            text = interval(found.sel(body=body), ".2f")
            lines.append(f"  {body!s:<28}{text:>26}")
        worst = self.out_of_line()
        lines.append(f"{len(worst)} reports probably out of line")
        lines += [
            f"  {row['event_key']}: {row['source_org']} said {row['count']:,.0f}, "
            f"expected {row['expected']:,.0f}"
            for row in worst.head(5).to_dict("records")
        ]
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws, cells, reports and diagnostics; the settings are in ``attrs``.
        """
        return stored(
            self.model, self.draws, self.posterior, self.reports, self.diagnostics
        )

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> IncidentsFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        IncidentsFit
            The same fit.
        """
        from conflictstats.models.incidents.model import Incidents

        plain = dataset.drop_attrs(deep=False)
        by_report = [name for name in plain.data_vars if "report" in plain[name].dims]
        alone = [name for name in plain.data_vars if plain[name].ndim == 0]
        return cls(
            model=Incidents(**settings_of(dataset)),
            draws=plain[list(DRAWS)],
            posterior=plain[list(CELLS)],
            reports=plain[by_report].drop_vars(UNIT, errors="ignore"),
            diagnostics=plain[alone].drop_vars(UNIT, errors="ignore"),
        )

    def _tally(self) -> IntArray:
        """Reports of each incident, shape (incidents,)."""
        incident = self.reports["incident_number"].values
        return np.bincount(incident, minlength=self.posterior.sizes["incident"])

    def _quantile(self, probability: float) -> FloatArray:
        """Smallest count with so much probability up to it, shape (incidents,)."""
        first, width, mass = (self.posterior[name].values for name in CELLS)
        so_far = np.cumsum(mass, axis=1)
        wanted = probability * so_far[:, -1:]
        at = (so_far < wanted).sum(axis=1, keepdims=True)
        at = np.minimum(at, mass.shape[1] - 1)
        first, width, mass, upto = (
            np.take_along_axis(each, at, axis=1)[:, 0]
            for each in (first, width, mass, so_far)
        )
        part = (wanted[:, 0] - (upto - mass)) / mass
        return np.asarray(first + np.clip(np.ceil(part * width), 1, width) - 1)

    def _hyper(self, draw: int) -> Hyper:
        """One draw of what is shared, on the scale of the formulas."""
        row = self.draws["hyper"][draw].to_series().drop("between_bodies")
        shared = {str(name): value for name, value in row.items()}
        found = special.logit(self.draws["found"][draw].values)
        return Hyper(**shared | {"found": found})
