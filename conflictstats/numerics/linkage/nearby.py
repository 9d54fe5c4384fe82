"""Rows that are near each other in place and time, without looking at all pairs."""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError

EARTH_KM = 6371.0088
"""Mean radius of the Earth."""
MOST_PAIRS = 20_000_000
"""Near pairs that are held at once."""
ROUNDING = 1e-6
"""Slack of the search, which is followed by an exact test."""


def great_circle_km(
    one: Float[np.ndarray, "m 2"], other: Float[np.ndarray, "m 2"]
) -> Float[np.ndarray, " m"]:
    r"""Distance along the surface of a sphere, km.

    .. math:: d = 2 R \arcsin \sqrt{\sin^2 \tfrac{\Delta\phi}{2} +
              \cos\phi_1 \cos\phi_2 \sin^2 \tfrac{\Delta\lambda}{2}}

    Parameters
    ----------
    one, other : ndarray, shape (m, 2)
        Latitude and longitude, degrees.

    Returns
    -------
    ndarray, shape (m,)
        Kilometres.

    Examples
    --------
    A quarter of the equator:

    >>> km = great_circle_km(np.array([[0.0, 0.0]]), np.array([[0.0, 90.0]]))
    >>> bool(abs(km[0] - np.pi / 2 * EARTH_KM) < 1e-9)
    True
    """
    a, b = np.radians(one), np.radians(other)
    half = np.sin((b - a) / 2) ** 2
    root = half[:, 0] + np.cos(a[:, 0]) * np.cos(b[:, 0]) * half[:, 1]
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(root, 0, 1)))


def days_apart(
    one: Int[np.ndarray, "m 2"], other: Int[np.ndarray, "m 2"]
) -> Int[np.ndarray, " m"]:
    """Days from the end of the earlier span to the start of the later; 0 if they meet.

    Parameters
    ----------
    one, other : ndarray of int, shape (m, 2)
        First and last day.

    Returns
    -------
    ndarray of int, shape (m,)
        Days.

    Examples
    --------
    >>> days_apart(np.array([[1, 4], [1, 4]]), np.array([[6, 9], [3, 9]]))
    array([2, 0])
    """
    apart = np.maximum(other[:, 0] - one[:, 1], one[:, 0] - other[:, 1])
    return np.maximum(apart, 0)


def nearby_pairs(
    degrees: Float[np.ndarray, "n 2"],
    days: Int[np.ndarray, "n 2"],
    *,
    km: float,
    window: float,
) -> Int[np.ndarray, "m 2"]:
    """Pairs of rows at most ``km`` and ``window`` days apart.

    Points on the sphere and in time are held in one k-d tree; a span of days is in it
    every ``window`` days, its ends included, so that two spans that meet are found.
    The cost grows with the rows and with the pairs found, not with all pairs.

    Parameters
    ----------
    degrees : ndarray, shape (n, 2)
        Latitude and longitude, degrees.
    days : ndarray of int, shape (n, 2)
        First and last day.
    km : float
        Greatest distance along the surface, km.
    window : float
        Greatest gap between the spans, days.

    Returns
    -------
    ndarray of int, shape (m, 2)
        Numbers of the two rows, the smaller first, in order.

    Raises
    ------
    SettingError
        If there are too many pairs for memory.

    Examples
    --------
    >>> degrees = np.array([[35.0, 36.0], [35.01, 36.0], [35.0, 37.0]])
    >>> days = np.array([[0, 0], [2, 9], [0, 0]])
    >>> nearby_pairs(degrees, days, km=5.0, window=2.0)
    array([[0, 1]])
    """
    step = max(int(np.floor(window)), 1)
    owner, day = _days_of_spans(days, step)
    places = _on_sphere(degrees)[owner] / max(_chord(km), ROUNDING)
    tree = cKDTree(np.column_stack([places, day / step]))
    radius = 1 + ROUNDING
    found = (tree.count_neighbors(tree, radius, p=np.inf) - len(owner)) // 2
    if found > MOST_PAIRS:
        raise SettingError(
            f"{found:,} pairs of rows are within {km:g} km and {window:g} days, more "
            f"than {MOST_PAIRS:,}: narrow the windows, or link part by part"
        )
    near = owner[tree.query_pairs(radius, p=np.inf, output_type="ndarray")]
    near = np.unique(np.sort(near[near[:, 0] != near[:, 1]], axis=1), axis=0)
    i, j = near.T
    close = great_circle_km(degrees[i], degrees[j]) <= km + ROUNDING
    return near[close & (days_apart(days[i], days[j]) <= window)]


def crowding(
    degrees: Float[np.ndarray, "n 2"],
    table: Int[np.ndarray, " n"],
    pairs: Int[np.ndarray, "m 2"],
    *,
    km: float,
) -> Float[np.ndarray, " m"]:
    r"""How much more often than elsewhere two rows are near by chance where a pair is.

    .. math:: r_{ij} = \sqrt{\frac{k_{i}}{\bar k_{i}} \cdot \frac{k_{j}}{\bar k_{j}}}

    with :math:`k_i` the rows of the table of j, of any day, within ``km`` of i, and
    :math:`\bar k_i` the mean of that over the rows of the table of i.

    Parameters
    ----------
    degrees : ndarray, shape (n, 2)
        Latitude and longitude, degrees.
    table : ndarray of int, shape (n,)
        Table of each row.
    pairs : ndarray of int, shape (m, 2)
        Near rows.
    km : float
        Greatest distance along the surface, km.

    Returns
    -------
    ndarray, shape (m,)
        Above 1 where much happens.

    Examples
    --------
    Two rows of each table in a town, and one of each in a village far away:

    >>> degrees = np.array([[35.0, 36.0]] * 4 + [[30.0, 36.0]] * 2)
    >>> table = np.array([0, 0, 1, 1, 0, 1])
    >>> pairs = np.array([[0, 2], [4, 5]])
    >>> crowding(degrees, table, pairs, km=5.0).round(2)
    array([1.2, 0.6])
    """
    places, radius = _on_sphere(degrees), _chord(km) + ROUNDING
    around = np.ones((len(table), int(table.max()) + 1))
    for each in range(around.shape[1]):
        tree = cKDTree(places[table == each])
        around[:, each] = tree.query_ball_point(places, radius, return_length=True)
    for each in range(around.shape[1]):
        mean = around[table == each].mean(axis=0)
        around[table == each] /= np.where(mean > 0, mean, 1)
    i, j = pairs.T
    return np.sqrt(around[i, table[j]] * around[j, table[i]])


def _chord(km: float) -> float:
    """Straight line between two points that are so far apart on the surface, km."""
    return float(2 * EARTH_KM * np.sin(min(km / (2 * EARTH_KM), np.pi / 2)))


def _on_sphere(degrees: FloatArray) -> FloatArray:
    """Points in space, km from the centre of the Earth, shape (n, 3)."""
    latitude, longitude = np.radians(degrees).T
    return EARTH_KM * np.column_stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )


def _days_of_spans(days: IntArray, step: int) -> tuple[IntArray, IntArray]:
    """Days at most ``step`` apart in each span, ends included, and whose they are."""
    inside = -(-(days[:, 1] - days[:, 0]) // step)
    owner = np.repeat(np.arange(len(days)), inside + 1)
    place = np.arange(len(owner)) - np.repeat(
        np.cumsum(inside + 1) - inside - 1, inside + 1
    )
    return owner, np.minimum(days[owner, 0] + place * step, days[owner, 1])
