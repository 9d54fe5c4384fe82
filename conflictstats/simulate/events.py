"""Event tables with the columns of the UCDP Georeferenced Event Dataset."""

from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats.errors import SettingError

Columns: TypeAlias = dict[str, NDArray[np.generic] | pd.api.extensions.ExtensionArray]

_LAYOUT = """
    id relid year active_year code_status type_of_violence conflict_dset_id
    conflict_new_id conflict_name dyad_dset_id dyad_new_id dyad_name side_a_dset_id
    side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources
    source_article source_office source_date source_headline source_original
    where_prec where_coordinates where_description adm_1 adm_2 latitude longitude
    geom_wkt priogrid_gid country country_id region event_clarity date_prec
    date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high
    low gwnoa gwnob
"""
COLUMNS = tuple(_LAYOUT.split())
PROVINCES, TOWNS = 4, 8
KINDS = np.array([1, 2, 3])
KIND_SHARES = (0.65, 0.12, 0.23)
LONG_DAYS = 20.0
DEATHS_MEDIAN, DEATHS_SPREAD = 2.0, 1.3
DAY = np.timedelta64(1, "D")


def ged_table(
    n_rows: int,
    *,
    rng: np.random.Generator,
    countries: int = 12,
    first: str = "1989-01-01",
    last: str = "2024-12-31",
    long_share: float = 0.08,
) -> pd.DataFrame:
    """Draw events as UCDP would code them: 49 columns, dirt not included.

    Countries have unequal shares of the events, four provinces each and eight towns
    each. The first days of events are spread evenly; deaths have a heavy tail. An
    event ends in the year in which it starts, as in the original.

    Parameters
    ----------
    n_rows : int
        Events.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    countries : int
        Number of countries.
    first, last : str
        First and last day of the table.
    long_share : float
        Probability that an event is dated to more than a day; it then lasts three
        weeks on average.

    Returns
    -------
    DataFrame
        One row per event, columns in the order of a published file; dates are days
        as text, so that the table can be written as it is.

    Raises
    ------
    SettingError
        If there is no row or country, the days are reversed, or the share is not
        from 0 to 1.

    Examples
    --------
    >>> events = ged_table(1000, rng=np.random.default_rng(1), long_share=0)
    >>> events.shape, bool((events["date_start"] == events["date_end"]).all())
    ((1000, 49), True)
    """
    span = np.datetime64(first, "D"), np.datetime64(last, "D")
    if min(n_rows, countries) < 1 or span[0] > span[1] or not 0 <= long_share <= 1:
        raise SettingError(
            "need n_rows, countries >= 1, first <= last and 0 <= long_share <= 1; got "
            f"{n_rows}, {countries}, {first}, {last} and {long_share}"
        )
    country = rng.choice(countries, n_rows, p=rng.dirichlet(np.ones(countries)))
    kind = rng.choice(KINDS, n_rows, p=KIND_SHARES)
    columns = {
        **_when(n_rows, span, long_share, rng),
        **_where(country, rng),
        **_who(country, kind),
        **_deaths(kind, rng),
        **_sources(n_rows, rng),
    }
    return pd.DataFrame(columns)[list(COLUMNS)]


def _when(
    n_rows: int,
    span: tuple[np.datetime64, np.datetime64],
    long_share: float,
    rng: np.random.Generator,
) -> Columns:
    """Days, and how precisely they are known."""
    days = int((span[1] - span[0]) / DAY) + 1
    start = np.sort(span[0] + rng.integers(0, days, n_rows) * DAY)
    extra = np.where(
        rng.random(n_rows) < long_share, rng.geometric(1 / LONG_DAYS, n_rows), 0
    )
    new_year = (start.astype("M8[Y]") + 1).astype("M8[D]")
    end = np.minimum.reduce(
        [start + extra * DAY, new_year - DAY, np.full(n_rows, span[1])]
    )
    length = ((end - start) / DAY).astype("int64")
    return {
        "year": start.astype("M8[Y]").astype("int64") + 1970,
        "date_start": _text(start),
        "date_end": _text(end),
        "date_prec": 1 + np.searchsorted([1, 2, 7, 31], length, side="right"),
        "source_date": _text(end),
    }


