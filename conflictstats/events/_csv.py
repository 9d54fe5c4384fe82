"""A CSV file as the readers see it: a header, and columns by name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

from conflictstats.errors import ReadError
from conflictstats.events._cells import Cells
from conflictstats.events._files import FileLike, LocalFile, open_local
from conflictstats.events._regular import read_regular
from conflictstats.events._rows import Row, blocks, read_rows

DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvFile:
    """A CSV file whose header has been read, and whose rows wait to be."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file
        self.name = file.name
        self.sha256 = file.sha256
        first = list(islice(chain.from_iterable(blocks(file, 3)), 3))
        self.header = [name.strip() for name in first[0]] if first else []
        self._check_delimiter()
        self.hxl_rows = int(len(first) > 1 and _is_hxl(first[1]))
        events = first[1 + self.hxl_rows :]
        self._may_be_regular = bool(events) and len(events[0]) == len(self.header)

    def read(self, wanted: Sequence[str]) -> Cells:
        """Read the columns ``wanted``, two or more that the header has once each."""
        skip = 1 + self.hxl_rows
        cells = None
        if self._may_be_regular:
            cells = read_regular(self._file, self.header, wanted, skip=skip)
        if cells is None:
            cells = read_rows(self._file, self.header, wanted, skip=skip)
        if not len(cells.rows) and not cells.ragged:
            raise ReadError(f"{self.name} has a header and no rows; nothing to read")
        return cells

    def _check_delimiter(self) -> None:
        """Raise if the header looks split by something else than commas."""
        if len(self.header) != 1:
            return
        for delimiter, words in DELIMITERS.items():
            if delimiter in self.header[0]:
                raise ReadError(
                    f"{self.name} has columns split by {words}; expected commas: save "
                    f"it again as 'CSV UTF-8 (comma delimited)'"
                )


@contextmanager
def open_csv(source: FileLike) -> Iterator[CsvFile]:
    """Open a path or an open file as a CSV file and read its header."""
    with open_local(source) as file:
        yield CsvFile(file)


def _is_hxl(row: Row) -> bool:
    """Say whether a row holds HXL tags: ``#adm1+name`` and the like, or nothing."""
    tags = [cell for cell in row if cell]
    return bool(tags) and all(tag.startswith("#") for tag in tags)
