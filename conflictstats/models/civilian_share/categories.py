"""What the dead may have been: categories, and labels that leave several open."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.models.civilian_share.denominator import (
    Denominator,
    column,
    counted,
    counts,
    rows_named,
)

STEM = "deaths_"
OR = "_or_"
UNKNOWN = "unknown"
SIDES = ("civilians", "government", "nonstate")
UNNAMED = ("civilians", "a", "b")
CLASSES = ("part", "others", "unknown", "part_or_out", "others_or_out")
"""What a death is to a share; the last two may be outside of its denominator."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose share of whom: the part, the whole, and all that the dead can be.

    Attributes
    ----------
    part, whole, categories : frozenset of str
        Categories whose share is asked for, those in the denominator, and all.
    known : bool
        Whether only those are counted of whom it is known where they belong.
    """

    part: frozenset[str]
    whole: frozenset[str]
    categories: frozenset[str]
    known: bool

    def place_of(self, label: frozenset[str]) -> str:
        """Say what the dead of one label are to the share.

        Parameters
        ----------
        label : frozenset of str
            Categories that they may be.

        Returns
        -------
        str
            One of ``CLASSES``, or ``"left_out"``.

        Examples
        --------
        Of the share of civilians among civilians and rebels:

        >>> sides = frozenset({"civilians", "rebels", "army"})
        >>> whom = Whom(frozenset({"civilians"}), sides - {"army"}, sides, known=False)
        >>> whom.place_of(sides), whom.place_of(frozenset({"army", "rebels"}))
        ('unknown', 'others_or_out')
        """
        may_be_part = bool(label & self.part)
        may_be_other = bool(label & (self.whole - self.part))
        may_be_out = not label <= self.whole
        if not (may_be_part or may_be_other):
            return "left_out"
        if may_be_part and may_be_other:
            found = "unknown"
        else:
            found = "part" if may_be_part else "others"
            found += "_or_out" * may_be_out
        return "left_out" if self.known and found not in CLASSES[:2] else found


def whose_share(
    frame: pd.DataFrame,
    denominator: Denominator | tuple[str, ...],
    part: tuple[str, ...],
    categories: tuple[str, ...],
) -> Whom:
    """Whose share of whom is asked of a table.

    Parameters
    ----------
    frame : DataFrame
        The events.
    denominator : str or tuple of str
        One of the four words, or the categories in the denominator.
    part : tuple of str
        Categories whose share is asked for.
    categories : tuple of str
        All that the dead can be; if empty civilians and two sides, as the table
        names them.

    Returns
    -------
    Whom
        The part, the whole and all categories.

    Raises
    ------
    SchemaError
        If a side is to be left out and the table does not say which side is which.
    """
    everybody = categories or _sides(frame, denominator)
    known = denominator == "known"
    whole = counted(denominator, everybody)
    return Whom(frozenset(part), whole, frozenset(everybody), known)


def labels_of(
    frame: pd.DataFrame, categories: frozenset[str]
) -> dict[str, frozenset[str]]:
    """Columns that count the dead, each with the categories that it leaves open.

    Parameters
    ----------
    frame : DataFrame
        The events. ``deaths_civilians`` counts civilians,
        ``deaths_civilians_or_nonstate`` dead who were one or the other, and
        ``deaths_unknown`` those who may have been anything.
    categories : frozenset of str
        All that the dead can be.

    Returns
    -------
    dict of str to frozenset of str
        Categories by column.

    Raises
    ------
    SchemaError
        If a column of deaths has another category in its name, or a category has
        no column.

    Examples
    --------
    >>> names = ["deaths_army", "deaths_civilians", "deaths_army_or_civilians"]
    >>> frame = pd.DataFrame(columns=[*names, "deaths_unknown"])
    >>> found = labels_of(frame, frozenset({"army", "civilians"}))
    >>> [len(label) for label in found.values()]
    [1, 1, 2, 2]
    """
    for name in (*sorted(categories), UNKNOWN):
        column(frame, STEM + name)
    named = [str(name) for name in frame if str(name).startswith(STEM)]
    if {*SIDES} <= categories:
        named = [name for name in named if name not in ("deaths_a", "deaths_b")]
    labels = {name: label_of(name.removeprefix(STEM), categories) for name in named}
    strange = [name for name, label in labels.items() if not label <= categories]
    if strange:
        raise SchemaError(
            f"{', '.join(strange)} count dead of an unknown category; the categories "
            f"are {', '.join(sorted(categories))}: name all of them in categories, or "
            "drop a column that is a sum of others"
        )
    return labels


def label_of(words: str, categories: frozenset[str]) -> frozenset[str]:
    """Categories that a label leaves open.

    Parameters
    ----------
    words : str
        Categories joined by ``_or_``, or ``"unknown"``.
    categories : frozenset of str
        All that the dead can be: what ``"unknown"`` leaves open.

    Returns
    -------
    frozenset of str
        The words between ``_or_``, known or not.

    Examples
    --------
    >>> sorted(label_of("army_or_militia", frozenset({"army", "police"})))
    ['army', 'militia']
    """
    return categories if words == UNKNOWN else frozenset(words.split(OR))


def deaths_by_status(
    records: pd.DataFrame,
    *,
    status: str,
    event: str,
    deaths: str = "best",
    categories: tuple[str, ...] = SIDES,
) -> pd.DataFrame:
    """Deaths of each event by what they may have been, from one row a status.

    Use it where a column says who the dead of a row may have been: ``"civilians"``,
    ``"civilians or nonstate"``, ``"government | nonstate"``, ``"unknown"`` or blank.
    It takes the words as they are and guesses nothing.

    Parameters
    ----------
    records : DataFrame
        One row an event and status.
    status : str
        Column of admissible categories, joined by ``or`` or ``|``; blank is unknown.
    event : str
        Column that is the same for rows of one event.
    deaths : str
        Column of the number of dead, people.
    categories : tuple of str
        All that the dead can be.

    Returns
    -------
    DataFrame
        One row an event, ready for :meth:`ShareBounds.fit`: ``id``, a column of
        deaths for each status, and ``low``, ``best`` and ``high``, their sum.

    Raises
    ------
    SchemaError
        If a column is missing, a count is missing or negative, or a status has a
        category that is not among them; rows are named by number.

    Examples
    --------
    Two dead of a market were civilians; of five more nobody says whether they fought:

    >>> records = pd.DataFrame(
    ...     {
    ...         "event": ["market", "market"],
    ...         "status": ["civilians", "civilians or nonstate"],
    ...         "best": [2, 5],
    ...     }
    ... )
    >>> table = deaths_by_status(records, status="status", event="event")
    >>> table[["deaths_civilians", "deaths_civilians_or_nonstate", "best"]]
       deaths_civilians  deaths_civilians_or_nonstate  best
    0               2.0                           5.0   7.0
    """
    dead = counts(records, deaths)
    said = column(records, status).astype("str").fillna(UNKNOWN).str.strip()
    words = said.mask(said == "", UNKNOWN).str.replace(
        r"\s*\|\s*|\s+or\s+", OR, regex=True
    )
    kinds = {each: label_of(each, frozenset(categories)) for each in words.unique()}
    strange = ~words.map({each: {*kinds[each]} <= {*categories} for each in kinds})
    if strange.any():
        raise SchemaError(
            f"{status} has an unknown category in row "
            f"{rows_named(strange.to_numpy(), records[status])}; the categories are "
            f"{', '.join(categories)}: correct it, or name all of them in categories"
        )
    names = {each: STEM + _in_order(kinds[each], categories) for each in kinds}
    table = pd.pivot_table(
        pd.DataFrame({"id": records[event], "name": words.map(names), "n": dead}),
        index="id",
        columns="name",
        values="n",
        aggfunc="sum",
        sort=False,
        fill_value=0.0,
    )
    needed = [STEM + name for name in (*categories, UNKNOWN)]
    table = table.reindex(columns=list(dict.fromkeys([*needed, *table])), fill_value=0)
    total = table.sum(axis=1)
    table = table.assign(low=total, best=total, high=total)
    return table.rename_axis(columns=None).reset_index()


def _in_order(label: frozenset[str], categories: tuple[str, ...]) -> str:
    """One name for one label, however its words were ordered."""
    if len(label) == len(categories):
        return UNKNOWN
    return OR.join(name for name in categories if name in label)


def _sides(
    frame: pd.DataFrame, denominator: Denominator | tuple[str, ...]
) -> tuple[str, ...]:
    """Civilians and the two sides, as the table names them."""
    named = {STEM + side for side in SIDES[1:]}
    if named <= {*frame} or not {"deaths_a", "deaths_b"} <= {*frame}:
        return SIDES
    if denominator in ("all", "known"):
        return UNNAMED
    raise SchemaError(
        f"denominator {denominator!r} needs deaths_government and deaths_nonstate; "
        "the events have deaths_a and deaths_b, which do not say who is the "
        "government: read the file with read_ged, or use 'all' or 'known'"
    )
