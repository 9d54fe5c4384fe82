"""What the average over decomposable graphs can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.models._stored import stored
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.decomposable_posterior import blocks_of
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.panel.lists import Lists

if TYPE_CHECKING:
    from conflictstats.models.undercount.decomposable import DecomposableGraphs

METHOD = "Decomposable graphs"
SHOWN = 3
TOLD = ("mean", "std", "weight_complete", "edge")
COLUMNS = ("delta", "included", "estimate", "lower", "upper", *TOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecomposableGraphsFit(Summarised):
    """A fitted :class:`conflictstats.DecomposableGraphs`.

    Attributes
    ----------
    model : DecomposableGraphs
        The settings that were fitted; no records are kept.
    names : tuple of str
        Lists that were used.
    n_observed : int
        Records on one list at least.
    prior : str
        Prior of the number of people, in words.
    status : UndercountStatus
        How it ended, without a number where it was refused.
    posterior : Dataset, dims (delta, included, block, point)
        ``mass``, the probability of each point, by ``delta`` (that of the answer first)
        and by which graphs are ``included``; ``unlisted``, the number on no list at a
        point, people; ``numbers``, how many whole numbers it stands for; the ``first``
        number of each block and its ``length``. Expectations are sums over points, to
        many digits. ``mean`` and ``std`` of everybody, ``weight_complete`` of the
        complete graph, and ``edge``, the probability in the upper half of all that was
        summed over. Empty where nothing was summed.
    graphs : Dataset, dims (graph,)
        ``weight`` of the fifty heaviest graphs of the answer, by their cliques, and
        ``total``, the mean number of people under each.
    draws : DataArray, dims (draw,)
        Draws of the number of people, listed and unlisted.

    Examples
    --------
    >>> from conflictstats import load_kosovo_lists
    >>> from conflictstats.models.undercount import DecomposableGraphs
    >>> from conflictstats.panel import lists_of_cells
    >>> lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    >>> fit = DecomposableGraphs().fit(lists, rng=np.random.default_rng(1))
    >>> fit.graphs["graph"].values.tolist()[0]
    'EXH & ABA & OSCE, EXH & OSCE & HRW'
    >>> fit.status.name
    'PRIOR_DRIVEN'
    """

    model: DecomposableGraphs
    names: tuple[str, ...]
    n_observed: int
    prior: str
    status: UndercountStatus
    posterior: xr.Dataset
    graphs: xr.Dataset
    draws: xr.DataArray

    @classmethod
    def of(
        cls,
        model: DecomposableGraphs,
        lists: Lists,
        prior: str,
        status: UndercountStatus,
        found: tuple[xr.Dataset, xr.Dataset] | None = None,
        rng: np.random.Generator | None = None,
    ) -> DecomposableGraphsFit:
        """Put together what was found, and draw; nothing where it was refused."""
        posterior, graphs = found or (xr.Dataset(), xr.Dataset())
        drawn = np.empty(0, np.int64)
        if not status.refused:
            rng = np.random.default_rng() if rng is None else rng
            mass = posterior["mass"].values[0, int(model.complete)]
            chance = rng.random(model.draws)
            drawn = lists.n_observed + blocks_of(posterior).quantiles(mass, chance)
        return cls(
            model=model,
            names=lists.names,
            n_observed=lists.n_observed,
            prior=prior,
            status=status,
            posterior=posterior,
            graphs=graphs,
            draws=xr.DataArray(drawn.astype(float), dims="draw", name="total"),
        )

    def answer(self, level: float = 0.9) -> Answer:
        """How many there are: posterior median and equal-tailed credible interval.

        Parameters
        ----------
        level : float
            Posterior probability of the interval.

        Returns
        -------
        Answer
            In ``diagnostics`` are the means at each delta, the weight of the complete
            graph, the medians without it and with it, and the separate modes with
            their shares.
        """
        if self.status.refused:
            return Answer.refused(
                METHOD,
                self.n_observed,
                self.status,
                assumptions=self.assumptions,
                level=_check.level(level),
                diagnostics=self._diagnostics(),
            )
        lower, estimate, upper = self._quantiles(0, int(self.model.complete), level)
        return Answer(
            method=METHOD,
            n_observed=self.n_observed,
            estimate=estimate,
            lower=lower,
            upper=upper,
            level=level,
            kind="credible",
            status=self.status,
            assumptions=self.assumptions,
            diagnostics=self._diagnostics(),
        )

    @property
    def assumptions(self) -> str:
        """What must be believed, in words."""
        least = 2.0 ** -len(self.names)
        delta = least if self.model.delta is None else self.model.delta
        but = "" if self.model.complete else " other than the complete one"
        return (
            "lists that no line of a chordal graph joins are independent given the "
            f"others, under graphs{but} that are all as likely before the data; people "
            f"do not differ otherwise; {self.prior}; {delta:.4g} pseudo-records in "
            "each cell"
        )

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """The answer by delta, without the complete graph and with it.

        Parameters
        ----------
        level : float
            Posterior probability of the intervals.

        Returns
        -------
        DataFrame
            ``delta``, ``included``; ``estimate`` (median), ``lower``, ``upper``,
            ``mean`` and ``std`` of everybody, people; ``weight_complete`` and
            ``edge``. No rows where it was refused unseen.
        """
        if not len(self.posterior):
            return pd.DataFrame(columns=list(COLUMNS))
        rows = []
        for d, delta in enumerate(self.posterior["delta"].values):
            for i, included in enumerate(self.posterior["included"].values):
                law = self.posterior.isel(delta=d, included=i)
                told = [float(law[name]) for name in TOLD]
                lower, estimate, upper = self._quantiles(d, i, level)
                rows.append((delta, included, estimate, lower, upper, *told))
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def modes(self) -> pd.DataFrame:
        """Separate modes of the answer: graphs that fit may say different things.

        Two modes are apart where the density of the log of the unlisted between them
        falls below half of the lower one; a mode with less than .05 is not told.

        Returns
        -------
        DataFrame
            ``estimate``, everybody at the mode, people, and ``share`` of the posterior.
        """
        found = np.empty((0, 2))
        if len(self.posterior):
            mass = self.posterior["mass"].values[0, int(self.model.complete)]
            found = blocks_of(self.posterior).modes(mass)
        estimate = self.n_observed + found[:, 0].round()
        return pd.DataFrame({"estimate": estimate, "share": found[:, 1]})

    def summary(self, level: float = 0.9) -> str:
        """Say the answer, how it moves with the prior, and which graphs say it.

        Parameters
        ----------
        level : float
            Posterior probability of the intervals.

        Returns
        -------
        str
            Several lines, without markup.
        """
        lines = [
            f"{self.n_observed:,} on one list or more of {', '.join(self.names)}",
            f"in all {said(self.answer(level))}",
            f"assumes: {self.assumptions}",
        ]
        if not len(self.posterior):
            return "\n".join(lines)
        heading = f"{'delta':>8}{'median':>11}{f'{level:.0%} credible':>24}{'mean':>11}"
        lines.append(f"{heading}{'complete':>10}  graphs")
        lines += [
            f"{row['delta']:>8.4g}{row['estimate']:>11,.0f}"
            f"{f'[{row.lower:,.0f}, {row.upper:,.0f}]':>24}{row['mean']:>11,.0f}"
            f"{row['weight_complete']:>10.3f}  {row['included']}"
            for _, row in self.to_frame(level).iterrows()
        ]
        if len(modes := self.modes()) > 1:
            each = zip(modes["estimate"], modes["share"], strict=True)
            told = ", ".join(f"{at:,.0f} (share {share:.2f})" for at, share in each)
            lines.append(f"separate modes: {told}")
        top = self.graphs.isel(graph=slice(SHOWN)).to_dataframe()
        lines += [
            f"{row['weight']:>8.3f}  {graph}: mean {row['total']:,.0f}"
            for graph, row in top.iterrows()
        ]
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Posterior, graphs and draws; :meth:`DecomposableGraphs.from_dataset` reads
            it back.
        """
        told = {
            "names": list(self.names),
            "n_observed": self.n_observed,
            "prior": self.prior,
            "status": self.status.name,
        }
        parts = self.posterior, self.graphs, self.draws.to_dataset(name="draws")
        return stored(self.model, *parts).assign_attrs(told)

    def _quantiles(self, delta: int, included: int, level: float) -> list[float]:
        """Lower end, median and upper end of everybody."""
        tail = (1 - _check.level(level)) / 2
        mass = self.posterior["mass"].values[delta, included]
        wanted = np.array([tail, 0.5, 1 - tail])
        found = blocks_of(self.posterior).quantiles(mass, wanted)
        return [float(self.n_observed + number) for number in found]

    def _diagnostics(self) -> dict[str, float]:
        """How far the answer moves, by name; none where nothing was summed."""
        if not len(self.posterior):
            return {}
        own = int(self.model.complete)
        law = self.posterior.isel(delta=0)
        mean = self.posterior["mean"].isel(included=own)
        found = {
            f"mean_at_delta_{delta:.4g}": float(mean.sel(delta=delta))
            for delta in mean["delta"].values
        }
        for k, (estimate, share) in enumerate(self.modes().to_numpy(), 1):
            found |= {f"mode_{k}": float(estimate), f"share_{k}": float(share)}
        return found | {
            "std": float(law["std"][own]),
            "weight_complete": float(law["weight_complete"]),
            "median_without_complete": self._quantiles(0, 0, 0.9)[1],
            "median_with_complete": self._quantiles(0, 1, 0.9)[1],
            "edge": float(law["edge"][own]),
        }
