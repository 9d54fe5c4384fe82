"""Killings in Kosovo, March to June 1999, as four lists saw them."""

from conflictstats.datasets._shipped import read_shipped
from conflictstats.provenance import Source, Table

SOURCE = Source(
    name="Kosovo 1999, killings by list",
    citation=(
        "Ball P., Betts W., Scheuren F., Dudukovich J., Asher J. (2002). Killings and "
        "Refugee Flow in Kosovo, March-June 1999. AAAS and ABA/CEELI, Washington, DC. "
        "Cells as given in bernardsilverman/modslavmse"
    ),
    licence="published counts (facts), typed from the source",
    url="https://github.com/bernardsilverman/modslavmse",
    sha256="5b59f9be7bb6c64db6c63acf50e2e9623d34f74e8833af08bf859dbd33347dad",
)


def load_kosovo_lists() -> Table:
    """Load killings by combination of four lists, Kosovo, March to June 1999.

    The classic of multiple systems estimation: 4,400 documented killings, most of
    them on one list only. The sixteenth cell, killings on no list, is what is to be
    estimated; it is not in the table.

    Returns
    -------
    Table
        15 rows: ``EXH`` (exhumations), ``ABA`` (American Bar Association
        interviews), ``OSCE`` and ``HRW`` (interviews by the Organization for
        Security and Co-operation in Europe and by Human Rights Watch), each 1 where
        the list holds the killing, and ``count`` (killings).

    References
    ----------
    .. [1] Ball P. et al. (2002). Killings and Refugee Flow in Kosovo, March-June
       1999. AAAS and ABA/CEELI, Washington, DC.

    Examples
    --------
    >>> lists = load_kosovo_lists().frame
    >>> int(lists["count"].sum())
    4400
    """
    lists = dict.fromkeys(("EXH", "ABA", "OSCE", "HRW"), "int64")
    frame = read_shipped("kosovo_lists.csv", SOURCE, {**lists, "count": "int64"})
    return Table(frame, SOURCE, {"documented": int(frame["count"].sum())})
