"""Events whose dead have a status, lost more easily for some than for others."""

import numpy as np
import pandas as pd
from scipy import optimize, special

from conflictstats.errors import SettingError

DEAD = 4.0
"""Expected dead of an event, people."""


def events_with_status(
    n_events: int,
    *,
    rng: np.random.Generator,
    share: float = 0.4,
    unknown: float = 0.4,
    odds_ratio: float = 1.0,
    half_known: float = 0.0,
    correlation: float = 0.1,
) -> pd.DataFrame:
    r"""Draw events whose dead are civilians or of either side, and lose statuses.

    An event has :math:`n_e` dead, geometric from 1 up with mean 4; its share of
    civilians is :math:`\mathrm{Beta}` with mean ``share``, and those who fought are of
    either side by even chance. A civilian's status is lost with probability :math:`a`
    and that of a fighter with :math:`b`, such that

    .. math:: \text{share}\,a + (1-\text{share})\,b = \text{unknown}, \qquad
              \frac{a/(1-a)}{b/(1-b)} = \psi

    Parameters
    ----------
    n_events : int
        Events.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    share : float
        Expected share of civilians, strictly between 0 and 1.
    unknown : float
        Expected share of the dead whose status is lost, strictly between 0 and 1.
    odds_ratio : float
        :math:`\psi`, of being a civilian: the unknown against the known.
    half_known : float
        Probability that of a civilian or nonstate death whose status is lost it is
        known that it was one of these two.
    correlation : float
        Of the status of two dead of one event, strictly between 0 and 1.

    Returns
    -------
    DataFrame
        ``deaths_civilians``, ``deaths_government``, ``deaths_nonstate``,
        ``deaths_civilians_or_nonstate``, ``deaths_unknown``, ``low``, ``best`` and
        ``high``, people; and the hidden ``civilians``, all of them.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    Of the unknown 7 in 10 were civilians where their odds are four times as high:

    >>> drawn = events_with_status(
    ...     20_000, rng=np.random.default_rng(1), unknown=0.5, odds_ratio=4
    ... )
    >>> civilians = (drawn["civilians"] - drawn["deaths_civilians"]).sum()
    >>> known = drawn[["deaths_civilians", "deaths_government", "deaths_nonstate"]]
    >>> among_unknown = civilians / drawn["deaths_unknown"].sum()
    >>> among_known = drawn["deaths_civilians"].sum() / known.sum().sum()
    >>> odds = among_unknown / (1 - among_unknown) * (1 - among_known) / among_known
    >>> round(float(odds), 1)
    4.0
    """
    inside = all(0 < value < 1 for value in (share, unknown, correlation))
    if n_events < 1 or not inside or odds_ratio <= 0:
        raise SettingError(
            "need n_events >= 1, share, unknown and correlation strictly between 0 and "
            f"1, and odds_ratio > 0; got {n_events}, {share}, {unknown}, {correlation} "
            f"and {odds_ratio}"
        )
    if not 0 <= half_known <= 1:
        raise SettingError(f"half_known must be from 0 to 1, got {half_known!r}")
    killed = rng.geometric(1 / DEAD, n_events)
    weight = (1 - correlation) / correlation
    civilians = rng.binomial(
        killed, rng.beta(weight * share, weight * (1 - share), n_events)
    )
    government = rng.binomial(killed - civilians, 0.5)
    nonstate = killed - civilians - government
    loss = _loss(share, unknown, odds_ratio)
    lost = [
        rng.binomial(some, chance)
        for some, chance in zip((civilians, government, nonstate), loss, strict=True)
    ]
    half = rng.binomial(lost[0] + lost[2], half_known)
    return pd.DataFrame(
        {
            "deaths_civilians": civilians - lost[0],
            "deaths_government": government - lost[1],
            "deaths_nonstate": nonstate - lost[2],
            "deaths_civilians_or_nonstate": half,
            "deaths_unknown": sum(lost) - half,
            "low": killed,
            "best": killed,
            "high": killed,
            "civilians": civilians,
        }
    )


def _loss(
    share: float, unknown: float, odds_ratio: float
) -> tuple[float, float, float]:
    """Probabilities that the status of civilian, government and nonstate is lost."""

    def surplus(logit: float) -> float:
        civilian = special.expit(logit + np.log(odds_ratio))
        return share * civilian + (1 - share) * special.expit(logit) - unknown

    found = optimize.brentq(surplus, -60.0, 60.0)
    other = float(special.expit(found))
    return float(special.expit(found + np.log(odds_ratio))), other, other
