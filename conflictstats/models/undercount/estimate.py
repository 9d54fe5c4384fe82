"""What methods with one number and its standard error found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.models._stored import stored
from conflictstats.models.undercount.answer import Answer, Kind
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.unlisted import lognormal_ends

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlistedFit(Summarised):
    r"""An estimate of how many are on no list, with its standard error.

    What :class:`ChaoFloor`, :class:`Heterogeneity`, :class:`SampleCoverage` and
    :class:`FixedOddsRatio` give. Its interval takes the logarithm of the number as
    normal.

    Attributes
    ----------
    model : dataclass
        The settings that were fitted.
    method : str
        Its name, as figures shall say it.
    n_observed : int
        Records on one list at least.
    unlisted : float
        Estimate of those on no list, people; not a number where there is none.
    std_err : float
        Its standard error, people.
    kind : {"confidence", "floor"}
        Whether it is an estimate, or a lower bound under its assumptions.
    status : UndercountStatus
        How it ended. A floor may be there though the estimate is refused.
    assumptions : str
        What must be believed.
    diagnostics : mapping of str to float
        Numbers that say how well it went.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> print(cs.ChaoFloor().fit(lists).summary().splitlines()[0])
    Chao: at least 8,803 [8,449, 9,188], 90% floor, 4,400 of them listed
    """

    model: DataclassInstance
    method: str
    n_observed: int
    unlisted: float
    std_err: float
    kind: Kind
    status: UndercountStatus
    assumptions: str
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @property
    def nobs(self) -> int:
        """Records that were used."""
        return self.n_observed

    def answer(self, level: float = 0.9) -> Answer:
        """Everybody, listed and unlisted, in the words of every other method.

        Parameters
        ----------
        level : float
            Nominal coverage.

        Returns
        -------
        Answer
            Without an estimate where it was refused; the lower end of a floor stays,
            and has no upper end.

        Raises
        ------
        SettingError
            If ``level`` is not strictly between 0 and 1.
        """
        _check.level(level)
        lower, upper = lognormal_ends(self.unlisted, self.std_err, level)
        estimate = self.unlisted
        if self.status.refused:
            floor = self.kind == "floor"
            lower, upper = (lower, np.inf) if floor else (np.nan, np.nan)
            estimate = np.nan
        return Answer(
            method=self.method,
            n_observed=self.n_observed,
            estimate=self.n_observed + estimate,
            lower=self.n_observed + lower,
            upper=self.n_observed + upper,
            level=level,
            kind=self.kind,
            status=self.status,
            assumptions=self.assumptions,
            diagnostics=self.diagnostics,
        )

    def to_dataset(self) -> xr.Dataset:
        """Give the numbers and the settings for storage.

        Returns
        -------
        Dataset
            ``unlisted``, ``std_err`` and the diagnostics, without dims; the words are
            in ``attrs``.
        """
        numbers = {
            "n_observed": self.n_observed,
            "unlisted": self.unlisted,
            "std_err": self.std_err,
            **self.diagnostics,
        }
        words = {
            "method": self.method,
            "kind": self.kind,
            "status": self.status.name,
            "assumptions": self.assumptions,
        }
        return stored(self.model, xr.Dataset(numbers, attrs=words))

    def summary(self) -> str:
        """Say the number, its interval, and what it assumes.

        Returns
        -------
        str
            Several lines, without markup.
        """
        answer = self.answer()
        lines = [
            f"{self.method}: {said(answer)}, {answer.level:.0%} {self.kind}, "
            f"{self.n_observed:,} of them listed",
            f"assumes: {self.assumptions}",
        ]
        lines += [f"{name}: {value:.5g}" for name, value in self.diagnostics.items()]
        return "\n".join(lines)
