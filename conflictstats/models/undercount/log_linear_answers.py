"""Answers of log-linear models, each with what it takes to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.log_linear.bootstrap import bca_interval, bca_levels
from conflictstats.numerics.log_linear.existence import FINE, NO_MAXIMUM, NOT_ONE

if TYPE_CHECKING:
    from conflictstats.models.undercount.log_linear_fit import LogLinearFit

CHOSEN_BY = {
    "bic": "best by BIC",
    "aic": "best by AIC",
    "stepwise": "pairs added one by one",
    "given": "one model",
}
FEW = 5
"""Bootstrap samples beyond an end below which it moves with the seed."""
ALWAYS = (
    "the interaction of all lists is none, records are linked without error, and "
    "nobody joins or leaves"
)


def best_answer(fit: LogLinearFit, level: float) -> Answer:
    """The best model, or the only one.

    Parameters
    ----------
    fit : LogLinearFit
        Not refused.
    level : float
        Nominal coverage.

    Returns
    -------
    Answer
        Whose interval is the one that the settings ask for; refused where this has no
        ends, as where more bootstrap samples have no estimate than a tail may hold.
    """
    lower, upper = _interval(fit, level)
    if not upper > lower:
        return refusal(fit, level, UndercountStatus.NO_SPREAD)
    row = fit.to_frame(level).iloc[0]
    chosen = "chosen anew in each sample"
    if fit.model.interval != "bootstrap":
        chosen = "taken as known"
    minus_infinity = np.isneginf(fit.best["coefficient"].values).sum()
    return Answer(
        method=f"Log-linear, {CHOSEN_BY[_by(fit)]}",
        n_observed=fit.n_observed,
        estimate=float(row["estimate"]),
        lower=lower,
        upper=upper,
        level=level,
        kind="confidence",
        status=_of_few(fit, level),
        assumptions=f"lists depend on each other by {row['terms']} alone, "
        f"{chosen}; {ALWAYS}",
        diagnostics={
            "std_err": float(row["std_err"]),
            "deviance": float(row["deviance"]),
            "degrees_of_freedom": float(row["degrees_of_freedom"]),
            "effects_minus_infinity": float(minus_infinity),
            **_bootstrapped(fit, level),
            **_compared(fit),
        },
    )


def average_answer(fit: LogLinearFit, level: float) -> Answer:
    r"""All models that have an estimate, by their weights.

    .. math:: \bar N = \sum_k w_k \hat N_k, \qquad
       \mathrm{se}^2 = \sum_k w_k \{\mathrm{se}_k^2 + (\hat N_k - \bar N)^2\}

    The interval holds the equal-tailed quantiles of the log-normal mixture.

    Parameters
    ----------
    fit : LogLinearFit
        Not refused.
    level : float
        Nominal coverage.

    Returns
    -------
    Answer
        With the modes of the mixture and their shares among the diagnostics.
    """
    law, frame = fit.mixture, fit.to_frame(level).query("weight > 0")
    weight, estimates = frame["weight"].to_numpy(), frame["estimate"].to_numpy()
    mean = float(weight @ estimates)
    variance = weight @ (frame["std_err"].to_numpy() ** 2 + (estimates - mean) ** 2)
    told = {"std_err": float(np.sqrt(variance))}
    modes = fit.modes()
    for k, (at, share) in enumerate(modes.to_numpy(), 1):
        told |= {f"mode_{k}": float(at), f"share_{k}": float(share)}
    several = len(modes) > 1
    return Answer(
        method=f"Log-linear, average by {_by(fit).upper()}",
        n_observed=fit.n_observed,
        estimate=mean,
        lower=fit.n_observed + law.quantile((1 - level) / 2),
        upper=fit.n_observed + law.quantile((1 + level) / 2),
        level=level,
        kind="confidence",
        status=UndercountStatus.SEVERAL_ANSWERS if several else fit.status,
        assumptions=f"lists depend on each other by one of {len(frame):,} log-linear "
        f"models, each as likely as any other before the data; {ALWAYS}",
        diagnostics=told | _compared(fit),
    )


def refusal(
    fit: LogLinearFit, level: float, why: UndercountStatus | None = None
) -> Answer:
    """Why there is no estimate.

    Parameters
    ----------
    fit : LogLinearFit
        Refused.
    level : float
        Nominal coverage that was asked for.
    why : UndercountStatus, optional
        By default the status of the fit.

    Returns
    -------
    Answer
        Without an estimate.
    """
    told = {"lists": float(fit.n_lists)} | _compared(fit) | _bootstrapped(fit, level)
    return Answer.refused(
        f"Log-linear, {CHOSEN_BY[_by(fit)]}",
        fit.n_observed,
        fit.status if why is None else why,
        assumptions=ALWAYS,
        level=level,
        diagnostics=told,
    )


def _by(fit: LogLinearFit) -> str:
    """How the model was chosen."""
    given = fit.model.selection
    return given if isinstance(given, str) else "given"


def _compared(fit: LogLinearFit) -> dict[str, float]:
    """How many models there were, and how many of them have no estimate."""
    code = fit.models["code"].values
    unsettled = (code == FINE) & fit.models["log_unlisted"].isnull().values
    return {
        "models": float(len(code)),
        "models_without_maximum": float((code & NO_MAXIMUM > 0).sum()),
        "models_not_identified": float((code & NOT_ONE > 0).sum()),
        "models_not_settled": float(unsettled.sum()),
    }


def _of_few(fit: LogLinearFit, level: float) -> UndercountStatus:
    """Status of an answer whose ends may rest on a few bootstrap samples."""
    if _bootstrapped(fit, level).get("samples_beyond_end", np.inf) < FEW:
        return UndercountStatus.ENDS_OF_FEW
    return fit.status


def _bootstrapped(fit: LogLinearFit, level: float) -> dict[str, float]:
    """What the bootstrap samples are worth, where there are any."""
    if "replicates" not in fit.best:
        return {}
    drawn, bent = fit.best["replicates"].values, float(fit.best["acceleration"])
    lower, upper = bca_levels(drawn, _estimate(fit), bent, level)
    known = np.isfinite(drawn)
    return {
        "share_without_estimate": float(1 - known.mean()),
        "samples_beyond_end": float(known.sum() * np.nan_to_num(min(lower, 1 - upper))),
    }


def _estimate(fit: LogLinearFit) -> float:
    """All people by the first model."""
    return fit.n_observed + float(np.exp(fit.models["log_unlisted"][0]))


def _interval(fit: LogLinearFit, level: float) -> tuple[float, float]:
    """Interval of the best model, people, as the settings ask."""
    row = fit.models.isel(model=0)
    if fit.model.interval == "wald":
        half = special.ndtri((1 + level) / 2) * float(row["log_std_err"])
        with np.errstate(over="ignore"):
            ends = np.exp(float(row["log_unlisted"]) + np.array([-half, half]))
        return fit.n_observed + float(ends[0]), fit.n_observed + float(ends[1])
    if fit.model.interval == "bootstrap":
        if _bootstrapped(fit, level)["share_without_estimate"] > (1 - level) / 2:
            return np.nan, np.nan
        drawn, bent = fit.best["replicates"].values, float(fit.best["acceleration"])
        return bca_interval(drawn, _estimate(fit), bent, level)
    lower, upper = fit.profile_intervals(level)
    return float(lower[0]), float(upper[0])
