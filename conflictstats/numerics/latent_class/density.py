"""Posterior density of latent classes, with classes and the unlisted summed out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.latent_class.strata import Strata

FAINTEST = -600.0
"""Log share that is as good as none; the exponential of much less is slow."""


class Classes(NamedTuple):
    """What states say of each class; the last axis is of chains.

    Attributes
    ----------
    log_weight : ndarray, shape (classes, chains)
        Log share of everybody in a class.
    effects : ndarray, shape (lists + strata + 1, classes, chains)
        Logit of the chance that somebody of the class is on a list; log share of each
        stratum in the class, no such row where there is one stratum; log share of
        everybody that is in the class and on no list.
    on : ndarray, shape (lists, classes, chains)
        Chance of being on a list.
    seen : ndarray, shape (chains,)
        Share of everybody that is on one list at least.
    """

    log_weight: FloatArray
    effects: FloatArray
    on: FloatArray
    seen: FloatArray

    @property
    def log_odds(self) -> FloatArray:
        """Log odds of being on no list, shape (chains,)."""
        with np.errstate(divide="ignore"):
            hidden = np.logaddexp.reduce(self.effects[-1], axis=0)
            return np.asarray(hidden - np.log(self.seen))

    @property
    def log_odds_in_strata(self) -> FloatArray:
        """Log of the share unlisted in a stratum over all listed, (strata, chains)."""
        with np.errstate(divide="ignore"):
            unlisted = self.effects[len(self.on) : -1] + self.effects[-1]
            hidden = np.logaddexp.reduce(unlisted, axis=1)
            return np.asarray(hidden - np.log(self.seen))


class Working(NamedTuple):
    r"""Working values of states by what they are of; the last axis is of chains.

    Attributes
    ----------
    logits : ndarray, shape (lists, classes, chains)
        Of the chance of each class to be on each list.
    sticks : ndarray, shape (classes - 1, chains)
        :math:`\log w`.
    strata : Strata
        Without rows where there is one stratum.
    """

    logits: FloatArray
    sticks: FloatArray
    strata: Strata


class Look(NamedTuple):
    """Log density of states.

    Attributes
    ----------
    value : ndarray, shape (chains,)
        Up to a constant.
    slope : ndarray, shape (size, chains)
        Its gradient.
    log_likelihood : ndarray, shape (chains,)
        Not raised to any power.
    """

    value: FloatArray
    slope: FloatArray
    log_likelihood: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ClassDensity:
    r"""Log posterior density of latent classes given cells of lists.

    People fall into :math:`K` classes, within which lists are independent. With
    :math:`\pi(x) = \sum_k \nu_k \prod_j \lambda_{jk}^{x_j} (1 - \lambda_{jk})^{1-x_j}`
    and :math:`p(N) \propto 1 / N`, summing over who is in which class and over the
    number of unlisted leaves

    .. math:: \log L = \sum_m f_m \log \pi(x_m) - n \log(1 - \pi(0))

    whatever the number of records :math:`n = \sum_m f_m`. Weights break a stick,
    :math:`V_k \sim \mathrm{Beta}(1, \alpha)`, with
    :math:`\alpha \sim \mathrm{Gamma}(a, b)` integrated out, so that
    :math:`w_k = -\log(1 - V_k)` has density
    proportional to :math:`(b + \sum_k w_k)^{-(a + K - 1)}`. Each
    :math:`\lambda_{jk}` is uniform; how a class is split among strata is told by
    :class:`~conflictstats.numerics.latent_class.strata.Strata`, and a record whose
    stratum is not known is summed over them.

    Working values, unbounded: logits of :math:`\lambda`, deviations of strata,
    :math:`\log w`, sizes of strata, log spread of strata.

    Attributes
    ----------
    design : ndarray, shape (rows + 1, lists + strata + 1)
        Lists and stratum of each row of records as 0 and 1, then 1; the last row is
        the unlisted.
    counts : ndarray, shape (rows,)
        Records.
    n_lists, classes : int
        :math:`J` and :math:`K`.
    shape, rate : float
        :math:`a` and :math:`b`.
    spread : float
        Prior mean of the spread of strata.

    References
    ----------
    .. [1] Manrique-Vallier, D. (2016). Bayesian population size estimation using
       Dirichlet process mixtures. *Biometrics* 72(4), 1246-1254.
       https://doi.org/10.1111/biom.12502
    .. [2] Ishwaran, H. and James, L. F. (2001). Gibbs sampling methods for
       stick-breaking priors. *JASA* 96(453), 161-173.
       https://doi.org/10.1198/016214501750332758

    Examples
    --------
    Two lists with even chances, one class: half of everybody on each, a quarter on
    none, and :math:`\log L = 3 \log(1/4) - 3 \log(3/4)`.

    >>> density = ClassDensity.of(
    ...     np.array([[1, 0], [0, 1], [1, 1]], bool), np.ones((1, 3)), np.zeros(3), 1
    ... )
    >>> float(density.at(np.zeros((2, 1)), np.ones(1)).log_likelihood[0] / np.log(3))
    -3.0
    """

    design: FloatArray
    counts: FloatArray
    n_lists: int
    classes: int
    shape: float = 0.25
    rate: float = 0.25
    spread: float = 1.0
    _across: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay the design out both ways, once."""
        object.__setattr__(self, "_across", np.ascontiguousarray(self.design.T))

    @classmethod
    def of(
        cls,
        patterns: Bool[np.ndarray, "cells lists"],
        counts: Int[np.ndarray, "strata cells"] | Float[np.ndarray, "strata cells"],
        unplaced: Int[np.ndarray, " cells"] | Float[np.ndarray, " cells"],
        classes: int,
        shape: float = 0.25,
        rate: float = 0.25,
        spread: float = 1.0,
    ) -> ClassDensity:
        """Density from cells by stratum, without the rows that hold nobody.

        Parameters
        ----------
        patterns : ndarray of bool, shape (cells, lists)
            Combinations of lists.
        counts : ndarray, shape (strata, cells)
            Records of each stratum.
        unplaced : ndarray, shape (cells,)
            Records whose stratum is not known.
        classes : int
            Most classes there may be.
        shape, rate : float
            Of the gamma prior of the concentration.
        spread : float
            Prior mean of the spread of strata.

        Returns
        -------
        ClassDensity
            Of the rows with records.
        """
        strata, n_lists = len(counts), patterns.shape[1]
        marks = np.eye(strata + 1, strata) if strata > 1 else np.zeros((2, 0))
        stratum, cell = np.nonzero(np.vstack([counts, unplaced]))
        design = np.zeros((len(cell) + 1, n_lists + marks.shape[1] + 1))
        design[:-1, :n_lists] = patterns[cell]
        design[:-1, n_lists:-1] = marks[stratum]
        design[:, -1] = 1
        people = np.vstack([counts, unplaced])[stratum, cell].astype(float)
        return cls(design, people, n_lists, classes, shape, rate, spread)

    @property
    def n_observed(self) -> float:
        """Records on one list at least."""
        return float(self.counts.sum())

    @property
    def n_strata(self) -> int:
        """Strata, 0 where there is only one."""
        return self.design.shape[1] - 1 - self.n_lists

    @property
    def unplaced(self) -> BoolArray:
        """Rows whose stratum is not known, shape (rows,)."""
        marks = self.design[:-1, self.n_lists : -1]
        return np.asarray((marks.sum(axis=1) == 0) & (self.n_strata > 0))

    @property
    def size(self) -> int:
        """Number of working values."""
        of_strata = self.n_strata + 1 if self.n_strata else 0
        return self.design.shape[1] * self.classes - 1 + of_strata

    def at(
        self,
        states: Float[np.ndarray, "size chains"],
        power: Float[np.ndarray, " chains"],
    ) -> Look:
        """Log density of states with the likelihood raised to a power.

        Parameters
        ----------
        states : ndarray, shape (size, chains)
            Working values.
        power : ndarray, shape (chains,)
            1 for the posterior, 0 for the prior.

        Returns
        -------
        Look
            Value and slope; not finite where the density cannot be computed.
        """
        with np.errstate(all="ignore"):
            found = self.classes_of(states)
            joint = self.shares(found)
            mixed = joint.sum(axis=1)
            likelihood = self.counts @ np.log(mixed[:-1])
            likelihood -= self.n_observed * np.log(found.seen)
            np.divide(self.counts[:, None], mixed[:-1], out=mixed[:-1])
            np.divide(self.n_observed, found.seen, out=mixed[-1])
            mixed *= power
            joint *= mixed[:, None]
            worked = self.worked(states)
            value = power * likelihood + self._log_prior(worked, found)
            return Look(value, self._slope(worked, found, joint), likelihood)

    def classes_of(self, states: Float[np.ndarray, "size chains"]) -> Classes:
        """Classes that working values stand for.

        Parameters
        ----------
        states : ndarray, shape (size, chains)
            Working values.

        Returns
        -------
        Classes
            Weights and chances by class.
        """
        worked = self.worked(states)
        effects = np.empty((self.design.shape[1], *worked.logits.shape[1:]))
        effects[: self.n_lists] = worked.logits
        if self.n_strata:
            effects[self.n_lists : -1] = worked.strata.log_shares()
        logits = effects[: self.n_lists]
        log_off = np.exp(-np.abs(logits))
        np.log1p(log_off, out=log_off)
        log_off += np.maximum(logits, 0)
        on = np.exp(logits - log_off)
        log_weight, nowhere = log_weights(worked.sticks), -log_off.sum(axis=0)
        np.add(log_weight, nowhere, out=effects[-1])
        seen = -(np.exp(log_weight) * np.expm1(nowhere)).sum(axis=0)
        return Classes(log_weight, effects, on, seen)

    def shares(self, classes: Classes) -> FloatArray:
        """Share of everybody in each row and class, the unlisted last.

        Parameters
        ----------
        classes : Classes
            Weights and chances by class.

        Returns
        -------
        ndarray, shape (rows + 1, classes, chains)
            Rows that hold nobody are left out, so they do not sum to one.
        """
        wide = self.design @ classes.effects.reshape(self.design.shape[1], -1)
        joint = wide.reshape(len(wide), *classes.log_weight.shape)
        return np.exp(np.maximum(joint, FAINTEST, out=joint), out=joint)

    def worked(self, states: Float[np.ndarray, "size chains"]) -> Working:
        """Views of working values, by what they are of.

        Parameters
        ----------
        states : ndarray, shape (size, chains)
            Working values.

        Returns
        -------
        Working
            Writing to it writes to ``states``, where these lie row after row.
        """
        wide = (self.design.shape[1] - 1) * self.classes
        end = wide + self.classes - 1
        effects = states[:wide].reshape(-1, self.classes, states.shape[1])
        strata = Strata(effects[self.n_lists :], states[end:-1], states[end:][-1:])
        return Working(effects[: self.n_lists], states[wide:end], strata)

    def _log_prior(self, worked: Working, found: Classes) -> FloatArray:
        """Log prior density of the working values, shape (chains,)."""
        nowhere = (found.effects[-1] - found.log_weight).sum(axis=0)
        each = worked.logits.sum(axis=(0, 1)) + 2 * nowhere
        power = self.shape + self.classes - 1
        whole = np.log(self.rate + np.exp(worked.sticks).sum(axis=0))
        value = each + worked.sticks.sum(axis=0) - power * whole
        if self.n_strata:
            value += worked.strata.log_prior(self.spread)
        return np.asarray(value)

    def _slope(self, worked: Working, found: Classes, people: FloatArray) -> FloatArray:
        """Gradient from expected people, shape (rows + 1, classes, chains)."""
        wide = self._across @ people.reshape(len(people), -1)
        marked = wide.reshape(-1, *found.log_weight.shape)
        in_class = marked[-1]
        slope = np.empty((self.size, people.shape[-1]))
        out = self.worked(slope)
        expected = found.on * (in_class + 2)
        np.subtract(marked[: self.n_lists], expected, out=out.logits)
        out.logits[:] += 1
        if self.n_strata:
            shares = np.exp(found.effects[self.n_lists : -1])
            placed = marked[self.n_lists : -1]
            worked.strata.write_slope(out.strata, shares, placed, self.spread)
        broken = np.exp(worked.sticks)
        later = np.cumsum(in_class[::-1], axis=0)[::-1][1:]
        pull = (self.shape + self.classes - 1) / (self.rate + broken.sum(axis=0))
        out.sticks[:] = broken * (in_class[:-1] / np.expm1(broken) - later - pull) + 1
        return slope


def log_weights(sticks: Float[np.ndarray, "sticks chains"]) -> FloatArray:
    r"""Log weights of classes from broken sticks.

    .. math:: \log \nu_k = \log(1 - e^{-w_k}) - \sum_{h < k} w_h, \qquad
              \log \nu_K = -\sum_h w_h

    Parameters
    ----------
    sticks : ndarray, shape (classes - 1, chains)
        :math:`\log w`.

    Returns
    -------
    ndarray, shape (classes, chains)
        Whose exponentials sum to one.

    Examples
    --------
    Half of the stick, then half of what is left:

    >>> half = np.log(np.log(2.0))
    >>> np.exp(log_weights(np.full((2, 1), half)))[:, 0]
    array([0.5 , 0.25, 0.25])
    """
    with np.errstate(over="ignore", divide="ignore"):
        broken = np.exp(sticks)
        log_weight = np.zeros((len(sticks) + 1, sticks.shape[1]))
        log_weight[:-1] = np.log(-np.expm1(-broken))
        log_weight[1:] -= np.cumsum(broken, axis=0)
    return log_weight
