"""What becomes of bounds and of a point when the unknown are not like the known."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.errors import SettingError
from conflictstats.models.civilian_share import ShareBounds
from conflictstats.simulate.statuses import events_with_status

ANSWERS = ("bounds", "interval", "ignorable")


def lost_status_study(
    odds_ratios: Sequence[float] = (0.25, 0.5, 1.0, 2.0, 4.0),
    *,
    rng: np.random.Generator,
    replicates: int = 200,
    n_events: int = 150,
    share: float = 0.4,
    unknown: float = 0.4,
    level: float = 0.9,
) -> xr.Dataset:
    r"""Count how often bounds, their interval and a point for the unknown are right.

    Use it to see what "the unknown are like the known" costs where it is false. In
    each replicate events are drawn and statuses lost; then three answers are given:
    the bounds, for the share of those who died; their Imbens-Manski interval, for the
    share behind them; and the interval around :math:`c/(c+k)`, which takes the unknown
    for like the known, for the same.

    Parameters
    ----------
    odds_ratios : sequence of float
        True odds ratios :math:`\psi` of being a civilian, unknown against known.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    replicates : int
        Simulations an odds ratio.
    n_events : int
        Events a simulation.
    share, unknown : float
        Expected shares of civilians and of unknown.
    level : float
        Nominal coverage of the intervals.

    Returns
    -------
    Dataset, dims (odds_ratio, answer)
        ``coverage`` of the ``answer`` bounds, interval and ignorable; ``lower`` and
        ``upper``, mean ends of each; ``share`` in attrs, and ``level``,
        ``replicates``, ``n_events`` and ``unknown``.

    Raises
    ------
    SettingError
        If there is no replicate.

    Examples
    --------
    >>> found = lost_status_study([4.0], rng=np.random.default_rng(1), replicates=5)
    >>> found["coverage"].sel(answer="bounds").item()
    1.0
    """
    if replicates < 1:
        raise SettingError(f"replicates must be at least 1, got {replicates!r}")
    model = ShareBounds(denominator="all", replicates=400, level=level)
    cells = []
    for odds_ratio in odds_ratios:
        found = []
        for _ in range(replicates):
            drawn = events_with_status(
                n_events, rng=rng, share=share, unknown=unknown, odds_ratio=odds_ratio
            )
            found.append(_answers(model, drawn, share, rng))
        cells.append(np.mean(found, axis=0))
    covered, lower, upper = np.moveaxis(np.array(cells), 2, 0)
    dims = ("odds_ratio", "answer")
    return xr.Dataset(
        {"coverage": (dims, covered), "lower": (dims, lower), "upper": (dims, upper)},
        {"odds_ratio": [*map(float, odds_ratios)], "answer": [*ANSWERS]},
        attrs={
            "share": share,
            "unknown": unknown,
            "level": level,
            "replicates": replicates,
            "n_events": n_events,
        },
    )


def _answers(
    model: ShareBounds, drawn: pd.DataFrame, share: float, rng: np.random.Generator
) -> list[tuple[bool, float, float]]:
    """Whether each answer holds, and its ends, of one simulation."""
    fit = model.fit(drawn.drop(columns="civilians"), rng=rng)
    recorded = drawn["civilians"].sum() / drawn["best"].sum()
    point = fit.sensitivity((1.0,)).isel(odds_ratio=0)
    answers = []
    for found, truth in (
        (fit.bounds, recorded),
        (fit.conf_int(), share),
        (point, share),
    ):
        lower, upper = found["lower"].item(), found["upper"].item()
        answers.append((lower <= truth <= upper, lower, upper))
    return answers
