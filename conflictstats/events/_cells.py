"""The cells of a CSV file: every distinct text once, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Coded:
    """One column: its distinct ``texts``, and for each row which one it has."""

    texts: list[str]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of a file, with the row number of each row as a spreadsheet shows it.

    ``ragged`` lists rows that have another number of cells than the header, as
    ``(row, cells)``; they are in no column.
    """

    columns: dict[str, Coded]
    rows: NDArray[np.int64]
    width: int
    ragged: list[tuple[int, int]]
    blank_rows: int


class Vocabulary(dict[str, int]):
    """Distinct texts, numbered in the order in which they are first seen."""

    def __missing__(self, text: str) -> int:
        """Give a new text the next number."""
        code = self[text] = len(self)
        return code

    def code(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Number of each text; shape (texts,)."""
        numbers = map(self.__getitem__, texts)
        return np.fromiter(numbers, dtype=np.int32, count=len(texts))


class Encoder:
    """Columns that grow block by block."""

    def __init__(self, names: Sequence[str]) -> None:
        self._words = {name: Vocabulary() for name in names}
        self._codes: dict[str, list[NDArray[np.int32]]] = {name: [] for name in names}

    def add(self, name: str, texts: Sequence[str]) -> None:
        """Append the cells of a column."""
        self._codes[name].append(self._words[name].code(texts))

    def add_coded(
        self, name: str, texts: NDArray[np.object_], codes: NDArray[np.intp]
    ) -> None:
        """Append the cells of a column that are coded within their block."""
        self._codes[name].append(self._words[name].code(texts.tolist())[codes])

    def columns(self) -> dict[str, Coded]:
        """Give all that was appended."""
        return {
            name: Coded(list(words), np.concatenate([_NOTHING, *self._codes[name]]))
            for name, words in self._words.items()
        }


_NOTHING = np.empty(0, np.int32)
