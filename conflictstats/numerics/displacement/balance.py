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


class Balance:
    r"""Stock and flows that follow from what moves in each cell, with derivatives.

    .. math:: I_t = N_{t-1} (1 - e^{-\lambda_t / P}), \quad
              R_t = r_t S_{t-1} + r'_t I_t, \quad X_t = x_t S_{t-1} + x'_t I_t,

              S_t = S_{t-1} + I_t - R_t - X_t, \qquad N_t = N_{t-1} - I_t + R_t

    with :math:`P = S_0 + N_0`. Where the population has no limit, the inflow is the
    potential one :math:`\lambda_t`.

    Parameters
    ----------
    fractions : Fractions
        Of T cells.
    population : ndarray, shape (chains,), optional
        :math:`P`, persons; no limit by default.

    Examples
    --------
    Two hundred flee a death, half of what is left of them each day, and a tenth of the
    displaced return each day:

    >>> deaths = np.array([0, 10, 0, 0, 5, 0, 0, 0])
    >>> weights = 0.5 ** np.arange(1, 9)
    >>> potential = 200 * np.convolve(deaths, weights)[None, :8]
    >>> none = np.zeros((1, 8))
    >>> moves = Fractions(potential, none + 0.1, none, none, none)
    >>> Balance(moves).course(np.zeros(1)).stock[0, 1:].round(3)
    array([   0.   , 1000.   , 1400.   , 1510.   , 1984.   , 2098.1  ,
           2044.54 , 1918.211])
    """

    def __init__(
        self,
        fractions: Fractions,
        population: Float[np.ndarray, " chains"] | None = None,
    ) -> None:
        self.fractions, self.population = fractions, population
        self.stay = 1 - fractions.returns - fractions.departures
        self.stay_new = 1 - fractions.new_returns - fractions.new_departures
        self.fleeing = fractions.potential
        if population is not None:
            self.fleeing = -np.expm1(-fractions.potential / population[:, None])

    def course(self, start: Float[np.ndarray, " chains"]) -> Course:
        """Stock and flows.

        Parameters
        ----------
        start : ndarray, shape (chains,)
            Persons displaced before the first cell.

        Returns
        -------
        Course
            Persons.
        """
        moves, inflow = self.fractions, self.fleeing
        stock, left = np.ones((2, len(start), inflow.shape[1] + 1))
        stock[:, 0] = start
        if self.population is None:
            entered = self.stay_new * inflow
            entered[:, 0] += self.stay[:, 0] * start
            stock[:, 1:] = _solve(self._bands_alone(), entered, transposed=False)
        else:
            left[:, 0] = self.population - start
            entered = np.zeros((*inflow.shape, 2))
            fled = inflow[:, 0] * left[:, 0]
            home = moves.new_returns[:, 0] - 1
            entered[:, 0, 0] = self.stay[:, 0] * start + self.stay_new[:, 0] * fled
            entered[:, 0, 1] = left[:, 0] + moves.returns[:, 0] * start + home * fled
            after = _solve(self._bands(), entered, transposed=False)
            stock[:, 1:], left[:, 1:] = after.transpose(2, 0, 1)
            inflow = inflow * left[:, :-1]
        before = stock[:, :-1]
        return Course(
            stock,
            left,
            inflow,
            moves.returns * before + moves.new_returns * inflow,
            moves.departures * before + moves.new_departures * inflow,
        )

    def pull_back(
        self, found: Course, slope: Course
    ) -> tuple[Fractions, FloatArray, FloatArray]:
        """Derivatives in what moves, from derivatives in the course.

        Parameters
        ----------
        found : Course
            What :meth:`course` gave.
        slope : Course
            Derivatives of a function in each of its entries, or of n functions for one
            chain; those in ``at_risk`` are taken to be 0.

        Returns
        -------
        Fractions
            Derivatives of that function in each entry of the fractions.
        ndarray, shape (chains,)
            In ``start``.
        ndarray, shape (chains,)
            In the population; 0 where there is none.
        """
        moves, fleeing = self.fractions, self.fleeing
        before, left = found.stock[:, :-1], found.at_risk[:, :-1]
        of_new = slope.inflow + slope.returns * moves.new_returns
        of_new += slope.departures * moves.new_departures
        in_stock = slope.stock.copy()
        in_stock[:, :-1] += slope.returns * moves.returns
        in_stock[:, :-1] += slope.departures * moves.departures
        if self.population is None:
            stock = _solve(self._bands_alone(), in_stock[:, 1:], transposed=True)
            lost, kept = stock, stock * self.stay_new
        else:
            local = np.zeros((*in_stock.shape, 2))
            local[..., 0] = in_stock
            local[:, :-1, 1] = of_new * fleeing
            later = _solve(self._bands(), local[:, 1:], transposed=True)
            stock, at_risk = later.transpose(2, 0, 1)
            lost = stock - at_risk
            kept = lost * (1 - moves.new_returns) - stock * moves.new_departures
        home, away = slope.returns - lost, slope.departures - stock
        in_start = in_stock[:, 0] + self.stay[:, 0] * stock[:, 0]
        moved = Fractions(
            (of_new + kept) * left,
            home * before,
            away * before,
            home * found.inflow,
            away * found.inflow,
        )
        if self.population is None:
            return moved, in_start, np.zeros_like(in_start)
        in_start += moves.returns[:, 0] * at_risk[:, 0]
        in_left = local[:, 0, 1] + fleeing[:, 0] * kept[:, 0] + at_risk[:, 0]
        each = moved.potential * (1 - fleeing) / self.population[:, None]
        share = (each * moves.potential).sum(axis=1) / self.population
        return moved._replace(potential=each), in_start - in_left, in_left - share

    def _bands(self) -> FloatArray:
        """Bands of the triangular system of all states, shape (4, 2 T chains).

        The unknowns are (stock, at risk) after each cell, chain by chain; the entry of
        a column in band k stands k rows below the diagonal.
        """
        moves, fleeing = self.fractions, self.fleeing
        bands = np.zeros((*fleeing.shape, 2, 4))
        bands[:, :-1, 1, 1] = -(fleeing * self.stay_new)[:, 1:]
        bands[:, :-1, 0, 2] = -self.stay[:, 1:]
        bands[:, :-1, 1, 2] = (fleeing * (1 - moves.new_returns) - 1)[:, 1:]
        bands[:, :-1, 0, 3] = -moves.returns[:, 1:]
        return bands.reshape(-1, 4).T

    def _bands_alone(self) -> FloatArray:
        """The same of the stocks alone, shape (2, T chains)."""
        bands = np.zeros((*self.stay.shape, 2))
        bands[:, :-1, 1] = -self.stay[:, 1:]
        return bands.reshape(-1, 2).T


def _solve(bands: FloatArray, right: FloatArray, *, transposed: bool) -> FloatArray:
    """Solution of a triangular system or its transpose, in the shape of ``right``.

    That system is of all chains together, or of one of them for every row of ``right``.
    """
    found, info = linalg.lapack.dtbtrs(
        bands,
        right.reshape(-1, bands.shape[1]).T,
        uplo="L",
        trans="T" if transposed else "N",
        diag="U",
    )
    if info:
        raise ArithmeticError(f"the balance of people has no solution ({info})")
    return found.T.reshape(right.shape)
