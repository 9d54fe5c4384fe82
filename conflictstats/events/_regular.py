"""Reading a CSV file in which every row is as wide as the header, fast."""

from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats.events._cells import Cells, Encoder
from conflictstats.events._files import LocalFile

BLOCK = 50_000


def read_regular(
    file: LocalFile, header: Sequence[str], wanted: Sequence[str], *, skip: int
) -> Cells | None:
    """Read the columns ``wanted`` after ``skip`` rows; None if a row may be odd.

    A row is odd if it is blank, or wider or narrower than the header; the first must
    not be. The parser of pandas cuts wide rows and fills narrow ones, so rows and
    commas are counted apart from it, and the two must agree.
    """
    buffered, shape = file.bytes()
    at = {header.index(name): name for name in wanted}
    encoder = Encoder(wanted)
    n_rows = skip
    try:
        reader = pd.read_csv(
            cast("BinaryIO", _Checked(buffered)),
            header=None,
            skiprows=skip,
            index_col=False,
            usecols=list(at),
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            chunksize=BLOCK,
        )
        for block in reader:
            blank = _encode(block.rename(columns=at), encoder)
            if blank.any() or len(shape.commas) > 1:
                return None
            n_rows += len(block)
    except ValueError:
        return None
    if not shape.is_regular(len(header), n_rows):
        return None
    rows = np.arange(skip + 1, n_rows + 1)
    return Cells(encoder.columns(), rows, len(header), [], 0)


def _encode(block: pd.DataFrame, encoder: Encoder) -> NDArray[np.bool_]:
    """Hand a block over, column by column; say which rows are blank in all."""
    blank = np.ones(len(block), dtype=bool)
    for name in block:
        codes, texts = pd.factorize(block[name].to_numpy())
        encoder.add_coded(str(name), texts, codes)
        blank &= (texts == "")[codes]
    return blank


class _Checked:
    """Bytes as the parser of pandas takes them, which raises if they are not UTF-8."""

    def __init__(self, buffered: BinaryIO) -> None:
        self._buffered = buffered
        self._decoder = getincrementaldecoder("utf-8")()

    def __iter__(self) -> Iterator[bytes]:
        """Give the lines; pandas asks for this, and does not use it."""
        return iter(self._buffered)

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        piece = self._buffered.read(size)
        self._decoder.decode(piece, final=not piece)
        return piece
