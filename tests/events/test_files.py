"""Files that are no files, no text, no CSV, or meant to do harm."""

import bz2
import gzip
import hashlib
import io
import os
import resource
import struct
import threading
import time
import zipfile
from pathlib import Path

import pytest

from conflictstats.errors import ConflictStatsError, ReadError
from conflictstats.events import check, read_events, read_ged
from conflictstats.events._archives import MEMBER_CAP

READERS = [read_ged, read_events, check]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.csv"


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "source", ["https://ucdp.uu.se/x.csv", "file:///x.csv", "s3://x", "nothing.csv"]
)
def test_an_address_or_a_missing_file_is_refused(read, source):
    with pytest.raises(ReadError, match=r"download it first|there is no file"):
        read(source)


def test_paths_strings_and_open_files_are_read_alike(events, path):
    path.write_text(events.text())
    expected = read_ged(path).source.sha256
    assert read_ged(str(path)).source.sha256 == expected
    with path.open("rb") as binary, path.open(newline="") as text:
        assert read_ged(binary).source.sha256 == expected
        assert read_ged(text).source.sha256 == expected
        assert not binary.closed
    assert read_ged(io.BytesIO(path.read_bytes())).source.sha256 == expected


@pytest.mark.parametrize("source", [None, 3, b"events.csv", object(), ["a"]])
def test_what_is_no_file_is_refused(source):
    with pytest.raises(ReadError, match="expected the path of a file or an open file"):
        read_ged(source)


def test_closed_files_and_files_that_fail_are_refused(events):
    class Failing(io.BytesIO):
        def read(self, *_):
            raise OSError("disk on fire")

    closed = events.file()
    closed.close()
    with pytest.raises(ReadError, match="closed"):
        read_ged(closed)
    with pytest.raises(ReadError, match="disk on fire"):
        read_ged(Failing())


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ReadError, match="is a folder"):
        read_ged(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="not a regular file"):
        read_ged(tmp_path / "pipe")


def test_endless_devices_are_refused():
    with pytest.raises(ReadError, match="not a regular file"):
        read_ged(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_names_are_refused(name):
    with pytest.raises(ReadError, match="cannot be opened"):
        read_ged(name)


def test_an_empty_file_and_a_header_without_rows_are_refused(events, path):
    path.touch()
    with pytest.raises(ReadError, match="is empty"):
        read_ged(path)
    path.write_text(",".join(events.header))
    with pytest.raises(ReadError, match="header and no rows"):
        read_ged(path)
    path.write_text(",".join(events.header) + "\n\n\n")
    with pytest.raises(ReadError, match="header and no rows"):
        read_ged(path)


def test_a_sparse_file_of_ten_gigabytes_is_refused_before_it_is_read(path):
    with path.open("wb") as file:
        file.truncate(10 << 30)
    start = time.process_time()
    with pytest.raises(ReadError, match="more than the 2,147,483,648 bytes"):
        read_ged(path)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_wrong_delimiter_is_named(events, delimiter, word):
    with pytest.raises(ReadError, match=f"{word}; expected commas"):
        read_ged(io.StringIO(events.text(delimiter=delimiter)))


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "NUL bytes"),
        ("utf-32", "UTF-16"),
        ("latin-1", "line 3.*Latin-1"),
        ("cp1252", "line 3.*Windows-1252"),
    ],
)
def test_the_wrong_encoding_is_named(events, encoding, words):
    events.set(3, "where_coordinates", "Bhāndāria".replace("ā", "ä"))
    with pytest.raises(ReadError, match=f"(?s){words}.*CSV UTF-8"):
        read_ged(io.BytesIO(events.text().encode(encoding)))


def test_a_mark_at_the_start_of_utf_8_is_no_part_of_the_header(events):
    assert len(read_ged(io.BytesIO(events.text().encode("utf-8-sig")))) == 5


def test_every_end_of_line_is_read(events):
    for end in ("\n", "\r\n", "\r"):
        text = events.text().replace("\n", end)
        assert len(read_ged(io.BytesIO(text.encode()))) == 5


def test_nul_bytes_are_refused(events):
    content = events.text().encode().replace(b"Idlib city", b"Idlib\0city", 1)
    with pytest.raises(ReadError, match="NUL bytes"):
        read_ged(io.BytesIO(content))


def test_a_quotation_mark_that_is_never_closed_is_named(events):
    content = events.text().replace("Idlib city", '"Idlib city', 1)
    with pytest.raises(ReadError, match="quotation mark that is never closed"):
        read_ged(io.StringIO(content))


