"""Gravity by Poisson pseudo-likelihood: settings and the fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SettingError
from conflictstats.models.destinations.gravity_fit import (
    Estimate,
    GravityFit,
    LeftOut,
)
from conflictstats.models.destinations.gravity_rows import rows_of
from conflictstats.models.destinations.status import GravityStatus
from conflictstats.numerics.destinations import pseudo_likelihood
from conflictstats.numerics.destinations.pseudo_likelihood import PseudoLikelihood
from conflictstats.numerics.destinations.two_way import TwoWay

COVARIANCES = ("hc3", "hc1", "hc0", "origin", "destination", "two_way")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gravity:
    r"""Flows between origins and destinations, each side with effects of its own.

    Use it for tables of pairs (refugees by origin and host, arrivals by district left
    and district reached) to learn what distance, borders or language do once
    everything is taken out that an origin, or a destination, has in all its pairs.
    Zeros are kept. What varies by origin alone, or by destination alone, cannot be
    estimated here.

    .. math:: \operatorname{E} Y_{od} = \exp(x_{od}'\beta + a_o + b_d)

    by Poisson pseudo-likelihood, which asks of the mean to be right and of nothing
    else: flows need not be whole or Poisson. The effects are eliminated exactly, not
    kept as columns. An origin or a destination whose flows are all zero says nothing of
    :math:`\beta`, and so do rows of zeros that a covariate could send to minus
    infinity at no cost; both are left out and counted.

    Attributes
    ----------
    formula : str
        ``"refugees ~ log(distance) + border"``; right sides as those of
        :class:`conflictstats.CountRegression`. No constant is needed.
    origin, destination : str
        Columns of the two sides; for panels, columns that join place and period.
    covariance : {"hc3", "hc1", "hc0", "origin", "destination", "two_way"}
        Rows independent, whatever their spread, with residuals over one less the row's
        leverage (hc3), with n/(n-k) (hc1) or as they are (hc0); or dependent where they
        share the origin, the destination, or either. Where a few pairs hold most
        people all but ``hc3`` are too small.

    References
    ----------
    .. [1] Santos Silva, J. M. C. and Tenreyro, S. (2006). The log of gravity. *Review
       of Economics and Statistics* 88, 641-658. https://doi.org/10.1162/rest.88.4.641
    .. [2] Correia, S., Guimarães, P. and Zylkin, T. (2020). Fast Poisson estimation
       with high-dimensional fixed effects. *Stata Journal* 20, 95-115.
       https://doi.org/10.1177/1536867X20909691

    Examples
    --------
    Ten times as far, a hundredth of the people:

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> pairs = pd.MultiIndex.from_product([range(20), range(30)], names=["from", "to"])
    >>> table = pairs.to_frame(index=False)
    >>> table["km"] = rng.uniform(50, 2000, len(table))
    >>> size = rng.gamma(1, 1, 20)[table["from"]] * rng.gamma(1, 1, 30)[table["to"]]
    >>> table["people"] = rng.poisson(size * 1e6 / table["km"] ** 2)
    >>> model = Gravity(formula="people ~ log(km)", origin="from", destination="to")
    >>> fit = model.fit(table)
    >>> bool(abs(fit.params.item() + 2) < 2 * fit.std_err.item())
    True
    """

    formula: str
    origin: str = "origin"
    destination: str = "destination"
    covariance: Literal["hc3", "hc1", "hc0", "origin", "destination", "two_way"] = "hc3"

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.covariance, COVARIANCES, "covariance")
        if self.formula.count("~") != 1 or not all(map(str.strip, self._sides)):
            raise SettingError(
                f"formula must be 'flow ~ terms', got {self.formula!r}; the flow is a "
                "column"
            )

    @property
    def right(self) -> str:
        """Right side of the formula."""
        return self._sides[1]

    @property
    def _sides(self) -> tuple[str, str]:
        """Left and right side of the formula."""
        left, _, right = self.formula.partition("~")
        return left.strip(), right.strip()

    def fit(self, frame: pd.DataFrame, *, strict: bool = True) -> GravityFit:
        """Estimate by Poisson pseudo-likelihood.

        Parameters
        ----------
        frame : DataFrame
            One row a pair (and period); flows are numbers of people, at least 0.
        strict : bool
            Raise unless the estimates can be used; studies say False and read
            ``status``.

        Returns
        -------
        GravityFit
            Estimates, their covariance, the effects, and what was left out; it does
            not hold the table.

        Raises
        ------
        SchemaError
            If a column is missing, a flow is negative or not a number, or no row is
            complete; bad rows are named by number.
        SettingError
            If the formula is not understood or not allowed.
        FitError
            If ``strict`` and every flow is zero, no term varies within origins and
            destinations, or the search did not end.
        """
        rows = rows_of(frame, *self._sides, (self.origin, self.destination))
        whole = rows.with_flow
        if not whole.any():
            nothing = LeftOut(len(frame) - whole.size, whole.size, 0)
            return self._ended(GravityFit.of(self, rows, None, nothing), strict)
        used = rows.where(whole)
        apart = pseudo_likelihood.separated(used.flow == 0, used.columns, used.sides)
        used = used.where(~apart)
        found = pseudo_likelihood.maximise(used.flow, used.columns, used.sides)
        left_out = LeftOut(
            len(frame) - whole.size, int((~whole).sum()), int(apart.sum())
        )
        estimate = Estimate(found, self._covariance(found, used.sides))
        return self._ended(GravityFit.of(self, used, estimate, left_out), strict)

    def _covariance(self, found: PseudoLikelihood, sides: TwoWay) -> FloatArray:
        """Covariance of what was estimated."""
        clusters = {
            "origin": (sides.first,),
            "destination": (sides.second,),
            "two_way": (sides.first, sides.second),
        }.get(self.covariance, ())
        if any(each.max() == 0 for each in clusters):
            raise SettingError(
                f"covariance={self.covariance!r} needs two clusters of a side or more, "
                "and there is one; use 'hc3'"
            )
        return pseudo_likelihood.sandwich(found, clusters, kind=self.covariance)

    def _ended(self, fit: GravityFit, strict: bool) -> GravityFit:
        """The fit, or an error where it cannot be used."""
        if strict and fit.status is not GravityStatus.CONVERGED:
            raise FitError(f"{fit.status.value} ({fit.left_out.sentence()})")
        return fit
