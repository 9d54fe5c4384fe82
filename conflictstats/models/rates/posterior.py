"""From a structure to joint draws, and what they tell of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.models.rates import bodies
from conflictstats.models.rates.cells import Put, write_cells
from conflictstats.models.rates.covariates import prior_of
from conflictstats.models.rates.identified import prior_driven
from conflictstats.models.rates.layout import Layout
from conflictstats.models.rates.status import RateStatus
from conflictstats.models.rates.structure import Structure
from conflictstats.numerics.engine import posterior, refine
from conflictstats.numerics.engine.grid import COARSE

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

AGREED = 1.05
"""R-hat below which chains agree."""
FAR_LIKELIER = float(np.log(20.0))
"""Log of the odds by which counts must scatter more for a Poisson fit to be refused."""


class UnitResult(NamedTuple):
    """Posterior of places that were fitted together, beside the draws of cells."""

    hyper: dict[str, FloatArray]
    effects: dict[str, FloatArray]
    status: RateStatus
    told: dict[str, float]
    nobs: IntArray
    believed: tuple[str, ...]


def fit_unit(
    model: DynamicRate,
    layout: Layout,
    structure: Structure,
    put: Put,
    rng: np.random.Generator,
) -> UnitResult:
    """Estimate places that are fitted together, and keep the draws of their cells."""
    problem = structure.problem
    grid = structure.explored()
    drawn = posterior.draw(problem, grid, model.draws, rng)
    told = {
        "pareto_k": drawn.pareto_k,
        "ess": drawn.effective,
        "log_evidence": drawn.log_evidence,
    }
    if model.refine and drawn.complete:
        refined = refine.refine(problem, grid, drawn, model.draws, rng)
        drawn = refined.posterior
        told |= {
            "ess": refined.ess,
            "rhat": refined.rhat,
            "acceptance": refined.acceptance,
        }
    hyper = structure.natural(drawn.theta)
    hyper.setdefault("found", np.ones(model.draws))
    deaths = write_cells(layout, structure, drawn.field, hyper, put, rng)
    informed = _informed(layout)
    status = _status(informed, drawn, told)
    if status is RateStatus.CONVERGED and prior_driven(
        structure, layout, informed, drawn.theta, deaths
    ):
        status = RateStatus.PRIOR_DRIVEN
    return UnitResult(
        hyper,
        structure.named(drawn.field.effects),
        status,
        told,
        np.bincount(_place_of(layout)[informed], minlength=layout.places).astype(int),
        _believed(model, structure),
    )


def scatters_more(log_evidence: float, negbin: Structure) -> bool:
    """Whether counts that scatter more explain the reports so much better."""
    return negbin.explored(COARSE).log_evidence - log_evidence > FAR_LIKELIER


def _informed(layout: Layout) -> np.ndarray:
    """Whether each report says anything, shape (n,)."""
    reading = layout.reading
    said = (reading.low > 0) | np.isfinite(reading.high)
    if reading.report is None:
        return said
    return np.bincount(reading.report, said) > 0


def _place_of(layout: Layout) -> IntArray:
    """Place of each report, shape (n,)."""
    observed = layout.observed
    first = observed.member[:, 0] if observed.spans else np.zeros(0, np.int64)
    return np.concatenate([observed.cell, first]) % layout.places


def _believed(model: DynamicRate, structure: Structure) -> tuple[str, ...]:
    """Priors as sentences."""
    laws = [hyper.prior for hyper in structure.hyper]
    if model.covariates is not None:
        laws.append(prior_of(model))
    if model.reference is not None:
        laws.append(bodies.prior_of(model))
    return tuple(law.sentence for law in laws)


def _status(
    informed: BoolArray, drawn: posterior.Posterior, told: dict[str, float]
) -> RateStatus:
    """How the estimation ended, whoever drove it."""
    if not informed.any():
        return RateStatus.NO_DATA
    if not drawn.complete:
        return RateStatus.NOT_CONVERGED
    if "rhat" in told and told["rhat"] > AGREED:
        return RateStatus.DISAGREED
    if "rhat" not in told and drawn.pareto_k > posterior.RELIED:
        return RateStatus.DOUBTFUL
    return RateStatus.CONVERGED
