"""Prose, numbers, figures and sources put together for the template."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from conflictstats.errors import ReportError
from conflictstats.provenance import Source
from conflictstats.report.hand import Column, Exhibit, Hand, Section
from conflictstats.report.numbers import Numbers, Value
from conflictstats.report.prose import Filler, show

Json: TypeAlias = dict[str, Any]
NOT_STATED = "–"


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that a report says, before it has a look.

    Attributes
    ----------
    hand : Hand
        What a person typed.
    numbers : Numbers
        What the scripts found.
    sources : tuple of Source
        The tables that they used.
    """

    hand: Hand
    numbers: Numbers
    sources: tuple[Source, ...] = ()

    def figures(self) -> list[str]:
        """Name the figures in the order of the report.

        Returns
        -------
        list of str
            File names without suffix.
        """
        return [figure.name for s in self.hand.sections for figure in s.figures]

    def scripts(self) -> set[str]:
        """Name the scripts that the captions name.

        Returns
        -------
        set of str
            File names.
        """
        sections = self.hand.sections
        return {e.script for s in sections for e in (*s.figures, *s.tables)}

    def fill(self, *, footer: str) -> Json:
        """Resolve every placeholder.

        Parameters
        ----------
        footer : str
            Text at the foot of each page.

        Returns
        -------
        dict
            What ``template.typ`` reads.

        Raises
        ------
        ReportError
            If a number, figure or table is not there, or prose types a number.
        """
        hand = self.hand
        filler = Filler(self.numbers, self._labels(), hand.allowed)
        return {
            "title": filler.text(hand.title, "the title"),
            "subtitle": filler.text(hand.subtitle, "the subtitle"),
            "summary": filler.paragraphs(hand.summary, "the summary"),
            "highlights": [
                {
                    "value": filler.text(item.value, "a highlight"),
                    "label": filler.text(item.label, "a highlight"),
                }
                for item in hand.highlights
            ],
            "sections": [self._section(section, filler) for section in hand.sections],
            "limits": [filler.spans(limit, "the limits") for limit in hand.limits],
            "rerun": filler.paragraphs(hand.rerun, "how to run it again"),
            "sources": [source.facts() for source in self.sources],
            "references": list(hand.references),
            "footer": footer,
        }

    def _labels(self) -> dict[str, str]:
        """Number figures and tables in the order of the report."""
        sections = self.hand.sections
        figures = _numbered("figure", (f for s in sections for f in s.figures))
        tables = _numbered("table", (t for s in sections for t in s.tables))
        return dict([*figures, *tables])

    def _section(self, section: Section, filler: Filler) -> Json:
        """Fill one section."""
        where = f"section {section.heading!r}"
        return {
            "heading": filler.text(section.heading, where),
            "paragraphs": filler.paragraphs(section.text, where),
            "figures": [
                _exhibit(figure, "figure", filler) | {"width": figure.width}
                for figure in section.figures
            ],
            "tables": [
                _exhibit(table, "table", filler) | self._cells(table, filler)
                for table in section.tables
            ],
        }

    def _cells(self, table: Exhibit, filler: Filler) -> Json:
        """Give heads, widths, alignment and printed cells of a table."""
        written = self.numbers.table(table.name)
        columns = table.columns or tuple(
            Column(name=name, head=name.replace("_", " "))
            for name in written["columns"]
        )
        contents = [_column(written, column, table.name) for column in columns]
        printed = [
            [_printed(value, column, table.name) for value in values]
            for column, values in zip(columns, contents, strict=True)
        ]
        return {
            "heads": [filler.text(c.head, f"table {table.name!r}") for c in columns],
            "widths": [column.width for column in columns],
            "numeric": [_is_numeric(values) for values in contents],
            "rows": [list(row) for row in zip(*printed, strict=True)],
        }


def _numbered(kind: str, exhibits: Iterable[Exhibit]) -> Iterator[tuple[str, str]]:
    """Give target and printed label of each figure or table; a name counts once."""
    seen: set[str] = set()
    for number, exhibit in enumerate(exhibits, start=1):
        if exhibit.name in seen:
            msg = f"{kind} {exhibit.name!r} is in the report twice"
            raise ReportError(msg)
        seen.add(exhibit.name)
        yield f"{kind}:{exhibit.name}", f"{kind.title()} {number}"


def _exhibit(exhibit: Exhibit, kind: str, filler: Filler) -> Json:
    """Fill the caption of a figure or table and the line of facts under it."""
    where = f"the caption of {exhibit.name!r}"
    target = f"{kind}:{exhibit.name}"
    facts = [
        exhibit.shows.capitalize(),
        filler.text(exhibit.interval, where),
        f"Source: {exhibit.source}",
        f"Script: {exhibit.script}",
    ]
    return {
        "name": exhibit.name,
        "target": target,
        "label": filler.labels[target],
        "caption": filler.spans(exhibit.caption, where),
        "alt": filler.text(exhibit.caption, where),
        "facts": [fact for fact in facts if fact],
    }


def _column(written: Json, column: Column, table: str) -> list[Value | None]:
    """Take one column out of a table."""
    if column.name not in written["columns"]:
        has = ", ".join(written["columns"])
        msg = f"table {table!r} has no column {column.name!r}; it has {has}"
        raise ReportError(msg)
    at = written["columns"].index(column.name)
    return [row[at] for row in written["rows"]]


def _printed(value: Value | None, column: Column, table: str) -> str:
    """Print one cell."""
    if value is None:
        return NOT_STATED
    try:
        return show(value, column.form)
    except ReportError as error:
        msg = f"table {table!r}, column {column.name!r}: {error}"
        raise ReportError(msg) from error


def _is_numeric(values: list[Value | None]) -> bool:
    """Tell whether a column holds numbers, so that it is set flush right."""
    return all(v is None or isinstance(v, int | float) for v in values)
