"""The model: settings and estimation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SettingError
from conflictstats.models.regression import covariance, curves
from conflictstats.models.regression.estimate import Estimate, estimate
from conflictstats.models.regression.fit import CountRegressionFit
from conflictstats.models.regression.prepare import Prepared, prepare
from conflictstats.models.regression.status import RegressionStatus

FAMILIES = ("poisson", "nb1", "nb2", "nbp")
ZEROS = ("none", "hurdle", "inflated")
COVARIANCES = ("observed", "hc0", "hc1", "cluster", "hac")
UNUSABLE = (
    RegressionStatus.FLAT,
    RegressionStatus.SEPARATED,
    RegressionStatus.NO_EVENTS,
    RegressionStatus.NOT_CONVERGED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRegression:
    r"""Counts explained by covariates, from numbers as they were reported.

    Use it for deaths, attacks or displacements by place and period with covariates,
    where some counts are bounds, ranges or rounded. Rows are independent given the
    covariates; for a rate that wanders over time see
    :class:`conflictstats.DynamicRate`. It does not correct for events that nobody
    reported.

    .. math:: \log\mu_i = x_i'\beta + o_i, \qquad
              \operatorname{Var} Y_i = \mu_i + \alpha \mu_i^{p}

    with :math:`o_i` the offset or log exposure, and ``dispersion`` :math:`\alpha`. A
    report enters as the probability of the count, of the interval that it leaves
    open, or of ``k`` deaths found so far, each with probability ``found``. Zeros may
    have a law of their own, with logit :math:`z_i'\gamma`: behind a hurdle it is that
    of any deaths at all, inflated that of a zero which the counts do not explain.

    Attributes
    ----------
    formula : str
        ``"deaths ~ strikes + C(year)"``, or with reported numbers ``"reported(low,
        high, qualifier) ~ ..."`` (qualifier may be left out). Right sides are those of
        formulaic: ``+ : * - 0``; functions ``log, log1p, log10, exp, sqrt, abs``.
    family : {"nb2", "poisson", "nb1", "nbp"}
        Negative binomial with :math:`p` 2 or 1 or ``power``, or Poisson.
    power : float
        :math:`p` of ``"nbp"``.
    zeros : {"none", "hurdle", "inflated"}
        Whether zeros have a law of their own.
    zero_formula : str, optional
        Its right side; by default that of ``formula``.
    mechanisms : mapping of str to str
        How reports are read, by qualifier, over the defaults in
        :data:`conflictstats.numerics.likelihood.mechanisms.DEFAULTS`. Without a
        qualifier intervals are ``coarsened``.
    found : float
        Share of deaths that a ``confirmed`` number counts. It is assumed, not
        estimated: see :meth:`mechanism_sensitivity`.
    elicited : tuple of str, optional
        Columns of location, scale and weight of the experts' law, for reports that
        are read as ``elicited``.
    exposure, offset : str, optional
        Column whose log is added to the log mean (person-days, say); column that is.
    weights : str, optional
        Column that says how many times a row counts.
    covariance : {"observed", "hc0", "hc1", "cluster", "hac"}
        Inverse of the observed information; or a sandwich that allows for another
        spread of rows (``hc1`` times n/(n-k)), for dependence inside clusters (times
        G/(G-1) (n-1)/(n-k)), or over time up to ``lags`` rows (Newey-West).
    cluster : str, optional
        Column of clusters.
    lags : int, optional
        Rows over which errors depend; by default the whole part of 4 (n/100)^(2/9).
    trusted : bool
        Let the formula call anything. A formula is code: say True only for one that
        you wrote yourself.

    References
    ----------
    .. [1] Cameron, A. C. and Trivedi, P. K. (2013). *Regression Analysis of Count
       Data*, 2nd ed. https://doi.org/10.1017/CBO9781139013567
    .. [2] Heitjan, D. F. and Rubin, D. B. (1991). Ignorability and coarse data.
       *Annals of Statistics* 19, 2244-2253. https://doi.org/10.1214/aos/1176348396

    Examples
    --------
    Deaths double with each strike, and half of the counts are known to lie in a range:

    >>> rng = np.random.default_rng(1)
    >>> strikes = rng.integers(0, 4, 2000)
    >>> deaths = rng.poisson(rng.gamma(2, 2.0**strikes / 2))
    >>> ranged = rng.random(2000) < 0.5
    >>> reports = pd.DataFrame({"strikes": strikes})
    >>> reports["low"] = np.where(ranged, deaths // 10 * 10, deaths)
    >>> reports["high"] = np.where(ranged, reports["low"] + 9, deaths)
    >>> fit = CountRegression(formula="reported(low, high) ~ strikes").fit(reports)
    >>> fit.status.name
    'CONVERGED'
    >>> band = fit.conf_int(0.99).sel(param="strikes")
    >>> bool(band.lower < np.log(2) < band.upper)
    True
    """

    formula: str
    family: Literal["nb2", "poisson", "nb1", "nbp"] = "nb2"
    power: float = 1.5
    zeros: Literal["none", "hurdle", "inflated"] = "none"
    zero_formula: str | None = None
    mechanisms: Mapping[str, str] = field(default_factory=dict)
    found: float = 0.9
    elicited: tuple[str, str, str] | None = None
    exposure: str | None = None
    offset: str | None = None
    weights: str | None = None
    covariance: Literal["observed", "hc0", "hc1", "cluster", "hac"] = "observed"
    cluster: str | None = None
    lags: int | None = None
    trusted: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        _check.one_of(self.family, FAMILIES, "family")
        _check.one_of(self.zeros, ZEROS, "zeros")
        _check.one_of(self.covariance, COVARIANCES, "covariance")
        if not 0 < self.found <= 1:
            raise SettingError(f"found must be above 0 and at most 1, got {self.found}")
        if not 0 <= self.power <= 4:
            raise SettingError(f"power must be from 0 to 4, got {self.power}")
        if (self.covariance == "cluster") != (self.cluster is not None):
            raise SettingError(
                "covariance='cluster' and the column cluster= go together; got "
                f"{self.covariance!r} and {self.cluster!r}"
            )
        if self.zero_formula is not None and self.zeros == "none":
            raise SettingError("zero_formula needs zeros='hurdle' or 'inflated'")

    def fit(self, frame: pd.DataFrame, *, strict: bool = True) -> CountRegressionFit:
        """Estimate by maximum likelihood.

        Rows that miss a number or a level are left out, counted and listed in the
        fit. Columns that are sums of those before them are left out, and listed.

        Parameters
        ----------
        frame : DataFrame
            One row an observation.
        strict : bool
            Raise unless the estimates can be used; studies say False and read
            ``status``.

        Returns
        -------
        CountRegressionFit
            Estimates and their covariance; it does not hold the table.

        Raises
        ------
        SchemaError
            If a column is missing, or a count is not whole or below 0; bad rows are
            named by number.
        SettingError
            If the formula is not understood or not allowed, or a mechanism not known.
        FitError
            If ``strict`` and a coefficient is infinite, the likelihood flat or the
            search did not end.
        """
        data = prepare(self, frame)
        found = self._estimate(data)
        fit = CountRegressionFit.of(self, data, found, self._covariance(data, found))
        if strict and fit.status in UNUSABLE:
            named = ", ".join(fit.unbounded)
            raise FitError(f"{fit.status.value}{': ' * bool(named)}{named}")
        return fit

    def dispersion_test(self, frame: pd.DataFrame) -> xr.Dataset:
        r"""Likelihood ratio test of a dispersion of zero against a larger one.

        .. math:: 2\,(\ell_{\mathrm{NB}} - \ell_{\mathrm{Poisson}}) \sim
                  \tfrac12 \chi^2_0 + \tfrac12 \chi^2_1

        because zero is at the edge of what the dispersion can be [1]_.

        Parameters
        ----------
        frame : DataFrame
            As in :meth:`fit`.

        Returns
        -------
        Dataset
            ``statistic`` and ``p_value``.

        Raises
        ------
        SettingError
            If the family is Poisson.

        References
        ----------
        .. [1] Self, S. G. and Liang, K.-Y. (1987). Asymptotic properties of maximum
           likelihood estimators under nonstandard conditions. *JASA* 82, 605-610.
           https://doi.org/10.1080/01621459.1987.10478472

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> spread = pd.DataFrame({"deaths": rng.poisson(rng.gamma(1, 5, 300))})
        >>> test = CountRegression(formula="deaths ~ 1").dispersion_test(spread)
        >>> bool(test.p_value < 1e-6)
        True
        """
        if self.family == "poisson":
            raise SettingError("a Poisson family has no dispersion; say family='nb2'")
        return curves.dispersion_test(prepare(self, frame).problem)

    def profile_interval(
        self,
        frame: pd.DataFrame,
        params: Sequence[str] | None = None,
        *,
        level: float = 0.9,
    ) -> xr.Dataset:
        r"""Intervals that follow the likelihood where it is skewed.

        .. math:: \{\theta_j : 2\,(\ell(\hat\theta) -
                  \max_{\theta_{-j}} \ell(\theta)) \le \chi^2_{1}(\text{level})\}

        Slower than :meth:`CountRegressionFit.conf_int`, and better for the dispersion
        and in small tables. It rests on the law alone, whatever ``covariance`` says.

        Parameters
        ----------
        frame : DataFrame
            As in :meth:`fit`.
        params : sequence of str, optional
            Names of parameters; by default all.
        level : float
            Coverage.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``; an end may be infinite.

        Raises
        ------
        SettingError
            If there is no such parameter.

        Examples
        --------
        For a single Poisson mean the ends have the same likelihood:

        >>> model = CountRegression(formula="deaths ~ 1", family="poisson")
        >>> ends = model.profile_interval(pd.DataFrame({"deaths": [3, 5]}))
        >>> log_lik = [8 * eta - 2 * np.exp(eta) for eta in (ends.lower, ends.upper)]
        >>> bool(np.isclose(*log_lik))
        True
        """
        data = prepare(self, frame)
        return curves.profile(data.problem, params, _check.level(level))

    def mechanism_sensitivity(
        self,
        frame: pd.DataFrame,
        *,
        qualifier: str = "at_least",
        mechanisms: Sequence[str] = ("exact", "confirmed", "coarsened"),
        found: Sequence[float] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        level: float = 0.9,
    ) -> xr.Dataset:
        """Refit over the ways in which one kind of report can be read.

        What a report is taken to mean is an assumption; this is what it does to the
        answer. Draw it with :func:`conflictstats.plot_mechanism_sensitivity`.

        Parameters
        ----------
        frame : DataFrame
            As in :meth:`fit`; the formula must name the column of qualifiers.
        qualifier : str
            The reports that are read in another way.
        mechanisms : sequence of str
            The ways; ``confirmed`` is fitted with each share found.
        found : sequence of float
            Shares found.
        level : float
            Coverage.

        Returns
        -------
        Dataset, dims (case, param)
            ``estimate``, ``lower``, ``upper``, with ``mechanism``, ``found`` (NaN where
            it plays no part), ``status`` and ``loglik`` by case.

        Raises
        ------
        SettingError
            If the formula has no qualifier, or a mechanism is not known.

        Examples
        --------
        All read as half found, the mean doubles:

        >>> reports = pd.DataFrame({"low": [3.0, 5.0], "high": np.inf})
        >>> reports["how"] = "at_least"
        >>> model = CountRegression(
        ...     formula="reported(low, high, how) ~ 1", family="poisson"
        ... )
        >>> curve = model.mechanism_sensitivity(
        ...     reports, mechanisms=["exact", "confirmed"], found=[0.5]
        ... )
        >>> np.exp(curve["estimate"]).values.ravel()
        array([4., 8.])
        """
        cases = [
            (name, share)
            for name in mechanisms
            for share in (found if name == "confirmed" else (np.nan,))
        ]
        return curves.over_mechanisms(self, frame, qualifier, cases, level)

    def _estimate(self, data: Prepared) -> Estimate | None:
        """The largest likelihood, or None where every count is zero."""
        if not data.problem.reports.low.any():
            return None
        return estimate(data.problem)

    def _covariance(self, data: Prepared, found: Estimate | None) -> FloatArray:
        """Covariance of the parameters as they were estimated."""
        if found is None:
            return np.empty((0, 0))
        if self.covariance == "observed":
            return found.covariance
        if data.cluster is not None:
            meat = covariance.cluster_meat(found, data.cluster)
        elif self.covariance == "hac":
            by_size = int(4 * (found.problem.n / 100) ** (2 / 9))
            meat = covariance.hac_meat(
                found, by_size if self.lags is None else self.lags
            )
        else:
            meat = covariance.robust_meat(found, corrected=self.covariance == "hc1")
        return covariance.sandwich(found, meat)
