"""What a fitted regression can answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import BoolArray, FloatArray
from conflictstats.models.regression import predict
from conflictstats.models.regression.estimate import Estimate
from conflictstats.models.regression.frame import rows_named
from conflictstats.models.regression.naming import (
    DISPERSION,
    natural,
    parameter_names,
    parts_of,
)
from conflictstats.models.regression.status import RegressionStatus

if TYPE_CHECKING:
    from conflictstats.models.regression.model import CountRegression
    from conflictstats.models.regression.prepare import Prepared

LISTED = ("aliased", "unbounded", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRegressionFit(Summarised):
    """A fitted :class:`conflictstats.CountRegression`.

    Attributes
    ----------
    model : CountRegression
        The settings that were fitted; no data are kept.
    table : Dataset, dims (param,) and (param, param_other)
        ``params`` and ``cov_params``; coordinate ``part`` says whether a parameter is
        of the ``count``, the ``dispersion`` or the ``zero`` part.
    levels : mapping
        Levels of each factor, by which new tables are read.
    status : RegressionStatus
        How the estimation ended.
    loglik : float
        Log likelihood, constants included.
    nobs : int
        Rows used.
    aliased : tuple of str
        Parameters of columns that are sums of those before them; not estimated.
    unbounded : tuple of str
        Parameters that the likelihood pushes to infinity.
    missing : tuple of int
        Numbers of the rows that were left out because something was missing in them.

    Examples
    --------
    It goes to a netCDF file and comes back:

    >>> from conflictstats.models.regression import CountRegression
    >>> counts = pd.DataFrame({"deaths": [0, 2, 9, 4, 1], "area": list("abbba")})
    >>> fit = CountRegression(formula="deaths ~ area").fit(counts)
    >>> again = CountRegressionFit.from_dataset(fit.to_dataset())
    >>> again.params.identical(fit.params), again.model == fit.model
    (True, True)
    """

    model: CountRegression
    table: xr.Dataset
    levels: Mapping[str, list[Any]]
    status: RegressionStatus
    loglik: float
    nobs: int
    aliased: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        model: CountRegression,
        data: Prepared,
        found: Estimate | None,
        covariance: FloatArray,
    ) -> CountRegressionFit:
        """Label an estimate."""
        names = np.array(parameter_names(data.problem))
        parts = np.array(parts_of(data.problem))
        logs, errors, free, unbounded = _placed(names, parts, found, covariance)
        estimates = natural(names.tolist(), logs)
        scale = np.where(parts == DISPERSION, estimates, 1.0)
        wild = tuple(names[unbounded].tolist())
        table = xr.Dataset(
            {
                "params": ("param", estimates),
                "cov_params": (
                    ("param", "param_other"),
                    errors * np.outer(scale, scale),
                ),
            },
            {"param": names, "part": ("param", parts), "param_other": names},
        )
        return cls(
            model=model,
            table=table,
            levels=data.levels,
            status=_status(found, data, wild),
            loglik=0.0 if found is None else found.optimum.value,
            nobs=data.problem.n,
            aliased=tuple(names[~free].tolist()),
            unbounded=wild,
            missing=tuple(data.missing.tolist()),
        )

    @property
    def params(self) -> xr.DataArray:
        """Estimates, dims (param,); NaN where aliased."""
        return self.table["params"]

    @property
    def cov_params(self) -> xr.DataArray:
        """Covariance of the estimates, dims (param, param_other)."""
        return self.table["cov_params"]

    @property
    def std_err(self) -> xr.DataArray:
        """Standard errors, dims (param,)."""
        variance = np.diagonal(self.cov_params.values)
        return self.params.copy(data=np.sqrt(variance))

    @property
    def aic(self) -> float:
        """Akaike's criterion; smaller is better."""
        return 2 * self._estimated - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz' criterion, with the number of rows; smaller is better."""
        return float(np.log(self.nobs)) * self._estimated - 2 * self.loglik

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Give confidence intervals of the parameters.

        They are estimate and normal quantile times standard error; of the dispersion,
        on its log. Where the likelihood is skewed see
        :meth:`CountRegression.profile_interval`.

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
        centre = self.params
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.exp(away / centre)
        plain = self.table["part"] != DISPERSION
        lower = (centre - away).where(plain, centre / ratio)
        upper = (centre + away).where(plain, centre * ratio)
        band = {"estimate": centre, "lower": lower, "upper": upper}
        return xr.Dataset(band, attrs={"level": level, "kind": "confidence"})

    def predict(self, frame: pd.DataFrame, level: float = 0.9) -> xr.Dataset:
        """Expected counts of new rows, with confidence intervals.

        Parameters
        ----------
        frame : DataFrame
            Has the columns of the right sides, the exposure and the offset.
        level : float
            Coverage.

        Returns
        -------
        Dataset, dims (row,)
            ``estimate``, ``lower``, ``upper``; people, zeros of every kind included.
            Intervals are symmetric in the log of the mean.

        Raises
        ------
        SchemaError
            If a column is missing, or a level is one that the model does not know.

        Examples
        --------
        >>> from conflictstats.models.regression import CountRegression
        >>> counts = pd.DataFrame({"deaths": [0, 2, 9, 4, 1], "area": list("abbba")})
        >>> fit = CountRegression(formula="deaths ~ area").fit(counts)
        >>> fit.predict(pd.DataFrame({"area": ["a", "b"]}))["estimate"].values
        array([0.5, 5. ])
        """
        estimate, error = predict.log_mean(self, frame)
        away = float(special.ndtri((1 + _check.level(level)) / 2)) * error
        ends = {
            "estimate": estimate,
            "lower": estimate - away,
            "upper": estimate + away,
        }
        return _by_row(
            {name: np.exp(end) for name, end in ends.items()},
            frame,
            {"level": level, "kind": "confidence", "units": "people"},
        )

    def predict_count(
        self,
        frame: pd.DataFrame,
        level: float = 0.9,
        *,
        rng: np.random.Generator,
        draws: int = 2000,
    ) -> xr.Dataset:
        """Intervals in which a new count of each row will lie.

        They hold how counts scatter about their mean and how well the mean is known.

        Parameters
        ----------
        frame : DataFrame
            As in :meth:`predict`.
        level : float
            Probability inside, at least.
        rng : numpy.random.Generator
            Source of randomness; the only one.
        draws : int
            Number of draws.

        Returns
        -------
        Dataset, dims (row,)
            ``estimate`` (median), ``lower``, ``upper``; people.
        """
        counts = self.simulate(frame, rng=rng, draws=draws)
        tail = (1 - _check.level(level)) / 2
        points = {"estimate": 0.5, "lower": tail, "upper": 1 - tail}
        cuts = np.quantile(
            counts.values, list(points.values()), axis=0, method="inverted_cdf"
        )
        return _by_row(
            dict(zip(points, cuts, strict=True)),
            frame,
            {"level": level, "kind": "prediction", "units": "people"},
        )

    def simulate(
        self, frame: pd.DataFrame, *, rng: np.random.Generator, draws: int = 1000
    ) -> xr.DataArray:
        """Draw new counts, each with parameters drawn from their sampling law.

        Parameters
        ----------
        frame : DataFrame
            As in :meth:`predict`.
        rng : numpy.random.Generator
            Source of randomness; the only one.
        draws : int
            Number of draws.

        Returns
        -------
        DataArray, dims (draw, row)
            People.
        """
        counts = predict.draw_counts(self, frame, draws, rng)
        labels = {"row": frame.index.to_numpy()}
        return xr.DataArray(counts, labels, ("draw", "row"), attrs={"units": "people"})

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Give the parameters as a tidy table.

        Parameters
        ----------
        level : float
            Coverage.

        Returns
        -------
        DataFrame
            ``term, part, estimate, std_err, lower, upper, level, kind``.
        """
        band = self.conf_int(level)
        columns = {"term": band["param"], "part": self.table["part"]}
        columns |= {"estimate": band["estimate"], "std_err": self.std_err}
        columns |= {"lower": band["lower"], "upper": band["upper"]}
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
            Settings, how it ended, what was left out, then one line a parameter.
        """
        model = self.model
        zeros = "" if model.zeros == "none" else f", {model.zeros} zeros"
        lines = [
            f"Count regression, {model.family}{zeros}: {model.formula}",
            f"{self.nobs:,} rows, log likelihood {self.loglik:.2f}, "
            f"AIC {self.aic:.1f}, BIC {self.bic:.1f}",
            f"{model.covariance} covariance, {level:.0%} confidence intervals; "
            f"{self.status.value}",
        ]
        if self.missing:
            rows = rows_named(self.missing)
            lines.append(f"{len(self.missing)} rows left out, missing values: {rows}")
        for name, which in (("aliased", self.aliased), ("infinite", self.unbounded)):
            if which:
                lines.append(f"{name}: {', '.join(which)}")
        lines.append(
            f"{'':<28}{'estimate':>11}{'std_err':>11}{'lower':>11}{'upper':>11}"
        )
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
            Parameters and covariance; the settings are in ``attrs``.
        """
        told = {name: getattr(self, name) for name in LISTED}
        told |= {"levels": dict(self.levels), "status": self.status.name}
        told |= {"loglik": self.loglik, "nobs": self.nobs}
        return self.table.assign_attrs(
            model="CountRegression",
            settings=json.dumps(asdict(self.model)),
            fit=json.dumps(told),
        )

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> CountRegressionFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        CountRegressionFit
            The same fit.
        """
        from conflictstats.models.regression.model import CountRegression

        told = json.loads(dataset.attrs["fit"])
        told |= {name: tuple(told[name]) for name in LISTED}
        told["status"] = RegressionStatus[told["status"]]
        settings = json.loads(dataset.attrs["settings"])
        if settings["elicited"] is not None:
            settings["elicited"] = tuple(settings["elicited"])
        model = CountRegression(**settings)
        return cls(model=model, table=dataset.drop_attrs(deep=False), **told)

    @property
    def _estimated(self) -> int:
        """Number of parameters that were estimated."""
        return int(np.isfinite(np.diagonal(self.cov_params.values)).sum())


