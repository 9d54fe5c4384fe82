"""The balance of people: who is displaced and who is not, cell by cell.

A cell is a day, or any other piece of time. Chains are the first axis throughout.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg

from conflictstats._typing import FloatArray


class Fractions(NamedTuple):
    """What moves in each cell, shape (chains, T) each.

    Attributes
    ----------
    potential : ndarray
        Persons who would flee in the cell if nobody had before.
    returns, departures : ndarray
        Share of those displaced before it who return, or leave for elsewhere, in the
        cell.
    new_returns, new_departures : ndarray
        The same of those who flee in it; 0 where cells are days.
    """

    potential: FloatArray
    returns: FloatArray
    departures: FloatArray
    new_returns: FloatArray
    new_departures: FloatArray


class Course(NamedTuple):
    """The balance of people, shape (chains, T + 1) or (T, chains) each.

    Attributes
    ----------
    stock, at_risk : ndarray, shape (chains, T + 1)
        Persons displaced, and not displaced, before the first cell and after each;
        ``at_risk`` is 1 where the population has no limit.
    inflow, returns, departures : ndarray, shape (chains, T)
        Persons who fled, returned and left for elsewhere in each cell.
    """

    stock: FloatArray
    at_risk: FloatArray
    inflow: FloatArray
    returns: FloatArray
    departures: FloatArray


def course(
    fractions: Fractions,
    start: Float[np.ndarray, " chains"],
    population: Float[np.ndarray, " chains"] | None = None,
) -> Course:
    r"""Stock and flows that follow from what moves in each cell.

    .. math:: I_t = N_{t-1} (1 - e^{-\lambda_t / P}), \quad
              R_t = r_t S_{t-1} + r'_t I_t, \quad X_t = x_t S_{t-1} + x'_t I_t,

              S_t = S_{t-1} + I_t - R_t - X_t, \qquad N_t = N_{t-1} - I_t + R_t

    with :math:`P = S_0 + N_0`. Where the population has no limit, the inflow is the
    potential one :math:`\lambda_t`.

    Parameters
    ----------
    fractions : Fractions
        Of T cells.
    start : ndarray, shape (chains,)
        Persons displaced before the first cell.
    population : ndarray, shape (chains,), optional
        :math:`P`, persons; no limit by default.

    Returns
    -------
    Course
        Persons.

    Examples
    --------
    Two hundred flee a death, half of what is left of them each day, and a tenth of the
    displaced return each day:

    >>> deaths = np.array([0, 10, 0, 0, 5, 0, 0, 0])
    >>> weights = 0.5 ** np.arange(1, 9)
    >>> potential = 200 * np.convolve(deaths, weights)[None, :8]
    >>> none = np.zeros((1, 8))
    >>> moves = Fractions(potential, none + 0.1, none, none, none)
    >>> course(moves, np.zeros(1)).stock[0, 1:].round(3)
    array([   0.   , 1000.   , 1400.   , 1510.   , 1984.   , 2098.1  ,
           2044.54 , 1918.211])
    """
    at_risk = np.ones_like(start) if population is None else population - start
    fleeing = _fleeing(fractions.potential, population)
    stays, returns = _stay(fractions), fractions.returns[:, 0]
    fled = fleeing[:, 0] * at_risk
    entered = np.zeros((*fleeing.shape, 2))
    entered[:, 0, 0] = stays.before[:, 0] * start + stays.new[:, 0] * fled
    entered[:, 0, 1] = at_risk
    if population is not None:
        home = fractions.new_returns[:, 0] - 1
        entered[:, 0, 1] += returns * start + home * fled
    after = _solve(_bands(fractions, fleeing, population), entered, transposed=False)
    first = np.stack([start, at_risk], axis=1)
    stock, left = np.concatenate([first[:, None], after], axis=1).transpose(2, 0, 1)
    inflow, before = fleeing * left[:, :-1], stock[:, :-1]
    return Course(
        stock,
        left,
        inflow,
        fractions.returns * before + fractions.new_returns * inflow,
        fractions.departures * before + fractions.new_departures * inflow,
    )


def pull_back(
    fractions: Fractions,
    population: Float[np.ndarray, " chains"] | None,
    found: Course,
    slope: Course,
) -> tuple[Fractions, FloatArray, FloatArray]:
    """Derivatives in what moves, from derivatives in the course.

    Parameters
    ----------
    fractions, population : Fractions, ndarray or None
        As given to :func:`course`.
    found : Course
        What it gave.
    slope : Course
        Derivatives of a function in each of its entries; those in ``at_risk`` are
        taken to be 0.

    Returns
    -------
    Fractions
        Derivatives of that function in each entry of ``fractions``.
    ndarray, shape (chains,)
        In ``start``.
    ndarray, shape (chains,)
        In ``population``; 0 where there is none.
    """
    before, left = found.stock[:, :-1], found.at_risk[:, :-1]
    fleeing = _fleeing(fractions.potential, population)
    of_new = slope.returns * fractions.new_returns
    of_new = slope.inflow + of_new + slope.departures * fractions.new_departures
    local = np.zeros((*found.stock.shape, 2))
    local[..., 0] = slope.stock
    local[:, :-1, 0] += slope.returns * fractions.returns
    local[:, :-1, 0] += slope.departures * fractions.departures
    local[:, :-1, 1] += of_new * fleeing
    bands = _bands(fractions, fleeing, population)
    stock, at_risk = _solve(bands, local[:, 1:], transposed=True).transpose(2, 0, 1)
    lost = stock if population is None else stock - at_risk
    kept = lost * (1 - fractions.new_returns) - stock * fractions.new_departures
    home, away = slope.returns - lost, slope.departures - stock
    moved = Fractions(
        (of_new + kept) * left,
        home * before,
        away * before,
        home * found.inflow,
        away * found.inflow,
    )
    in_start = local[:, 0, 0] + _stay(fractions).before[:, 0] * stock[:, 0]
    if population is None:
        return moved, in_start, np.zeros_like(in_start)
    in_start += fractions.returns[:, 0] * at_risk[:, 0]
    in_left = local[:, 0, 1] + fleeing[:, 0] * kept[:, 0] + at_risk[:, 0]
    each = moved.potential * (1 - fleeing) / population[:, None]
    share = (each * fractions.potential).sum(axis=1) / population
    return moved._replace(potential=each), in_start - in_left, in_left - share


class _Stay(NamedTuple):
    """Share who are displaced at the end of a cell, (chains, T) each."""

    before: FloatArray
    new: FloatArray


def _stay(fractions: Fractions) -> _Stay:
    """Of those displaced before it, and of those who flee in it."""
    return _Stay(
        1 - fractions.returns - fractions.departures,
        1 - fractions.new_returns - fractions.new_departures,
    )


def _fleeing(potential: FloatArray, population: FloatArray | None) -> FloatArray:
    """Share of those at risk who flee, or persons where there is no limit."""
    if population is None:
        return potential
    return -np.expm1(-potential / population[:, None])


def _bands(
    fractions: Fractions, fleeing: FloatArray, population: FloatArray | None
) -> FloatArray:
    """Bands of the triangular system of all states, shape (4, 2 T chains).

    The unknowns are (stock, at risk) after each cell, chain by chain; the entry of a
    column in band k stands k rows below the diagonal.
    """
    stays = _stay(fractions)
    bands = np.zeros((*fleeing.shape, 2, 4))
    bands[:, :-1, 1, 1] = -(fleeing * stays.new)[:, 1:]
    bands[:, :-1, 0, 2] = -stays.before[:, 1:]
    if population is None:
        bands[:, :-1, 1, 2] = -1.0
    else:
        bands[:, :-1, 1, 2] = (fleeing * (1 - fractions.new_returns) - 1)[:, 1:]
        bands[:, :-1, 0, 3] = -fractions.returns[:, 1:]
    return bands.reshape(-1, 4).T


def _solve(bands: FloatArray, right: FloatArray, *, transposed: bool) -> FloatArray:
    """Solution of the triangular system or its transpose, shape (chains, T, 2)."""
    found, info = linalg.lapack.dtbtrs(
        bands,
        right.reshape(-1, 1),
        uplo="L",
        trans="T" if transposed else "N",
        diag="U",
    )
    if info:
        raise ArithmeticError(f"the balance of people has no solution ({info})")
    return found.reshape(right.shape)
