"""The Global Internal Displacement Database of IDMC, in two layouts."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.displacement import canonical
from conflictstats.events.schema import NUMBER, TEXT, WHOLE, Column, RowRule, Schema
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

Numbers: TypeAlias = pd.Series  # of float64
Zeros: TypeAlias = Literal["leave_out", "keep"]

ZEROS = ("leave_out", "keep")
FIGURES = {
    "total_displacement": ("stock", "persons", "conflict"),
    "new_displacement": ("flow", "movements", "conflict"),
    "disaster_displacement": ("flow", "movements", "disaster"),
}
"""Measure, unit and cause of each column of figures."""
STEPS = ([100, 1_000, 10_000], [1.0, 10.0, 100.0, 1_000.0])
"""IDMC prints figures to 100 as they are, then in tens, hundreds and thousands."""


def _figure(name: str, becomes: str = "") -> Column:
    """Return a column of figures, blank where there is none."""
    return Column(name=name, kind=NUMBER, becomes=becomes, lowest=0, needed=True)


def _key(iso3: str, name: str, year: str) -> tuple[Column, ...]:
    """Columns that name the country and the year of a row."""
    return (
        Column(name=iso3, kind=TEXT, becomes="iso3", needed=True, blank=False),
        Column(name=name, kind=TEXT, becomes="country", needed=True),
        Column(
            name=year,
            kind=WHOLE,
            becomes="year",
            needed=True,
            blank=False,
            lowest=1990,
            highest=2100,
        ),
    )


def _is_no_rounding(figure: Numbers, rounded: Numbers) -> Numbers:
    """Say where a rounded figure is not that of the full one beside it."""
    return (rounded - figure).abs() > step_of(figure) / 2


def _twins(figure: str) -> RowRule:
    """Rule that a figure and its rounded twin are of one number."""
    return RowRule(
        (figure, f"{figure}_rounded"),
        _is_no_rounding,
        "a figure and the same figure rounded",
        "take the file as it was published; one of the two was changed",
    )


FULL = Schema(
    "IDMC GIDD",
    columns=(
        *_key("iso3", "country_name", "year"),
        *(
            _figure(f"{figure}{ending}")
            for figure in ("new_displacement", "total_displacement")
            for ending in ("", "_rounded")
        ),
    ),
    rules=(_twins("new_displacement"), _twins("total_displacement")),
)
ROUNDED = Schema(
    "IDMC GIDD of 2018",
    columns=(
        *_key("ISO3", "Name", "Year"),
        _figure("Conflict Stock Displacement", "total_displacement"),
        _figure("Conflict New Displacements", "new_displacement"),
        _figure("Disaster New Displacements", "disaster_displacement"),
    ),
)


def read_gidd(
    file: FileLike, *, edition: str | None = None, zeros: Zeros = "leave_out"
) -> Table:
    r"""Read stocks and new displacements of countries and years from IDMC's database.

    Takes the layout of the interface of 2025 (full figures with their rounded twins)
    and that of the spreadsheet of 2018 (rounded figures only, with disasters). The
    stock of a year is of persons on 31 December. New displacements are *movements*:
    somebody who fled three times in a year is counted three times [1]_, so they do not
    add up to the stock. Read two vintages into two tables and keep both: the later one
    revises past years.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file.
    edition : str, optional
        Name of the vintage; by default "to 2024", after the last year in the file.
    zeros : {"leave_out", "keep"}
        What to do with figures of 0. They are blank in the older vintage wherever both
        have the row, so a zero is not told from no figure.

    Returns
    -------
    Table
        As :func:`displacement_table` describes it; ``place`` is the ISO3 code and
        ``country`` the name. A figure that is known rounded only has ``low`` and
        ``high`` at the ends of its rounding. The notes count ``excluded_blank`` and
        ``excluded_zero`` figures.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong, a figure is negative, its rounded
        twin is of another number, or a country has a year twice; ``faults`` lists
        each.
    ReadError
        If the file cannot be read safely as CSV.
    SettingError
        If ``zeros`` is not one of the two words.

    References
    ----------
    .. [1] Internal Displacement Monitoring Centre. Quick guide on how to read our
       data. https://www.internal-displacement.org/quick-guide/

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "ISO3,Name,Year,Conflict Stock Displacement,Conflict New Displacements,"
    ...     "Disaster New Displacements\n"
    ...     "SYR,Syrian Arab Republic,2014,7600000,1100000,2300\n"
    ... )
    >>> table = read_gidd(io.StringIO(text))
    >>> print(table.frame[["measure", "unit", "low", "high"]].to_string(index=False))
    measure      unit       low      high
      stock   persons 7599500.0 7600500.0
       flow movements 1099500.0 1100500.0
       flow movements    2250.0    2350.0
    """
    _check.one_of(zeros, ZEROS, "zeros")
    with open_csv(file) as opened:
        is_rounded = "ISO3" in opened.header
        schema = ROUNDED if is_rounded else FULL
        rules = (*schema.rules, YEAR_ONCE)
        schema = Schema(schema.name, schema.columns, rules)
        frame, notes = read_table(opened, schema, numbered=True)
        long = pd.concat([_reports(frame, name) for name in FIGURES if name in frame])
        blank, zero = long["value"].isna(), long["value"] == 0
        kept = long[~blank & ~(zero if zeros == "leave_out" else False)]
        notes |= {
            "excluded_blank": int(blank.sum()),
            "excluded_zero": int(zero.sum()) if zeros == "leave_out" else 0,
        }
        step = step_of(kept["value"])
        half = (step / 2).where((step > 1) & is_rounded, 0.0)
        edition = edition or f"to {frame['year'].max()}"
        told = kept.assign(
            report_id=kept["report_id"] + f" ({edition})",
            edition=edition,
            low=np.maximum(kept["value"] - half, 0.0),
            best=kept["value"],
            high=kept["value"] + half,
            qualifier="range" if is_rounded else "exact",
        )
        return Table(canonical(told), _source(opened), notes)


def step_of(figures: Numbers) -> Numbers:
    """Step in which IDMC rounds figures of a size.

    Parameters
    ----------
    figures : Series
        People or movements.

    Returns
    -------
    Series
        1, 10, 100 or 1,000 of the same.

    Examples
    --------
    >>> step_of(pd.Series([84.0, 644.0, 8400.0, 297000.0])).tolist()
    [1.0, 10.0, 100.0, 1000.0]
    """
    bounds, steps = STEPS
    at = np.searchsorted(bounds, figures.to_numpy(float), side="right")
    return pd.Series(np.array(steps)[at], index=figures.index)


YEAR_ONCE = RowRule(
    ("iso3", "year"),
    lambda iso3, year: pd.DataFrame({"iso3": iso3, "year": year}).duplicated(),
    "each country and year once",
    "remove the row that was added twice, or read two vintages one by one",
)


def _reports(frame: pd.DataFrame, figure: str) -> pd.DataFrame:
    """One column of figures as reports."""
    measure, unit, cause = FIGURES[figure]
    year = frame["year"].astype(str)
    end = pd.to_datetime(year + "-12-31")
    start = pd.to_datetime(year + "-01-01") if measure == "flow" else end
    return pd.DataFrame(
        {
            "report_id": frame["iso3"] + " " + year + f" {cause} {measure}",
            "body": "IDMC",
            "measure": measure,
            "unit": unit,
            "place": frame["iso3"],
            "start": start,
            "end": end,
            "value": frame[figure],
            "cause": cause,
            "row": frame["row"],
            "country": frame["country"],
        }
    )


def _source(file: CsvFile) -> Source:
    """Who published the file."""
    return Source(
        name=f"IDMC GIDD ({file.name})",
        citation=(
            "Internal Displacement Monitoring Centre, Global Internal Displacement "
            "Database"
        ),
        licence="the terms of use of IDMC",
        url="https://www.internal-displacement.org/database/displacement-data/",
        sha256=file.sha256,
    )
