"""What log-linear models say, in the words of the lists."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.log_linear.existence import reduced
from conflictstats.numerics.log_linear.fitting import ModelFits, table_of
from conflictstats.numerics.log_linear.hierarchy import Models
from conflictstats.numerics.log_linear.poisson import poisson_fits
from conflictstats.numerics.log_linear.profile import ROOTS, profiles

StrArray: TypeAlias = NDArray[np.str_]
Given: TypeAlias = str | Sequence[Sequence[str]]
COLUMNS = (
    *("weight", "log_unlisted", "log_std_err", "deviance", "degrees_of_freedom"),
    *("aic", "bic", "n_parameters", "code", "terms"),
)
NO_MODELS = xr.Dataset(
    {
        name: ("model", np.empty(0, {"terms": str, "code": int}.get(name, float)))
        for name in COLUMNS
    }
)
"""What models say where there are none."""


def given_terms(selection: Given, names: tuple[str, ...]) -> list[int]:
    """Interactions of lists as binary numbers.

    Parameters
    ----------
    selection : str or sequence of sequence of str
        A word, for which there are none, or lists by their names.
    names : tuple of str
        The lists.

    Returns
    -------
    list of int
        One for each interaction.

    Raises
    ------
    SettingError
        If there is no list of such a name.
    """
    if isinstance(selection, str):
        return []
    wrong = {name for term in selection for name in term} - set(names)
    if wrong:
        raise SettingError(
            f"selection must name lists out of {', '.join(names)}; got "
            f"{', '.join(sorted(wrong))}"
        )
    return [sum(1 << names.index(name) for name in set(term)) for term in selection]


def described(
    found: ModelFits,
    models: Models,
    counts: FloatArray,
    bic: FloatArray,
    score: FloatArray,
) -> xr.Dataset:
    """What each model says of one table.

    Parameters
    ----------
    found : ModelFits
        Fits of that table.
    models : Models
        The models.
    counts : ndarray, shape (2**J,)
        People.
    bic : ndarray, shape (model,)
        Of each model.
    score : ndarray, shape (model,)
        AIC or BIC, from which the weights are; infinite without an estimate.

    Returns
    -------
    Dataset, dims (model,)
        As :class:`LogLinearFit` names them, but for their ``terms``.
    """
    some = counts[counts > 0]
    perfect = (some * np.log(some) - some - special.gammaln(some + 1)).sum()
    fine = np.isfinite(score)
    weight = np.zeros(len(score))
    if fine.any():
        weight[fine] = special.softmax(-score[fine] / 2)
    left = reduced(models, counts)
    each = (
        weight,
        found.log_unlisted[0],
        np.sqrt(found.variance[0]),
        2 * (perfect - found.loglik[0]),
        left.keep.sum(axis=1) - left.free.sum(axis=1),
        found.aic(models)[0],
        bic,
        models.n_parameters,
        found.code[0],
    )
    named = zip(COLUMNS[:-1], each, strict=True)
    return xr.Dataset({name: ("model", value) for name, value in named})


def interactions(effects: IntArray, names: tuple[str, ...]) -> StrArray:
    """Effects by the names of their lists.

    Parameters
    ----------
    effects : ndarray of int, shape (effect,)
        Binary numbers.
    names : tuple of str
        The lists.

    Returns
    -------
    ndarray of str, shape (effect,)
        Such as ``"EXH·ABA"``; "unlisted" for the intercept, which is their log.
    """
    each = [
        "·".join(name for j, name in enumerate(names) if effect >> j & 1)
        for effect in effects.tolist()
    ]
    return np.array([name or "unlisted" for name in each], dtype=str)


def terms_of(models: Models, names: tuple[str, ...]) -> StrArray:
    """Models by their largest interactions.

    Parameters
    ----------
    models : Models
        The models.
    names : tuple of str
        The lists.

    Returns
    -------
    ndarray of str, shape (model,)
        Such as ``"EXH·ABA, HRW"``.
    """
    effects = interactions(models.effects, names)
    return np.array([", ".join(effects[own]) for own in models.generators()])


def coefficients(
    best: Models, counts: FloatArray, names: tuple[str, ...]
) -> xr.Dataset:
    """Effects of the first of some models.

    Parameters
    ----------
    best : Models
        The models.
    counts : ndarray, shape (2**J,)
        People.
    names : tuple of str
        The lists.

    Returns
    -------
    Dataset, dims (effect,)
        ``coefficient``, minus infinity where no record has the effect.
    """
    table = table_of(best, counts, np.arange(1))
    value = np.where(table.free[0], poisson_fits(table).coefficients[0], -np.inf)
    own = best.within[0]
    effects = interactions(best.effects, names)
    return xr.Dataset(
        {"coefficient": ("effect", value[own])}, coords={"effect": effects[own]}
    )


def profiled(
    best: Models,
    counts: FloatArray,
    number: int,
    likelihood: Literal["multinomial", "poisson"],
) -> xr.Dataset:
    """Profile of the first of some models.

    Parameters
    ----------
    best : Models
        The models.
    counts : ndarray, shape (2**J,)
        People.
    number : int
        How many of them.
    likelihood : {"multinomial", "poisson"}
        Which.

    Returns
    -------
    Dataset, dims (profiled, root)
        ``unlisted_at``, log people, and its ``slope``.
    """
    table = table_of(best, counts, np.arange(min(number, len(best.within))))
    found = profiles(table, poisson_fits(table), likelihood)
    dims = ("profiled", "root")
    return xr.Dataset(
        {"unlisted_at": (dims, found.log_unlisted), "slope": (dims, found.slope)},
        coords={"root": ROOTS},
    )
