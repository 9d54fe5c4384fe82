"""Whether a table can be used at all, and the lists of it that hold somebody."""

from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.panel import Lists
from conflictstats.panel.lists import FEWEST


def usable(
    lists: Lists, *, least: int = FEWEST, most: int | None = None, overlap: bool = True
) -> tuple[Lists, UndercountStatus]:
    """Drop lists that hold nobody, as one stratum may have them, and say what is left.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists.
    least : int
        Lists that the method needs.
    most : int, optional
        Lists up to which it can be computed.
    overlap : bool
        Whether it needs a record on two lists.

    Returns
    -------
    Lists
        Those that hold somebody, all strata together; unchanged where they are fewer
        than two.
    UndercountStatus
        ``CONVERGED``, or why the method must refuse.

    Examples
    --------
    >>> import pandas as pd
    >>> from conflictstats.panel import lists_of_cells
    >>> cells = pd.DataFrame({"A": [1, 1, 0], "B": [0, 1, 0], "C": [0, 0, 1]})
    >>> lists = lists_of_cells(
    ...     cells.assign(count=5, year=[1, 1, 2]), ["A", "B", "C"], by="year"
    ... )
    >>> left, status = usable(lists.stratum("1"))
    >>> left.names, status.name
    (('A', 'B'), 'CONVERGED')
    """
    lists = lists.pooled()
    held = [name for name, records in lists.sizes.items() if records]
    if len(held) < least:
        return lists, UndercountStatus.TOO_FEW_LISTS
    if most is not None and len(held) > most:
        return lists, UndercountStatus.TOO_MANY_LISTS
    if overlap and not lists.by_number_of_lists[1:].any():
        return lists, UndercountStatus.NO_OVERLAP
    return lists.of_lists(held), UndercountStatus.CONVERGED
