"""Whether a log-linear likelihood has a maximum, and whether it is one point."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import linalg, optimize

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.log_linear.hierarchy import Models, holds
from conflictstats.numerics.log_linear.sums import subset_sums, superset_sums

FINE, NO_MAXIMUM, NOT_ONE = 0, 1, 2
"""Codes; the last two add up."""
SMALL = 1e-9
"""Length below which a direction is rounding; designs are of zeros and ones."""
AT_ONCE = 512
"""Models whose designs are held at once."""
AT_ONCE = 512
"""Models whose designs are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """Models without the effects whose estimate is minus infinity.

    Attributes
    ----------
    free : ndarray of bool, shape (model, effect)
        Effects that have an estimate.
    keep : ndarray of bool, shape (model, 2**J)
        Cells whose mean is not 0; never that of the unlisted.
    """

    free: BoolArray
    keep: BoolArray

    def different(self) -> tuple["Reduced", IntArray]:
        """Each pair of effects and cells once.

        Returns
        -------
        Reduced
            Models that differ.
        ndarray of int, shape (model,)
            Which of them each model is.
        """
        size = self.free.shape[1]
        both = np.hstack([self.free, self.keep])
        once, at = np.unique(both, axis=0, return_inverse=True)
        return Reduced(once[:, :size], once[:, size:]), at.reshape(-1).astype(np.int64)


def reduced(models: Models, counts: Float[np.ndarray, " cell"]) -> Reduced:
    """Take out the effects that no record has, with the cells that they empty.

    Where no record is on both of two lists whose interaction is in the model, the
    likelihood grows as that effect falls to minus infinity. There the cells that have
    both lists are fitted as 0, exactly, and the rest of the model is fitted to the
    others [1]_; likewise for interactions of more lists, and for empty lists.

    Parameters
    ----------
    models : Models
        The models.
    counts : ndarray, shape (2**J,)
        People, at each binary number.

    Returns
    -------
    Reduced
        Effects and cells that stay.

    References
    ----------
    .. [1] Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems
       estimation for sparse capture data. *JASA* 116, 1297-1306.
       https://doi.org/10.1080/01621459.2019.1708748

    Examples
    --------
    Three lists of which the last shares nothing with the others:

    >>> from conflictstats.numerics.log_linear.hierarchy import model_of
    >>> counts = np.array([0.0, 40, 30, 6, 20, 0, 0, 0])
    >>> left = reduced(model_of(3, [0b011, 0b101]), counts)
    >>> left.free.astype(int).tolist(), left.keep.astype(int).tolist()
    ([[1, 1, 1, 1, 1, 0]], [[0, 1, 1, 1, 1, 0, 1, 0]])
    """
    held = superset_sums(counts)[models.effects] > 0
    gone = np.zeros((len(models.within), len(counts)))
    gone[:, models.effects] = models.within & ~held
    keep = subset_sums(gone) == 0
    keep[:, 0] = False
    return Reduced(models.within & held, keep)


def existence_codes(
    left: Reduced,
    effects: Int[np.ndarray, " effect"],
    counts: Float[np.ndarray, " cell"],
) -> IntArray:
    r"""Say of each model whether its maximum exists and is one point.

    The maximum exists where positive means :math:`z` with :math:`X'z = X'f` do [1]_,
    equivalently where no direction :math:`d` has :math:`Xd \ge 0`, not all 0, and
    :math:`Xd = 0` in the cells with records. Where the cells with records determine
    all effects there is no such direction; elsewhere the directions they leave open
    are searched by linear programming.

    Parameters
    ----------
    left : Reduced
        Models without the effects that are minus infinity.
    effects : ndarray of int, shape (effect,)
        The effects, as binary numbers.
    counts : ndarray, shape (2**J,)
        People, at each binary number.

    Returns
    -------
    ndarray of int, shape (model,)
        0 where all is well; 1 where there is no maximum, even with effects of minus
        infinity; 2 where different effects give the same means; 3 where both.

    References
    ----------
    .. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in
       log-linear models. *Annals of Statistics* 40, 996-1023.
       https://doi.org/10.1214/12-AOS986

    Examples
    --------
    Independence, where the third list shares nothing with the others:

    >>> from conflictstats.numerics.log_linear.hierarchy import model_of
    >>> counts = np.array([0.0, 40, 30, 6, 20, 0, 0, 0])
    >>> for pairs in ([], [0b011], [0b101, 0b110], [0b011, 0b101, 0b110]):
    ...     model = model_of(3, pairs)
    ...     left = reduced(model, counts)
    ...     print(existence_codes(left, model.effects, counts)[0])
    0
    1
    0
    2
    """
    found = np.flatnonzero(counts > 0)
    design = holds(effects, found).astype(float)
    codes = np.zeros(len(left.free), np.int64)
    for first in range(0, len(codes), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        kept = left.keep[rows][:, found]
        for k in first + np.flatnonzero(_deficient(design, kept, left.free[rows])):
            codes[k] = _code(left.free[k], left.keep[k], effects, counts)
    return codes


def _deficient(design: FloatArray, kept: BoolArray, free: BoolArray) -> BoolArray:
    """Whether the free columns of each design depend on each other, shape (model,).

    Columns that are not free are made into unit vectors of rows of their own.
    """
    apart = np.eye(free.shape[1]) * ~free[:, None, :]
    own = design * kept[:, :, None] * free[:, None, :]
    factor = np.linalg.qr(np.concatenate([own, apart], axis=1), mode="r")
    diagonal = np.abs(np.diagonal(factor, axis1=1, axis2=2))
    return np.asarray(diagonal.min(axis=1) < SMALL)


def _code(
    free: BoolArray, keep: BoolArray, effects: IntArray, counts: FloatArray
) -> int:
    """Code of a model that the cells with records do not determine."""
    used = effects[free]
    records = holds(used, np.flatnonzero(keep & (counts > 0))).astype(float)
    open_directions = linalg.null_space(records)
    empty = holds(used, np.flatnonzero(keep & (counts == 0))).astype(float)
    change = np.unique(np.round(empty @ open_directions, 9), axis=0)
    seen = np.linalg.matrix_rank(change, tol=SMALL) if change.size else 0
    not_one = NOT_ONE * int(seen < open_directions.shape[1])
    return not_one + NO_MAXIMUM * int(_grows(change))


def _grows(change: FloatArray) -> bool:
    """Whether some direction changes the log means of empty cells to one side only."""
    if not change.size or not np.abs(change).max() > SMALL:
        return False
    if change.shape[1] == 1:
        return bool((change >= 0).all() or (change <= 0).all())
    search = optimize.linprog(
        -change.sum(axis=0),
        A_ub=np.vstack([-change, change]),
        b_ub=np.repeat([0.0, 1.0], len(change)),
        bounds=(None, None),
        method="highs",
    )
    return bool(search.fun < -1e-7)
