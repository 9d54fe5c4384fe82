"""Provenance: standard digests, and a table that shows where it came from."""

import hashlib
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.provenance import Source, Table, sha256_of, versions

FIPS_180_4 = {
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def table():
    source = Source(HOSTILE, "Jarrett (1979)", "CC0", "https://x", sha256="ab" * 32)
    return Table(pd.DataFrame({HOSTILE: [HOSTILE, "b"]}), source, {"twins": 2})


@pytest.mark.parametrize("content", FIPS_180_4)
def test_digest_of_the_standard(content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256_of(path) == FIPS_180_4[content]
    assert sha256_of(str(path)) == FIPS_180_4[content]
    assert sha256_of(io.BytesIO(content)) == FIPS_180_4[content]


@given(st.integers(0, 3).map(lambda n: n * (1 << 20) + n))
def test_reading_in_pieces_changes_nothing(size):
    content = b"\x01" * size
    assert sha256_of(io.BytesIO(content)) == hashlib.sha256(content).hexdigest()


def test_print_shows_what_a_reader_must_cite(table):
    shown = str(table)
    for part in ("Jarrett (1979)", "CC0", "abababababab...", "2 rows", "twins = 2"):
        assert part in shown


def test_html_shows_the_same_and_escapes_everything(table):
    shown = table._repr_html_()
    for part in ("Jarrett (1979)", "CC0", "abababababab...", "2 rows", "twins = 2"):
        assert part in shown
    assert "<script>" not in shown


def test_unknown_facts_are_not_shown():
    assert set(Source("a", "b", "c", "").facts()) == {"source", "citation", "licence"}


def test_a_table_without_notes_or_rows_still_prints():
    table = Table(pd.DataFrame({"a": [], "b": []}), Source("a", "b", "c", ""))
    assert "0 rows, 2 columns" in str(table)
    assert "notes" not in str(table)
    assert len(table) == 0


def test_repr_is_one_line(table):
    assert repr(table).count("\n") == 0
    assert "2 rows" in repr(table)


def test_versions_are_those_installed():
    assert versions()["pandas"] == pd.__version__
