"""What log-linear models of the lists say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._stored import settings_of, stored
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.log_linear_answers import (
    average_answer,
    best_answer,
    refusal,
)
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.log_linear.mixture import Mixture
from conflictstats.numerics.log_linear.profile import Profiles, interval

if TYPE_CHECKING:
    from conflictstats.models.undercount.log_linear import LogLinear

SHOWN = 5
COLUMNS = (
    *("terms", "weight", "estimate", "std_err", "lower", "upper", "profile_lower"),
    *("profile_upper", "deviance", "degrees_of_freedom", "aic", "bic"),
    *("n_parameters", "code"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLinearFit(Summarised):
    """Fitted :class:`conflictstats.LogLinear`.

    Attributes
    ----------
    model : LogLinear
        The settings that were fitted.
    status : UndercountStatus
        Whether some model has an estimate, and why not.
    n_observed, n_lists : int
        Records on one list at least, and lists that hold some.
    models : Dataset, dims (model,)
        What each model says, the best first: its largest ``terms``; ``code``, 0 where
        it has an estimate, 1 where the likelihood has no maximum, 2 where it has many,
        3 where both; ``n_parameters``; ``log_unlisted`` (log people) with
        ``log_std_err``; ``deviance``, ``aic``, ``bic``; and ``weight``, 0 without an
        estimate.
    best : Dataset, dims (effect,), (profiled, root) and (replicate,)
        ``coefficient`` of each effect of the best model, minus infinity where no record
        has the effect; ``unlisted_at``, the log of the unlisted at each signed root of
        twice the fall of the log likelihood, of as many models as are ``profiled``; or
        ``replicates``, bootstrap estimates of everybody, with their ``acceleration``.

    Examples
    --------
    Models that fit about as well give answers far apart:

    >>> import conflictstats as cs
    >>> table = cs.load_kosovo_lists()
    >>> lists = cs.lists_of_cells(table, ["EXH", "ABA", "OSCE", "HRW"])
    >>> fit = cs.LogLinear().fit(lists)
    >>> fit.to_frame()[["terms", "weight"]].head(2).round(2)
                              terms  weight
    0  EXH·HRW, OSCE·HRW, EXH·ABA·OSCE    0.37
    1       EXH·ABA·OSCE, EXH·OSCE·HRW    0.36
    """

    model: LogLinear
    status: UndercountStatus
    n_observed: int
    n_lists: int
    models: xr.Dataset
    best: xr.Dataset

    @property
    def mixture(self) -> Mixture:
        """Log-normal mixture of the unlisted over all models that have an estimate.

        The spread of each is that of their number, not of its mean.
        """
        some = self.models.isel(model=self.models["weight"].values > 0)
        log_unlisted = some["log_unlisted"].values
        variance = some["log_std_err"].values ** 2 + np.exp(-log_unlisted)
        return Mixture(some["weight"].values, log_unlisted, np.sqrt(variance))

    def answer(self, level: float = 0.9) -> Answer:
        """The answer that the settings ask for: the average, or the best model.

        Parameters
        ----------
        level : float
            Nominal coverage.

        Returns
        -------
        Answer
            Everybody, listed and unlisted; or why there is none.
        """
        _check.level(level)
        if self.status.refused:
            return refusal(self, level)
        if self.model.average and self.models.sizes["model"] > 1:
            return average_answer(self, level)
        return best_answer(self, level)

    def answers(self, level: float = 0.9) -> tuple[Answer, ...]:
        """The best model, and the average where several were compared.

        Parameters
        ----------
        level : float
            Nominal coverage.

        Returns
        -------
        tuple of Answer
            One or two.
        """
        one = self.answer(level)
        if self.status.refused or self.models.sizes["model"] == 1:
            return (one,)
        if self.model.average:
            return best_answer(self, level), one
        return one, average_answer(self, level)

    def modes(self) -> pd.DataFrame:
        """Separate modes of the mixture over models.

        Two modes are apart where the density of the log of the unlisted between them
        falls below half of the lower one; a mode with less than .05 of the mixture is
        not told.

        Returns
        -------
        DataFrame
            ``estimate``, everybody at the mode, and ``share`` of the mixture.
        """
        found = self.mixture.modes() if not self.status.refused else np.empty((0, 2))
        columns = {"estimate": self.n_observed + found[:, 0], "share": found[:, 1]}
        return pd.DataFrame(columns)

    def draw(self, draws: int, *, rng: np.random.Generator) -> xr.DataArray:
        """Everybody, drawn from the mixture, or from the best model where it is asked.

        Strata are added up draw by draw, never by the ends of their intervals.

        Parameters
        ----------
        draws : int
            Number of draws.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        DataArray, dims (draw,)
            People.

        Raises
        ------
        SettingError
            If there is no estimate to draw from.
        """
        if self.status.refused:
            raise SettingError(f"there is nothing to draw from: {self.status.value}")
        law = self.mixture
        if not self.model.average:
            law = Mixture(np.ones(1), law.mean[:1], law.sd[:1])
        return xr.DataArray(self.n_observed + law.draw(draws, rng), dims="draw")

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """What each model says, the best first.

        Parameters
        ----------
        level : float
            Nominal coverage of the intervals.

        Returns
        -------
        DataFrame
            ``terms, weight, estimate, std_err, lower, upper, profile_lower,
            profile_upper, deviance, degrees_of_freedom, aic, bic, n_parameters, code``;
            people. ``lower`` and ``upper`` are normal on the log of the unlisted;
            profiles are there for as many models as were asked for.
        """
        score = special.ndtri((1 + _check.level(level)) / 2)
        table = self.models.to_dataframe().reset_index(drop=True)
        unlisted = np.exp(table["log_unlisted"])
        half = score * table["log_std_err"]
        table["estimate"] = self.n_observed + unlisted
        table["std_err"] = np.sqrt(unlisted + (unlisted * table["log_std_err"]) ** 2)
        with np.errstate(over="ignore"):
            table["lower"] = self.n_observed + unlisted * np.exp(-half)
            table["upper"] = self.n_observed + unlisted * np.exp(half)
        if "unlisted_at" in self.best:
            lower, upper = self.profile_intervals(level)
            table["profile_lower"] = pd.Series(lower)
            table["profile_upper"] = pd.Series(upper)
        columns = [name for name in COLUMNS if name in table]
        return table[columns]

    def summary(self, level: float = 0.9) -> str:
        """Say the answers, the best models and the modes.

        Parameters
        ----------
        level : float
            Nominal coverage.

        Returns
        -------
        str
            Several lines, without markup.
        """
        count = self.models.sizes["model"]
        lines = [
            f"{self.n_observed:,} on one list or more of {self.n_lists}; {count:,} "
            f"log-linear models, {level:.0%} intervals"
        ]
        for answer in self.answers(level):
            lines.append(f"{answer.method}: {said(answer)}")
            lines.append(f"  assumes: {answer.assumptions}")
        if not self.status.refused and count > 1:
            for row in self.to_frame(level).head(SHOWN).itertuples():
                lines.append(f"  {row.weight:.3f}  {row.estimate:>12,.0f}  {row.terms}")
            lines += [
                f"mode at {row.estimate:,.0f} with {row.share:.2f} of the mixture"
                for row in self.modes().itertuples()
            ]
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Models, coefficients, profile and replicates; settings in ``attrs``.
        """
        told = {
            "status": self.status.name,
            "n_observed": self.n_observed,
            "n_lists": self.n_lists,
        }
        return stored(self.model, self.models, self.best).assign_attrs(told)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> LogLinearFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        LogLinearFit
            The same fit.
        """
        from conflictstats.models.undercount.log_linear import LogLinear

        plain = dataset.drop_attrs()
        own = [name for name, each in plain.items() if "model" in each.dims]
        return cls(
            model=LogLinear(**settings_of(dataset)),
            status=UndercountStatus[dataset.attrs["status"]],
            n_observed=int(dataset.attrs["n_observed"]),
            n_lists=int(dataset.attrs["n_lists"]),
            models=plain[own].drop_vars(["effect", "root"], errors="ignore"),
            best=plain.drop_vars(own),
        )

    def profile_intervals(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Profile intervals of the best models, as many as are ``profiled``.

        Parameters
        ----------
        level : float
            Nominal coverage, up to .9999.

        Returns
        -------
        tuple of ndarray, shape (profiled,)
            Lower and upper ends of everybody, people.
        """
        found = Profiles(*(self.best[name].values for name in ("unlisted_at", "slope")))
        lower, upper = interval(found, level)
        return self.n_observed + lower, self.n_observed + upper
