"""The shape of a CSV file, counted as its bytes go by."""

BREAKS = {b"", b",", b"\n", b"\r"}


class Shape:
    """How many rows there are, and how many commas each has outside quotation marks.

    ``sloppy`` is true if a quotation mark stands elsewhere than at the edge of a cell
    or doubled within one.
    """

    def __init__(self) -> None:
        self.n_rows = 0
        self.commas: set[int] = set()
        self.sloppy = False
        self._commas_of_last = 0
        self._inside = 0

    def feed(self, piece: bytes) -> None:
        """Count a piece of the file; an empty one ends it."""
        parts = piece.split(b'"')
        outside = parts[self._inside :: 2]
        after = outside if self._inside else outside[1:]
        self._inside ^= (len(parts) - 1) & 1
        before = outside if self._inside else outside[:-1]
        edges = {part[:1] for part in after} | {part[-1:] for part in before}
        self.sloppy = self.sloppy or not edges <= BREAKS
        self._count(b"".join(outside))
        if not piece and self._commas_of_last:
            self._count(b"\n")

    def is_regular(self, width: int, n_rows: int) -> bool:
        """Say whether there are ``n_rows`` rows and each has ``width`` cells."""
        counted = self.commas == {width - 1} and self.n_rows == n_rows
        return counted and not self.sloppy and not self._inside

    def _count(self, outside: bytes) -> None:
        """Count the rows and commas of what is outside quotation marks."""
        counts = [line.count(b",") for line in outside.split(b"\n")]
        counts[0] += self._commas_of_last
        self._commas_of_last = counts.pop()
        self.commas.update(counts)
        self.n_rows += len(counts)
