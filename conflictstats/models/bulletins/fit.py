"""What is known of the share found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import settings_of, stored
from conflictstats.models.bulletins.posterior import SHARES, Joint, density, moments

if TYPE_CHECKING:
    from conflictstats.models.bulletins.model import FoundShare

PARAMS = (
    "another_body",
    "bulletin",
    "correlation",
    "between_bodies",
    "correction",
    "struck",
)
ANOTHER = "another body"
FEWEST_PATHS = 5
COURSES = ("grew", "unchanged", "fell")


class FoundStatus(Enum):
    """How much the paths had to say; the value is the sentence for people."""

    CONVERGED = "converged"
    FEW_PATHS = "fewer than five paths grew or stayed: the prior weighs as much"
    ONLY_CORRECTIONS = (
        "every path fell, which says how often counts are corrected and nothing about "
        "the share found: that is its prior"
    )
    NO_DATA = "there is no path of two dates or more; what is shown is the prior"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundShareFit(Summarised):
    """A fitted :class:`conflictstats.FoundShare`.

    Attributes
    ----------
    model : FoundShare
        The settings that were fitted; no paths are kept.
    draws : Dataset, dims (draw, body) and (draw, param)
        ``found``: mean share that a body's first bulletins have found. ``hyper``:
        ``another_body``, that share of a body that was not seen; ``bulletin``, the
        share in one new bulletin of such a body; ``correlation``, of two deaths of one
        bulletin in being found; ``between_bodies``, sd of the bodies' logits;
        ``correction``, probability that a path falls; ``struck``, part of the first
        count that a correction takes away.
    density : Dataset, dims (term, share) and (term,)
        ``posterior`` of each body's share found and of another body's, and ``prior``,
        per unit of ``share``; ``mean``, ``variance`` and ``bulletin_variance``, of one
        new bulletin. Summed over the grid, not from draws.
    diagnostics : Dataset, dims (body,)
        Paths that ``grew``, were ``unchanged`` and ``fell``.

    Examples
    --------
    First bulletins of the offensive in north-west Syria had found about six deaths of
    seven:

    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> from conflictstats.models.bulletins import FoundShare
    >>> from conflictstats.panel import bulletin_paths
    >>> paths = bulletin_paths(load_nw_syria_reports())
    >>> fit = FoundShare().fit(paths, rng=np.random.default_rng(1))
    >>> fit.nobs, fit.density["mean"].sel(term="SOHR").round(2).item()
    (26, 0.86)
    """

    model: FoundShare
    draws: xr.Dataset
    density: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls,
        model: FoundShare,
        ends: pd.DataFrame,
        joint: Joint,
        prior: FloatArray,
        drawn: dict[str, FloatArray],
    ) -> FoundShareFit:
        """Label the posterior of the paths, given by first and last count."""
        bodies = sorted(ends["source_org"].unique())
        hyper = np.column_stack([drawn[name] for name in PARAMS])
        draws = xr.Dataset(
            {"found": (("draw", "body"), drawn["found"])},
            {"body": bodies, "param": list(PARAMS)},
        ).assign(hyper=(("draw", "param"), hyper))
        weights = [joint.body(number) for number in range(len(bodies))]
        weights.append(joint.new_body())
        held = pd.DataFrame([moments(each) for each in weights])
        curves = xr.Dataset(
            {name: ("term", held[name].to_numpy()) for name in held},
            {"term": [*bodies, ANOTHER], "share": SHARES},
        ).assign(
            posterior=(("term", "share"), np.array([density(w) for w in weights])),
            prior=("share", density(prior)),
        )
        told = {course: ("body", each) for course, each in _courses(ends, bodies)}
        return cls(
            model=model,
            draws=draws,
            density=curves,
            diagnostics=xr.Dataset(told, {"body": bodies}),
        )

    @property
    def status(self) -> FoundStatus:
        """How much the paths had to say."""
        thinned = int((self.diagnostics["grew"] + self.diagnostics["unchanged"]).sum())
        if self.nobs == 0:
            return FoundStatus.NO_DATA
        if thinned == 0:
            return FoundStatus.ONLY_CORRECTIONS
        return (
            FoundStatus.CONVERGED if thinned >= FEWEST_PATHS else FoundStatus.FEW_PATHS
        )

    @property
    def nobs(self) -> int:
        """Number of paths."""
        return int(sum(self.diagnostics[course].sum() for course in COURSES))

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians, dims (param,)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of what the bodies share.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate`` (median), ``lower``, ``upper``; that of ``bulletin`` is about
            one bulletin that is still to come.
        """
        return band(self.draws["hyper"], level)

    def found(self, level: float = 0.9) -> xr.Dataset:
        """Share that a body's first bulletins find on average.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (body,)
            ``estimate`` (median), ``lower``, ``upper``; from 0 to 1.
        """
        return band(self.draws["found"], level)

    def beta_prior(
        self, body: str | None = None, *, bulletins: float = np.inf
    ) -> tuple[float, float]:
        r"""Beta law with the mean and variance of what is predicted.

        It is the prior for the share found in a new series: for one bulletin, or for
        the mean of many. A model with one share for a whole series (as
        :class:`conflictstats.DynamicRate`) wants the mean over its bulletins: the
        scatter from bulletin to bulletin is then part of the scatter of the counts.

        .. math:: \operatorname{Var} = \operatorname{Var}(\pi_b) +
                  \operatorname{E}\{\pi_b (1 - \pi_b) \rho\} / n

        Parameters
        ----------
        body : str, optional
            One of the bodies; by default one that was not seen.
        bulletins : float
            Number n of new bulletins; infinite for the body's own mean.

        Returns
        -------
        tuple of float
            The two parameters a and b.

        Raises
        ------
        SettingError
            If the body is not one of the fit, or ``bulletins`` is below 1.
        """
        term = ANOTHER if body is None else body
        known = [str(name) for name in self.density["term"].values]
        if term not in known:
            raise SettingError(f"no body {body!r}; the fit has {', '.join(known[:-1])}")
        if not bulletins >= 1:
            raise SettingError(f"bulletins must be 1 or more, got {bulletins!r}")
        at = self.density.sel(term=term)
        mean, between = float(at["mean"]), float(at["variance"])
        within = float(at["bulletin_variance"]) - between
        total = mean * (1 - mean) / (between + within / bulletins) - 1
        return mean * total, (1 - mean) * total

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Shares found as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``body, estimate, lower, upper, grew, unchanged, fell, level, kind``.
        """
        frame = xr.merge([self.found(level), self.diagnostics]).to_dataframe()
        return frame.reset_index().assign(level=level, kind="credible")

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Status, what the bodies share, then one line a body.
        """
        lines = [
            "Share of the last count that first bulletins had found, "
            f"{level:.0%} credible intervals",
            f"{self.nobs} paths: {self.status.value}",
        ]
        shared = self.conf_int(level)
        lines += [
            f"{name.replace('_', ' '):<30}{interval(shared.sel(param=name), '.2f'):>22}"
            for name in PARAMS
        ]
        lines.append(f"{'body':<30}{'share found':>22}  grew unchanged fell")
        by_body = self.found(level)
        for name in self.diagnostics["body"].values:
            told = self.diagnostics.sel(body=name)
            lines.append(
                f"{name!s:<30}{interval(by_body.sel(body=name), '.2f'):>22}"
                f"{int(told['grew']):>6}{int(told['unchanged']):>10}{int(told['fell']):>5}"
            )
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws, densities and diagnostics; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws, self.density, self.diagnostics)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> FoundShareFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        FoundShareFit
            The same fit.
        """
        from conflictstats.models.bulletins.model import FoundShare

        plain = dataset.drop_attrs(deep=False)
        drawn, curves = ["found", "hyper"], ["posterior", "prior"]
        curves += ["mean", "variance", "bulletin_variance"]
        return cls(
            model=FoundShare(**settings_of(dataset)),
            draws=plain[drawn],
            density=plain[curves],
            diagnostics=plain[list(COURSES)],
        )


def _courses(ends: pd.DataFrame, bodies: list[str]) -> Iterator[tuple[str, list[int]]]:
    """How many paths of each body took each course."""
    change = np.sign(ends["last"] - ends["first"])
    for course, sign in zip(COURSES, (1, 0, -1), strict=True):
        taken = ends.loc[change == sign, "source_org"]
        yield course, [int((taken == body).sum()) for body in bodies]
