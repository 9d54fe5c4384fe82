"""Share of each side by a model of partly attributed incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SettingError
from conflictstats.models._draws import band
from conflictstats.models.attribution.incidents import UNITS, assumptions, weighed
from conflictstats.numerics.partly_classified import (
    partly_classified_shares,
    shared_out,
)
from conflictstats.numerics.sampling.diagnostics import ess_bulk, rhat

RHAT = 1.01
MOSTLY = 0.5
IGNORABLE = (
    "assumed: within its possible sides, how an incident is attributed does not "
    "depend on who did it, nor who did it on how many died"
)


class AttributionShareStatus(Enum):
    """How the sampling ended; the value is the sentence for people."""

    CONVERGED = "chains agree"
    MOSTLY_ASSUMED = (
        "chains agree, but fewer than half of the incidents have one possible side: "
        "the answer is the assumption more than the records"
    )
    NOT_MIXED = "chains do not agree; take more draws"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionShare:
    r"""Share of each side, were open incidents like those that are attributed.

    A model beside the bounds, narrower by an assumption that no record can check:
    that a vague or contested claim is as likely whichever of its sides did it.
    Incident :math:`e` is of side :math:`z_e` with probabilities :math:`\theta`, and
    all that is known is :math:`z_e \in S_e`:

    .. math:: \theta \sim \mathrm{Dir}(a, \dots, a), \qquad
              p(S_e \mid z_e = j) \propto \omega_j \quad \text{for } j \in S_e

    where :math:`\omega` compares how often incidents of the sides are left open, among
    those that are; 1 for all is ignorable, and towards 0 and infinity the shares of
    these incidents go to their bounds. Deaths follow the incidents, so size is taken
    to say nothing of who did it.

    Attributes
    ----------
    odds : mapping of str to float
        Side to its :math:`\omega`; a side that is not named has 1.
    concentration : float
        :math:`a`, Jeffreys' by default.
    draws : int
        Draws of each of 8 chains.

    References
    ----------
    .. [1] Dickey, J. M., Jiang, J.-M. and Kadane, J. B. (1987). Bayesian methods for
       censored categorical data. *JASA* 82(399), 773-781.
       https://doi.org/10.1080/01621459.1987.10478498
    .. [2] Heitjan, D. F. and Rubin, D. B. (1991). Ignorability and coarse data.
       *Annals of Statistics* 19(4), 2244-2253. https://doi.org/10.1214/aos/1176348396

    Examples
    --------
    Of forty incidents that are attributed four in five are an army's:

    >>> from conflictstats.panel import incidents_of_claims
    >>> sides = ["army"] * 32 + ["militia"] * 8 + ["army or militia"] * 20
    >>> claims = pd.DataFrame({"sides": sides, "stance": "names", "by": "SOHR"})
    >>> claims = claims.assign(event=range(60), deaths=1)
    >>> fit = AttributionShare(draws=250).fit(
    ...     incidents_of_claims(claims), rng=np.random.default_rng(1)
    ... )
    >>> estimate = fit.conf_int()["estimate"].sel(side="army", unit="incidents")
    >>> round(float(estimate), 1)
    0.8
    """

    odds: Mapping[str, float] = field(default_factory=dict)
    concentration: float = 0.5
    draws: int = 500

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.positive(self.concentration, "concentration")
        for side, odds in self.odds.items():
            _check.positive(odds, f"odds of {side}")
        if self.draws < 100:
            raise SettingError(f"draws must be 100 or more, got {self.draws!r}")

    def fit(
        self, incidents: xr.Dataset, *, rng: np.random.Generator
    ) -> AttributionShareFit:
        """Draw the shares, and who did each open incident.

        Parameters
        ----------
        incidents : Dataset, dims (incident, side)
            From :func:`conflictstats.panel.incidents_of_claims`.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        AttributionShareFit
            Shares by side; read ``status`` first.

        Raises
        ------
        FitError
            If no incident has one possible side: nothing could be learned.
        SettingError
            If ``odds`` names a side that the incidents do not have.
        SchemaError
            If a variable is missing, or an incident has no possible side.
        """
        found = weighed(incidents)
        sides = [str(side) for side in found["side"].values]
        strange = [side for side in self.odds if side not in sides]
        if strange:
            raise SettingError(
                f"odds name {', '.join(strange)}; the sides are {', '.join(sides)}"
            )
        odds = np.array([self.odds.get(side, 1.0) for side in sides])
        possible = found["possible"].transpose("incident", "side").values
        certain = int((possible.sum(axis=1) == 1).sum())
        if certain == 0:
            raise FitError(
                f"none of the {len(possible)} incidents has one possible side, so the "
                "answer would be the prior; give the bounds (AttributionBounds)"
            )
        labels, counts = np.unique(possible, axis=0, return_counts=True)
        prior = np.full(len(sides), self.concentration)
        chains = partly_classified_shares(
            labels, counts, prior, odds, draws=self.draws, rng=rng
        )
        shares = chains.reshape(-1, len(sides))
        deaths = found["deaths"].values.astype(float)
        parts = _of_these(possible, deaths, shares * odds, rng)
        coords = {"side": sides, "unit": list(UNITS)}
        draws = xr.Dataset(
            {
                "expected": (("draw", "side"), shares),
                "share": (("draw", "side", "unit"), parts),
            },
            coords,
            {**incidents.attrs, "certain": certain, "nobs": len(possible)},
        )
        told = {"rhat": ("side", rhat(chains)), "ess": ("side", ess_bulk(chains))}
        return AttributionShareFit(self, draws, xr.Dataset(told, {"side": sides}))


@dataclass(frozen=True, slots=True)
class AttributionShareFit(Summarised):
    """A fitted :class:`AttributionShare`; no claims are kept.

    Attributes
    ----------
    model : AttributionShare
        The settings that were fitted.
    draws : Dataset, dims (draw, side, unit)
        ``share`` of these incidents and of their deaths, and ``expected``, the share
        in a great many incidents of the same kind; 0 to 1.
    diagnostics : Dataset, dims (side,)
        ``rhat`` and ``ess`` of the chains.

    Examples
    --------
    Where all is certain, the share of these incidents is not in doubt:

    >>> from conflictstats.panel import incidents_of_claims
    >>> claims = pd.DataFrame(
    ...     {"event": ["a", "b"], "deaths": [6, 2], "stance": "names",
    ...      "sides": ["army", "militia"], "by": "SOHR"}
    ... )
    >>> fit = AttributionShare(draws=100).fit(
    ...     incidents_of_claims(claims), rng=np.random.default_rng(1)
    ... )
    >>> fit.conf_int()["lower"].sel(unit="deaths").values
    array([0.75, 0.25, 0.  ])
    """

    model: AttributionShare
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @property
    def nobs(self) -> int:
        """Number of incidents."""
        return int(self.draws.attrs["nobs"])

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the shares, dims (side, unit)."""
        return self.draws["share"].median("draw").rename("params")

    @property
    def status(self) -> AttributionShareStatus:
        """How the sampling ended."""
        found = self.diagnostics["rhat"].dropna("side")
        if (found > RHAT).any():
            return AttributionShareStatus.NOT_MIXED
        if self.draws.attrs["certain"] < MOSTLY * self.nobs:
            return AttributionShareStatus.MOSTLY_ASSUMED
        return AttributionShareStatus.CONVERGED

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Give credible intervals of the shares of these incidents.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (side, unit)
            ``estimate`` (median), ``lower``, ``upper``.
        """
        return band(self.draws["share"], level)

    def expected(self, level: float = 0.9) -> xr.Dataset:
        """Give credible intervals of the shares among many incidents of this kind.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (side,)
            ``estimate`` (median), ``lower``, ``upper``.
        """
        return band(self.draws["expected"], level)

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Give the shares as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``side, unit, estimate, lower, upper``.
        """
        return self.conf_int(level).to_dataframe().reset_index()

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            The assumptions, then one line a side.
        """
        certain = self.draws.attrs["certain"]
        told = [f"odds of {side} {odds:g}" for side, odds in self.model.odds.items()]
        lines = [
            f"Share of each side in {self.nobs} incidents, {certain} of them certain",
            *assumptions(self.draws.attrs),
            IGNORABLE if not told else f"assumed: left open with {', '.join(told)}",
            self.status.value,
            f"{level:.0%} credible intervals",
            f"{'side':<20}{'of incidents':>24}{'of deaths':>24}",
        ]
        table = self.to_frame(level).set_index(["side", "unit"])
        for side in self.draws["side"].values:
            row = [table.loc[(side, unit)] for unit in UNITS]
            cells = [
                f"{r['estimate']:.3f} ({r['lower']:.3f}-{r['upper']:.3f})" for r in row
            ]
            lines.append(f"{str(side)[:19]:<20}{cells[0]:>24}{cells[1]:>24}")
        return "\n".join(lines)


def _of_these(
    possible: np.ndarray,
    deaths: FloatArray,
    weights: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Share of each side in these incidents and deaths, (draws, sides, units)."""
    kinds, counts = np.unique(
        np.column_stack([possible, deaths]), axis=0, return_counts=True
    )
    sums = np.zeros((*weights.shape, len(UNITS)))
    for (*label, dead), count in zip(kinds, counts, strict=True):
        given = shared_out(np.array(label, bool), int(count), weights, rng)
        sums[..., 0] += given
        sums[..., 1] += dead * given
    whole = np.array([len(deaths), deaths.sum() or np.nan])
    return np.asarray(sums / whole)
