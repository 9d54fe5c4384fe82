"""Reading a CSV file row by row: exact about every row that is not a row."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from conflictstats.errors import ReadError
from conflictstats.events._cells import Cells, Encoder
from conflictstats.events._files import SAVE_AS_UTF_8, LocalFile

BLOCK = 1_000

Row = list[str]


def blocks(file: LocalFile, size: int = BLOCK) -> Iterator[list[Row]]:
    """Give the rows in blocks; what cannot be parsed is named by its line."""
    reader = csv.reader(file.text(), strict=True)
    while True:
        try:
            block = list(islice(reader, size))
        except UnicodeDecodeError as err:
            line = reader.line_num + 1 + err.object[: err.start].count(b"\n")
            raise ReadError(
                f"{file.name} is not UTF-8 text in line {line} (byte "
                f"{err.object[err.start]:#x}), perhaps Latin-1 or Windows-1252; "
                f"{SAVE_AS_UTF_8}"
            ) from err
        except csv.Error as err:
            raise ReadError(
                f"{file.name} is not sound CSV near line {reader.line_num}: {err}; "
                f"look for a quotation mark that is never closed"
            ) from err
        if not block:
            return
        yield block


def read_rows(
    file: LocalFile, header: Sequence[str], wanted: Sequence[str], *, skip: int
) -> Cells:
    """Read the columns ``wanted`` of any file after its first ``skip`` rows.

    Rows that are blank or of another width than the header are left out and told.
    """
    sorting = _Sorting(len(header), skip)
    encoder = Encoder(wanted)
    pick = itemgetter(*(header.index(name) for name in wanted))
    numbers = [np.empty(0, np.int64)]
    for block in blocks(file):
        rows, sound = sorting.sort_out(block)
        numbers.append(rows)
        for name, texts in zip(
            wanted, zip(*map(pick, sound), strict=True), strict=False
        ):
            encoder.add(name, texts)
    return Cells(
        encoder.columns(),
        np.concatenate(numbers),
        len(header),
        sorting.ragged,
        sorting.blank,
    )


class _Sorting:
    """Which rows are events: their numbers, and what was left out."""

    def __init__(self, width: int, skip: int) -> None:
        self.width = width
        self.skip = skip
        self.next_row = 1
        self.blank = 0
        self.ragged: list[tuple[int, int]] = []

    def sort_out(self, block: list[Row]) -> tuple[NDArray[np.int64], list[Row]]:
        """Numbers and cells of the rows that are as wide as the header."""
        first = self.next_row
        self.next_row += len(block)
        numbered = enumerate(block, first)
        kept = [number for number, row in numbered if self._is_event(number, row)]
        return np.array(kept, dtype=np.int64), [block[n - first] for n in kept]

    def _is_event(self, number: int, row: Row) -> bool:
        """Say whether a row is an event; note what it is if not."""
        if number <= self.skip:
            return False
        if not any(row):
            self.blank += 1
            return False
        if len(row) != self.width:
            self.ragged.append((number, len(row)))
            return False
        return True
