"""What moves in each cell, given the standard normal numbers that a state is made of.

A state is the row (scalars, lag, noise of the inflow, noise of the returns, effects of
the reports); all are independent standard normal a priori.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.displacement import lag
from conflictstats.numerics.displacement.balance import Fractions
from conflictstats.numerics.displacement.exits import Exits
from conflictstats.numerics.displacement.lag import LagLaw
from conflictstats.numerics.displacement.noise import Noise


@dataclass(frozen=True, slots=True)
class Scalars:
    """Log-normal numbers, in the order of their names.

    Attributes
    ----------
    names : tuple of str
        What they are.
    median, log_sd : ndarray, shape (k,)
        Of their priors.
    """

    names: tuple[str, ...]
    median: FloatArray
    log_sd: FloatArray

    def values(self, scores: Float[np.ndarray, "chains k"]) -> dict[str, FloatArray]:
        """Numbers by name, shape (chains,) each.

        Parameters
        ----------
        scores : ndarray, shape (chains, k)
            Standard normal a priori.

        Returns
        -------
        dict of str to ndarray
            Positive numbers.
        """
        found = self.median * np.exp(self.log_sd * scores)
        return dict(zip(self.names, found.T, strict=True))

    def pull_back(
        self, values: dict[str, FloatArray], slope: dict[str, FloatArray]
    ) -> Float[np.ndarray, "chains k"]:
        """Derivatives in the scores, from those in the numbers; 0 where none is told.

        Parameters
        ----------
        values, slope : dict of str to ndarray
            Numbers, and derivatives of a function in them, shape (chains,) each.

        Returns
        -------
        ndarray, shape (chains, k)
            Derivatives.
        """
        none = np.zeros(1)
        parts = [values[name] * slope.get(name, none) for name in self.names]
        return np.column_stack(np.broadcast_arrays(*parts)) * self.log_sd


class Drive(NamedTuple):
    """Inflow without noise where one a day flees at the mean of violence.

    Attributes
    ----------
    weights : ndarray, shape (chains, L)
        Of the lags.
    shares : ndarray, shape (chains, 1 + kinds)
        Of the inflow at the mean of violence: without it, and with each kind.
    courses : list of ndarray, shape (chains, T) or (T,)
        Days of each cell, and each kind of violence spread over the lags.
    inflow : ndarray, shape (chains, T)
        All of it.
    """

    weights: FloatArray
    shares: FloatArray
    courses: list[FloatArray]
    inflow: FloatArray


class Moves(NamedTuple):
    """What moves, and what it was made of.

    Attributes
    ----------
    fractions : Fractions
        Shape (chains, T) each.
    values : dict of str to ndarray
        Scalars by name.
    drive : Drive
        Inflow without noise.
    noise, return_noise : ndarray, shape (chains, k)
        Log factors of the pieces of the inflow and of the returns, in standard
        deviations.
    at_level : ndarray, shape (chains, T)
        What the drive is multiplied by.
    exits : Exits
        How the displaced leave.
    """

    fractions: Fractions
    values: dict[str, FloatArray]
    drive: Drive
    noise: FloatArray
    return_noise: FloatArray
    at_level: FloatArray
    exits: Exits


@dataclass(frozen=True)
class Rates:
    r"""Rates of flight and return.

    .. math:: \lambda_t = G\, e^{u_t} \Big(f_0\,d_t
              + \sum_v f_v \sum_l w_l \frac{V_{v, t - l}}{\bar V_v}
              + f_- \frac{V_{t+}}{\bar V}\Big), \qquad
              \rho_t = \rho\, e^{v_t}

    with :math:`G` the persons who flee a day at the mean of violence and
    :math:`f = \text{softmax}(0, s z_1, s z_2, \dots)` how that divides into what comes
    without violence and what goes with each kind. Shares of the displaced who leave in
    a cell of :math:`d_t` days are :math:`1 - e^{-(\rho_t + \chi) d_t}`, in the
    proportion of the two rates.

    Attributes
    ----------
    days : ndarray, shape (T,)
        Days of each cell.
    scalars : Scalars
        ``level``, ``noise_sd``, ``return_rate``, ``return_noise_sd``, and what else the
        model has.
    law : LagLaw
        Of the weights.
    windows : ndarray, shape (drivers, L, T)
        Violence so many cells before each cell, over its mean a day.
    ahead : ndarray, shape (T,), optional
        Mean violence in the cells that come after, over its mean a day, where flight
        may come first.
    share_sd : float
        :math:`s`.
    noise, return_noise : Noise
        Of the inflow and of the returns.
    """

    days: FloatArray
    scalars: Scalars
    law: LagLaw
    windows: FloatArray
    ahead: FloatArray | None
    share_sd: float
    noise: Noise
    return_noise: Noise

    @cached_property
    def parts(self) -> dict[str, slice]:
        """Where in a state the numbers of each part stand."""
        sizes = {
            "scalars": len(self.scalars.names),
            "shares": len(self.windows) + (self.ahead is not None),
            "lag": self.law.size if len(self.windows) else 0,
            "noise": len(self.noise.first),
            "return_noise": len(self.return_noise.first),
        }
        ends = np.cumsum(list(sizes.values())).tolist()
        return {
            name: slice(end - size, end)
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    @property
    def size(self) -> int:
        """Numbers of a state that the rates are made of."""
        return self.parts["return_noise"].stop

    def drive(self, state: Float[np.ndarray, "chains k"]) -> Drive:
        """Inflow without noise.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori; only shares and lag are read.

        Returns
        -------
        Drive
            With what it was made of.
        """
        weights = np.zeros((len(state), 0))
        if len(self.windows):
            weights = lag.weights(self.law, state[:, self.parts["lag"]])
        shares = softmax(self.share_sd * state[:, self.parts["shares"]])
        courses = [self.days, *(weights @ each for each in self.windows)]
        if self.ahead is not None:
            courses.append(self.ahead)
        inflow = np.zeros((len(state), self.days.size))
        for share, course in zip(shares.T, courses, strict=True):
            inflow += share[:, None] * course
        return Drive(weights, shares, courses, inflow)

    def pull_back_drive(
        self,
        state: Float[np.ndarray, "#chains k"],
        drive: Drive,
        slope: Float[np.ndarray, "chains T"],
    ) -> tuple[Float[np.ndarray, "chains shares"], Float[np.ndarray, "chains lag"]]:
        """Derivatives in the shares and the lag, from those in the inflow of a drive.

        Parameters
        ----------
        state, drive : ndarray, Drive
            As given to and by :meth:`drive`.
        slope : ndarray, shape (chains, T)
            Derivatives of a function.

        Returns
        -------
        ndarray, shape (chains, kinds)
            In the scores of the shares.
        ndarray, shape (chains, size)
            In the scores of the lag.
        """
        told = [(slope * course).sum(axis=1) for course in drive.courses]
        in_shares = np.column_stack(told) * drive.shares
        total = in_shares.sum(axis=1, keepdims=True)
        in_scores = self.share_sd * (in_shares - total * drive.shares)[:, 1:]
        own = state[:, self.parts["lag"]]
        if not len(self.windows):
            return in_scores, own
        in_weights = np.zeros((len(slope), self.windows.shape[1]))
        for share, each in zip(drive.shares.T[1:], self.windows, strict=False):
            in_weights += share[:, None] * (slope @ each.T)
        return in_scores, lag.pull_back(self.law, own, drive.weights, in_weights)

    def moves(
        self, state: Float[np.ndarray, "chains k"], drive: Drive | None = None
    ) -> Moves:
        """What moves in each cell.

        Parameters
        ----------
        state : ndarray, shape (chains, k)
            Standard normal a priori; entries after ``size`` are not read.
        drive : Drive, optional
            Of this state, where it is known.

        Returns
        -------
        Moves
            With what it was made of.
        """
        parts = self.parts
        drive = drive or self.drive(state)
        values = self.scalars.values(state[:, parts["scalars"]])
        noise = self.noise.by_piece(state[:, parts["noise"]])
        again = self.return_noise.by_piece(state[:, parts["return_noise"]])
        at_level = self.noise.by_cell(noise, values["noise_sd"])
        at_level *= values["level"][:, None]
        rate = values["return_rate"][:, None] * self.days
        home = rate * self.return_noise.by_cell(again, values["return_noise_sd"])
        away = values.get("departure_rate", np.zeros(len(state)))[:, None] * self.days
        exits = Exits(home, home + away)
        fractions = Fractions(
            at_level * drive.inflow, *exits.shares(1.0), *exits.shares(self._of_new)
        )
        return Moves(fractions, values, drive, noise, again, at_level, exits)

    def pull_back(
        self, moves: Moves, slope: Fractions
    ) -> tuple[Float[np.ndarray, "chains n"], dict[str, FloatArray]]:
        """Derivatives in the state, from those in what moves.

        Parameters
        ----------
        moves : Moves
            What :meth:`moves` gave.
        slope : Fractions
            Derivatives of a function in each entry.

        Returns
        -------
        ndarray, shape (chains, size)
            Derivatives of that function; those of the scalars, the shares and the lag
            are left at 0.
        dict of str to ndarray
            Derivatives in the scalars, which others may add to.
        """
        parts, values, of = self.parts, moves.values, moves.fractions
        found = np.zeros((len(slope.potential), self.size))
        log_slope = slope.potential * of.potential
        scalars = {"level": log_slope.sum(axis=1) / values["level"]}
        found[:, parts["noise"]], scalars["noise_sd"] = self.noise.pull_back(
            moves.noise, values["noise_sd"], log_slope
        )
        exits = moves.exits
        before = exits.pull_back(
            1.0, of.returns + of.departures, (slope.returns, slope.departures)
        )
        new = exits.pull_back(
            self._of_new,
            of.new_returns + of.new_departures,
            (slope.new_returns, slope.new_departures),
        )
        in_log = (before[0] + new[0]) * exits.home
        scalars["return_rate"] = in_log.sum(axis=1) / values["return_rate"]
        if "departure_rate" in values:
            scalars["departure_rate"] = (before[1] + new[1]) @ self.days
        again, sd = parts["return_noise"], values["return_noise_sd"]
        found[:, again], scalars["return_noise_sd"] = self.return_noise.pull_back(
            moves.return_noise, sd, in_log
        )
        return found, scalars

    @cached_property
    def _of_new(self) -> FloatArray:
        """Part of a cell in which those who flee in it may leave again, shape (T,).

        As if they fled evenly over its days, and nobody left on the day of fleeing.
        """
        return (self.days - 1) / (2 * self.days)


def softmax(
    scores: Float[np.ndarray, "chains k"],
) -> Float[np.ndarray, "chains k_and_1"]:
    """Shares in the proportion of 1 and the exponentials of the scores.

    Parameters
    ----------
    scores : ndarray, shape (chains, k)
        Any numbers.

    Returns
    -------
    ndarray, shape (chains, 1 + k)
        Positive, with sum one.

    Examples
    --------
    >>> softmax(np.log([[1.0, 2.0]]))
    array([[0.25, 0.25, 0.5 ]])
    """
    logs = np.concatenate([np.zeros((len(scores), 1)), scores], axis=1)
    rising = np.exp(logs - logs.max(axis=1, keepdims=True))
    return rising / rising.sum(axis=1, keepdims=True)
