"""All models of several tables, each fitted once, where it can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.log_linear.existence import (
    FINE,
    Reduced,
    existence_codes,
    reduced,
)
from conflictstats.numerics.log_linear.hierarchy import Models
from conflictstats.numerics.log_linear.poisson import Table, poisson_fits

AT_ONCE = 4_000_000
"""Expected counts that are held at once."""
ENOUGH = 64
"""Tables from which on each model is fitted alone, without room for others' effects."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelFits:
    """What each model says of each table.

    Attributes
    ----------
    code : ndarray of int, shape (table, model)
        As :func:`existence_codes` gives them; where it is not 0, or the search did not
        end, the rest is not a number.
    log_unlisted : ndarray, shape (table, model)
        Log of the people on no list.
    variance : ndarray, shape (table, model)
        Of that, from the inverse information.
    loglik : ndarray, shape (table, model)
        Poisson log likelihood.
    """

    code: IntArray
    log_unlisted: FloatArray
    variance: FloatArray
    loglik: FloatArray

    def aic(self, models: Models) -> FloatArray:
        """Akaike's information criterion.

        Parameters
        ----------
        models : Models
            The models that were fitted.

        Returns
        -------
        ndarray, shape (table, model)
            Twice the parameters less twice the log likelihood.
        """
        return 2 * (models.n_parameters - self.loglik)

    def bic(self, models: Models, units: Float[np.ndarray, " table"]) -> FloatArray:
        """Schwarz' Bayesian information criterion.

        Parameters
        ----------
        models : Models
            The models that were fitted.
        units : ndarray, shape (table,)
            What a parameter costs the logarithm of.

        Returns
        -------
        ndarray, shape (table, model)
            The penalty less twice the log likelihood.
        """
        return models.n_parameters * np.log(units)[:, None] - 2 * self.loglik


def fit_models(models: Models, counts: Float[np.ndarray, "table cell"]) -> ModelFits:
    """Fit all models to all tables.

    Models that differ by effects of minus infinity alone are fitted once, and tables
    with records in the same cells are looked at once for whether maxima exist.

    Parameters
    ----------
    models : Models
        The models.
    counts : ndarray, shape (table, 2**J)
        People, at each binary number; that of the unlisted is not read.

    Returns
    -------
    ModelFits
        What each model says of each table.

    Examples
    --------
    Two independent lists, once with 60, 30 and 20 records and once with 9, 9 and 3:

    >>> from conflictstats.numerics.log_linear.hierarchy import model_of
    >>> counts = np.array([[0.0, 60, 30, 20], [0, 9, 9, 3]])
    >>> np.exp(fit_models(model_of(2, []), counts).log_unlisted[:, 0]).round(6)
    array([90., 27.])
    """
    shape = (len(counts), len(models.within))
    found = ModelFits(np.zeros(shape, np.int64), *np.full((3, *shape), np.nan))
    patterns, which = np.unique(counts > 0, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        left, at = reduced(models, pattern.astype(float)).different()
        code = existence_codes(left, models.effects, pattern.astype(float))
        tables = np.flatnonzero(which.reshape(-1) == k)
        found.code[tables] = code[at]
        some = max(1, AT_ONCE // left.keep.size)
        for first in range(0, len(tables), some):
            rows = tables[first : first + some]
            values = _fitted(left, code == FINE, models.effects, counts[rows])
            for name, value in values.items():
                getattr(found, name)[rows] = value[:, at]
    return found


def table_of(
    models: Models, counts: Float[np.ndarray, " cell"], which: IntArray | None = None
) -> Table:
    """What is fitted of a table, one row a model.

    Parameters
    ----------
    models : Models
        The models.
    counts : ndarray, shape (2**J,)
        People, at each binary number.
    which : ndarray of int, optional
        Numbers of the models; all by default.

    Returns
    -------
    Table
        Without the effects that are minus infinity.
    """
    left = reduced(models, counts)
    rows = np.arange(len(left.free)) if which is None else which
    each = np.broadcast_to(counts, (len(rows), len(counts)))
    return Table(each, models.effects, left.free[rows], left.keep[rows])


def _fitted(
    left: Reduced, fine: BoolArray, effects: IntArray, counts: FloatArray
) -> dict[str, FloatArray]:
    """Fit the models that have a maximum to tables that are alike."""
    same = special.gammaln(counts[:, 1:] + 1).sum(axis=1)
    values = np.full((3, len(counts), len(fine)), np.nan)
    for which in _together(np.flatnonzero(fine), len(counts)):
        used = left.free[which].any(axis=0)
        table = Table(
            np.repeat(counts, len(which), axis=0),
            effects[used],
            np.tile(left.free[np.ix_(which, used)], (len(counts), 1)),
            np.tile(left.keep[which], (len(counts), 1)),
        )
        fits = poisson_fits(table)
        each = np.stack([fits.coefficients[:, 0], fits.variance, fits.value])
        each[:, ~fits.settled] = np.nan
        values[:, :, which] = each.reshape(3, len(counts), len(which))
    values[2] -= same[:, None]
    return dict(zip(("log_unlisted", "variance", "loglik"), values, strict=True))


def _together(models: IntArray, tables: int) -> list[IntArray]:
    """Models that are fitted side by side: alone where there are enough tables."""
    if tables >= ENOUGH or not models.size:
        return list(models[:, None])
    return [models]
