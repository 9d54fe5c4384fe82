"""The model: settings, priors and the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.bulletins.fit import FoundShareFit, FoundStatus
from conflictstats.models.bulletins.posterior import (
    Joint,
    Priors,
    draw_corrections,
)

KEY = ["event_key", "source_org", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundShare:
    r"""Share of the deaths that a first bulletin has found, learned from paths.

    Use it to say how far a first "at least 25" may lie below what the same body says
    later, with the spread from bulletin to bulletin and from body to body. It is about
    bulletins of single incidents, not about running totals of a campaign. It does not
    find deaths that the body never counted: the last bulletin is not the truth.

    .. math:: k_{\text{first}} \mid k_{\text{last}} \sim
              \mathrm{BetaBinomial}(k_{\text{last}};\; \pi_b, \rho), \qquad
              \operatorname{logit} \pi_b \sim N(m, \tau^2)

    with :math:`\rho` the correlation of two deaths of one bulletin in being found: the
    share that one bulletin has found has mean :math:`\pi_b` and variance
    :math:`\pi_b (1 - \pi_b) \rho`. A path that fell was corrected. That is no thinning
    and has a component of its own: a path is a correction with probability :math:`w`,
    and then each of those counted first is struck off with probability :math:`\delta`,
    given that somebody was. The posterior is summed over a grid, not sampled; it is
    fine enough for up to some thousand paths.

    Attributes
    ----------
    found : tuple of float
        Beta prior of the typical body's share, the inverse logit of :math:`m`.
    correlation : tuple of float
        Beta prior of :math:`\rho`.
    between_bodies : tuple of float
        Prior of :math:`\tau`: an exponential law with P(:math:`\tau` > first) = second.
    correction : tuple of float
        Beta prior of :math:`w`.
    struck : tuple of float
        Beta prior of :math:`\delta`.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Griffiths, D. A. (1973). Maximum likelihood estimation for the
       beta-binomial distribution. *Biometrics* 29, 637-648.
       https://doi.org/10.2307/2529131
    .. [2] Simpson, D. et al. (2017). Penalising model component complexity.
       *Statistical Science* 32, 1-28. https://doi.org/10.1214/16-STS576

    Examples
    --------
    Two hundred paths of a body that finds seven tenths at first:

    >>> from conflictstats.panel import bulletin_paths
    >>> from conflictstats.simulate.bulletins import repeated_bulletins
    >>> rng = np.random.default_rng(1)
    >>> paths = bulletin_paths(repeated_bulletins(200, found={"A": 0.7}, rng=rng))
    >>> fit = FoundShare().fit(paths, rng=rng)
    >>> band = fit.found(0.9).sel(body="A")
    >>> bool(band.lower < 0.7 < band.upper), bool(band.upper - band.lower < 0.06)
    (True, True)
    """

    found: tuple[float, float] = (1.0, 1.0)
    correlation: tuple[float, float] = (1.0, 1.0)
    between_bodies: tuple[float, float] = (1.0, 0.05)
    correction: tuple[float, float] = (1.0, 1.0)
    struck: tuple[float, float] = (1.0, 1.0)
    draws: int = 4000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name in ("found", "correlation", "correction", "struck"):
            given = getattr(self, name)
            if not (min(given) > 0 and np.isfinite(given).all()):
                raise SettingError(
                    f"{name} must be the two numbers above 0 of a Beta prior, got "
                    f"{given!r}; (1, 1) takes every share to be as likely"
                )
        above, chance = self.between_bodies
        if not (0 < above < np.inf and 0 < chance < 1):
            raise SettingError(
                "between_bodies must be a bound above 0 and the probability, between "
                f"0 and 1, that the sd is above it; got {self.between_bodies!r}"
            )

    def fit(
        self,
        paths: pd.DataFrame,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> FoundShareFit:
        """Learn the share found from bulletin paths.

        Parameters
        ----------
        paths : DataFrame
            From :func:`conflictstats.panel.bulletin_paths`: a row a path and date,
            with ``event_key``, ``source_org``, ``measure``, ``published`` and
            ``count`` (people). The first and the last count of a path are used.
        rng : numpy.random.Generator, optional
            Source of randomness of the draws; by default a new one.
        strict : bool
            Raise where there is no path.

        Returns
        -------
        FoundShareFit
            Posterior of the share by body; it does not hold the paths.

        Raises
        ------
        SchemaError
            If a column is missing, or a count is not a whole number of people (rows
            are counted from 1).
        FitError
            If ``strict`` and there is no path.
        """
        rng = np.random.default_rng() if rng is None else rng
        ends = _ends(paths)
        fell = ends["first"] > ends["last"]
        priors = Priors(self.found, self.correlation, self._between_rate())
        joint = _joint(ends, ~fell, priors)
        drawn = joint.draw(self.draws, rng)
        drawn |= draw_corrections(
            _counts(ends[fell]),
            int((~fell).sum()),
            (self.correction, self.struck),
            self.draws,
            rng,
        )
        weight = 1 / drawn["correlation"] - 1
        share = drawn["another_body"]
        drawn["bulletin"] = rng.beta(weight * share, weight * (1 - share))
        fit = FoundShareFit.of(self, ends, joint, Joint.prior(priors), drawn)
        if strict and fit.status is FoundStatus.NO_DATA:
            raise FitError(fit.status.value)
        return fit

    def _between_rate(self) -> float:
        """Rate of the exponential prior of the sd between bodies."""
        above, chance = self.between_bodies
        return float(-np.log(chance) / above)


def _ends(paths: pd.DataFrame) -> pd.DataFrame:
    """First and last count of each path, one row each."""
    absent = {*KEY, "published", "count"} - set(paths)
    if absent:
        raise SchemaError(
            f"the paths have no column {', '.join(sorted(absent))}; bulletin_paths "
            "makes them from coded reports"
        )
    count = paths["count"].to_numpy(float)
    wrong = np.flatnonzero(~((count >= 0) & (count % 1 == 0)))
    if wrong.size:
        rows = ", ".join(str(row + 1) for row in wrong[:10])
        raise SchemaError(
            f"count must be a whole number of people, 0 or more; it is not in row "
            f"{rows} (of {wrong.size} such rows)"
        )
    path = paths.sort_values("published", kind="stable").groupby(KEY)["count"]
    return path.agg(["first", "last"]).reset_index()


def _joint(ends: pd.DataFrame, thinned: pd.Series[bool], priors: Priors) -> Joint:
    """Posterior of the share found from the paths that were thinned."""
    bodies, number = np.unique(ends["source_org"].astype(str), return_inverse=True)
    counts = _counts(ends[thinned])
    return Joint(*counts, number[thinned.to_numpy()], bodies.size, priors)


def _counts(ends: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """First and last counts as arrays, shape (n,) each."""
    return ends["first"].to_numpy(float), ends["last"].to_numpy(float)