def test_quoted_commas_marks_and_line_ends_stay_in_their_cell(events):
    place = 'Idlib, "old" city\nnorth'
    events.set(3, "where_coordinates", place)
    events.set(5, "best", "x")
    faults = check(events.file()).frame
    assert list(faults["row"]) == [5]
    events.set(5, "best", "9")
    assert read_ged(events.file()).frame["place"][1] == place


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["events.csv", "EVENTS.CSV", "../../x.csv", "/etc/x.csv", "a/b/x.csv"]
)
def test_one_csv_in_a_zip_is_read_and_nothing_is_written(
    events, name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    content = zipped({name: events.text(), "__MACOSX/._x.csv": b"\0", "readme.txt": ""})
    assert len(read_ged(io.BytesIO(content))) == 5
    assert list(tmp_path.iterdir()) == []


def test_gzip_is_read_and_hashed_as_it_lies_there(events, path):
    path.write_bytes(gzip.compress(events.text().encode()))
    table = read_ged(path)
    assert len(table) == 5
    assert table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "end is missing|0 CSV files"),
        ({"readme.txt": "x"}, "holds 0 CSV files"),
        ({"a.csv": "x", "b.csv": "y"}, "holds 2 CSV files"),
        ({"[Content_Types].xml": "x"}, "a spreadsheet: save it"),
        ({f"{n}.txt": "x" for n in range(MEMBER_CAP)} | {"a.csv": ""}, "101 members"),
        ({f"{n:0100}.txt": "x" for n in range(8000)}, "far more members"),
    ],
)
def test_a_zip_that_does_not_hold_one_csv_is_refused(members, words):
    content = zipped(members) if members else b"PK\x03\x04"
    with pytest.raises(ReadError, match=words):
        read_ged(io.BytesIO(content))


@pytest.mark.parametrize("pack", [gzip.compress, lambda x: zipped({"a.csv": x})])
def test_a_bomb_is_stopped_by_its_ratio(pack, events):
    bomb = pack(events.text().encode() + b"," * (1 << 26))
    assert len(bomb) < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ReadError, match="unpacks to more than"):
        read_ged(io.BytesIO(bomb))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024


def test_a_bomb_that_lies_about_its_size_is_stopped_too(events):
    bomb = bytearray(zipped({"a.csv": events.text().encode() + b"," * (1 << 26)}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", bomb, bomb.find(signature) + at, 100)
    with pytest.raises(ConflictStatsError):
        read_ged(io.BytesIO(bytes(bomb)))


def test_encrypted_members_and_other_packings_are_refused(events):
    content = bytearray(zipped({"a.csv": events.text()}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + at] |= 1
    with pytest.raises(ReadError, match="encrypted"):
        read_ged(io.BytesIO(bytes(content)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", events.text())
    with pytest.raises(ReadError, match="only stored and deflated"):
        read_ged(io.BytesIO(out.getvalue()))
    with pytest.raises(ConflictStatsError):
        read_ged(io.BytesIO(bz2.compress(events.text().encode())))


def test_damaged_archives_are_refused(events):
    packed = gzip.compress(events.text().encode())
    for broken in (packed[:-9], packed[:12] + b"\xff" * 30 + packed[42:]):
        with pytest.raises(ReadError, match="damaged"):
            read_ged(io.BytesIO(broken))
    whole = zipped({"a.csv": events.text()})
    with pytest.raises(ReadError, match=r"sound zip|end is missing|damaged"):
        read_ged(io.BytesIO(whole[: len(whole) // 2]))


def test_an_open_pipe_is_read_to_its_end(events):
    ends = os.pipe()
    content = events.text().encode()

    def write():
        with os.fdopen(ends[1], "wb") as file:
            file.write(content)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(ends[0], "rb") as file:
        assert len(read_ged(file)) == 5
    writer.join()


def test_text_that_ends_within_a_letter_is_not_utf_8(events):
    events.set(6, "adm_1", "Idlibā")
    content = events.text().encode()
    at = content.rfind("ā".encode()) + 1
    with pytest.raises(ReadError, match="not UTF-8 text in line 6"):
        read_ged(io.BytesIO(content[:at]))
    with pytest.raises(ReadError, match="not UTF-8 text in line 6"):
        read_ged(io.BytesIO(content[:at] + content[at + 1 :]))
