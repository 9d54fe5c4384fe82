"""Weekly dead with a known civilian share, some of whose status nobody knows."""

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray, IntArray
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

    with :math:`n_t` Poisson. Those who were no civilians are of either side with even
    chances on average; see :func:`dead_by_category`, which has several places.

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
        Of one place, as :func:`dead_by_category` gives it.

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
    if n_time < 1 or step < 0 or not 0 < share < 1:
        raise SettingError(
            "need n_time >= 1, step >= 0 and share strictly between 0 and 1; got "
            f"{n_time}, {step} and {share}"
        )
    steps = rng.normal(0, step, n_time)
    steps[0] = special.logit(share)
    return dead_by_category(
        np.stack([np.cumsum(steps), np.zeros(n_time)], axis=-1)[:, None],
        rng=rng,
        correlation=correlation,
        dead=dead,
        unknown=unknown,
    )


def dead_by_category(
    logit: Float[np.ndarray, "time place 2"],
    *,
    rng: np.random.Generator,
    correlation: float | tuple[float, float] = 0.1,
    dead: float = 40.0,
    unknown: float = 0.2,
    odds_ratio: float = 1.0,
) -> xr.Dataset:
    r"""Draw weekly dead of three categories, some of whose status is lost.

    .. math:: q^{(k)}_t \sim \mathrm{Beta}(p^{(k)}_t M, (1 - p^{(k)}_t) M), \qquad
              M = \frac{1-\rho}{\rho}

    Of the Poisson number of dead of a week the status of each is lost with the same
    probability. One of known status was a civilian with probability :math:`q^{(1)}`,
    and otherwise of the government's side with :math:`q^{(2)}`; one of unknown status
    was a civilian with :math:`\psi` times the odds.

    Parameters
    ----------
    logit : ndarray, shape (time, place, 2)
        Logits of the expected shares of civilians among the dead of known status, and
        of government dead among the others.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    correlation : float or (float, float)
        :math:`\rho`, of the status of two dead of the same week and place; of each
        logit its own, or one for both.
    dead : float
        Expected dead in a week and place, people.
    unknown : float
        Probability that the status of a death is lost.
    odds_ratio : float
        :math:`\psi`; 1 loses the status of everybody alike.

    Returns
    -------
    Dataset, dims (time, place)
        ``deaths_civilians``, ``deaths_government``, ``deaths_nonstate`` and
        ``deaths_unknown``, people, as a panel has them; the hidden ``share`` of
        civilians among the known; and ``civilians``, ``government`` and ``nonstate``,
        all of them, people.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    Half of the known are civilians, and two thirds of the unknown:

    >>> rng, even = np.random.default_rng(1), np.zeros((9000, 1, 2))
    >>> drawn = dead_by_category(even, rng=rng, correlation=1e-4, odds_ratio=2)
    >>> lost = drawn["civilians"] - drawn["deaths_civilians"]
    >>> (lost.sum() / drawn["deaths_unknown"].sum()).round(1).item()
    0.7
    """
    if dead < 0 or not odds_ratio > 0 or not 0 <= unknown <= 1:
        raise SettingError(
            "need dead >= 0, odds_ratio > 0 and unknown from 0 to 1; got "
            f"{dead}, {odds_ratio} and {unknown}"
        )
    alike = np.broadcast_to(np.asarray(correlation, float), (2,))
    if not ((alike > 0) & (alike < 1)).all():
        raise SettingError(
            f"correlation must be strictly between 0 and 1, got {correlation!r}"
        )
    expected = special.expit(logit)
    weight = (1 - alike) / alike
    chance, side = np.moveaxis(
        rng.beta(weight * expected, weight * (1 - expected)), -1, 0
    )
    killed = rng.poisson(dead, chance.shape)
    lost = rng.binomial(killed, unknown)
    odds = odds_ratio * chance
    groups = [(killed - lost, chance), (lost, odds / (odds + (1 - chance)))]
    parts = [_parts(*each, side, rng) for each in groups]
    names = ("civilians", "government", "nonstate")
    values = dict(zip((f"deaths_{name}" for name in names), parts[0], strict=True))
    values |= {n: a + b for n, a, b in zip(names, *parts, strict=True)}
    values |= {"deaths_unknown": lost, "share": expected[..., 0]}
    weeks = pd.date_range("2018-01-01", periods=len(logit), freq="7D").to_numpy()
    places = [chr(ord("A") + i) for i in range(logit.shape[1])]
    coords = {"time": weeks, "place": places}
    coords["time_end"] = ("time", weeks + np.timedelta64(6, "D"))
    return xr.Dataset(
        {name: (DIMS, value.astype(float)) for name, value in values.items()}, coords
    )


def _parts(
    dead: IntArray, chance: FloatArray, side: FloatArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray, IntArray]:
    """Civilians, government and nonstate of some dead, shape (time, place) each."""
    civilians = rng.binomial(dead, chance)
    government = rng.binomial(dead - civilians, side)
    return civilians, government, dead - civilians - government
