"""Profile likelihood of the number of unlisted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import interpolate, special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.log_linear.poisson import Fits, Table, poisson_fits

Likelihood: TypeAlias = Literal["multinomial", "poisson"]

ROOTS = np.arange(-4.0, 4.5, 0.5)
"""Signed roots of twice the fall of the log likelihood, where a profile is computed."""
CENTRE = len(ROOTS) // 2
MOST_STEPS = 80
LONGEST = 1.5
"""Change of the log of the unlisted in one step at most."""
SETTLED = 1e-5
NOBODY = np.log(1e-3)
"""Below so many unlisted (log people) there are none."""
DEEP = 6.0
"""How far below a maximum the log of the unlisted is followed at least."""
EVERYBODY = 25.0
"""Log of unlisted per listed above which there is no upper end."""


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Where the profile likelihood of each model falls by how much.

    Attributes
    ----------
    log_unlisted : ndarray, shape (model, root)
        Log of the unlisted at each of ``ROOTS``; infinite where it is never reached.
    slope : ndarray, shape (model, root)
        Its derivative by the root.
    """

    log_unlisted: FloatArray
    slope: FloatArray


def profiles(
    table: Table, fits: Fits, likelihood: Likelihood = "multinomial"
) -> Profiles:
    r"""Profile the number of unlisted of several models.

    With the multinomial likelihood [1]_ the unlisted are a count :math:`n_0` beside
    the n that are listed, and the other parameters are fitted to all cells:

    .. math:: \ell(n_0) = \log\frac{\Gamma(n + n_0 + 1)}{\Gamma(n_0 + 1)}
       + \sum_{c \ne 0} f_c \log \mu_c + n_0 \log \mu_0
       - (n + n_0) \log \sum_c \mu_c

    With the Poisson likelihood they are the mean :math:`e^{u_0}`, which is held. Both
    are followed along the signed root :math:`\pm\sqrt{2 (\hat\ell - \ell)}`, which is
    nearly a straight line.

    Parameters
    ----------
    table : Table
        What was fitted, one row a model.
    fits : Fits
        Its fits.
    likelihood : {"multinomial", "poisson"}
        Which.

    Returns
    -------
    Profiles
        Log unlisted at each of ``ROOTS``.

    References
    ----------
    .. [1] Cormack, R. M. (1992). Interval estimation for mark-recapture studies of
       closed populations. *Biometrics* 48, 567-576. https://doi.org/10.2307/2532310

    Examples
    --------
    Two independent lists; the multinomial has its maximum somewhat below that of the
    Poisson, which is 60 times 30 over 20:

    >>> from conflictstats.numerics.log_linear.poisson import poisson_fits
    >>> table = Table(
    ...     np.array([[0.0, 60.0, 30.0, 20.0]]),
    ...     np.array([0, 1, 2]),
    ...     np.ones((1, 3), bool),
    ...     np.array([[False, True, True, True]]),
    ... )
    >>> found = profiles(table, poisson_fits(table))
    >>> bool(85 < np.exp(found.log_unlisted[0, CENTRE]) < 90)
    True
    """
    best, width = fits.coefficients[:, 0], np.sqrt(fits.variance)
    look = _Look(table, fits.coefficients, likelihood)
    if likelihood == "multinomial":
        best = _maximum(look, best, width)
    top = look(best)[0]
    sides = np.delete(ROOTS, CENTRE)
    each = np.repeat(np.arange(len(best)), len(sides))
    search = _Search(look.part(each), best[each], top[each], width[each])
    found = search.run(np.tile(sides, len(best)))
    at, slope = (values.reshape(len(best), len(sides)) for values in found)
    return Profiles(
        np.insert(at, CENTRE, best, axis=1),
        np.insert(slope, CENTRE, _middle(at, slope), axis=1),
    )


def interval(
    found: Profiles, level: float
) -> tuple[Float[np.ndarray, " model"], Float[np.ndarray, " model"]]:
    """Unlisted between which the likelihood ratio keeps to a level.

    Parameters
    ----------
    found : Profiles
        From :func:`profiles`.
    level : float
        Nominal coverage, up to .9999.

    Returns
    -------
    tuple of ndarray, shape (model,)
        Lower and upper end, people; 0 and infinite where the profile does not fall
        enough, or falls so far only beyond the last of ``ROOTS`` that it reaches.

    Raises
    ------
    SettingError
        If the level is higher.

    Examples
    --------
    Where the root is linear the ends are those of a normal law:

    >>> line = Profiles(5 + 0.1 * ROOTS[None], np.full((1, len(ROOTS)), 0.1))
    >>> lower, upper = interval(line, 0.95)
    >>> (np.log([lower[0], upper[0]]) - 5).round(3)
    array([-0.196,  0.196])
    """
    root = np.sqrt(special.chdtri(1, 1 - level))
    if root > ROOTS[-1]:
        raise SettingError(
            f"profiles are computed for levels up to .9999, got {level!r}: ask for "
            'that, or for interval="wald"'
        )
    ends = np.empty((2, len(found.log_unlisted)))
    for k, (at, slope) in enumerate(zip(found.log_unlisted, found.slope, strict=True)):
        known = np.isfinite(at)
        if known.sum() == 1:
            ends[:, k] = 0, np.inf
            continue
        curve = interpolate.CubicHermiteSpline(ROOTS[known], at[known], slope[known])
        first, last = ROOTS[known][[0, -1]]
        ends[0, k] = np.exp(curve(-root)) if -root >= first else 0.0
        ends[1, k] = np.exp(curve(root)) if root <= last else np.inf
    return ends[0], ends[1]


