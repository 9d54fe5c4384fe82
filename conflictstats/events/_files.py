"""Opening a local file as text, whatever it is packed in, without being harmed."""

import io
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TypeAlias, cast

from conflictstats.errors import ReadError
from conflictstats.events._archives import DAMAGE, SIZE_CAP, unpack
from conflictstats.events._shape import Shape
from conflictstats.provenance import sha256_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FileLike: TypeAlias = str | PathLike[str] | IO[bytes] | IO[str]

PIECE = 1 << 18
IN_MEMORY = 1 << 26
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS_UTF_8 = "save it again as 'CSV UTF-8'"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """An open binary file, its name and hash, and its text from the start."""

    name: str
    sha256: str
    size: int
    binary: BinaryIO

    def text(self) -> IO[str]:
        """Give the text, decoded as it is read."""
        return io.TextIOWrapper(self.bytes()[0], encoding="utf-8-sig", newline="")

    def bytes(self) -> tuple[BinaryIO, Shape]:
        """Give the bytes, and the shape of the file as far as they are read."""
        self.binary.seek(0)
        stream, limit = unpack(self.binary, self.name, self.size)
        guarded = Guarded(stream, self.name, limit)
        buffered = io.BufferedReader(guarded, PIECE)
        if buffered.peek(2)[:2] in UTF_16:
            raise ReadError(f"{self.name} is UTF-16 text, not UTF-8; {SAVE_AS_UTF_8}")
        return cast("BinaryIO", buffered), guarded.shape


@contextmanager
def open_local(source: FileLike) -> Iterator[LocalFile]:
    """Open a path, or copy an open file, for reading from the start."""
    if isinstance(source, str | PathLike):
        name, file = _open_path(source)
    else:
        name, file = _name_of(source), _copy(source)
    with file:
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise ReadError(f"{name} is empty; it should hold a header and rows")
        file.seek(0)
        yield LocalFile(name, sha256_of(file), size, file)


def _open_path(source: str | PathLike[str]) -> tuple[str, BinaryIO]:
    """Open a regular file that is not too large."""
    given = fspath(source)
    if not isinstance(given, str) or "://" in given:
        raise ReadError(
            f"{given!r} is not the path of a local file; download it first and give "
            f"the path of the copy"
        )
    path = Path(given)
    try:
        _check_status(path.stat(), given)
        return path.name, path.open("rb")
    except FileNotFoundError as err:
        raise ReadError(f"there is no file {given!r}; check the path") from err
    except ReadError:
        raise
    except (OSError, ValueError) as err:
        raise ReadError(f"{given!r} cannot be opened: {err}") from err


def _check_status(status: os.stat_result, given: str) -> None:
    """Raise unless the path leads to a regular file that is not too large."""
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise ReadError(f"{given} is {what}; give the path of one CSV file")
    _check_size(status.st_size, given)


def _check_size(size: int, name: str) -> None:
    """Raise if there are more bytes than are read."""
    if size > SIZE_CAP:
        raise ReadError(
            f"{name} has more than the {SIZE_CAP:,} bytes that are read; split it, "
            f"by year for instance"
        )


def _name_of(source: object) -> str:
    """File name of an open file, or words for one that has none."""
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) and name else "the open file"


def _copy(source: IO[bytes] | IO[str]) -> BinaryIO:
    """Copy an open file, from where it stands, to a temporary binary one."""
    if not callable(getattr(source, "read", None)):
        raise ReadError(
            f"expected the path of a file or an open file, got {type(source).__name__}"
        )
    with ExitStack() as stack:
        copy = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        try:
            while piece := source.read(PIECE):
                copy.write(_as_bytes(piece))
                _check_size(copy.tell(), _name_of(source))
        except ReadError:
            raise
        except (OSError, ValueError, TypeError) as err:
            raise ReadError(f"{_name_of(source)} cannot be read: {err}") from err
        stack.pop_all()
    return cast("BinaryIO", copy)


def _as_bytes(piece: str | bytes) -> bytes:
    """Encode text; leave bytes as they are."""
    return piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece


class Guarded(io.RawIOBase):
    """A stream that stops at a limit, at a NUL byte and at a damaged archive."""

    def __init__(self, stream: BinaryIO, name: str, limit: int) -> None:
        self.shape = Shape()
        self._stream = stream
        self._name = name
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill ``buffer`` and return how many bytes came."""
        view = memoryview(buffer).cast("B")
        try:
            piece = self._stream.read(len(view))
        except DAMAGE as err:
            raise ReadError(f"{self._name} is damaged: {err}") from err
        self._left -= len(piece)
        if self._left < 0:
            raise ReadError(
                f"{self._name} unpacks to more than {self._limit:,} bytes, which no "
                f"table of this size does; if you trust it, unpack it yourself"
            )
        if b"\0" in piece:
            raise ReadError(
                f"{self._name} holds NUL bytes: it is UTF-16 text or no text at all; "
                f"{SAVE_AS_UTF_8}"
            )
        self.shape.feed(piece)
        view[: len(piece)] = piece
        return len(piece)
