"""Figures as files that are the same bytes whenever the figure is the same."""

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from conflictstats.errors import ReportError
from conflictstats.report.files import write_bytes

UNDATED = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a PDF that is byte-identical when the figure is.

    The file holds no date and no version, its fonts are embedded as TrueType so that
    text can be selected and searched, and it replaces an older file only when whole.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : Path
        Where; the suffix is ``.pdf``.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ReportError
        If the suffix is another one, matplotlib cannot draw the figure, or a font is
        embedded as Type 3, which publishers refuse.

    Examples
    --------
    >>> import tempfile
    >>> from conflictstats.provenance import sha256_of
    >>> figure = Figure(figsize=(1, 1))
    >>> _ = figure.text(0, 0, "Idlib")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = sha256_of(save_figure(figure, Path(folder) / "first.pdf"))
    ...     again = sha256_of(save_figure(figure, Path(folder) / "again.pdf"))
    >>> first == again
    True
    """
    if path.suffix != ".pdf":
        msg = f"figures are written as PDF; the path {path.name!r} should end in .pdf"
        raise ReportError(msg)
    page = io.BytesIO()
    try:
        with matplotlib.rc_context({"pdf.fonttype": 42, "pdf.use14corefonts": False}):
            figure.savefig(page, format="pdf", metadata=UNDATED)
    except (ValueError, RuntimeError) as error:
        said = str(error).strip().partition("\n")[0]
        msg = (
            f"matplotlib could not draw {path.name}: {said}. If a name from the data "
            "holds a '$', pass it through conflictstats.plot.style.plain"
        )
        raise ReportError(msg) from error
    if b"/Type3" in page.getvalue():
        msg = f"{path.name} holds a Type 3 font; draw its text in a TrueType font"
        raise ReportError(msg)
    return write_bytes(path, page.getvalue())
