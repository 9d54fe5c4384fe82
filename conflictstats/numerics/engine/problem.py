"""A latent Gaussian model with its observations."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine import banded
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import LOG_TWO_PI, Path
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.effects import Effects
from conflictstats.numerics.engine.observation import Observations, Seen
from conflictstats.numerics.likelihood.terms import Likelihood


@runtime_checkable
class Told(Likelihood, Protocol):
    """A likelihood whose data may be those of several series.

    Attributes
    ----------
    edged : bool
        Whether some data are bounds whose edges are as sharp as a scatter is small.
    """

    edged: bool

    def of_series(self, series: IntArray) -> "Told":
        """Likelihood of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        Told
            With data of shape (stack, n), or itself where there is one series.
        """
        ...


LogPrior: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


class FieldPrior(NamedTuple):
    """Prior of the field at some hyperparameters.

    Attributes
    ----------
    band : ndarray, shape (stack, n, k)
        Precision of the path.
    diagonal : ndarray, shape (stack, p)
        Precisions of the effects.
    log_constant : ndarray, shape (stack,)
        Log density at the prior mean.
    """

    band: FloatArray
    diagonal: FloatArray
    log_constant: FloatArray

    def pull(self, away: Vector) -> Vector:
        """Precision times a deviation from the prior mean.

        Parameters
        ----------
        away : Vector
            Deviations, one for each of the stack.

        Returns
        -------
        Vector
            Minus the gradient of the log density.
        """
        return Vector(
            banded.multiply(self.band, away.path), self.diagonal * away.effects
        )

    def at(self, rows: np.ndarray) -> "FieldPrior":
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray
            Index of the first axis.

        Returns
        -------
        FieldPrior
            Those priors.
        """
        return FieldPrior(*(part[rows] for part in self))


@dataclass(frozen=True)
class Problem:
    r"""Observations of a latent Gaussian field, as a function of hyperparameters.

    The hyperparameters :math:`\theta` are, in this order, those of the path, of each
    group of effects, the dispersion of the family and the share found.

    Attributes
    ----------
    path : Path
        Prior of the path.
    effects : tuple of Effects
        Priors of the effects, in the order of the columns of ``design.border``.
    design : Design
        From the field to cells.
    observed : Observations
        From cells to observations.
    likelihood : Told
        Their log probability.
    log_prior : callable
        From hyperparameters (stack, m) to their log prior density (stack,) and its
        gradient (stack, m).
    dispersion_scale : float, optional
        The log dispersion is this times its hyperparameter; None if the family has
        no dispersion.
    found : ndarray of int, shape (n,), optional
        Which share found each observation has, -1 for none; None if all is found.
    """

    path: Path
    effects: tuple[Effects, ...]
    design: Design
    observed: Observations
    likelihood: Told
    log_prior: LogPrior
    dispersion_scale: float | None = None
    found: IntArray | None = None

    @cached_property
    def shares_found(self) -> int:
        """Number of hyperparameters that are the logit of a share found."""
        return 0 if self.found is None else int(self.found.max(initial=-1)) + 1

    @cached_property
    def parts(self) -> list[slice]:
        """Where the hyperparameters of path, effects, dispersion and found stand."""
        sizes = [self.path.parameters, *(e.parameters for e in self.effects)]
        sizes += [int(self.dispersion_scale is not None), self.shares_found]
        ends = np.cumsum([0, *sizes])
        return [slice(a, b) for a, b in pairwise(ends.tolist())]

    @cached_property
    def width(self) -> int:
        """Diagonals of the posterior precision."""
        return self.design.reach(*self.observed.tied)

    def of_series(self, series: IntArray) -> "Problem":
        """The same model with the data of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        Problem
            With data of shape (stack, n), or itself where there is one series.
        """
        observed = self.observed.of_series(series)
        likelihood = self.likelihood.of_series(series)
        if observed is self.observed and likelihood is self.likelihood:
            return self
        return replace(self, observed=observed, likelihood=likelihood)

    def field_prior(self, theta: Float[np.ndarray, "stack m"]) -> FieldPrior:
        """Prior of the field, with room for the ties of the observations.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        FieldPrior
            One for each of the stack.
        """
        parts = self.parts
        path = self.path.precision(theta[:, parts[0]])
        room = max(self.width - path.band.shape[2], 0)
        band = np.pad(path.band, ((0, 0), (0, 0), (0, room))) if room else path.band
        log_variance = [np.zeros((len(theta), 0))]
        for effect, part in zip(self.effects, parts[1:-2], strict=True):
            log_variance.append(effect.log_variance(theta[:, part])[0])
        spread = np.concatenate(log_variance, axis=1)
        constant = -0.5 * (spread + LOG_TWO_PI).sum(axis=1)
        return FieldPrior(band, np.exp(-spread), path.log_constant + constant)

    def dispersion(
        self, theta: Float[np.ndarray, "stack m"], seen: Seen
    ) -> Float[np.ndarray, "rows *n"]:
        """Log dispersion of each observation.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.
        seen : Seen
            What the observations see; spans have a size of their own.

        Returns
        -------
        ndarray, shape (stack, 1) or (stack, n)
            Log dispersions; where there are spans, one row for each of ``seen``.
        """
        if self.dispersion_scale is None:
            return np.zeros((len(theta), 1))
        log = self.dispersion_scale * theta[:, self.parts[-2]]
        if not self.observed.spans:
            return log
        of_spans = log + seen.log_size_ratio
        of_cells = np.broadcast_to(log, (len(of_spans), self.observed.cell.size))
        return np.concatenate([of_cells, of_spans], axis=1)

    def found_at(
        self, theta: Float[np.ndarray, "stack m"]
    ) -> Float[np.ndarray, "stack *n"]:
        """Logit of the share found of each observation.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        ndarray, shape (stack, 1) or (stack, n)
            Logits; what is not thinned ignores them.
        """
        if self.found is None or not self.shares_found:
            return np.zeros((len(theta), 1))
        return theta[:, self.parts[-1]][:, self.found]