class _Look:
    """Profile log likelihood and its derivative, each fit going on from its last."""

    def __init__(self, table: Table, start: FloatArray, likelihood: Likelihood) -> None:
        self.table, self.start, self.likelihood = table, start.copy(), likelihood
        self.known = np.where(table.keep, table.counts, 0).sum(axis=1)

    def __call__(self, log_unlisted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """At these log unlisted, shape (fit,)."""
        if self.likelihood == "poisson":
            return self._poisson(log_unlisted)
        return self._multinomial(log_unlisted)

    def part(self, rows: IntArray) -> _Look:
        """The same of some fits."""
        return _Look(self.table.part(rows), self.start[rows], self.likelihood)

    def _poisson(self, log_unlisted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The intercept is held."""
        free = self.table.free.copy()
        free[:, 0] = False
        self.start[:, 0] = log_unlisted
        fits = poisson_fits(replace(self.table, free=free), self.start)
        self.start = fits.coefficients
        return fits.value, self.known - fits.means.sum(axis=1)

    def _multinomial(self, log_unlisted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The unlisted are a cell like others."""
        unlisted = np.exp(log_unlisted)
        counts, keep = self.table.counts.copy(), self.table.keep.copy()
        counts[:, 0], keep[:, 0] = unlisted, True
        fits = poisson_fits(replace(self.table, counts=counts, keep=keep), self.start)
        self.start = fits.coefficients
        total = self.known + unlisted
        value = special.gammaln(total + 1) - special.gammaln(unlisted + 1)
        value += fits.value + total - total * np.log(total)
        slope = special.digamma(total + 1) - special.digamma(unlisted + 1)
        slope += fits.coefficients[:, 0] - np.log(total)
        return value, unlisted * slope


class _Search:
    """Newton's method on the signed root, for many targets side by side."""

    def __init__(
        self, look: _Look, best: FloatArray, top: FloatArray, width: FloatArray
    ) -> None:
        self.look, self.best, self.top, self.width = look, best, top, width

    def run(self, roots: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log unlisted at the roots, infinite where there are none, and its slope."""
        most = np.log(self.look.known) + EVERYBODY
        least = np.minimum(NOBODY, self.best - DEEP)
        at = self.best + self.width * np.clip(roots, -2, 2)
        slope = np.full_like(at, np.nan)
        todo = np.ones(len(at), bool)
        for _ in range(MOST_STEPS):
            part = self.look.part(np.flatnonzero(todo))
            value, rise = part(at[todo])
            self.look.start[todo] = part.start
            fall = np.maximum(self.top[todo] - value, 1e-12)
            root = np.sign(at[todo] - self.best[todo]) * np.sqrt(2 * fall)
            slope[todo] = -root / np.where(rise == 0, np.nan, rise)
            step = np.clip((roots[todo] - root) * slope[todo], -LONGEST, LONGEST)
            at[todo] += step
            moving = np.abs(step) > SETTLED
            inside = (at[todo] > least[todo]) & (at[todo] < most[todo])
            todo[todo] = moving & inside
            if not todo.any():
                break
        outside = todo | ~((at > least) & (at < most))
        return np.where(outside, np.sign(roots) * np.inf, at), slope


def _maximum(look: _Look, start: FloatArray, width: FloatArray) -> FloatArray:
    """Where the derivative is 0, by the secant method, or else nobody or everybody."""
    most = np.log(look.known) + EVERYBODY
    before, at = start, start - 0.1 * width
    slope_before = look(before)[1]
    for _ in range(MOST_STEPS):
        slope = look(at)[1]
        change = slope - slope_before
        with np.errstate(invalid="ignore", divide="ignore"):
            step = -slope * (at - before) / change
        step = np.clip(np.where(np.isfinite(step), step, 0), -LONGEST, LONGEST)
        before, slope_before, at = at, slope, np.clip(at + step, NOBODY, most)
        if (np.abs(at - before) < SETTLED).all():
            break
    return at


def _middle(at: FloatArray, slope: FloatArray) -> FloatArray:
    """Derivative at the maximum, by those of the two roots on each side of it.

    Where the maximum is nobody it is that of the other side.
    """
    near = slope[:, [CENTRE - 1, CENTRE]].mean(axis=1)
    far = slope[:, [CENTRE - 2, CENTRE + 1]].mean(axis=1)
    around = np.isfinite(at[:, CENTRE - 2 : CENTRE + 2]).all(axis=1)
    return np.where(around, (4 * near - far) / 3, slope[:, CENTRE])
