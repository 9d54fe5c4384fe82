"""What a fitted gravity can answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.models.destinations.gravity_rows import Rows, columns_of
from conflictstats.models.destinations.status import GravityStatus
from conflictstats.numerics.destinations.pseudo_likelihood import PseudoLikelihood
from conflictstats.numerics.destinations.two_way import Effects

if TYPE_CHECKING:
    from conflictstats.models.destinations.gravity import Gravity


class Estimate(NamedTuple):
    """An estimate and the covariance of its coefficients."""

    found: PseudoLikelihood
    covariance: FloatArray


class LeftOut(NamedTuple):
    """Rows that are not in the estimate.

    Attributes
    ----------
    missing : int
        Something that the model needs is missing.
    all_zero : int
        The origin or the destination has flows of zero only.
    separated : int
        Zeros whose mean a covariate could send to zero at no cost.
    """

    missing: int
    all_zero: int
    separated: int

    def sentence(self) -> str:
        """Say what was left out.

        Returns
        -------
        str
            One sentence.
        """
        return (
            f"left out: {self.missing:,} rows with missing values, {self.all_zero:,} "
            f"of origins or destinations without any flow, {self.separated:,} separated"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GravityFit(Summarised):
    """A fitted :class:`conflictstats.Gravity`; no table is kept.

    Attributes
    ----------
    model : Gravity
        The settings that were fitted.
    table : Dataset
        ``params`` (param,), NaN where a term is absorbed by the effects or by terms
        before it; ``cov_params`` (param, param_other); ``origin_effect`` (origin,) and
        ``destination_effect`` (destination,), log scale, which are known up to a
        constant that can move between the two.
    status : GravityStatus
        How the estimation ended.
    loglik : float
        Log likelihood if flows were Poisson, constants included.
    nobs : int
        Rows used.
    left_out : LeftOut
        Rows not used, by reason.

    Examples
    --------
    >>> import conflictstats as cs
    >>> pairs = pd.DataFrame({"origin": list("aabb"), "destination": list("cdcd")})
    >>> pairs["border"], pairs["people"] = [1, 0, 0, 0], [400, 100, 100, 100]
    >>> fit = cs.Gravity(formula="people ~ border").fit(pairs, strict=False)
    >>> np.exp(fit.params).values.round(3), fit.status.name
    (array([4.]), 'SATURATED')
    """

    model: Gravity
    table: xr.Dataset
    status: GravityStatus
    loglik: float
    nobs: int
    left_out: LeftOut

    @classmethod
    def of(
        cls, model: Gravity, rows: Rows, estimate: Estimate | None, left_out: LeftOut
    ) -> GravityFit:
        """Label an estimate, or what is known where every flow is zero."""
        k = len(rows.names)
        whole = np.full((k, k), np.nan)
        params, levels = whole[0].copy(), (np.empty(0, str), np.empty(0, str))
        effects = Effects(np.empty((0, 1)), np.empty((0, 1)))
        status, loglik = GravityStatus.NO_FLOWS, 0.0
        if estimate is not None:
            found = estimate.found
            kept, params, loglik = found.estimated, found.coefficients, found.loglik
            whole[np.ix_(kept, kept)] = estimate.covariance
            rest = found.predictor - rows.columns[:, kept] @ params[kept]
            effects = rows.sides.effects(np.exp(found.predictor), rest[:, None])
            levels, status = rows.levels, _status(found)
        table = xr.Dataset(
            {
                "params": ("param", params),
                "cov_params": (("param", "param_other"), whole),
                "origin_effect": ("origin", effects.first[:, 0]),
                "destination_effect": ("destination", effects.second[:, 0]),
            },
            {
                "param": rows.names,
                "param_other": rows.names,
                "origin": levels[0],
                "destination": levels[1],
            },
        )
        return cls(
            model=model,
            table=table,
            status=status,
            loglik=loglik,
            nobs=0 if estimate is None else rows.flow.size,
            left_out=left_out,
        )

    @property
    def params(self) -> xr.DataArray:
        """Estimates, dims (param,); NaN where absorbed."""
        return self.table["params"]

    @property
    def cov_params(self) -> xr.DataArray:
        """Covariance of the estimates, dims (param, param_other)."""
        return self.table["cov_params"]

    @property
    def std_err(self) -> xr.DataArray:
        """Standard errors, dims (param,)."""
        return self.params.copy(data=np.sqrt(np.diagonal(self.cov_params.values)))

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Confidence intervals: estimate and normal quantile times standard error.

        Parameters
        ----------
        level : float
            Coverage.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``.
        """
        away = float(special.ndtri((1 + _check.level(level)) / 2)) * self.std_err
        ends = {"lower": self.params - away, "upper": self.params + away}
        attrs = {"level": level, "kind": "confidence"}
        return xr.Dataset({"estimate": self.params, **ends}, attrs=attrs)

    def predict(self, frame: pd.DataFrame) -> xr.DataArray:
        """Expected flows of pairs of origins and destinations that have effects.

        Parameters
        ----------
        frame : DataFrame
            Has the two sides and the columns of the right side.

        Returns
        -------
        DataArray, dims (row,)
            People; NaN where a side has no effect, because the fit has not seen it or
            it had no flow at all.

        Raises
        ------
        SchemaError
            If a column is missing.
        """
        columns = columns_of(self.model.right, frame)[1]
        log_mean = columns @ self.params.fillna(0).values
        for side in ("origin", "destination"):
            effect = self.table[f"{side}_effect"].to_series()
            named = frame[getattr(self.model, side)].astype(str)
            log_mean = log_mean + effect.reindex(named).to_numpy()
        labels = {"row": frame.index.to_numpy()}
        return xr.DataArray(np.exp(log_mean), labels, "row", attrs={"units": "people"})

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Terms as a tidy table.

        Parameters
        ----------
        level : float
            Coverage.

        Returns
        -------
        DataFrame
            ``term, estimate, std_err, lower, upper, level, kind``.
        """
        band = self.conf_int(level)
        columns = {"term": band["param"], "estimate": band["estimate"]}
        columns |= {"std_err": self.std_err}
        columns |= {end: band[end] for end in ("lower", "upper")}
        frame = pd.DataFrame({name: each.values for name, each in columns.items()})
        return frame.assign(level=level, kind=band.attrs["kind"])

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        str
            Settings, how it ended, what was left out, then one line a term.
        """
        sides = self.table.sizes
        lines = [
            f"Gravity: {self.model.formula}",
            f"{self.nobs:,} pairs of {sides['origin']:,} origins and "
            f"{sides['destination']:,} destinations, each with an effect; log "
            f"likelihood {self.loglik:.2f}",
            self.left_out.sentence(),
            f"{self.model.covariance} covariance, {level:.0%} confidence intervals; "
            f"{self.status.value}",
            f"{'':<28}{'estimate':>11}{'std_err':>11}{'lower':>11}{'upper':>11}",
        ]
        columns = ["term", "estimate", "std_err", "lower", "upper"]
        for term, *numbers in self.to_frame(level)[columns].to_numpy().tolist():
            cells = "".join(f"{value:>11.4g}" for value in numbers)
            lines.append(f"{term:<28}{cells}")
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Parameters, covariance and effects; the settings are in ``attrs``.
        """
        told = {"status": self.status.name, "loglik": self.loglik, "nobs": self.nobs}
        told["left_out"] = self.left_out._asdict()
        return self.table.assign_attrs(
            model="Gravity",
            settings=json.dumps(asdict(self.model)),
            fit=json.dumps(told),
        )

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> GravityFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        GravityFit
            The same fit.
        """
        from conflictstats.models.destinations.gravity import Gravity

        told = json.loads(dataset.attrs["fit"])
        told["status"] = GravityStatus[told["status"]]
        told["left_out"] = LeftOut(**told["left_out"])
        model = Gravity(**json.loads(dataset.attrs["settings"]))
        return cls(model=model, table=dataset.drop_attrs(deep=False), **told)


def _status(found: PseudoLikelihood) -> GravityStatus:
    """The worst that can be said of an estimate."""
    if not found.converged:
        return GravityStatus.NOT_CONVERGED
    if not found.estimated.any():
        return GravityStatus.ABSORBED
    if found.residual.size <= found.parameters:
        return GravityStatus.SATURATED
    return GravityStatus.CONVERGED
