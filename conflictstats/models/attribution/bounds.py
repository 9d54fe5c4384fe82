"""Bounds on the share of each side: certain only, and certain with all possible."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models.attribution.incidents import (
    UNITS,
    assumptions,
    standings,
    weighed,
)
from conflictstats.numerics.partial_identification import imbens_manski_critical
from conflictstats.numerics.sampling.resampling import bootstrap_sums

ENDS = ["lower", "upper"]
DISPUTES_PRINTED = 10


class AttributionStatus(Enum):
    """How far the sides are known; the value is the sentence for people."""

    IDENTIFIED = "every incident has one possible side"
    BOUNDED = "some incidents leave several sides possible; shares are known to bounds"
    UNINFORMATIVE = "bounds are nearly 0-1 for some side: the claims hardly say who"
    NO_DEATHS = "nobody died in these incidents; there is no share of deaths"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionBounds:
    r"""Bounds on the share of incidents, and of deaths, that each side caused.

    Use it first: beyond how the claims are read
    (:func:`conflictstats.panel.incidents_of_claims`) it assumes nothing of the
    incidents that leave several sides open. With weights :math:`w_e` (1, or the dead)
    and possible sides :math:`S_e`

    .. math:: \frac{\sum_e w_e [S_e = \{j\}]}{\sum_e w_e} \;\le\; \text{share}_j
              \;\le\; \frac{\sum_e w_e [j \in S_e]}{\sum_e w_e}

    Each pair of bounds is sharp by itself; upper ends of all sides cannot hold at
    once. It is about the incidents that were reported, and says nothing of others.

    Attributes
    ----------
    level : float
        Nominal coverage of the intervals.
    replicates : int
        Resamples of the incidents.
    refusal_width : float
        Bounds at least this far apart have the status ``UNINFORMATIVE``.

    References
    ----------
    .. [1] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*, chapter 1. Springer. https://doi.org/10.1007/b97478
    .. [2] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for
       partially identified parameters. *Econometrica* 72(6), 1845-1857.
       https://doi.org/10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    Two strikes by one side, one by either of two:

    >>> from conflictstats.panel import incidents_of_claims
    >>> claims = pd.DataFrame(
    ...     {"event": ["a", "b", "c"], "deaths": [6, 2, 2], "stance": "names",
    ...      "sides": ["army", "army", "army or militia"], "by": "SOHR"}
    ... )
    >>> fit = AttributionBounds(replicates=100).fit(
    ...     incidents_of_claims(claims), rng=np.random.default_rng(1)
    ... )
    >>> fit.bounds["lower"].sel(unit="deaths").values
    array([0.8, 0. , 0. ])
    >>> fit.bounds["upper"].sel(unit="deaths").values
    array([1. , 0.2, 0. ])
    """

    level: float = 0.9
    replicates: int = 4000
    refusal_width: float = 0.9

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.level(self.level)
        _check.level(self.refusal_width, "refusal_width")
        if self.replicates < 2:
            raise SettingError(f"replicates must be 2 or more, got {self.replicates}")

    def fit(
        self, incidents: xr.Dataset, *, rng: np.random.Generator
    ) -> AttributionBoundsFit:
        """Add up what is certain and what is possible, and resample the incidents.

        Parameters
        ----------
        incidents : Dataset, dims (incident, side)
            From :func:`conflictstats.panel.incidents_of_claims`.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        AttributionBoundsFit
            Bounds by side, of incidents and of deaths.

        Raises
        ------
        DimensionError
            If a dim is missing.
        SchemaError
            If a variable is missing, or an incident has no possible side.
        """
        found = weighed(incidents)
        possible = found["possible"]
        certain = possible & (possible.sum("side") == 1)
        ends = xr.concat([certain, possible], pd.Index(ENDS, name="param"))
        weights = (ends * found["weight"]).transpose(
            "incident", "param", "side", "unit"
        )
        whole = found["weight"].transpose("incident", "unit")
        rows = np.column_stack([weights.values.reshape(len(whole), -1), whole.values])
        sums = bootstrap_sums(rows, self.replicates, rng)
        shape = (self.replicates, *weights.shape[1:])
        drawn = _share(sums[:, : -len(UNITS)].reshape(shape), sums[:, -len(UNITS) :])
        total = weights.sum("incident")
        told = found[["deaths", "standing", "says"]].to_dataframe()
        return AttributionBoundsFit(
            model=self,
            totals=xr.Dataset(
                {
                    "total": total,
                    "whole": whole.sum("incident"),
                    "standings": standings(found),
                },
                attrs=incidents.attrs,
            ),
            draws=xr.DataArray(drawn, total.coords, ("draw", *total.dims)),
            disputed=told[found["disputed"].values].reset_index(),
            nobs=found.sizes["incident"],
        )


@dataclass(frozen=True, slots=True)
class AttributionBoundsFit(Summarised):
    """A fitted :class:`AttributionBounds`.

    Attributes
    ----------
    model : AttributionBounds
        The settings that were fitted.
    totals : Dataset, dims (param, side, unit)
        ``total``: what is certain (param ``"lower"``) and possible (``"upper"``) of
        each side, ``whole`` of all, ``standings`` by how far incidents are attributed;
        incidents or people. ``attrs`` say how claims were read and what was left out.
    draws : DataArray, dims (draw, param, side, unit)
        Bounds in resamples of the incidents, 0 to 1.
    disputed : DataFrame
        Incidents that are contested or denied: ``incident``, ``deaths``, ``standing``
        and ``says``, who says what.
    nobs : int
        Number of incidents.

    Examples
    --------
    >>> from conflictstats.panel import incidents_of_claims
    >>> claims = pd.DataFrame(
    ...     {"event": ["a", "a"], "deaths": 6, "stance": ["names", "denies"],
    ...      "sides": "army", "by": ["SOHR", "army"]}
    ... )
    >>> fit = AttributionBounds(replicates=2).fit(
    ...     incidents_of_claims(claims), rng=np.random.default_rng(1)
    ... )
    >>> fit.disputed["says"].item(), fit.status.name
    ('army: SOHR | not army: army', 'UNINFORMATIVE')
    """

    model: AttributionBounds
    totals: xr.Dataset
    draws: xr.DataArray
    disputed: pd.DataFrame
    nobs: int

    @property
    def params(self) -> xr.DataArray:
        """Lower and upper bound of the share, dims (param, side, unit)."""
        total, whole = self.totals["total"], self.totals["whole"]
        return (total / whole.where(whole > 0)).rename("params")

    @property
    def std_err(self) -> xr.DataArray:
        """Standard errors of the bounds by bootstrap; NaN where there is one event."""
        return self.draws.std("draw", ddof=1).where(self.nobs > 1)

    @property
    def bounds(self) -> xr.Dataset:
        """Bounds, dims (side, unit); ``estimate`` only where they meet."""
        lower, upper = (self.params.sel(param=end, drop=True) for end in ENDS)
        return _interval(lower.where(lower == upper), lower, upper, 1.0, "bounds")

    @property
    def status(self) -> AttributionStatus:
        """How far the sides are known, of the side that is known least."""
        bounds = self.bounds
        width = bounds["upper"] - bounds["lower"]
        if width.isnull().any():
            return AttributionStatus.NO_DEATHS
        if (width >= self.model.refusal_width).any():
            return AttributionStatus.UNINFORMATIVE
        if (width > 0).any():
            return AttributionStatus.BOUNDED
        return AttributionStatus.IDENTIFIED

    def conf_int(self, level: float | None = None) -> xr.Dataset:
        r"""Confidence interval of each share around its bounds.

        .. math:: [\,l - c\,s_l,\; u + c\,s_u\,]

        with the Imbens-Manski :math:`c` and standard errors from resampled incidents:
        how far the share would move had other incidents of the same kind been
        reported. A side that no incident leaves open has no spread in resamples; its
        interval is then too short. So are others where few incidents hold most deaths.

        Parameters
        ----------
        level : float, optional
            Nominal coverage; the model's if not given.

        Returns
        -------
        Dataset, dims (side, unit)
            ``estimate`` (NaN unless the bounds meet), ``lower`` and ``upper``, cut at
            0 and 1; NaN where there are fewer than two incidents.

        Raises
        ------
        SettingError
            If ``level`` is not strictly between 0 and 1.
        """
        level = self.model.level if level is None else _check.level(level)
        bounds, std_err = self.bounds, self.std_err
        width = bounds["upper"] - bounds["lower"]
        error = std_err.max("param", skipna=False)
        critical = imbens_manski_critical(width.values, error.values, level)
        beyond = std_err * width.copy(data=critical)
        lower = (bounds["lower"] - beyond.sel(param="lower", drop=True)).clip(0, 1)
        upper = (bounds["upper"] + beyond.sel(param="upper", drop=True)).clip(0, 1)
        return _interval(bounds["estimate"], lower, upper, level, "confidence")

    def to_frame(self) -> pd.DataFrame:
        """Give bounds and intervals as a tidy table.

        Returns
        -------
        DataFrame
            ``side, unit, lower, upper, interval_lower, interval_upper``.
        """
        around = self.conf_int()
        told = self.bounds[ENDS].assign(
            interval_lower=around["lower"], interval_upper=around["upper"]
        )
        return told.to_dataframe().reset_index()

    def summary(self) -> str:
        """What people read first.

        Returns
        -------
        str
            How claims were read, bounds by side, and the disputed incidents.
        """
        whole = self.totals["whole"]
        deaths = float(whole.sel(unit="deaths"))
        lines = [
            f"Share of each side: {self.nobs} incidents, {deaths:,.0f} deaths",
            *assumptions(self.totals.attrs),
            self.status.value,
            f"bounds; in brackets {self.model.level:.0%} Imbens-Manski intervals",
            f"{'side':<20}{'of incidents':>28}{'of deaths':>30}",
        ]
        table = self.to_frame().set_index(["side", "unit"])
        for side in self.totals["side"].values:
            cells = [_cell(table.loc[(side, unit)]) for unit in UNITS]
            lines.append(f"{str(side)[:19]:<20}{cells[0]:>28}{cells[1]:>30}")
        kinds = self.totals["standings"]
        lines += [
            f"{kind}: {float(kinds.sel(standing=kind, unit='incidents')):.0f} incidents"
            f", {float(kinds.sel(standing=kind, unit='deaths')):,.0f} deaths"
            for kind in kinds["standing"].values
        ]
        return "\n".join([*lines, *self._disputes()])

    def _disputes(self) -> list[str]:
        """Who says what of the disputed incidents that killed most."""
        most = self.disputed.nlargest(DISPUTES_PRINTED, "deaths")
        if most.empty:
            return []
        told = [f"  {row.incident}: {row.says}" for row in most.itertuples()]
        return [f"disputed, {len(most)} of {len(self.disputed)}:", *told]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole, NaN where the whole is 0, (draws, param, side, unit)."""
    nobody = np.where(whole > 0, whole, np.nan)
    return np.asarray(part / nobody[:, None, None, :])


def _interval(
    estimate: xr.DataArray,
    lower: xr.DataArray,
    upper: xr.DataArray,
    level: float,
    kind: str,
) -> xr.Dataset:
    """Ends with their names and what they are."""
    ends = {"estimate": estimate, "lower": lower, "upper": upper}
    return xr.Dataset(ends, attrs={"level": level, "kind": kind})


def _cell(row: pd.Series) -> str:
    """Bounds and interval of one side in words."""
    return (
        f"{row['lower']:.3f}-{row['upper']:.3f} "
        f"({row['interval_lower']:.3f}-{row['interval_upper']:.3f})"
    )
