"""Estimates put together: of several linkages or imputations, and of strata."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitWarning, SettingError
from conflictstats.models.undercount.answer import Answer, Kind
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.unlisted import pooled_replicates

FEWEST_REPLICATES, FEW_REPLICATES = 2, 10
DRAWS = 4000


def combine_replicates(answers: Sequence[Answer], *, level: float = 0.9) -> Answer:
    r"""One answer out of those to several completed tables, by Rubin's rules.

    For tables that were drawn because something of the records is not known: who is
    whom (drawn linkages), or the stratum (multiple imputation). With the total
    :math:`\hat N_j` of table :math:`j` and the mean number listed :math:`\bar n`, the
    rules are applied to :math:`\theta_j = \ln(\hat N_j - \bar n)`:

    .. math:: \hat N = \bar n + e^{\bar\theta}, \qquad
              \bar n + \exp\!\bigl( \bar\theta \pm t_\nu \sqrt T \bigr)

    with :math:`T` and :math:`\nu` of
    :func:`conflictstats.numerics.unlisted.pooled_replicates`. Where all tables hold
    equally many, :math:`\theta_j` is the logarithm of the number on no list; where they
    do not, how many are listed varies together with how many are not, and both are in
    :math:`T`. The variance of each is read off its interval, as if its logarithm were
    normal. It knows nothing of what all tables have in common, such as a wrong model.

    Parameters
    ----------
    answers : sequence of Answer
        What one method says of each table, two at least.
    level : float
        Nominal coverage.

    Returns
    -------
    Answer
        Refused where a table's answer is, with how many are: to leave these out would
        choose the tables by their answer. Diagnostics have ``replicates``, ``df`` and
        ``between_share``, the part of the variance that is between tables.

    Raises
    ------
    SettingError
        If there are fewer than two answers, or one is a range, which has no variance.

    Warns
    -----
    FitWarning
        If there are fewer than ten answers.

    References
    ----------
    .. [1] Rubin, D. B. (1987). *Multiple Imputation for Nonresponse in Surveys*,
       chapter 3. Wiley. https://doi.org/10.1002/9780470316696

    Examples
    --------
    Ten linkages that agree say what each of them says:

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> one = cs.ChaoFloor().fit(lists).answer()
    >>> both = cs.combine_replicates([one] * 10)
    >>> round(both.estimate - one.estimate, 6), round(both.upper - one.upper, 6)
    (0.0, 0.0)
    """
    _check.level(level)
    _enough(answers)
    if refusal := _refusal(answers, "replicates", level):
        return refusal
    listed = float(np.mean([each.n_observed for each in answers]))
    laws = np.array([_law(each, listed) for each in answers])
    if not np.isfinite(laws).all():
        return _refused(answers, UndercountStatus.NO_SPREAD, level, "replicates", 0)
    pooled = pooled_replicates(laws[:, 0], laws[:, 1] ** 2)
    normal = np.isinf(pooled.df)
    quantile = special.ndtri if normal else partial(special.stdtrit, pooled.df)
    reach = float(quantile((1 + level) / 2) * np.sqrt(pooled.variance))
    return Answer(
        method=f"{answers[0].method}, {len(answers)} replicates",
        n_observed=round(listed),
        estimate=listed + float(np.exp(pooled.estimate)),
        lower=listed + float(np.exp(pooled.estimate - reach)),
        upper=listed + float(np.exp(pooled.estimate + reach)),
        level=level,
        kind=_kind(answers),
        status=_worst(answers),
        assumptions=answers[0].assumptions,
        diagnostics={
            "replicates": len(answers),
            "df": pooled.df,
            "between_share": 1 - float((laws[:, 1] ** 2).mean()) / pooled.variance,
        },
    )


def total_of_strata(
    strata: Mapping[str, Answer],
    *,
    rng: np.random.Generator,
    draws: Mapping[str, xr.DataArray] | None = None,
    joint: bool = False,
    level: float = 0.9,
) -> Answer:
    r"""Everybody in all strata, whose estimates add up and whose interval is of sums.

    .. math:: \hat N = \sum_s \hat N_s, \qquad
              N^{(b)} = \sum_s N_s^{(\pi_s(b))}

    Ends of intervals are never added: they would all have to be wrong in the same
    direction. Strata that were fitted one by one are taken as independent, and their
    draws are put in random order :math:`\pi_s`. Where there are none, the number on no
    list is drawn from a log-normal law with the ends of the stratum's interval. Records
    whose stratum is not known are in no stratum, and not in this total.

    Parameters
    ----------
    strata : mapping of str to Answer
        What a method says of each stratum.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    draws : mapping of str to DataArray, optional
        Draws of the total of a stratum, dim ``draw``, people.
    joint : bool
        Whether draws of equal number belong together, as those of one posterior of all
        strata do; then every stratum needs them.
    level : float
        Nominal coverage.

    Returns
    -------
    Answer
        Refused where one of the strata is.

    Raises
    ------
    SettingError
        If there is no stratum, one is a range, draws are of no stratum, or ``joint``
        draws are missing or differ in number.

    Examples
    --------
    Twice the same floor, independently: the interval grows by the root of 2.

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> one = cs.ChaoFloor().fit(lists).answer()
    >>> total = cs.total_of_strata(
    ...     {"north": one, "south": one}, rng=np.random.default_rng(1)
    ... )
    >>> total.estimate == 2 * one.estimate
    True
    >>> round((total.upper - total.lower) / (one.upper - one.lower), 1)
    1.4
    """
    tail = (1 - _check.level(level)) / 2
    answers, given = list(strata.values()), dict(draws or {})
    _addable(strata, given, joint)
    if refusal := _refusal(answers, "strata", level):
        return refusal
    laws = {name: _law(each, each.n_observed) for name, each in strata.items()}
    if not all(np.isfinite(law).all() or name in given for name, law in laws.items()):
        return _refused(answers, UndercountStatus.NO_SPREAD, level, "strata", 0)
    size = max([len(each) for each in given.values()] or [DRAWS])
    total = np.zeros(size)
    for name, each in strata.items():
        if name in given:
            total += _ordered(given[name].values, size, joint, rng)
        else:
            centre, spread = laws[name]
            total += each.n_observed + rng.lognormal(centre, spread, size)
    lower, upper = np.quantile(total, [tail, 1 - tail])
    return Answer(
        method=f"{answers[0].method}, {len(answers)} strata",
        n_observed=sum(each.n_observed for each in answers),
        estimate=sum(each.estimate for each in answers),
        lower=float(lower),
        upper=float(upper),
        level=level,
        kind=_kind(answers),
        status=_worst(answers),
        assumptions=answers[0].assumptions,
        diagnostics={"strata": len(answers), "draws": size},
    )


def _law(answer: Answer, listed: float) -> tuple[float, float]:
    """Mean and standard deviation of the log of how many are beyond the listed."""
    unlisted = answer.unlisted
    beyond = answer.estimate - listed
    ends = np.array([answer.lower, answer.upper]) - answer.n_observed
    if min(unlisted, beyond, *ends) <= 0 or np.isinf(ends[1]):
        return np.nan, np.nan
    width = float(np.log(ends[1] / ends[0]))
    spread = width / (2 * special.ndtri((1 + answer.level) / 2))
    return float(np.log(beyond)), float(spread * unlisted / beyond)


def _enough(answers: Sequence[Answer]) -> None:
    """Refuse too few replicates, or say that they are few."""
    if len(answers) < FEWEST_REPLICATES:
        raise SettingError(
            f"Rubin's rules need {FEWEST_REPLICATES} replicates at least, got "
            f"{len(answers)}: draw more linkages or imputations"
        )
    _no_range(answers)
    if len(answers) < FEW_REPLICATES:
        warnings.warn(
            f"{len(answers)} replicates say little of the variance between them; draw "
            f"{FEW_REPLICATES} or more",
            FitWarning,
            stacklevel=3,
        )


def _no_range(answers: Sequence[Answer]) -> None:
    """Refuse ranges, whose numbers have no law."""
    ranges = {
        each.method
        for each in answers
        if each.kind == "range" and not each.status.refused
    }
    if ranges:
        raise SettingError(
            f"{', '.join(sorted(ranges))} gives a range, which has no variance: "
            "combine answers with a confidence or credible interval"
        )


def _addable(
    strata: Mapping[str, Answer], draws: Mapping[str, xr.DataArray], joint: bool
) -> None:
    """Refuse strata that cannot be added."""
    if not strata:
        raise SettingError("strata is empty: give the answer of one stratum at least")
    _no_range(list(strata.values()))
    unknown = sorted(set(draws) - set(strata))
    if unknown:
        raise SettingError(
            f"draws are of {', '.join(unknown)}; strata are {', '.join(strata)}"
        )
    lengths = {len(each) for each in draws.values()}
    if joint and (len(draws) < len(strata) or len(lengths) > 1):
        raise SettingError(
            "joint draws need equally many of every stratum: give draws of one "
            "posterior of all strata, or joint=False"
        )


def _ordered(
    values: FloatArray, size: int, joint: bool, rng: np.random.Generator
) -> FloatArray:
    """Draws in random order, drawn again where they are fewer than needed."""
    if joint:
        return values
    if len(values) == size:
        return rng.permutation(values)
    return rng.choice(values, size)


def _refusal(answers: Sequence[Answer], of: str, level: float) -> Answer | None:
    """The refusal of all where some are refused."""
    refused = [each for each in answers if each.status.refused]
    if not refused:
        return None
    return _refused(answers, refused[0].status, level, of, len(refused))


def _refused(
    answers: Sequence[Answer],
    status: UndercountStatus,
    level: float,
    of: str,
    refused: int,
) -> Answer:
    """A refusal with how many of the parts are refused."""
    return Answer.refused(
        f"{answers[0].method}, {len(answers)} {of}",
        round(np.mean([each.n_observed for each in answers]))
        if of == "replicates"
        else sum(each.n_observed for each in answers),
        status,
        assumptions=answers[0].assumptions,
        level=level,
        diagnostics={of: len(answers), "refused": refused},
    )


def _kind(answers: Sequence[Answer]) -> Kind:
    """What the whole is: a floor where any part is one."""
    kinds = {each.kind for each in answers}
    if "floor" in kinds:
        return "floor"
    return "credible" if "credible" in kinds else "confidence"


def _worst(answers: Sequence[Answer]) -> UndercountStatus:
    """The first status that is a doubt."""
    doubts = [
        each.status for each in answers if each.status is not UndercountStatus.CONVERGED
    ]
    return doubts[0] if doubts else UndercountStatus.CONVERGED
