"""What a Bayesian log-linear model without weak interactions says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.models._stored import settings_of, stored
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.log_linear_answers import ALWAYS
from conflictstats.models.undercount.status import UndercountStatus

if TYPE_CHECKING:
    from conflictstats.models.undercount.thresholded import ThresholdedLogLinear

METHOD = "Log-linear, Bayesian threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdedLogLinearFit(Summarised):
    """Fitted :class:`conflictstats.ThresholdedLogLinear`.

    Attributes
    ----------
    model : ThresholdedLogLinear
        The settings that were fitted.
    status : UndercountStatus
        How it ended.
    n_observed, n_lists : int
        Records on one list at least, and lists that hold some.
    draws : DataArray, dims (draw,)
        Everybody, listed and unlisted, people.
    interactions : Dataset, dims (effect,)
        Posterior ``mean`` and ``sd`` of each interaction when it was looked at, and
        whether it ``stays``.
    pareto_k : float
        Tail shape of the importance weights of the worst posterior; below .7 the draws
        can be relied on.

    Examples
    --------
    >>> import conflictstats as cs
    >>> table = cs.load_kosovo_lists()
    >>> lists = cs.lists_of_cells(table, ["EXH", "ABA", "OSCE", "HRW"])
    >>> model = cs.ThresholdedLogLinear(draws=1000)
    >>> fit = model.fit(lists, rng=np.random.default_rng(1))
    >>> fit.to_frame().query("not stays")["effect"].tolist()
    ['ABA·HRW']
    """

    model: ThresholdedLogLinear
    status: UndercountStatus
    n_observed: int
    n_lists: int
    draws: xr.DataArray
    interactions: xr.Dataset
    pareto_k: float

    def answer(self, level: float = 0.9) -> Answer:
        """The posterior of everybody, or why there is none.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Answer
            Posterior median and equal-tailed interval.
        """
        tail = (1 - _check.level(level)) / 2
        stays = self.interactions["effect"].values[self.interactions["stays"].values]
        prior = (
            f"lists depend on each other by {', '.join(stays) or 'nothing'} alone, "
            "taken as known, whose effects are within "
            f"{2 * self.model.prior_sd:g} of 0 with probability .95 before the data; "
            f"{ALWAYS}"
        )
        told = {"pareto_k": self.pareto_k, "interactions": float(len(stays))}
        if self.status.refused:
            return Answer.refused(
                METHOD,
                self.n_observed,
                self.status,
                assumptions=ALWAYS,
                level=level,
                diagnostics=told,
            )
        lower, middle, upper = np.quantile(self.draws, [tail, 0.5, 1 - tail])
        return Answer(
            method=METHOD,
            n_observed=self.n_observed,
            estimate=float(middle),
            lower=float(lower),
            upper=float(upper),
            level=level,
            kind="credible",
            status=self.status,
            assumptions=prior,
            diagnostics=told,
        )

    def answers(self, level: float = 0.9) -> tuple[Answer, ...]:
        """The one answer.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        tuple of Answer
            That of :meth:`answer`.
        """
        return (self.answer(level),)

    def to_frame(self) -> pd.DataFrame:
        """Interactions that were looked at.

        Returns
        -------
        DataFrame
            ``effect, mean, sd, stays``.
        """
        return self.interactions.to_dataframe().reset_index()

    def summary(self, level: float = 0.9) -> str:
        """Say the answer and the interactions.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        str
            Several lines, without markup.
        """
        answer = self.answer(level)
        lines = [
            f"{self.n_observed:,} on one list or more of {self.n_lists}; {level:.0%} "
            "credible interval",
            f"{answer.method}: {said(answer)}",
            f"  assumes: {answer.assumptions}",
        ]
        for row in self.to_frame().itertuples():
            stays = "stays" if row.stays else "leaves"
            lines.append(f"  {row.effect} {row.mean:.2f}, sd {row.sd:.2f}: {stays}")
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and interactions; settings in ``attrs``.
        """
        told = {
            "status": self.status.name,
            "n_observed": self.n_observed,
            "n_lists": self.n_lists,
            "pareto_k": self.pareto_k,
        }
        drawn = self.draws.rename("draws").to_dataset()
        return stored(self.model, self.interactions, drawn).assign_attrs(told)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> ThresholdedLogLinearFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        ThresholdedLogLinearFit
            The same fit.
        """
        from conflictstats.models.undercount.thresholded import ThresholdedLogLinear

        plain = dataset.drop_attrs()
        return cls(
            model=ThresholdedLogLinear(**settings_of(dataset)),
            status=UndercountStatus[dataset.attrs["status"]],
            n_observed=int(dataset.attrs["n_observed"]),
            n_lists=int(dataset.attrs["n_lists"]),
            draws=plain["draws"].drop_vars("effect", errors="ignore").rename(None),
            interactions=plain[["mean", "sd", "stays"]],
            pareto_k=float(dataset.attrs["pareto_k"]),
        )