def _placed(
    names: np.ndarray,
    parts: np.ndarray,
    found: Estimate | None,
    errors: FloatArray,
) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
    """Parameters, covariance, what is free and what infinite, for every name."""
    p = names.size
    if found is None:
        nothing = np.full((p, p), np.nan)
        return nothing[0], nothing, np.ones(p, bool), np.zeros(p, bool)
    kept = parts != DISPERSION if found.boundary else np.ones(p, bool)
    logs, whole = np.full(p, -np.inf), np.full((p, p), np.nan)
    free, unbounded = np.ones(p, bool), np.zeros(p, bool)
    logs[kept] = np.where(found.free, found.optimum.params, np.nan)
    whole[np.ix_(kept, kept)] = errors
    free[kept], unbounded[kept] = found.free, found.unbounded()
    return logs, whole, free, unbounded


def _by_row(
    ends: dict[str, FloatArray], frame: pd.DataFrame, attrs: dict[str, Any]
) -> xr.Dataset:
    """Numbers of each row, labelled as the table is."""
    labels = {"row": frame.index.to_numpy()}
    return xr.Dataset({k: ("row", v) for k, v in ends.items()}, labels, attrs)


def _status(
    found: Estimate | None, data: Prepared, unbounded: tuple[str, ...]
) -> RegressionStatus:
    """The worst that can be said of an estimate."""
    if found is None:
        return RegressionStatus.NO_EVENTS
    told = (
        (not found.optimum.converged, RegressionStatus.NOT_CONVERGED),
        (set(unbounded) - {DISPERSION} != set(), RegressionStatus.SEPARATED),
        (bool(unbounded), RegressionStatus.FLAT),
        (data.thinned, RegressionStatus.PRIOR_DRIVEN),
        (found.boundary, RegressionStatus.BOUNDARY),
    )
    return next((status for true, status in told if true), RegressionStatus.CONVERGED)
