"""What a fit of latent classes can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.models._stored import stored
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.latent_class.sampling import DOUBTFUL

if TYPE_CHECKING:
    from conflictstats.models.undercount.latent_class import LatentClass

METHOD = "Latent classes"
ASSUMPTIONS = (
    "people fall into classes within which lists are independent; nobody is of a kind "
    "that no list reaches; {classes} classes at most, concentration gamma ({shape:g}, "
    "{rate:g}), prior of the number 1/N"
)
SHARED = (
    "; strata share the classes, and how far they differ in their mix is learned "
    "(prior exponential, mean {spread:g}); a stratum that is not known is missing at "
    "random"
)
MOST = "; at most {most:,} are on no list"
DIFFER = ("differ_z", "differ_p", "differ_total")
TOLD = ("rhat", "ess_bulk", "ess_tail", "above_most", "spread_to_prior", *DIFFER)


@dataclass(frozen=True, slots=True)
class LatentClassFit(Summarised):
    """A fitted :class:`conflictstats.LatentClass`; no records are kept.

    Attributes
    ----------
    model : LatentClass
        The settings that were fitted.
    draws : Dataset, dims (draw, stratum)
        ``total``, everybody, and ``unlisted``, people; ``in_stratum``, everybody of a
        stratum, with the records whose stratum was drawn, and ``listed``, those that
        were known to be of it; ``log_odds`` of being on no list; ``occupied``, classes
        that hold somebody; ``concentration``; ``spread``, how far strata differ in
        their mix of classes, where there are several. Empty where the fit was refused.
    diagnostics : Dataset, dims (valley,)
        ``rhat``, ``ess_bulk`` and ``ess_tail`` of the log odds of everybody and of
        each stratum, the worst; ``acceptance``;
        ``swaps`` between rungs where the chains were ``tempered``; ``above_most``, the
        share of draws that ``most_unlisted`` has cut off; ``spread_to_prior``, spread
        of the log odds as a part of the prior's; ``cut``, log odds between separate
        regions; of people who differ alike for all lists ``differ_z``, standard errors
        by which the records speak for them, ``differ_p``, probability of cells as far
        from that law as these, and ``differ_total``, everybody under it.
    status : UndercountStatus
        How it ended.

    Examples
    --------
    >>> from conflictstats.models.undercount import LatentClass
    >>> from conflictstats.panel import lists_of_cells
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 30, 20]})
    >>> fit = LatentClass().fit(
    ...     lists_of_cells(table, ["A", "B"]), rng=np.random.default_rng(1)
    ... )
    >>> print(fit.summary())
    Latent classes: refused: fewer lists than the method needs
    """

    model: LatentClass
    draws: xr.Dataset
    diagnostics: xr.Dataset
    status: UndercountStatus

    @property
    def n_observed(self) -> int:
        """Records on one list at least."""
        return int(self.draws.attrs["n_observed"])

    @property
    def assumptions(self) -> str:
        """What must be believed."""
        shape, rate = self.model.concentration
        told = ASSUMPTIONS.format(classes=self.model.classes, shape=shape, rate=rate)
        if self.draws.sizes.get("stratum", 1) > 1:
            told += SHARED.format(spread=self.model.strata_spread)
        if self.model.most_unlisted is not None:
            told += MOST.format(most=self.model.most_unlisted)
        return told

    def answer(self, level: float = 0.9) -> Answer:
        """Everybody: median and equal-tailed credible interval.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Answer
            Without an estimate where the posterior has separate regions: see
            ``regions``. Its interval then spans them, as a range where the chains do
            not agree on their shares.
        """
        return self._answer(METHOD, "total", self.n_observed, level)

    def answers(self, level: float = 0.9) -> tuple[Answer, ...]:
        """Everybody, then each stratum, from the same draws.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        tuple of Answer
            One only where there are no strata.
        """
        everybody = self.answer(level)
        if self.draws.sizes.get("stratum", 1) == 1:
            return (everybody,)
        each = [
            self._answer(f"{METHOD}, {name}", i, int(self.draws["listed"][i]), level)
            for i, name in enumerate(self.draws["stratum"].values)
        ]
        return (everybody, *each)

    @property
    def regions(self) -> pd.DataFrame:
        """Separate regions of the posterior with their shares, at the level 0.9.

        Columns ``share, estimate, lower, upper``, the smallest numbers first; one row
        where there is one region. Where ``rhat`` is high the shares are of the chains
        rather than of probability.
        """
        if self.status is UndercountStatus.TOO_FEW_LISTS:
            return pd.DataFrame(columns=["share", "estimate", "lower", "upper"])
        region = np.searchsorted(self.diagnostics["cut"], self.draws["log_odds"])
        total = self.draws["total"].values
        rows = []
        for each in np.unique(region):
            inside = total[region == each]
            lower, estimate, upper = np.quantile(inside, [0.05, 0.5, 0.95])
            share = len(inside) / len(total)
            rows.append((share, estimate, lower, upper))
        return pd.DataFrame(rows, columns=["share", "estimate", "lower", "upper"])

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Everybody and each stratum as a table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``method, n_observed, estimate, lower, upper, status``.
        """
        rows = [
            (a.method, a.n_observed, a.estimate, a.lower, a.upper, a.status.name)
            for a in self.answers(level)
        ]
        names = ["method", "n_observed", "estimate", "lower", "upper", "status"]
        return pd.DataFrame(rows, columns=names)

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Several lines, without markup.
        """
        lines = [f"{a.method}: {said(a)}" for a in self.answers(level)]
        if self.status is UndercountStatus.TOO_FEW_LISTS:
            return "\n".join(lines)
        if self.status is UndercountStatus.MULTIMODAL:
            lines += [
                f"  {share:.0%} near {middle:,.0f} [{lower:,.0f}, {upper:,.0f}]"
                for share, middle, lower, upper in self.regions.to_numpy()
            ]
        told = self.diagnostics
        lines.append(
            f"R-hat {float(told['rhat']):.3f}, effective draws "
            f"{float(told['ess_bulk']):,.0f} (ends {float(told['ess_tail']):,.0f})"
        )
        if "spread" in self.draws:
            lower, middle, upper = _interval(self.draws["spread"], level)
            lines.append(f"spread of strata {middle:.2f} [{lower:.2f}, {upper:.2f}]")
        if self.status is UndercountStatus.PEOPLE_MAY_DIFFER:
            z, p, total = (float(told[name]) for name in DIFFER)
            lines.append(
                f"if people differ alike for all lists: {total:,.0f} (supported by "
                f"{z:.1f} standard errors, deviance at p = {p:.2g})"
            )
        if self.model.most_unlisted is not None:
            lines.append(f"cut off by most_unlisted: {float(told['above_most']):.1%}")
        return "\n".join([*lines, f"assumed: {self.assumptions}"])

    def to_dataset(self) -> xr.Dataset:
        """Draws, diagnostics and settings in one, as netCDF can hold it.

        Returns
        -------
        Dataset
            For :meth:`conflictstats.LatentClass.from_dataset`.
        """
        both = stored(self.model, self.draws, self.diagnostics)
        return both.assign_attrs(status=self.status.name)

    def _answer(
        self, method: str, which: Literal["total"] | int, n_observed: int, level: float
    ) -> Answer:
        """Answer from the draws of everybody or of one stratum."""
        level = _check.level(level)
        told = {
            name: float(self.diagnostics[name]) for name in TOLD if self.diagnostics
        }
        if self.status.refused or not self.draws.sizes["draw"]:
            return Answer.refused(
                method,
                n_observed,
                self.status,
                assumptions=self.assumptions,
                level=level,
                diagnostics=told,
            )
        draws = (
            self.draws[which] if which == "total" else self.draws["in_stratum"][which]
        )
        lower, estimate, upper = _interval(draws, level)
        several = self.status is UndercountStatus.MULTIMODAL
        return Answer(
            method=method,
            n_observed=n_observed,
            estimate=np.nan if several else float(estimate),
            lower=float(lower),
            upper=float(upper),
            level=level,
            kind="range" if several and told["rhat"] > DOUBTFUL else "credible",
            status=self.status,
            assumptions=self.assumptions,
            diagnostics=told,
        )


def _interval(draws: xr.DataArray, level: float) -> FloatArray:
    """Lower end, median and upper end, equal-tailed."""
    tail = (1 - level) / 2
    return np.quantile(draws, [tail, 0.5, 1 - tail])
