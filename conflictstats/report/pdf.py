"""The report as a PDF, by typst from a fixed template."""

import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

import matplotlib

from conflictstats.errors import ReportError
from conflictstats.report.document import Document
from conflictstats.report.files import to_json


def render_report(
    document: Document, figures: Mapping[str, Path], *, footer: str = ""
) -> bytes:
    """Set a report as PDF.

    Text reaches the template as JSON data in a fresh folder, never as markup, so
    nothing in it is run. Only fonts that come with typst and matplotlib are used, and
    the file holds no date: the same document gives the same bytes.

    Parameters
    ----------
    document : Document
        What the report says.
    figures : mapping of str to Path
        Name of each figure to its PDF.
    footer : str
        Text at the foot of each page.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    ReportError
        If a figure or a number is missing, typst is not installed, or it cannot set the
        page.
    """
    try:
        import typst
    except ImportError as error:
        msg = "the PDF report needs typst: pip install 'conflictstats[report]'"
        raise ReportError(msg) from error
    missing = [name for name in document.figures() if name not in figures]
    if missing:
        msg = f"no script wrote the figure {' or '.join(missing)}.pdf"
        raise ReportError(msg)
    content = to_json(document.fill(footer=footer))
    with tempfile.TemporaryDirectory() as name, as_file(_template()) as template:
        root = Path(name)
        shutil.copyfile(template, root / "report.typ")
        (root / "report.json").write_text(content, encoding="utf-8")
        for figure in document.figures():
            shutil.copyfile(figures[figure], root / f"figure-{figure}.pdf")
        try:
            return typst.compile(
                root / "report.typ",
                root=root,
                font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
                ignore_system_fonts=True,
                timestamp=0,
            )
        except typst.TypstError as error:
            msg = f"typst could not set the report: {error}"
            raise ReportError(msg) from error


def _template() -> Traversable:
    """Find the template that is shipped with the package."""
    return files("conflictstats.report") / "template.typ"
