"""What displacement reports have in common: whose series they are, and their unit."""

from typing import TypeAlias

import numpy as np
import pandas as pd

from conflictstats.errors import SettingError
from conflictstats.events.displacement import displacement_table
from conflictstats.provenance import Table

Triple: TypeAlias = tuple[float, float, float]

SERIES = (
    "body",
    "unit",
    "group",
    "place",
    "origin",
    "coverage",
    "cause",
    "edition",
    "reason",
)
"""Reports are compared where all of these that the table has are the same."""


def series_of(table: pd.DataFrame, *without: str) -> list[str]:
    """Columns that name the series of a report.

    Parameters
    ----------
    table : DataFrame
        Displacement reports.
    *without : str
        Columns that do not matter.

    Returns
    -------
    list of str
        Those of ``SERIES`` that the table has.

    Examples
    --------
    >>> series_of(pd.DataFrame(columns=["body", "unit", "place", "low"]), "unit")
    ['body', 'place']
    """
    return [name for name in SERIES if name in table and name not in without]


def to_persons(
    reports: Table | pd.DataFrame,
    *,
    household_size: Triple | None = None,
    moves_per_person: Triple | None = None,
    population: Triple | None = None,
) -> pd.DataFrame:
    r"""Turn households, movements and fractions into persons, by factors that you say.

    Nothing is converted unless its factor is given, and what is not known about the
    factor goes into the bounds:

    .. math:: [h_l s_l,\, h_u s_u], \qquad [m_l / k_u,\, m_u / k_l],
              \qquad [f_l N_l,\, f_u N_u]

    for households of a size from :math:`s_l` to :math:`s_u`, movements of persons who
    moved :math:`k_l` to :math:`k_u` times each in the period, and a fraction of
    :math:`N_l` to :math:`N_u` people, which becomes a stock. The bounds hold for one
    report at a time: the error of a factor is shared by all reports that it was used
    on, and does not average out over them.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it.
    household_size : tuple of float, optional
        Smallest, best and largest mean number of persons of a household.
    moves_per_person : tuple of float, optional
        The same for movements of one person within a period, 1 or more. It grows with
        the length of the period, so convert reports of about one length at a time.
    population : tuple of float, optional
        The same for the people of whom fractions are reported.

    Returns
    -------
    DataFrame
        The table, with ``unit`` persons where a factor was used: ``low``, ``best`` and
        ``high`` in persons, ``value`` as it was printed, ``qualifier`` derived, and
        the factor in words in ``converted``.

    Raises
    ------
    SettingError
        If a factor is not three finite numbers above 0 in their order, or fewer than
        one move is given to a person.
    SchemaError
        If the table is not one of displacement reports.

    Examples
    --------
    Sixteen families, of five to seven:

    >>> from conflictstats.events import read_dtm_round
    >>> import io
    >>> sheet = (
    ...     "Location ID,Governorate,Location Name,Families,Individuals,date\n"
    ...     '1101008,Dahuk,Inishke,16,96,"Apr 01, 2014"\n'
    ... )
    >>> families = read_dtm_round(io.StringIO(sheet))
    >>> persons = to_persons(families, household_size=(5, 6, 7))
    >>> persons[["low", "best", "high"]].iloc[0].tolist(), persons["converted"].item()
    ([80.0, 96.0, 112.0], 'households x 5 to 7')
    """
    table = displacement_table(reports)
    if household_size is not None:
        low, best, high = _factor(household_size, "household_size")
        said = f"households x {low:g} to {high:g}"
        table = _scaled(table, "households", (low, best, high), said)
    if moves_per_person is not None:
        low, best, high = _factor(moves_per_person, "moves_per_person")
        if low < 1:
            raise SettingError(
                f"moves_per_person begins at {low:g}; who moved did so once or more, "
                "so write 1 or more"
            )
        said = f"movements / {low:g} to {high:g}"
        table = _scaled(table, "movements", (1 / high, 1 / best, 1 / low), said)
    if population is not None:
        low, best, high = _factor(population, "population")
        said = f"share of {low:,.0f} to {high:,.0f}"
        table = _scaled(table, "share", (low, best, high), said)
        table["measure"] = table["measure"].replace("fraction", "stock")
    return displacement_table(table)


def _factor(given: Triple, name: str) -> Triple:
    """Three numbers above 0 in their order, or an error."""
    low, best, high = given if len(given) == 3 else (0.0, 0.0, 0.0)
    if not 0 < low <= best <= high < np.inf:
        raise SettingError(
            f"{name} must be three finite numbers above 0, low <= best <= high; "
            f"got {given!r}"
        )
    return low, best, high


def _scaled(table: pd.DataFrame, unit: str, factor: Triple, said: str) -> pd.DataFrame:
    """Reports of a unit as persons; all others as they are."""
    rows = table["unit"] == unit
    scaled = table[rows]
    scaled = scaled.assign(
        unit="persons",
        low=scaled["low"] * factor[0],
        best=scaled["best"] * factor[1],
        high=scaled["high"] * factor[2],
        qualifier="derived",
        mechanism="coarsened",
        converted=noted(scaled["converted"], said),
    )
    changed = table.copy()
    changed.loc[rows] = scaled
    return changed


def noted(converted: pd.Series, said: str) -> pd.Series:
    """Add to what was done to reports before.

    Parameters
    ----------
    converted : Series of str
        What was done before; empty where nothing was.
    said : str
        What is done now.

    Returns
    -------
    Series of str
        Both, with a semicolon between.

    Examples
    --------
    >>> noted(pd.Series(["", "households x 5 to 7"]), "difference").tolist()
    ['difference', 'households x 5 to 7; difference']
    """
    return (converted + "; ").where(converted != "", "") + said
