"""Incidents whose side is known, and claims that name it, or leave it open."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from conflictstats.errors import SettingError


def claimed_incidents(
    n_incidents: int,
    shares: Mapping[str, float],
    *,
    rng: np.random.Generator,
    vague: float | Mapping[str, float] = 0.3,
    unknown: float = 0.3,
    denied: float = 0.1,
    dead: float = 6.0,
) -> pd.DataFrame:
    r"""Draw incidents by side, and what is claimed of each.

    .. math:: z_e \sim \theta, \qquad d_e - 1 \sim \mathrm{Geometric}, \qquad
              p(S_e \mid z_e) \text{ the same for all } z_e \in S_e

    A claim is vague with a probability that may depend on the side; then it leaves
    everybody possible ("unknown"), or names the side with another drawn at random. If
    the probability is one for all sides the claims are ignorable. Every claim is true,
    and denials are by the side that did it.

    Parameters
    ----------
    n_incidents : int
        Number of incidents.
    shares : mapping of str to float
        Side to its share :math:`\theta`; they sum to 1, and are two or more.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    vague : float or mapping of str to float
        Probability that a claim is vague, of each side.
    unknown : float
        Of vague claims, the share that name nobody.
    denied : float
        Probability that a claim that names one side is denied.
    dead : float
        Mean deaths of an incident, 1 or more.

    Returns
    -------
    DataFrame
        Claims, as :func:`conflictstats.panel.incidents_of_claims` takes them, and the
        hidden ``truth``.

    Raises
    ------
    SettingError
        If shares do not sum to 1, or another number is out of its range.

    Examples
    --------
    >>> drawn = claimed_incidents(
    ...     2000, {"army": 0.7, "militia": 0.3}, rng=np.random.default_rng(1), denied=0
    ... )
    >>> round(float((drawn["truth"] == "army").mean()), 1)
    0.7
    """
    sides, theta = list(shares), np.array(list(shares.values()))
    if len(sides) < 2 or theta.min() < 0 or abs(theta.sum() - 1) > 1e-9:
        raise SettingError(f"shares must be of two or more and sum to 1, got {shares}")
    if not (0 <= unknown <= 1 and 0 <= denied <= 1 <= dead and n_incidents >= 1):
        raise SettingError(
            "need n_incidents and dead >= 1, unknown and denied from 0 to 1; got "
            f"{n_incidents}, {dead}, {unknown} and {denied}"
        )
    chance = vague if isinstance(vague, Mapping) else dict.fromkeys(sides, vague)
    truth = rng.choice(len(sides), n_incidents, p=theta)
    other = (truth + rng.integers(1, len(sides), n_incidents)) % len(sides)
    is_vague = rng.random(n_incidents) < np.array([chance[s] for s in sides])[truth]
    names_nobody = is_vague & (rng.random(n_incidents) < unknown)
    is_denied = ~is_vague & (rng.random(n_incidents) < denied)
    deaths = rng.geometric(1 / dead, n_incidents)
    name = np.array(sides, dtype=object)
    claims = pd.DataFrame(
        {
            "event": np.arange(n_incidents),
            "deaths": deaths,
            "stance": np.where(names_nobody, "unknown", "names"),
            "sides": np.where(
                is_vague, name[truth] + " or " + name[other], name[truth]
            ),
            "by": "a monitor",
            "truth": name[truth],
        }
    )
    claims.loc[names_nobody, "sides"] = None
    refusals = claims[is_denied].assign(stance="denies")
    refusals["by"] = refusals["truth"]
    return pd.concat([claims, refusals], ignore_index=True)
