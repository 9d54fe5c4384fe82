"""Gradient of the Laplace evidence in the hyperparameters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine import banded
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.mode import Mode, find_mode
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood.terms import Sensitivity, Terms

DIFFERENCE = 1e-4


def gradient(
    problem: Problem, theta: Float[np.ndarray, "stack m"], mode: Mode
) -> Float[np.ndarray, "stack m"]:
    r"""Derivatives of the log evidence in each hyperparameter.

    .. math:: \frac{d}{d\theta} \left[\log p(y \mid \hat x, \theta)
              + \log p(\hat x \mid \theta) - \tfrac12 \log |Q + W| \right]

    with the motion of the mode, :math:`d\hat x/d\theta`, in the last term [1]_.

    Parameters
    ----------
    problem : Problem
        The model.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    mode : Mode
        From :func:`~conflictstats.numerics.engine.mode.find_mode` there.

    Returns
    -------
    ndarray, shape (stack, m)
        Gradients: in closed form where each observation is of one cell, else central
        differences.

    References
    ----------
    .. [1] Kristensen, K. et al. (2016). TMB: automatic differentiation and Laplace
       approximation. *Journal of Statistical Software* 70(5).
       https://doi.org/10.18637/jss.v070.i05
    """
    if problem.observed.spans:
        return _by_differences(problem, theta, mode)
    swayed = sway(problem, theta, mode)
    told, variance, inside = swayed.told, swayed.variance, swayed.inside
    tilt = problem.design.predict(swayed.field)[:, problem.observed.cell]
    columns = _of_path(problem, theta, mode, inside, swayed.field)
    columns += _of_effects(problem, theta, mode, swayed.field)
    if problem.dispersion_scale is not None:
        told_all = _of_terms(told.dispersion, variance, tilt).sum(axis=1)
        columns.append(problem.dispersion_scale * told_all)
    if problem.found is not None:
        each = _of_terms(told.found, variance, tilt)
        for i in range(problem.shares_found):
            columns.append(each[:, problem.found == i].sum(axis=1))
    return np.stack(columns, axis=1)


class Sway(NamedTuple):
    r"""How the log determinant pulls the field, :math:`H^{-1} \nabla \log |H|`.

    Attributes
    ----------
    field : Vector
        The pull; minus half of it takes the mode to the first-order mean.
    told : Sensitivity
        How the terms of the observations move.
    variance : ndarray, shape (stack, n)
        Variance of each observation's predictor.
    inside : ndarray, shape (stack, n, k)
        Covariance of the path within its band.
    """

    field: Vector
    told: Sensitivity
    variance: FloatArray
    inside: FloatArray


def sway(problem: Problem, theta: Float[np.ndarray, "stack m"], mode: Mode) -> Sway:
    """How the skewness of the posterior pulls at its mode.

    Parameters
    ----------
    problem : Problem
        The model, without spans.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    mode : Mode
        From :func:`~conflictstats.numerics.engine.mode.find_mode` there.

    Returns
    -------
    Sway
        One for each of the stack.
    """
    seen, observed = mode.seen, problem.observed
    told = problem.likelihood.sensitivity(
        seen.predictor, problem.dispersion(theta, seen), problem.found_at(theta)
    )
    inside = mode.factor.inverse_within_band()
    variance = problem.design.variance(mode.factor, inside)[:, observed.cell]
    bend = observed.gradient(seen, variance * told.predictor, seen.log_size_ratio)
    field = mode.factor.solve(problem.design.gradient(bend))
    return Sway(field, told, variance, inside)


class Spread(NamedTuple):
    """Mean and variance of each cell's predictor, shape (stack, cells) each.

    Attributes
    ----------
    mean : ndarray
        To first order: the mode moved by the skewness there.
    variance : ndarray
        Of the Gaussian at the mode.
    """

    mean: FloatArray
    variance: FloatArray


def joined(parts: Sequence[Spread | None]) -> Spread | None:
    """Spreads one after the other.

    Parameters
    ----------
    parts : sequence of Spread or None
        Which to join.

    Returns
    -------
    Spread or None
        None where there is none.
    """
    told = [part for part in parts if part is not None]
    if not told:
        return None
    return Spread(*(np.concatenate(each) for each in zip(*told, strict=True)))


def settle(
    problem: Problem, theta: Float[np.ndarray, "stack m"], mode: Mode
) -> tuple[Float[np.ndarray, " stack"], Spread]:
    r"""Log evidence and spread at modes, from places close to them.

    A last Newton step :math:`d = H^{-1} g` is not taken but worked out: the height
    grows by :math:`g'd / 2`, and the log determinant by its slope along d.

    Parameters
    ----------
    problem : Problem
        The model, without spans.
    theta : ndarray, shape (stack, m)
        Hyperparameters.
    mode : Mode
        From :func:`~conflictstats.numerics.engine.mode.find_mode` there, of a loose
        tolerance.

    Returns
    -------
    log_evidence : ndarray, shape (stack,)
        To second order in the step.
    spread : Spread
        Modes to second order in the step; their skewness and variance are those of
        the place.
    """
    seen, observed, design = mode.seen, problem.observed, problem.design
    third = problem.likelihood.third(
        seen.predictor, problem.dispersion(theta, seen), problem.found_at(theta)
    )
    variance = design.variance(mode.factor, mode.factor.inverse_within_band())
    bend = observed.gradient(
        seen, variance[:, observed.cell] * third, seen.log_size_ratio
    )
    told = design.gradient(
        observed.gradient(seen, mode.terms.slope, seen.log_size_ratio)
    )
    slope = Vector(told.path - mode.pull.path, told.effects - mode.pull.effects)
    step, pull = mode.factor.solve(slope), mode.factor.solve(design.gradient(bend))
    half = np.full(len(theta), -0.5)
    rise = 0.5 * slope.dot(step) + half * slope.dot(pull)
    centre = mode.field.moved(step, -2 * half).moved(pull, half)
    return mode.log_evidence + rise, Spread(design.predict(centre), variance)


def _of_path(
    problem: Problem, theta: FloatArray, mode: Mode, inside: FloatArray, sway: Vector
) -> list[FloatArray]:
    """Derivatives in the hyperparameters of the path."""
    away = mode.field.path - problem.path.mean
    columns = []
    for slope in problem.path.slopes(theta[:, problem.parts[0]]):
        pull = banded.multiply(slope.band, away)
        form = np.einsum("sn,sn->s", away - sway.path, pull)
        form += banded.trace(inside, slope.band)
        columns.append(slope.log_constant - 0.5 * form)
    return columns


def _of_effects(
    problem: Problem, theta: FloatArray, mode: Mode, sway: Vector
) -> list[FloatArray]:
    """Derivatives in the hyperparameters of the effects."""
    if not problem.effects:
        return []
    variance = np.diagonal(mode.factor.effect_covariance(), axis1=1, axis2=2)
    square = variance + mode.field.effects * (mode.field.effects - sway.effects)
    columns, first = [], 0
    for effect, part in zip(problem.effects, problem.parts[1:-2], strict=True):
        value, slopes = effect.log_variance(theta[:, part])
        ratio = square[:, first : first + effect.size] * np.exp(-value) - 1
        columns += [0.5 * (slope * ratio).sum(axis=1) for slope in slopes]
        first += effect.size
    return columns


def _of_terms(terms: Terms, variance: FloatArray, tilt: FloatArray) -> FloatArray:
    """Derivative of each observation's part, shape (stack, n)."""
    return terms.value - 0.5 * (variance * terms.curvature + tilt * terms.slope)


def _by_differences(problem: Problem, theta: FloatArray, mode: Mode) -> FloatArray:
    """Central differences, all in one stack."""
    stack, m = theta.shape
    rows = np.repeat(np.arange(stack), 2 * m)
    moves = DIFFERENCE * np.concatenate([np.eye(m), -np.eye(m)])
    points = theta[rows] + np.tile(moves, (stack, 1))
    there = find_mode(problem.of_series(rows), points, mode.field.at(rows))
    up, down = np.swapaxes(there.log_evidence.reshape(stack, 2, m), 0, 1)
    return (up - down) / (2 * DIFFERENCE)
