"""UNHCR's populations by year, country of origin and country of asylum."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from conflictstats.errors import SettingError
from conflictstats.events._csv import open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.displacement import canonical
from conflictstats.events.schema import TEXT, WHOLE, Column, Kind, RowRule, Schema
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

GROUPS = {
    "refugees": "stock",
    "asylum_seekers": "stock",
    "idps": "stock",
    "oip": "stock",
    "ooc": "stock",
    "returned_refugees": "returns",
    "returned_idps": "returns",
    "stateless": "stock",
    "hst": "stock",
}
"""Column to measure: stocks stand at the end of the year, returns are of the year."""
CALLED = {
    "oip": "in need of protection",
    "ooc": "of concern",
    "hst": "hosts",
    "returned_refugees": "refugees",
    "returned_idps": "idps",
}
USUAL = (
    "refugees",
    "asylum_seekers",
    "idps",
    "oip",
    "returned_refugees",
    "returned_idps",
)
NOT_KNOWN = "-"
SMALL = 5
"""UNHCR prints no number from 1 to 4, so that nobody can be found: small ones are 5."""

_DIGITS = re.compile(r"[0-9]{1,12}")


def _people(text: str) -> float | None:
    """Whole number of people, or not a number for the dash."""
    if text == NOT_KNOWN:
        return math.nan
    return float(text) if _DIGITS.fullmatch(text) else None


PEOPLE = Kind(
    "float64",
    _people,
    "a whole number of people from 0 up, or - where none is known",
    "write digits only, like 1200; a number of people is never negative",
)


def _country(name: str) -> Column:
    """Return a column that names a country; it must be filled in."""
    return Column(name=name, kind=TEXT, needed=True, blank=False)


UNHCR = Schema(
    "UNHCR population",
    columns=(
        Column(
            name="year",
            kind=WHOLE,
            needed=True,
            blank=False,
            lowest=1951,
            highest=2100,
        ),
        _country("coo"),
        _country("coo_iso"),
        _country("coa"),
        _country("coa_iso"),
        *(Column(name=group, kind=PEOPLE) for group in GROUPS),
    ),
    rules=(
        RowRule(
            ("year", "coo", "coa"),
            lambda year, coo, coa: pd.concat([year, coo, coa], axis=1).duplicated(),
            "each year, country of origin and country of asylum once",
            "remove the row that was added twice",
        ),
    ),
)


def read_unhcr_population(file: FileLike, *, groups: Sequence[str] = USUAL) -> Table:
    r"""Read UNHCR's populations by year, origin and asylum.

    Refugees are a stock abroad: ``place`` is the country of asylum, ``origin`` where
    they come from. Internally displaced people are in the country itself. Returns are
    those of the year, back to ``destination``. Groups are never added up: a returned
    refugee may be an internally displaced person the same year.

    Parameters
    ----------
    file : path or file object
        A local CSV file with the columns of UNHCR's interface, plain or inside a zip
        or gzip file.
    groups : sequence of str
        Columns to return, of refugees, asylum_seekers, idps, oip (other people in
        need of protection), ooc, returned_refugees, returned_idps, stateless and hst.

    Returns
    -------
    Table
        As :func:`displacement_table` describes it, with countries as ISO3 codes.
        UNHCR's own codes are others (ARE is Egypt there, and AUS Austria); they are
        in ``unhcr_place`` and ``unhcr_origin``. A printed 5 is read as 1 to 5, because
        numbers from 1 to 4 are not published. The notes count ``excluded_not_known``
        (a dash or a blank) and ``excluded_zero``: a zero means none on record, and
        is not told from none looked for.

    Raises
    ------
    SchemaError
        If columns are missing, a cell is no number of people, or a row is there twice;
        ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.
    SettingError
        If ``groups`` names one that there is not.

    References
    ----------
    .. [1] UNHCR. Refugee Data Finder: methodology.
       https://www.unhcr.org/refugee-statistics/methodology/

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "year,coo,coo_iso,coa,coa_iso,refugees,asylum_seekers,returned_refugees\n"
    ...     "2019,SYR,SYR,ARE,EGY,129210,-,5\n"
    ... )
    >>> table = read_unhcr_population(io.StringIO(text))
    >>> print(table.frame[["place", "measure", "low", "high"]].to_string(index=False))
    place measure      low     high
      EGY   stock 129210.0 129210.0
      EGY returns      1.0      5.0
    """
    unknown = [group for group in groups if group not in GROUPS]
    if unknown or not groups:
        raise SettingError(
            f"groups must be of {', '.join(GROUPS)}; got {', '.join(unknown) or 'none'}"
        )
    with open_csv(file) as opened:
        frame, notes = read_table(opened, UNHCR, numbered=True)
        long = pd.concat([_reports(frame, group) for group in groups if group in frame])
        known = long["value"].notna()
        kept = long[known & (long["value"] > 0)]
        notes |= {
            "excluded_not_known": int((~known).sum()),
            "excluded_zero": int((known & (long["value"] == 0)).sum()),
        }
        small = kept["value"] == SMALL
        edition = f"to {frame['year'].max()}"
        told = kept.assign(
            report_id=kept["report_id"] + f" ({edition})",
            low=np.where(small, 1.0, kept["value"]),
            best=kept["value"].mask(small),
            high=kept["value"],
            qualifier=np.where(small, "range", "exact"),
            edition=edition,
        )
        source = Source(
            name=f"UNHCR population ({opened.name})",
            citation="UNHCR, Refugee Data Finder",
            licence="CC BY 4.0",
            url="https://www.unhcr.org/refugee-statistics/",
            sha256=opened.sha256,
        )
    return Table(canonical(told), source, notes)


def _reports(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    """One column of people as reports."""
    year = frame["year"].astype(str)
    end = pd.to_datetime(year + "-12-31")
    first = pd.to_datetime(year + "-01-01")
    codes = frame["coo"] + " " + frame["coa"]
    return pd.DataFrame(
        {
            "report_id": year + " " + codes + " " + group,
            "body": "UNHCR",
            "measure": GROUPS[group],
            "unit": "persons",
            "group": CALLED.get(group, group),
            "place": frame["coa_iso"],
            "origin": frame["coo_iso"],
            "destination": frame["coo_iso"] if group == "returned_refugees" else None,
            "start": first if GROUPS[group] == "returns" else end,
            "end": end,
            "value": frame[group],
            "row": frame["row"],
            "unhcr_place": frame["coa"],
            "unhcr_origin": frame["coo"],
        }
    )
