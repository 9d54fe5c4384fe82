"""Linear and linear-fractional programmes: how far linear limits leave a number open.

The limits are A x <= b with x >= 0, as arrays ``rows`` and ``most``.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import OptimizeResult, linprog

OPTIMAL = 0


def feasible(rows: Float[np.ndarray, "m n"], most: Float[np.ndarray, " m"]) -> bool:
    """Say whether any numbers satisfy all limits.

    Parameters
    ----------
    rows : ndarray, shape (m, n)
        Coefficients of the limits.
    most : ndarray, shape (m,)
        What each may be at most.

    Returns
    -------
    bool
        Whether some x >= 0 has A x <= b.

    Examples
    --------
    At least two and at most one:

    >>> feasible(np.array([[-1.0], [1.0]]), np.array([-2.0, 1.0]))
    False
    """
    return bool(_minimum(np.zeros(rows.shape[1]), rows, most).status == OPTIMAL)


def linear_range(
    objective: Float[np.ndarray, " n"],
    rows: Float[np.ndarray, "m n"],
    most: Float[np.ndarray, " m"],
) -> tuple[float, float]:
    r"""Smallest and largest value that linear limits leave to a linear sum.

    .. math:: \min / \max \; g^\top x \quad \text{with} \quad A x \le b,\; x \ge 0

    The numbers need not be whole, so the range is never too narrow for whole ones.

    Parameters
    ----------
    objective : ndarray, shape (n,)
        Coefficients :math:`g`.
    rows : ndarray, shape (m, n)
        Coefficients :math:`A`.
    most : ndarray, shape (m,)
        Limits :math:`b`.

    Returns
    -------
    lower, upper : float
        Ends of the sum; infinite where nothing limits it, NaN where no numbers
        satisfy the limits.

    Examples
    --------
    Two numbers whose sum is at most 5, the first at least 1:

    >>> rows, most = np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([5.0, -1.0])
    >>> linear_range(np.array([1.0, 0.0]), rows, most)
    (1.0, 5.0)
    """
    if not feasible(rows, most):
        return np.nan, np.nan
    least = _minimum(objective, rows, most)
    largest = _minimum(-objective, rows, most)
    return _end(least, -np.inf), -_end(largest, -np.inf) + 0.0


def fractional_range(
    part: Float[np.ndarray, " n"],
    whole: Float[np.ndarray, " n"],
    rows: Float[np.ndarray, "m n"],
    most: Float[np.ndarray, " m"],
) -> tuple[float, float]:
    r"""Smallest and largest ratio of two sums that linear limits leave.

    .. math:: \min / \max \; \frac{c^\top x}{d^\top x} \quad \text{with} \quad
              A x \le b,\; x \ge 0

    by the programme of Charnes and Cooper in :math:`y = t x`,
    :math:`t = 1 / d^\top x`: :math:`c^\top y` with :math:`A y \le b\,t`,
    :math:`d^\top y = 1`. An end that is only approached as the whole grows without
    limit is given too (:math:`t = 0`).

    Parameters
    ----------
    part, whole : ndarray, shape (n,)
        Coefficients :math:`c` and :math:`d`; :math:`0 \le c \le d`.
    rows : ndarray, shape (m, n)
        Coefficients :math:`A`.
    most : ndarray, shape (m,)
        Limits :math:`b`.

    Returns
    -------
    lower, upper : float
        Ends of the ratio, 0 to 1; NaN where no numbers satisfy the limits or the
        whole can only be 0.

    References
    ----------
    .. [1] Charnes, A. and Cooper, W. W. (1962). Programming with linear fractional
       functionals. *Naval Research Logistics Quarterly* 9(3-4), 181-186.
       https://doi.org/10.1002/nav.3800090303

    Examples
    --------
    Part and rest make the whole, which is at most 10; the part is at least 4:

    >>> rows, most = np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([10.0, -4.0])
    >>> part, whole = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    >>> lower, upper = fractional_range(part, whole, rows, most)
    >>> round(lower, 9), round(upper, 9)
    (0.4, 1.0)
    """
    if not feasible(rows, most):
        return np.nan, np.nan
    unit = max(1.0, float(np.abs(most).max(initial=0)))
    limits = np.column_stack([rows, -most / unit])
    nothing = np.zeros(len(most))
    one = np.append(whole, 0.0)[None, :]
    objective = np.append(part, 0.0)
    least = _minimum(objective, limits, nothing, equal=one)
    largest = _minimum(-objective, limits, nothing, equal=one)
    return _end(least, np.nan) + 0.0, -_end(largest, np.nan) + 0.0


def smallest_conflict(
    rows: Float[np.ndarray, "m n"],
    most: Float[np.ndarray, " m"],
    owner: Int[np.ndarray, " m"],
) -> list[int]:
    """Name statements that contradict each other, none of which can be spared.

    Statements are left out one after another, and stay out if the rest still
    contradict each other (a deletion filter). What remains is irreducible; another
    such set, even a smaller one, may exist.

    Parameters
    ----------
    rows : ndarray, shape (m, n)
        Coefficients of the limits.
    most : ndarray, shape (m,)
        What each may be at most.
    owner : ndarray of int, shape (m,)
        The statement that each limit comes from.

    Returns
    -------
    list of int
        Statements, in order; empty where there is no contradiction.

    References
    ----------
    .. [1] Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible
       constraint sets in linear programs. *ORSA Journal on Computing* 3(2), 157-168.
       https://doi.org/10.1287/ijoc.3.2.157

    Examples
    --------
    At most 1, at most 9, at least 2:

    >>> rows, most = np.array([[1.0], [1.0], [-1.0]]), np.array([1.0, 9.0, -2.0])
    >>> smallest_conflict(rows, most, np.array([0, 1, 2]))
    [0, 2]
    """
    if feasible(rows, most):
        return []
    kept = np.ones(len(owner), bool)
    for statement in np.unique(owner):
        without = kept & (owner != statement)
        if not feasible(rows[without], most[without]):
            kept = without
    return [int(statement) for statement in np.unique(owner[kept])]


def _minimum(
    objective: Float[np.ndarray, " n"],
    rows: Float[np.ndarray, "m n"],
    most: Float[np.ndarray, " m"],
    *,
    equal: Float[np.ndarray, "1 n"] | None = None,
) -> OptimizeResult:
    """Minimise a sum under limits; ``equal`` times the numbers is 1."""
    to = None if equal is None else np.ones(1)
    return linprog(objective, A_ub=rows, b_ub=most, A_eq=equal, b_eq=to)


def _end(found: OptimizeResult, otherwise: float) -> float:
    """Value of an optimum; ``otherwise`` where there is none."""
    return float(found.fun) if found.status == OPTIMAL else otherwise
