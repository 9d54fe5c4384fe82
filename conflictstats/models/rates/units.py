"""Places that are estimated together, one after the other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import DimensionError
from conflictstats.models.rates import bodies, columns, posterior, structure
from conflictstats.models.rates.account import account_of
from conflictstats.models.rates.cells import CellDraws, Put
from conflictstats.models.rates.covariates import (
    Covariates,
    columns_in,
    covariates_of,
)
from conflictstats.models.rates.fit import DynamicRateFit
from conflictstats.models.rates.layout import Layout, days_of, layout_of
from conflictstats.models.rates.status import REFUSED, RateStatus
from conflictstats.numerics.engine.posterior import LARGEST_TAIL
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate


def fit_places(
    model: DynamicRate, panel: xr.Dataset, rng: np.random.Generator
) -> DynamicRateFit:
    """Estimate every place of a panel that was checked, as the settings say."""
    count = panel.sizes["place"]
    alone = model.places == "independent"
    units = [[i] for i in range(count)] if alone else [list(range(count))]
    explained = covariates_of(model, panel)
    cells = CellDraws(model.draws, panel.sizes["time"], count)
    estimated = _fit_unit if model.reference is None else _fit_bodies
    results = [
        estimated(
            model,
            panel,
            unit,
            explained,
            partial(cells.put, slice(unit[0], unit[-1] + 1)),
            rng,
        )
        for unit in units
    ]
    account = account_of(model, panel, table_of(model), results)
    if model.reference is not None:
        panel = bodies.of_body(panel, model.reference)
    names = () if explained is None else explained.names
    panel = panel.assign_attrs(account)
    return DynamicRateFit.of(model, panel, days_of(panel), cells, results, names)


def check_panel(panel: xr.Dataset) -> None:
    """Refuse a panel that is not of one group by time and place."""
    _check.has_dims(panel.dims, "time", "place", what="panel")
    if "group" in panel.dims:
        groups = ", ".join(map(str, panel["group"].values))
        raise DimensionError(
            f"a rate is fitted to one group at a time; the panel has {groups}: "
            "count without group=, or split the events before"
        )


def table_of(model: DynamicRate) -> dict[str, Mechanism]:
    """Mechanism by qualifier: the defaults, then the user's."""
    table = dict(DEFAULTS)
    for word, name in model.mechanisms.items():
        allowed = [m.name.lower() for m in Mechanism]
        _check.one_of(name, allowed, f"mechanisms[{word!r}]")
        table[word] = Mechanism[name.upper()]
    return table


def _fit_unit(
    model: DynamicRate,
    panel: xr.Dataset,
    unit: list[int],
    explained: Covariates | None,
    put: Put,
    rng: np.random.Generator,
) -> posterior.UnitResult:
    """Estimate places that are fitted together."""
    layout = layout_of(
        panel, unit, model.variable, model.exposure, table_of(model), model.elicited
    )
    built = built_of(model, panel, unit, layout, explained)
    result = posterior.fit_unit(model, layout, built, put, rng)
    weighable = result.told["pareto_k"] < LARGEST_TAIL
    if model.family == "poisson" and result.status not in REFUSED and weighable:
        free = replace(model, family="negbin")
        other = built_of(free, panel, unit, layout, explained)
        if posterior.scatters_more(result.told["log_evidence"], other):
            return result._replace(status=RateStatus.OVERDISPERSED)
    return result


def _fit_bodies(
    model: DynamicRate,
    panel: xr.Dataset,
    unit: list[int],
    explained: Covariates | None,
    put: Put,
    rng: np.random.Generator,
) -> posterior.UnitResult:
    """Estimate a place from what several bodies counted there; the first is kept."""
    side = bodies.beside(model, panel, unit[0])
    count = side.sizes["place"]
    if explained is not None:
        alike = explained.values[:, unit * count]
        explained = explained._replace(values=alike)
    result = _fit_unit(model, side, list(range(count)), explained, put, rng)
    return bodies.of_reference(result)


def built_of(
    model: DynamicRate,
    panel: xr.Dataset,
    unit: list[int],
    layout: Layout,
    explained: Covariates | None,
) -> structure.Structure:
    """The engine's problem for some places."""
    blocks = columns.columns_of(panel, unit, model.calendar)
    if model.reference is not None:
        blocks.append(bodies.ratios(model, panel))
    return structure.structure_of(
        model,
        layout,
        names=[str(name) for name in panel["place"].values[unit]],
        cell_days=float(np.median(days_of(panel)[:, unit])),
        columns=blocks + columns_in(model, explained, unit),
        neighbours=columns.graph_of(panel, model.neighbours),
    )
