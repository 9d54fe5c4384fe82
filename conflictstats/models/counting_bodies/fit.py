"""What a fit of several counting bodies can answer."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import settings_of, stored
from conflictstats.models.counting_bodies.spans import DAY, Spans
from conflictstats.models.counting_bodies.status import BodiesStatus
from conflictstats.models.counting_bodies.totals import Courses

if TYPE_CHECKING:
    from conflictstats.models.counting_bodies.model import CountingBodies

LARGEST_RHAT = 1.05
FEWEST_TOTALS = 3
LIKELY = 0.5
"""Probability from which a catch-up is called one in the summary."""
WHAT = "what bodies count is compared, not how well they count"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingBodiesFit(Summarised):
    """A fitted :class:`CountingBodies`; no totals are kept.

    Attributes
    ----------
    model : CountingBodies
        The settings that were fitted.
    draws : Dataset
        ``total``, dims (draw, time, body): people that a body had counted since its
        ``first_day`` by the end of ``time``; after its ``last_day`` at its usual ratio
        to the others. ``level``, dims (draw, body): log of what it counts of the
        course that all share. ``hyper``, dims (draw, param): ``step_sd``, ``scatter``.
        ``caught_up``, dims (draw, span): people that catching up added from
        ``span_start`` to ``span_end`` in the count of ``span_body``.
    diagnostics : Dataset, dims (body,)
        ``nobs``, totals used; left out: ``silent``, which say nothing; ``other_start``,
        which count from another day; ``repeats``, printed before; ``revisions``, above
        a later total. ``rhat``, agreement of the chains.

    Examples
    --------
    Two bodies that agree on every date, until one adds two hundred at once:

    >>> from conflictstats.models.counting_bodies import CountingBodies
    >>> ends = pd.date_range("2019-05-12", periods=5, freq="14D")
    >>> said = dict(unit="deaths", coverage="all", measure="cumulative")
    >>> said |= dict(qualifier="exact", date_start=pd.Timestamp("2019-04-29"))
    >>> steady = np.arange(1.0, 6.0) * 100
    >>> counts = {"A": steady, "B": steady, "C": steady + [0, 0, 0, 200, 200]}
    >>> totals = pd.concat(
    ...     pd.DataFrame({"body": body, "date_end": ends, "low": n, "high": n} | said)
    ...     for body, n in counts.items()
    ... )
    >>> fit = CountingBodies().fit(totals, rng=np.random.default_rng(1))
    >>> late = fit.catch_ups().iloc[0]
    >>> late["body"], str(late["end"])[:10], bool(late["lower"] < 200 < late["upper"])
    ('C', '2019-06-23', True)
    """

    model: CountingBodies
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls, model: CountingBodies, spans: Spans, drawn: Courses, rhat: float
    ) -> CountingBodiesFit:
        """Label the posterior."""
        starts = spans.edges[np.argmax(spans.days > 0, axis=1)]
        coords = {
            "body": list(spans.bodies),
            "time": spans.edges - DAY,
            "param": ["step_sd", "scatter"],
            "first_day": ("body", spans.first_day),
            "last_day": ("body", spans.last_day),
            "span_body": ("span", np.array(spans.bodies)[spans.body]),
            "span_start": ("span", starts),
            "span_end": ("span", spans.last_days),
        }
        draws = xr.Dataset(
            {
                "total": (("draw", "time", "body"), drawn.total),
                "level": (("draw", "body"), drawn.level),
                "hyper": (("draw", "param"), drawn.sds),
                "caught_up": (("draw", "span"), drawn.steps),
            },
            coords,
        )
        told = {
            "nobs": np.bincount(spans.body),
            **{reason: spans.left_out[reason].to_numpy() for reason in spans.left_out},
        }
        diagnostics = xr.Dataset(
            {name: ("body", values) for name, values in told.items()},
            {"body": list(spans.bodies)},
        ).assign(rhat=rhat)
        return cls(model=model, draws=draws, diagnostics=diagnostics)

    @property
    def status(self) -> BodiesStatus:
        """How the estimation ended."""
        if self.diagnostics["rhat"] > LARGEST_RHAT:
            return BodiesStatus.NOT_CONVERGED
        if (self.diagnostics["nobs"] < FEWEST_TOTALS).any():
            return BodiesStatus.FEW_TOTALS
        return BodiesStatus.CONVERGED

    @property
    def nobs(self) -> int:
        """Totals used."""
        return int(self.diagnostics["nobs"].sum())

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the hyperparameters, dims (param,)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of the hyperparameters.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``: of ``step_sd``, of the log of the course
            in a week, and ``scatter``, of what a body counts in a week beside its
            usual ratio.
        """
        return band(self.draws["hyper"], level)

    def ratios(
        self, reference: str, level: float = 0.9, *, caught_up: bool = True
    ) -> xr.Dataset:
        r"""How many times as many each body counts as another.

        .. math:: \frac{N_b(t) - N_b(s - 1)}{N_r(t) - N_r(s - 1)}

        with :math:`s` the first and :math:`t` the last day that both counted. Two
        bodies exchanged give one over the ratio.

        Parameters
        ----------
        reference : str
            The body below the line.
        level : float
            Posterior probability inside.
        caught_up : bool
            Whether what a body caught up with is in its count. Without it the ratio is
            the usual one, :math:`e^{\beta_b - \beta_r}`.

        Returns
        -------
        Dataset, dims (body,)
            ``estimate`` (median), ``lower``, ``upper``; ``start`` and ``end``, the days
            compared. NaN where two bodies share no day.

        Raises
        ------
        SettingError
            If ``reference`` is not one of the bodies.
        """
        start, end = self._shared(reference)
        if caught_up:
            at = end.where(start <= end, start - DAY)
            drawn = self._between(reference, start).sel(time=at)
        else:
            level_of = self.draws["level"].reset_coords(drop=True)
            apart = level_of - self._of(level_of, reference).drop_vars("body")
            drawn = apart.copy(data=np.exp(apart.values))
        found = band(drawn.where(start <= end), level)
        found = found.drop_vars("time", errors="ignore").assign(start=start, end=end)
        return found.drop_sel(body=reference)

    def ratio_path(self, reference: str, level: float = 0.9) -> xr.Dataset:
        """How the ratio of what two bodies had counted moved, day of a total by day.

        Parameters
        ----------
        reference : str
            The body below the line.
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, body)
            ``estimate`` (median), ``lower``, ``upper`` of all that was counted from
            the first day that both count to the end of ``time``; NaN on other days.

        Raises
        ------
        SettingError
            If ``reference`` is not one of the bodies.
        """
        start, end = self._shared(reference)
        time = self.draws["time"]
        path = self._between(reference, start)
        inside = (time >= start) & (time <= end)
        return band(path.where(inside), level).drop_sel(body=reference)

    def counted(self, level: float = 0.9, *, since: str | None = None) -> xr.Dataset:
        """What each body had counted.

        Parameters
        ----------
        level : float
            Posterior probability inside.
        since : str, optional
            Day from which the dead are counted; by default each body's own first day,
            which is also the earliest.

        Returns
        -------
        Dataset, dims (time, body)
            ``estimate`` (median), ``lower``, ``upper``, people; NaN outside a body's
            own days.
        """
        return band(self._since(self.draws["time"], since), level)

    def over(self, events: xr.Dataset, since: str, level: float = 0.9) -> xr.Dataset:
        """What each body had counted over another running total, known up to bounds.

        Parameters
        ----------
        events : Dataset, dims (time,)
            ``lower`` and ``upper``: dead by the end of the days ``time``, people, such
            as those of an event table who were civilians or may have been.
        since : str
            First day of theirs; a body that began later counts from its own.
        level : float
            Posterior probability inside the interval of what the body counted.

        Returns
        -------
        Dataset, dims (time, body)
            ``lower``, the lower end of the body's count over ``events["upper"]``, and
            ``upper``; NaN outside a body's own days.
        """
        body = band(self._since(events["time"], since), level)
        ends = {
            "lower": body["lower"] / events["upper"].where(events["upper"] > 0),
            "upper": body["upper"] / events["lower"].where(events["lower"] > 0),
        }
        return xr.Dataset(ends, attrs={"level": level, "kind": "bounds"})

    def combined(self, reference: str, level: float = 0.9) -> xr.Dataset:
        """One curve from all totals, in the count of one body.

        Parameters
        ----------
        reference : str
            The body whose definition the curve is in.
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time,)
            ``estimate`` (median), ``lower``, ``upper``: people that ``reference`` had
            counted since its first day or, after its last total, would have at its
            usual ratio to the others; ``own``, whether it is the former.
            ``attrs["definition"]`` says so.

        Raises
        ------
        SettingError
            If ``reference`` is not one of the bodies.
        """
        total = self._of(self.draws["total"], reference)
        total = total.sel(time=total["time"] >= total["first_day"] - DAY)
        last = str(total["last_day"].dt.strftime("%-d %B %Y").item())
        curve = band(total, level)
        return curve.assign(own=curve["time"] <= total["last_day"]).assign_attrs(
            definition=f"as {reference} counts; after {last}, its last total, what the "
            f"others added at its usual ratio to them; {WHAT}"
        )

    def catch_ups(self, level: float = 0.9) -> pd.DataFrame:
        """Spans in which a body may have caught up with deaths of before.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``body, start, end``, the days from one total to the next; ``probability``
            that it caught up in them; ``estimate, lower, upper``, people that this
            added, given that it did. The likeliest is first.
        """
        tail = (1 - _check.level(level)) / 2
        added = self.draws["caught_up"]
        given = added.where(added > 0)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
            ends = given.quantile([0.5, tail, 1 - tail], "draw").values
        table = pd.DataFrame(
            {
                "body": self.draws["span_body"].values,
                "start": self.draws["span_start"].values,
                "end": self.draws["span_end"].values,
                "probability": (added > 0).mean("draw").values,
                **dict(zip(("estimate", "lower", "upper"), ends, strict=True)),
            }
        )
        return table.sort_values(
            "probability", ascending=False, kind="stable", ignore_index=True
        )

    def summary(self, level: float = 0.9, reference: str | None = None) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.
        reference : str, optional
            The body below the line; by default that with most totals.

        Returns
        -------
        str
            Status, one line a body with its ratio, and the likely catch-ups.
        """
        told = self.diagnostics
        whom = reference or str(told["nobs"].idxmax().item())
        all_in, usual = (self.ratios(whom, level, caught_up=c) for c in (True, False))
        lines = [
            f"Counts beside that of {whom}, {level:.0%} credible intervals",
            f"{WHAT}; status: {self.status.value}",
            f"{'body':<32}{'totals':>7}{'ratio':>20}{'usual ratio':>20}  days",
        ]
        for body in all_in["body"].values:
            here, without = all_in.sel(body=body), usual.sel(body=body)
            days = " to ".join(str(here[day].values)[:10] for day in ("start", "end"))
            lines.append(
                f"{body!s:<32}{int(told['nobs'].sel(body=body)):>7}"
                f"{interval(here, '.2f'):>20}{interval(without, '.2f'):>20}  {days}"
            )
        late = self.catch_ups(level)
        lines += [
            f"{row['body']} caught up with about {row['estimate']:,.0f} "
            f"[{row['lower']:,.0f}, {row['upper']:,.0f}] between "
            f"{row['start']:%Y-%m-%d} and {row['end']:%Y-%m-%d} "
            f"(probability {row['probability']:.2f})"
            for row in late[late["probability"] >= LIKELY].to_dict("records")
        ]
        reasons = [str(n) for n in told if told[n].dims == ("body",) and n != "nobs"]
        left = {name: int(told[name].sum()) for name in reasons}
        named = (f"{name.replace('_', ' ')} {n}" for name, n in left.items() if n)
        return "\n".join([*lines, f"left out: {', '.join(named) or 'none'}"])

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws, self.diagnostics)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> CountingBodiesFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        CountingBodiesFit
            The same fit.
        """
        from conflictstats.models.counting_bodies.model import CountingBodies

        plain = dataset.drop_attrs(deep=False)
        drawn = [name for name in plain if "draw" in plain[name].dims]
        told = plain.drop_vars(drawn)[[n for n in plain if n not in drawn]]
        return cls(
            model=CountingBodies(**settings_of(dataset)),
            draws=plain[drawn],
            diagnostics=told.drop_vars(set(told.coords) - {"body"}),
        )

    def _of(self, drawn: xr.DataArray, reference: str) -> xr.DataArray:
        """What the draws say of one body."""
        bodies = [str(name) for name in drawn["body"].values]
        return drawn.sel(body=_check.one_of(reference, bodies, "reference"))

    def _shared(self, reference: str) -> tuple[xr.DataArray, xr.DataArray]:
        """First and last day that each body and the reference counted, dims (body,)."""
        days = [
            self.draws[name].reset_coords(drop=True)
            for name in ("first_day", "last_day")
        ]
        (first, own_first), (last, own_last) = (
            (each, self._of(each, reference).drop_vars("body")) for each in days
        )
        return (
            first.where(first > own_first, own_first),
            last.where(last < own_last, own_last),
        )

    def _since(self, time: xr.DataArray, since: str | None) -> xr.DataArray:
        """Counts by the end of days, straight between totals, (draw, time, body)."""
        total, first = self.draws["total"], self.draws["first_day"]
        kind = total["time"].dtype
        days = xr.DataArray(time.values.astype(kind), dims="time")
        own = (days >= first - DAY) & (days <= self.draws["last_day"])
        counted = total.interp(time=days).where(own)
        counted = counted.assign_coords(time=time.values)
        if since is None:
            return counted
        begun = np.datetime64(since).astype(kind)
        eve = first.where(first > begun, begun).astype(kind) - DAY
        eves = total.interp(time=np.unique(eve))
        added = counted - eves.sel(time=eve).drop_vars("time")
        return added.where((days >= eve).assign_coords(time=time.values))

    def _between(self, reference: str, start: xr.DataArray) -> xr.DataArray:
        """Ratios of all counted from the first shared day on, (draw, time, body)."""
        total = self.draws["total"].drop_vars(["first_day", "last_day"])
        other = (
            self._of(total, reference).drop_vars("body").expand_dims(body=total["body"])
        )
        before = start - DAY
        own = total - total.sel(time=before).drop_vars("time")
        base = other - other.sel(time=before).drop_vars("time")
        return own / base.where(base > 0)
