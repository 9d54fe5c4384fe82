"""Latent Gaussian paths seen through counts: mode, Laplace evidence and draws."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.errors import FitError
from conflictstats.numerics import banded
from conflictstats.numerics.likelihood.terms import Terms
from conflictstats.numerics.observation import ObservationMap, Prediction

MAX_STEPS = 200
LARGEST_STEP = 4.0
TOLERANCE = 1e-11


@runtime_checkable
class Likelihood(Protocol):
    """Log probability of the observations given their predictors."""

    def terms(self, predictor: FloatArray, log_size_ratio: FloatArray) -> Terms:
        """Log probability of each observation with its derivatives.

        Parameters
        ----------
        predictor : ndarray, shape (*draws, n)
            Log mean of each observation.
        log_size_ratio : ndarray, shape (*draws, n)
            Log of its size over that of a cell.

        Returns
        -------
        Terms
            Of shape (*draws, n) each.
        """
        ...

    def size_slope(
        self, predictor: FloatArray, log_size_ratio: FloatArray
    ) -> FloatArray:
        """Derivative of the log probability in each observation's log size.

        Parameters
        ----------
        predictor : ndarray, shape (n,)
            Log mean of each observation.
        log_size_ratio : ndarray, shape (n,)
            Log of its size over that of a cell.

        Returns
        -------
        ndarray, shape (n,)
            Derivatives.
        """
        ...


@dataclass(frozen=True, slots=True)
class RandomWalk:
    r"""Gaussian random walk of order one.

    .. math:: x_1 \sim N(m, 1/\kappa), \qquad x_t \sim N(x_{t-1}, \sigma^2)

    Attributes
    ----------
    length : int
        Number of steps T.
    step_sd : float
        :math:`\sigma`, standard deviation of a step.
    start_mean : float
        m.
    start_precision : float
        :math:`\kappa`; 0 is the diffuse limit, in which the density is that of the
        steps alone (the convention of KFAS).
    """

    length: int
    step_sd: float
    start_mean: float
    start_precision: float

    def precision(self, bandwidth: int) -> Float[np.ndarray, "k T"]:
        """Precision matrix with room for at least ``bandwidth`` subdiagonals.

        Parameters
        ----------
        bandwidth : int
            Half bandwidth wanted; at least 1 is given.

        Returns
        -------
        ndarray, shape (k, T)
            Lower band form.
        """
        band = np.zeros((max(bandwidth, 1) + 1, self.length))
        weight = self.step_sd**-2
        band[0, :-1] += weight
        band[0, 1:] += weight
        band[0, 0] += self.start_precision
        band[1, :-1] = -weight
        return band

    def log_density(self, path: Float[np.ndarray, "*draws T"]) -> FloatArray:
        """Log density of a path, shape (*draws).

        Parameters
        ----------
        path : ndarray, shape (*draws, T)
            Values of the walk.

        Returns
        -------
        ndarray, shape (*draws)
            Natural log of the density.
        """
        steps = np.diff(path, axis=-1) / self.step_sd
        total = -0.5 * (steps**2).sum(axis=-1)
        total -= (self.length - 1) * (np.log(self.step_sd) + 0.5 * np.log(2 * np.pi))
        if self.start_precision:
            first = (path[..., 0] - self.start_mean) ** 2 * self.start_precision
            total += 0.5 * (np.log(self.start_precision / (2 * np.pi)) - first)
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class Mode:
    """Where the posterior of the path peaks, and how it curves there.

    Attributes
    ----------
    path : ndarray, shape (T,)
        The mode.
    factor : ndarray, shape (k, T)
        Lower Cholesky factor of the negative Hessian, lower band form.
    log_evidence : float
        Laplace approximation of the log probability of the observations.
    converged : bool
        Whether Newton's method ended at a mode.
    """

    path: FloatArray
    factor: FloatArray
    log_evidence: float
    converged: bool


def find_mode(
    prior: RandomWalk,
    observed: ObservationMap,
    likelihood: Likelihood,
    start: Float[np.ndarray, " T"],
) -> Mode:
    r"""Mode of the latent path and Laplace approximation of the evidence.

    .. math:: \log p(y) \approx \log p(y \mid \hat x) + \log p(\hat x)
              + \tfrac T2 \log 2\pi - \tfrac12 \log |Q + W|

    Parameters
    ----------
    prior : RandomWalk
        Prior of the path.
    observed : ObservationMap
        What the observations are about.
    likelihood : Likelihood
        How probable they are.
    start : ndarray, shape (T,)
        Where Newton's method starts.

    Returns
    -------
    Mode
        With ``converged`` False when the search stopped early.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x
    """
    search = _Search(prior, observed, likelihood, prior.precision(observed.bandwidth))
    here = search.look(start)
    converged = False
    for _ in range(MAX_STEPS):
        slope, factor = search.slope(here), search.factor(here)
        step = banded.solve(factor, slope)
        gain = float(slope @ step)
        higher = search.climb(here, step)
        if higher is not None:
            here = higher
        converged = gain < TOLERANCE * max(1.0, abs(here.height))
        if converged or higher is None:
            break
    factor = search.factor(here)
    constant = 0.5 * (start.size * np.log(2 * np.pi) - banded.log_determinant(factor))
    return Mode(here.path, factor, here.height + constant, converged)


def draw_paths(
    mode: Mode, count: int, rng: np.random.Generator
) -> Float[np.ndarray, "count T"]:
    """Draws from the Gaussian approximation around a mode.

    Parameters
    ----------
    mode : Mode
        From :func:`find_mode`.
    count : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (count, T)
        Paths.
    """
    noise = rng.standard_normal((mode.path.size, count))
    return mode.path + banded.solve_transposed(mode.factor, noise).T


def log_importance(
    mode: Mode,
    prior: RandomWalk,
    observed: ObservationMap,
    likelihood: Likelihood,
    paths: Float[np.ndarray, "count T"],
) -> Float[np.ndarray, " count"]:
    """Log of exact over approximate posterior density at draws from a mode.

    Parameters
    ----------
    mode : Mode
        From :func:`find_mode`.
    prior, observed, likelihood : RandomWalk, ObservationMap, Likelihood
        The model whose mode it is.
    paths : ndarray, shape (count, T)
        From :func:`draw_paths`.

    Returns
    -------
    ndarray, shape (count,)
        Log weights; constant where the approximation is exact.
    """
    told = likelihood.terms(*observed.predict(paths)[:2]).value.sum(axis=-1)
    exact = told + prior.log_density(paths)
    return exact - mode.log_evidence - _log_normal(mode, paths)


def _log_normal(mode: Mode, paths: FloatArray) -> FloatArray:
    """Log density of the Gaussian approximation, shape (count,)."""
    noise = np.empty_like(paths)
    factor = mode.factor
    away = paths - mode.path
    noise[:] = away * factor[0]
    for d in range(1, len(factor)):
        noise[:, :-d] += away[:, d:] * factor[d, :-d]
    log_root = 0.5 * banded.log_determinant(factor)
    constant = log_root - 0.5 * mode.path.size * np.log(2 * np.pi)
    return constant - 0.5 * (noise**2).sum(axis=1)


class _Place(NamedTuple):
    """A path with what the search needs to know there."""

    path: FloatArray
    prediction: Prediction
    terms: Terms
    height: float


class _Search(NamedTuple):
    """Newton's method with halved steps."""

    prior: RandomWalk
    observed: ObservationMap
    likelihood: Likelihood
    precision: FloatArray

    def look(self, path: FloatArray) -> _Place:
        """Evaluate the log posterior at ``path``."""
        prediction = self.observed.predict(path)
        terms = self.likelihood.terms(prediction.predictor, prediction.log_size_ratio)
        height = float(terms.value.sum() + self.prior.log_density(path))
        return _Place(path, prediction, terms, height)

    def slope(self, here: _Place) -> FloatArray:
        """Gradient of the log posterior, shape (T,)."""
        prediction, terms = here.prediction, here.terms
        size_slope = np.zeros_like(terms.value)
        if self.observed.span_first.size:
            size_slope = self.likelihood.size_slope(
                prediction.predictor, prediction.log_size_ratio
            )
        slope = self.observed.gradient(prediction, terms.slope, size_slope)
        away = here.path - self.prior.start_mean
        return slope - banded.multiply(self.precision, away)

    def factor(self, here: _Place) -> FloatArray:
        """Cholesky factor of the negative Hessian, or of the nearest one that has one.

        The nearest leaves out how spans bend, then curvatures below zero.
        """
        convex = here.terms._replace(curvature=np.maximum(here.terms.curvature, 0))
        bends = bool(self.observed.span_first.size)
        for terms, bent in ((here.terms, bends), (here.terms, False), (convex, False)):
            curvature = self.observed.curvature(here.prediction, terms, exact=bent)
            band = self.precision.copy()
            band[: len(curvature)] += curvature
            factor = banded.cholesky(band)
            if factor is not None:
                return factor
        raise FitError("the posterior of the path has no finite mode")

    def climb(self, here: _Place, step: FloatArray) -> _Place | None:
        """Best of ever shorter steps that does not lead down, if there is one."""
        step = step * min(1.0, LARGEST_STEP / max(np.abs(step).max(), 1e-300))
        for halvings in range(30):
            trial = self.look(here.path + step * 0.5**halvings)
            if trial.height >= here.height - 1e-12 * abs(here.height):
                return trial
        return None
