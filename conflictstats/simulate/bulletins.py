"""Bulletins of incidents by bodies whose first counts find a known share."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError

FIRST_DAY = pd.Timestamp("2019-05-01")


def repeated_bulletins(
    incidents: int,
    *,
    found: Mapping[str, float],
    rng: np.random.Generator,
    correlation: float = 0.1,
    correction: float = 0.1,
    struck: float = 0.1,
    dead: float = 15.0,
) -> pd.DataFrame:
    r"""Coded reports of incidents, two of each by every body, a day apart.

    .. math:: s \sim \mathrm{Beta}(\pi_b M, (1 - \pi_b) M), \quad
              M = \frac{1 - \rho}{\rho}, \qquad k_1 \sim \mathrm{Bin}(k_2, s)

    A correction is the other way about: :math:`k_1` is drawn first, and each of them is
    struck off with one probability, given that somebody is.

    Parameters
    ----------
    incidents : int
        Incidents of each body.
    found : mapping of str to float
        Share :math:`\pi_b` that its first bulletins find on average, by body.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    correlation : float
        :math:`\rho` from 0 to 1 (excluded), of two deaths of one bulletin.
    correction : float
        Probability that a path is a correction.
    struck : float
        Probability, above 0, that a correction strikes off one of those counted.
    dead : float
        Mean of a body's last count, above 1, people; it is at least one.

    Returns
    -------
    DataFrame
        ``event_key, source_org, published, value_low, value_high, kind, measure`` as
        coded reports have them, and the hidden ``corrected``.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    >>> told = repeated_bulletins(
    ...     4000, found={"A": 0.8}, correction=0, rng=np.random.default_rng(1)
    ... )
    >>> killed = told.groupby("published")["value_low"].sum()
    >>> round(float(killed.iloc[0] / killed.iloc[1]), 2)
    0.8
    """
    chances = (*found.values(), correction, struck)
    if not all(0 <= chance <= 1 for chance in chances) or struck == 0:
        raise SettingError(
            "found, correction and struck must be from 0 to 1, struck above 0; got "
            f"{dict(found)}, {correction} and {struck}"
        )
    if incidents < 1 or not 0 <= correlation < 1 or dead <= 1:
        raise SettingError(
            "need incidents >= 1, correlation from 0 to below 1 and dead above 1; got "
            f"{incidents}, {correlation} and {dead}"
        )
    tables = []
    for body, share in found.items():
        named = 1.0 + rng.poisson(rng.gamma(2, (dead - 1) / 2, incidents))
        corrected = rng.random(incidents) < correction
        thinned = rng.binomial(
            named.astype(int), _shares(share, correlation, named.shape, rng)
        )
        kept = named - _struck_off(named, struck, rng)
        counts = np.where(corrected, [named, kept], [thinned, named])
        table = {
            "event_key": np.tile([f"incident {i}" for i in range(incidents)], 2),
            "source_org": body,
            "published": FIRST_DAY + pd.to_timedelta(np.repeat([0, 1], incidents), "D"),
            "value_low": counts.ravel(),
            "value_high": counts.ravel(),
            "corrected": np.tile(corrected, 2),
        }
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True).assign(
        kind="incident", measure="killed"
    )


def _shares(
    mean: float, correlation: float, shape: tuple[int, ...], rng: np.random.Generator
) -> FloatArray:
    """Share found in each bulletin."""
    if correlation == 0 or mean in (0, 1):
        return np.full(shape, mean)
    weight = (1 - correlation) / correlation
    return rng.beta(weight * mean, weight * (1 - mean), shape)


def _struck_off(
    count: NDArray[np.floating], chance: float, rng: np.random.Generator
) -> FloatArray:
    """How many are struck off, given that somebody is."""
    law = stats.binom(count, chance)
    nobody = law.pmf(0)
    mark = nobody + (1 - nobody) * rng.random(count.shape)
    return np.clip(law.ppf(mark), 1, count)
