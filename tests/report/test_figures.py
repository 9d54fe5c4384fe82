import matplotlib
import pytest
from matplotlib.figure import Figure

from conflictstats.errors import ReportError
from conflictstats.report import save_figure
from conflictstats.report.files import to_json, write_bytes


def figure_with(text):
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, text)
    return figure


def test_fonts_are_truetype_and_no_date_is_kept(tmp_path):
    with matplotlib.rc_context({"pdf.fonttype": 3}):
        content = save_figure(figure_with("Idlib"), tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"Date" not in content
    assert matplotlib.__version__.encode() not in content


def test_a_figure_that_differs_gives_another_file(tmp_path):
    paths = [save_figure(figure_with(t), tmp_path / f"{t}.pdf") for t in ("a", "b")]
    assert paths[0].read_bytes() != paths[1].read_bytes()


def test_text_that_is_no_mathematics_is_explained_and_nothing_is_written(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"old")
    with pytest.raises(ReportError, match=r"could not draw a\.pdf.*plain"):
        save_figure(figure_with("Rue $ant_^$"), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ReportError, match=r"should end in \.pdf"):
        save_figure(figure_with("a"), tmp_path / "a.png")


def test_a_write_that_fails_leaves_the_old_file_and_no_crumbs(tmp_path, monkeypatch):
    path = write_bytes(tmp_path / "new" / "a.txt", b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_bytes(path, b"new")
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]
    assert path.read_bytes() == b"old"


def test_json_has_no_word_for_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"x": float("nan")})
