"""Weekly dead with a known civilian share, some of whose status nobody knows."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats.errors import SettingError

DIMS = ("time", "place")


def random_walk_shares(
    n_time: int,
    *,
    rng: np.random.Generator,
    share: float = 0.4,
    step: float = 0.15,
    correlation: float = 0.1,
    dead: float = 40.0,
    unknown: float = 0.2,
) -> xr.Dataset:
    r"""Draw weekly dead, civilians or not, the logit of whose share is a random walk.

    .. math:: \operatorname{logit} p_t - \operatorname{logit} p_{t-1} \sim
              N(0, \text{step}^2), \qquad q_t \sim \mathrm{Beta}(p_t M, (1-p_t) M),
              \quad M = \frac{1-\rho}{\rho}, \qquad c_t \sim \mathrm{Bin}(n_t, q_t)

    with :math:`n_t` Poisson. Each death loses its status with the same probability,
    whoever it was; those who were no civilians are of either side by even chance.

    Parameters
    ----------
    n_time : int
        Weeks.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    share : float
        Expected share of the first week, between 0 and 1.
    step : float
        Standard deviation of a week's change of the logit; 0 keeps it constant.
    correlation : float
        :math:`\rho`, of the status of two dead of the same week, between 0 and 1.
    dead : float
        Expected dead in a week, people.
    unknown : float
        Probability that the status of a death is lost.

    Returns
    -------
    Dataset, dims (time, place)
        ``deaths_civilians``, ``deaths_government``, ``deaths_nonstate`` and
        ``deaths_unknown``, people, as a panel has them; the hidden ``share``, and
        ``civilians``, all of them, people.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    >>> drawn = random_walk_shares(
    ...     4000, rng=np.random.default_rng(1), share=0.25, step=0
    ... )
    >>> known = drawn["deaths_civilians"] + drawn["deaths_government"]
    >>> known = known + drawn["deaths_nonstate"]
    >>> (drawn["deaths_civilians"].sum() / known.sum()).round(2).item()
    0.25
    """
    if n_time < 1 or min(step, dead) < 0 or not 0 <= unknown <= 1:
        raise SettingError(
            "need n_time >= 1, step and dead >= 0 and unknown from 0 to 1; got "
            f"{n_time}, {step}, {dead} and {unknown}"
        )
    if not (0 < share < 1 and 0 < correlation < 1):
        raise SettingError(
            "share and correlation must be strictly between 0 and 1, got "
            f"{share!r} and {correlation!r}"
        )
    steps = rng.normal(0, step, n_time)
    steps[0] = special.logit(share)
    expected = special.expit(np.cumsum(steps))
    weight = (1 - correlation) / correlation
    chance = rng.beta(weight * expected, weight * (1 - expected))
    killed = rng.poisson(dead, n_time)
    civilians = rng.binomial(killed, chance)
    known = rng.binomial(civilians, 1 - unknown)
    others = rng.binomial(killed - civilians, 1 - unknown)
    government = rng.binomial(others, 0.5)
    weeks = pd.date_range("2018-01-01", periods=n_time, freq="7D").to_numpy()
    values = {
        "deaths_civilians": known,
        "deaths_government": government,
        "deaths_nonstate": others - government,
        "deaths_unknown": killed - known - others,
        "civilians": civilians,
        "share": expected,
    }
    coords = {"time": weeks, "place": ["A"]}
    coords["time_end"] = ("time", weeks + np.timedelta64(6, "D"))
    return xr.Dataset(
        {name: (DIMS, value[:, None].astype(float)) for name, value in values.items()},
        coords,
    )
