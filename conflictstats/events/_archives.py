"""Looking into zip and gzip files: one CSV, never written to disk, never a bomb."""

import gzip
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

from conflictstats.errors import ReadError

SIZE_CAP = 2 << 30
RATIO_CAP = 200
MEMBER_CAP = 100
DIRECTORY_CAP = 1 << 20
HARMLESS = 1 << 20

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
END_OF_DIRECTORY = b"PK\x05\x06"
ZIP_64 = b"PK\x06\x07"
TAIL = 22 + (1 << 16)
ENCRYPTED = 0x1
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(file: BinaryIO, name: str, size: int) -> tuple[BinaryIO, int]:
    """Give the table inside ``file`` and the most bytes that may come from it."""
    start = file.read(4)
    file.seek(0)
    limit = min(SIZE_CAP, max(HARMLESS, RATIO_CAP * size))
    if start.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb")), limit
    if start == ZIP:
        return _member(file, name, size), limit
    return file, SIZE_CAP


def _member(file: BinaryIO, name: str, size: int) -> BinaryIO:
    """Open the only CSV of a zip file."""
    _check_directory(file, name, size)
    try:
        archive = zipfile.ZipFile(file)
        member = _only_csv(archive.infolist(), name)
        return cast("BinaryIO", archive.open(member))
    except ReadError:
        raise
    except DAMAGE as err:
        raise ReadError(f"{name} is not a sound zip file: {err}") from err


def _check_directory(file: BinaryIO, name: str, size: int) -> None:
    """Refuse a list of members so long that reading it would do harm."""
    start = max(0, size - TAIL)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    end = tail.rfind(END_OF_DIRECTORY)
    if end < 0 or len(tail) < end + 22:
        raise ReadError(f"{name} is a zip file whose end is missing; download it again")
    (length,) = struct.unpack_from("<L", tail, end + 12)
    if length > DIRECTORY_CAP or tail[max(0, end - 20) :].startswith(ZIP_64):
        raise ReadError(
            f"{name} lists far more members than the {MEMBER_CAP} allowed; "
            f"unpack it and give the CSV"
        )


def _only_csv(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """Return the only CSV among the members, if it can be read safely."""
    if len(members) > MEMBER_CAP:
        raise ReadError(
            f"{name} has {len(members):,} members, at most {MEMBER_CAP} are allowed; "
            f"unpack it and give the CSV"
        )
    tables = [
        member
        for member in members
        if member.filename.lower().endswith(".csv")
        and not member.filename.startswith("__MACOSX/")
    ]
    if len(tables) != 1:
        hint = (
            "it is a spreadsheet: save it as 'CSV UTF-8'"
            if any(member.filename == "[Content_Types].xml" for member in members)
            else "unpack it and give one CSV"
        )
        raise ReadError(f"{name} holds {len(tables)} CSV files, expected 1; {hint}")
    (table,) = tables
    if table.flag_bits & ENCRYPTED:
        raise ReadError(f"{name} is encrypted; decrypt it and give the CSV")
    if table.compress_type not in PLAIN_METHODS:
        raise ReadError(
            f"{name} is packed by a method that is not read (only stored and deflated "
            f"are); unpack it and give the CSV"
        )
    return table