def _where(country: NDArray[np.int64], rng: np.random.Generator) -> Columns:
    """Country, province, town and its coordinates."""
    province = country * PROVINCES + rng.integers(0, PROVINCES, country.size)
    town = province * TOWNS + rng.integers(0, TOWNS, country.size)
    towns = (int(country.max()) + 1) * PROVINCES * TOWNS
    latitude = rng.uniform(-35, 45, towns).round(4)
    longitude = rng.uniform(-20, 120, towns).round(4)
    row, column = np.floor((latitude + 90) * 2), np.floor((longitude + 180) * 2)
    point = [f"POINT ({x} {y})" for x, y in zip(longitude, latitude, strict=True)]
    return {
        "country": _named("Country", country),
        "country_id": 900 + country,
        "region": _named("Region", country % 5),
        "adm_1": _named("Province", province),
        "adm_2": _named("District", town),
        "where_coordinates": _named("Town", town),
        "where_description": _named("near town", town),
        "where_prec": rng.choice([1, 2, 3, 4], country.size, p=[0.5, 0.2, 0.2, 0.1]),
        "latitude": latitude[town],
        "longitude": longitude[town],
        "geom_wkt": pd.Categorical.from_codes(town, pd.Index(point)),
        "priogrid_gid": (row * 720 + column + 1).astype("int64")[town],
    }


def _who(country: NDArray[np.int64], kind: NDArray[np.int64]) -> Columns:
    """Sides by kind of violence: 1 state-based, 2 non-state, 3 against civilians."""
    conflict = country * len(KINDS) + kind - 1
    state, civilians = kind == 1, kind == 3
    side_a = np.where(state, "Government of Country ", "Movement A of Country ")
    side_b = np.where(state, "Rebels of Country ", "Movement B of Country ")
    number = country.astype("str")
    name_a = np.strings.add(side_a, number)
    name_b = np.where(civilians, "Civilians", np.strings.add(side_b, number))
    both = np.strings.add(np.strings.add(name_a, " - "), name_b)
    ids = {
        name: conflict + base
        for base, name in enumerate(("conflict", "dyad", "side_a", "side_b"), start=1)
    }
    columns: Columns = {
        "type_of_violence": kind,
        "side_a": pd.Categorical(name_a),
        "side_b": pd.Categorical(name_b),
        "dyad_name": pd.Categorical(both),
        "conflict_name": pd.Categorical(both),
        "gwnoa": pd.Series(900 + country, dtype="Int64").where(state).array,
        "gwnob": np.full(country.size, np.nan),
    }
    for name, numbers in ids.items():
        columns[f"{name}_dset_id"] = columns[f"{name}_new_id"] = numbers
    return columns


def _deaths(kind: NDArray[np.int64], rng: np.random.Generator) -> Columns:
    """Deaths by side, adding up to best, between low and high."""
    drawn = rng.lognormal(np.log(DEATHS_MEDIAN), DEATHS_SPREAD, kind.size)
    best = np.floor(drawn).astype("int64")
    shares = np.array([[0.3, 0.4, 0.2, 0.1], [0.4, 0.4, 0.1, 0.1], [0, 0, 0.9, 0.1]])
    parts = rng.multinomial(best, shares[kind - 1])
    names = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
    return {
        **{name: parts[:, column] for column, name in enumerate(names)},
        "low": best - rng.binomial(best, 0.1),
        "best": best,
        "high": best + rng.poisson(0.2 * best),
    }


def _sources(n_rows: int, rng: np.random.Generator) -> Columns:
    """Numbers of the event and who wrote of it."""
    agency = rng.integers(0, 9, n_rows)
    number = np.arange(1, n_rows + 1)
    return {
        "id": number,
        "relid": np.strings.add("SIM-", number.astype("str")),
        "active_year": np.ones(n_rows, "int64"),
        "code_status": np.full(n_rows, "Clear"),
        "event_clarity": rng.choice([1, 2], n_rows, p=[0.9, 0.1]),
        "number_of_sources": rng.integers(1, 6, n_rows),
        "source_article": _named("Agency, simulated article", agency),
        "source_office": _named("Agency", agency),
        "source_headline": _named("Simulated headline", agency),
        "source_original": _named("Official", agency),
    }


def _text(days: NDArray[np.datetime64]) -> pd.api.extensions.ExtensionArray:
    """Days as text, each day written once."""
    distinct, code = np.unique(days, return_inverse=True)
    names = pd.Index(distinct.astype("str").tolist())
    return pd.Categorical.from_codes(code, names)


def _named(what: str, number: NDArray[np.int64]) -> pd.api.extensions.ExtensionArray:
    """Numbered names, each written once."""
    names = [f"{what} {each}" for each in range(int(number.max()) + 1)]
    return pd.Categorical.from_codes(number, pd.Index(names))
