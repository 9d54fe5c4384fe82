"""People at risk: population times days, per cell and place."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.panel.calendar import DAY, Calendar

Population = Mapping[str, float] | pd.Series | pd.DataFrame


def person_days(
    population: Population, places: NDArray[np.generic], cells: Calendar
) -> FloatArray:
    """Sum the population of each place over the days of each cell.

    Between two dated figures the population moves on a straight line; before the
    first and after the last it stays.

    Parameters
    ----------
    population : mapping, Series or DataFrame
        People by place, or a table with columns ``place``, ``date`` and
        ``population``.
    places : ndarray, shape (place,)
        Places wanted.
    cells : Calendar
        Cells wanted, with the days that count.

    Returns
    -------
    ndarray, shape (time, place)
        Person-days.

    Raises
    ------
    SchemaError
        If a place has no population, or one that is not above zero.

    Examples
    --------
    >>> week = Calendar.covering("2019-06-03", "2019-06-09", "week")
    >>> person_days({"Idlib": 1000}, np.array(["Idlib"]), week)
    array([[7000.]])
    """
    table = _dated(population)
    known = set(table["place"])
    without = [place for place in places.tolist() if place not in known]
    if without:
        raise SchemaError(
            f"exposure has no population for {', '.join(map(str, without))}; "
            f"it has {', '.join(map(str, sorted(known)))}"
        )
    people = table["population"].to_numpy(dtype="float64", na_value=np.nan)
    if not (np.isfinite(people) & (people > 0)).all():
        bad = table.loc[~(people > 0), "place"].unique()
        raise SchemaError(f"exposure must be above 0 people; it is not for {bad}")
    days = np.arange(cells.edges[0], cells.edges[-1])
    number = (days - days[0]) / DAY
    columns = []
    for place in places.tolist():
        figures = table[table["place"] == place].sort_values("date")
        when = (figures["date"].to_numpy().astype("datetime64[D]") - days[0]) / DAY
        columns.append(np.interp(number, when, figures["population"]))
    opening = ((cells.first_days - days[0]) / DAY).astype("int64")
    return np.add.reduceat(np.column_stack(columns), opening, axis=0)


def _dated(population: Population) -> pd.DataFrame:
    """Give every form of population as a table of place, date and population."""
    if not isinstance(population, pd.DataFrame):
        named = dict(population)
        frame = pd.DataFrame({"place": list(named), "population": list(named.values())})
        return frame.assign(date=pd.Timestamp("2000-01-01"))
    absent = {"place", "date", "population"} - set(population)
    if absent:
        raise SchemaError(f"exposure has no column {', '.join(sorted(absent))}")
    return population.assign(date=pd.to_datetime(population["date"]))
