"""What both models read of attributed incidents, and print beside every number."""

from __future__ import annotations

import xarray as xr

from conflictstats import _check
from conflictstats.errors import SchemaError
from conflictstats.panel.attributed import DENIALS, STANDINGS, TRUST

UNITS = ("incidents", "deaths")
VARIABLES = ("possible", "deaths", "standing", "disputed", "says")


def weighed(incidents: xr.Dataset) -> xr.Dataset:
    """Check incidents and give each its weight in both units.

    Parameters
    ----------
    incidents : Dataset, dims (incident, side)
        From :func:`conflictstats.panel.incidents_of_claims`.

    Returns
    -------
    Dataset, dims (incident, side, unit)
        The same with ``weight``: 1 in ``"incidents"``, its dead in ``"deaths"``.

    Raises
    ------
    DimensionError
        If a dim is missing.
    SchemaError
        If a variable is missing, or an incident has no possible side.
    """
    _check.has_dims(incidents.dims, "incident", "side", what="incidents")
    absent = [name for name in VARIABLES if name not in incidents]
    if absent:
        raise SchemaError(
            f"incidents lack {', '.join(absent)}; make them with incidents_of_claims"
        )
    nobody = ~incidents["possible"].any("side")
    if nobody.any():
        named = ", ".join(map(str, incidents["incident"].values[nobody.values][:5]))
        raise SchemaError(f"no side is possible in incident {named}; one must be")
    one = xr.ones_like(incidents["deaths"], dtype=float)
    weight = xr.concat([one, incidents["deaths"].astype(float)], dim="unit")
    return incidents.assign(weight=weight.assign_coords(unit=list(UNITS)))


def standings(incidents: xr.Dataset) -> xr.DataArray:
    """Incidents and deaths by how far they are attributed.

    Parameters
    ----------
    incidents : Dataset
        From :func:`weighed`.

    Returns
    -------
    DataArray, dims (standing, unit)
        Number of incidents and of people.
    """
    kinds = xr.DataArray(list(STANDINGS), dims="standing", name="standing")
    kinds = kinds.assign_coords(standing=list(STANDINGS))
    return incidents["weight"].dot((incidents["standing"] == kinds) * 1.0, "incident")


def assumptions(attrs: dict[str, object]) -> list[str]:
    """Sentences that say how claims were read, and what was left out.

    Parameters
    ----------
    attrs : dict
        Attributes of the incidents.

    Returns
    -------
    list of str
        One line each.
    """
    lines = [
        words[str(attrs[name])]
        for name, words in (("trust", TRUST), ("denials", DENIALS))
        if name in attrs
    ]
    lost = {
        name.removeprefix("excluded_"): count
        for name, count in attrs.items()
        if name.startswith("excluded_")
    }
    told = ", ".join(f"{name} {count}" for name, count in lost.items())
    return [*lines, *([f"reports left out: {told}"] if told else [])]
