"""North-west Syria, April 2019 to March 2020: reports, deaths, displacement."""

from dataclasses import replace

from conflictstats.datasets._shipped import open_shipped, read_shipped
from conflictstats.events.reports import read_reports
from conflictstats.provenance import Source, Table

OWN_LICENCE = "BSD-3-Clause, as conflictstats; each page belongs to its publisher"
UCDP_PAGE = "https://ucdp.uu.se/downloads/"

DEATHS = Source(
    name="UCDP GED Syria special release 652.1601.1911, weekly by governorate",
    citation=(
        "Uppsala Conflict Data Program, GED Syria special release 652.1601.1911; "
        "Sundberg R., Melander E. (2013). Introducing the UCDP Georeferenced Event "
        "Dataset. Journal of Peace Research 50(4). "
        "https://doi.org/10.1177/0022343313484347. Weekly sums by conflictstats"
    ),
    licence="CC BY 4.0",
    url=UCDP_PAGE,
    sha256="689d2ea5a60bc644a14f598aac47db1f3f11b0005bebeebe5ca3f464ddaa0f14",
)
REPORTS = Source(
    name="North-west Syria 2019-2020, reported quantities",
    citation=(
        "The conflictstats developers, coding of 353 public pages; "
        "the address of each is in its row"
    ),
    licence=OWN_LICENCE,
    url="",
    sha256="36bce9e506c14c8b5c2c3c1784a0d0108d9a7afa7b7fddb5c0763d5a7290aea0",
)
DISPLACEMENT = Source(
    name="North-west Syria January-August 2019, displacement and death figures",
    citation=(
        "The conflictstats developers, coding of OCHA, CCCM/ISMI, WFP and OHCHR "
        "bulletins; the address of each is in its row"
    ),
    licence=OWN_LICENCE,
    url="",
    sha256="39c2f74c0c8e95b44100a0470e6ea77de9067bcb3d6f6303eaccab1e0a13bca2",
)

COUNTS = (
    "n_events",
    "deaths_government",
    "deaths_nonstate",
    "deaths_civilian",
    "deaths_unknown",
    "low",
    "best",
    "high",
)
CANONICAL = {
    "period_start": "date_start",
    "period_end": "date_end",
    "governorate": "adm_1",
    "deaths_civilian": "deaths_civilians",
}
QUALIFIERS = {
    "exact": "exact",
    "at least": "at_least",
    "more than": "more_than",
    "approximately": "about",
}


def load_nw_syria_deaths() -> Table:
    """Load weekly deaths in Idlib, Hama, Aleppo and Latakia, 2018-2019.

    Sums of UCDP events. The source covers ``span_start`` to ``span_end`` (in the
    notes), so the first week holds one day and the last six; inside that span a
    governorate and week without a row had no recorded death. Events that cross a
    week's end keep their own period in rows of their own (22 of 297). In 16 of
    1,683 events low and high were moved beyond best before summing; best was kept.

    Returns
    -------
    Table
        ``date_start``, ``date_end`` (days, both inclusive), ``adm_1``,
        ``n_events``, ``deaths_government`` (of the Syrian government),
        ``deaths_nonstate`` (all other armed forces, 8 dead of other states among
        them), ``deaths_civilians``, ``deaths_unknown``, ``low``, ``best``, ``high``
        (deaths) and ``url``.

    References
    ----------
    .. [1] Sundberg R., Melander E. (2013). Introducing the UCDP Georeferenced Event
       Dataset. Journal of Peace Research 50(4).
       https://doi.org/10.1177/0022343313484347

    Examples
    --------
    Deaths in the weeks that begin between 29 April and 31 August 2019:

    >>> deaths = load_nw_syria_deaths().frame
    >>> offensive = deaths[deaths["date_start"].between("2019-04-29", "2019-08-31")]
    >>> print(offensive.groupby("adm_1")[["best", "deaths_civilians"]].sum())
             best  deaths_civilians
    adm_1
    Aleppo    229               122
    Hama     1815               158
    Idlib    1782               852
    Latakia   477                 9
    """
    dtype = {**dict.fromkeys(COUNTS, "int64"), "governorate": "str"}
    dates = ("period_start", "period_end")
    frame = read_shipped("nw_syria_deaths_weekly.csv", DEATHS, dtype, dates)
    frame = frame.rename(columns=CANONICAL).assign(url=UCDP_PAGE)
    days = (frame["date_end"] - frame["date_start"]).dt.days + 1
    notes: dict[str, int | str] = {
        "span_start": "2018-07-01",
        "span_end": "2019-11-30",
        "own_period": int((days != 7).sum()),
    }
    return Table(frame, DEATHS, notes)


def load_nw_syria_reports() -> Table:
    """Load what was reported of the north-west Syria offensive, and how it was said.

    A search-driven sample of public pages in 20 languages: it carries phrases,
    growth of bulletins, cumulative curves and shares. It carries no event rate and
    no true total, because bodies copy each other. Rows that share ``event_key`` and
    ``source_org``, or ``agency``, are repeated measurements of one count.

    Returns
    -------
    Table
        1,123 rows as coded: ``value_low`` and ``value_high`` hold what the words
        allow (missing where nothing was said), ``value_printed`` and
        ``qualifier_text`` what was printed, ``url`` the page. Dates are datetimes;
        a blank cell is missing. ``published`` is missing too for the 13 pages
        dated to the month; ``published_text`` keeps what was coded.

    Examples
    --------
    >>> reports = load_nw_syria_reports().frame
    >>> more_than = reports[reports["qualifier"] == "more_than"]
    >>> len(more_than), int((more_than["value_low"] % 10 == 0).sum())
    (143, 120)
    """
    table = read_reports(open_shipped("nw_syria_reports.csv", REPORTS))
    return replace(table, source=REPORTS)


def load_nw_syria_displacement() -> Table:
    """Load displacement and death figures from bulletins, January to August 2019.

    Movements and persons are kept apart (``unit``), and the number of communities
    assessed is part of ``area``: it changes, so figures of different areas are not
    to be differenced.

    Returns
    -------
    Table
        35 rows: ``id``, ``what``, ``measure``, ``unit``, ``qualifier`` (exact,
        at_least, more_than, about), ``value`` (arrivals, movements or persons, as
        ``unit`` says), ``period_start``, ``period_end``, ``area``, ``source`` and
        ``url``.

    Examples
    --------
    >>> figures = load_nw_syria_displacement().frame
    >>> july = figures[figures["period_end"] == "2019-07-14"]
    >>> print(july[["qualifier", "value"]].to_string(index=False))
    qualifier  value
    more_than 440000
        exact 452623
    """
    dates = ("period_start", "period_end")
    dtype = {"id": "int64", "value": "int64"}
    frame = read_shipped("nw_syria_displacement.csv", DISPLACEMENT, dtype, dates)
    frame = frame.rename(columns={"quantifier": "qualifier"})
    frame["qualifier"] = frame["qualifier"].map(QUALIFIERS)
    return Table(frame, DISPLACEMENT, {"pages": int(frame["url"].nunique())})
