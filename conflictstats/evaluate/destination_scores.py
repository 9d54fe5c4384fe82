"""How good forecasts of shares were, at dates on which some destinations reported."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy import optimize, special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.numerics.destinations.dirichlet import log_mass

FEWEST, MOST = np.log(0.1), np.log(1e8)
"""Log concentrations between which the best is looked for."""


def share_log_score(forecast: xr.Dataset, people: xr.DataArray, total: float) -> float:
    r"""Log probability that a forecast gave to the counts that were reported.

    Higher is better. Destinations that did not report are one category, so that only
    reports are scored.

    .. math:: \log \frac1S \sum_s \operatorname{DirMult}(y \mid N, \alpha_s p_s)

    Parameters
    ----------
    forecast : Dataset
        ``expected`` shares, dims (draw, destination), and ``concentration``, dims
        (draw,), as :meth:`conflictstats.DestinationsFit.predict` gives them; a point
        forecast has one draw.
    people : DataArray, dims (destination,)
        People reported; NaN where nothing was.
    total : float
        People in all destinations together.

    Returns
    -------
    float
        Natural log, constants included; 0 where nothing could be told apart.

    Raises
    ------
    SchemaError
        If more people were reported than the total has.

    References
    ----------
    .. [1] Gneiting, T. and Raftery, A. E. (2007). Strictly proper scoring rules,
       prediction, and estimation. *JASA* 102, 359-378.
       https://doi.org/10.1198/016214506000001437

    Examples
    --------
    With shares of one half and a concentration of two, all divisions are as likely:

    >>> even = xr.Dataset(
    ...     {
    ...         "expected": (("draw", "destination"), [[0.5, 0.5]]),
    ...         "concentration": ("draw", [2.0]),
    ...     },
    ...     {"destination": ["A", "B"]},
    ... )
    >>> told = xr.DataArray([7.0, np.nan], {"destination": ["A", "B"]}, "destination")
    >>> round(1 / float(np.exp(share_log_score(even, told, 9))), 6)
    10.0
    """
    _check.has_dims(people.dims, "destination", what="people")
    expected = forecast["expected"].transpose("draw", "destination")
    counts, shares = _categories(
        people.sel(destination=expected["destination"]).values, expected.values, total
    )
    parameters = forecast["concentration"].values[:, None] * shares
    mass = log_mass(counts, np.maximum(parameters, 1e-100))
    return float(special.logsumexp(mass) - np.log(mass.size))


def relative_difference(
    share: xr.DataArray, people: xr.DataArray, total: float
) -> float:
    r"""Difference of forecast and report, as a part of what was reported.

    Lower is better. It is the averaged relative difference of the simulations of camps
    [1]_, at the destinations that reported and nowhere else.

    .. math:: \frac{\sum_j |N p_j - y_j|}{\sum_j y_j}

    Parameters
    ----------
    share : DataArray, dims (destination,)
        Forecast shares of all destinations.
    people : DataArray, dims (destination,)
        People reported; NaN where nothing was.
    total : float
        People in all destinations together.

    Returns
    -------
    float
        0 where all is met; NaN where nobody was reported.

    References
    ----------
    .. [1] Suleimenova, D., Bell, D. and Groen, D. (2017). A generalized simulation
       development approach for predicting refugee destinations. *Scientific Reports* 7,
       13377. https://doi.org/10.1038/s41598-017-13828-9

    Examples
    --------
    >>> at = {"destination": ["A", "B"]}
    >>> share = xr.DataArray([0.5, 0.5], at, "destination")
    >>> told = xr.DataArray([80.0, np.nan], at, "destination")
    >>> relative_difference(share, told, 100)
    0.375
    """
    away = float(abs(total * share - people).sum("destination"))
    told = float(people.sum("destination"))
    return float(away / told) if told > 0 else float("nan")


def fitted_concentration(
    shares: xr.DataArray, people: xr.DataArray, totals: xr.DataArray
) -> float:
    """Concentration that makes past reports most probable, given past forecasts.

    It turns forecasts that are single shares into ones that have a log score.

    Parameters
    ----------
    shares : DataArray, dims (time, destination)
        What had been forecast.
    people : DataArray, dims (time, destination)
        What was reported; NaN where nothing was.
    totals : DataArray, dims (time,)
        People in all destinations together.

    Returns
    -------
    float
        Between 0.1 and a hundred million.

    Examples
    --------
    Forecasts that are right on each of many dates earn a large one:

    >>> coords = {"time": range(20), "destination": ["A", "B"]}
    >>> right = xr.DataArray(np.full((20, 2), 0.5), coords, ("time", "destination"))
    >>> fitted_concentration(right, 100 * right, 100 * right.sum("destination")) > 1e6
    True
    """
    parts = [
        _categories(people.sel(time=t).values, shares.sel(time=t).values, float(n))
        for t, n in zip(totals["time"].values, totals.values, strict=True)
    ]

    def height(log_concentration: float) -> float:
        scale = np.exp(log_concentration)
        return -sum(
            float(log_mass(counts, np.maximum(scale * share, 1e-100)))
            for counts, share in parts
        )

    found = optimize.minimize_scalar(height, bounds=(FEWEST, MOST), method="bounded")
    return float(np.exp(found.x))


def _categories(
    people: FloatArray, shares: FloatArray, total: float
) -> tuple[FloatArray, FloatArray]:
    """Counts and shares of those who reported, then of all others together."""
    seen = np.isfinite(people)
    rest = total - people[seen].sum()
    if rest < -0.5:
        raise SchemaError(
            f"{people[seen].sum():,.0f} people were reported, more than the total of "
            f"{total:,.0f}"
        )
    if seen.all():
        return people, shares
    others = shares[..., ~seen].sum(axis=-1, keepdims=True)
    counts = np.append(people[seen], max(rest, 0.0))
    return counts, np.concatenate([shares[..., seen], others], axis=-1)
