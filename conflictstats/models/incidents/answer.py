"""From points of what is shared to what is known of each incident and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.incidents.evidence import UNIT, Evidence
from conflictstats.models.incidents.fit import OTHERS, IncidentsFit
from conflictstats.models.incidents.law import Hyper
from conflictstats.models.incidents.learn import PARAMS, REPORTS, Points, Priors
from conflictstats.models.incidents.posterior import Block

if TYPE_CHECKING:
    from conflictstats.models.incidents.model import Incidents

MOST, FEWEST = 40, 4
"""Points that the incidents are averaged over, for few and for many reports."""
WORK = 200_000
"""Reports times points, about."""
NOTHING = 1e-9
"""Cells with less probability are not kept."""


def answer(
    model: Incidents,
    told: pd.DataFrame,
    evidence: Evidence,
    bodies: list[str],
    points: Points,
    rng: np.random.Generator,
) -> IncidentsFit:
    """Label what is known of incidents, reports and what they share.

    Parameters
    ----------
    model : Incidents
        The settings.
    told : DataFrame
        Reports that were used.
    evidence : Evidence
        The same as arrays.
    bodies : list of str
        Bodies with a share of their own.
    points : Points
        Posterior of what all share.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    IncidentsFit
        Everything that may be asked.
    """
    at = points.drawn(model.draws, rng)
    number = int(np.clip(WORK // max(len(told), 1), FEWEST, MOST))
    hypers = [model.priors.hyper(each) for each in points.drawn(number, rng)]
    posterior, reports = _averaged(evidence, hypers, model.least)
    keys = told[UNIT].drop_duplicates()
    coords = {name: ("incident", keys[name].to_numpy(object)) for name in UNIT}
    said = {
        name: ("report", told[name].to_numpy())
        for name in ("published", "lag", "count", "low", "high")
    }
    said |= {
        name: ("report", told[name].to_numpy(object))
        for name in ("source_org", "qualifier")
    }
    said["incident_number"] = "report", evidence.incident
    told_apart = {name: ("report", each) for name, each in reports.items()}
    return IncidentsFit(
        model=model,
        draws=_draws(at, model.priors, [*bodies, OTHERS]),
        posterior=xr.Dataset(
            {name: (("incident", "cell"), each) for name, each in posterior.items()},
            coords,
        ),
        reports=xr.Dataset(said | told_apart),
        diagnostics=xr.Dataset(
            {
                "effective_points": points.effective,
                "pareto_k": points.pareto_k,
                "settled": points.settled,
                **{name: int(count) for name, count in told.attrs.items()},
            }
        ),
    )


def _draws(at: FloatArray, priors: Priors, bodies: list[str]) -> xr.Dataset:
    """Draws of what is shared, on the scale that people read."""
    hypers = [priors.hyper(each) for each in at]
    named = [
        each._asdict() | {"found": priors.found(p), "between_bodies": priors.between(p)}
        for each, p in zip(hypers, at, strict=True)
    ]
    shared = np.array([[each[name] for name in PARAMS] for each in named])
    found = special.expit(np.array([each.found for each in hypers]))
    return xr.Dataset(
        {"hyper": (("draw", "param"), shared), "found": (("draw", "body"), found)},
        {"param": list(PARAMS), "body": bodies},
    )


def _averaged(
    evidence: Evidence, hypers: list[Hyper], least: int
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Posterior cells of each incident, and line and expectation of each report."""
    line, expected = np.zeros(evidence.figure.size), np.zeros(evidence.figure.size)
    parts = []
    for some in evidence.by_size(REPORTS):
        block = Block(evidence.some(some), least)
        rows = np.flatnonzero(np.isin(evidence.incident, some))
        held = np.zeros(block.total.shape)
        for hyper in hypers:
            known = block.known(hyper)
            mean = (known.probability * block.total).sum(axis=1)
            line[rows] += known.in_line / len(hypers)
            expected[rows] += mean[block.evidence.incident] * known.found / len(hypers)
            held += known.probability / len(hypers)
        parts.append((some, _kept(block, held)))
    cells = _stacked(parts, evidence.incidents)
    return cells, {"out_of_line": np.maximum(1 - line, 0.0), "expected": expected}


def _kept(block: Block, probability: FloatArray) -> dict[str, FloatArray]:
    """Cells that have some probability, pushed to the left."""
    first = block.total[:, :1] + np.cumsum(block.width, axis=1) - block.width
    nothing = probability < NOTHING
    order = np.argsort(nothing, axis=1, kind="stable")
    order = order[:, : int((~nothing).sum(axis=1).max(initial=1))]
    cells = {"first": first, "width": block.width, "probability": probability}
    return {k: np.take_along_axis(v, order, axis=1) for k, v in cells.items()}


def _stacked(
    parts: list[tuple[IntArray, dict[str, FloatArray]]], incidents: int
) -> dict[str, FloatArray]:
    """Cells of all incidents in order, shape (incidents, S); empty ones at the end."""
    names = ("first", "width", "probability")
    widest = max((part["first"].shape[1] for _, part in parts), default=1)
    whole = {name: np.zeros((incidents, widest)) for name in names}
    for some, part in parts:
        for name in names:
            whole[name][some, : part[name].shape[1]] = part[name]
    return whole
