"""Scripts in percent cells as pages: run as notebooks, shown with what they print."""

import base64
from pathlib import Path

import jupytext
from nbclient import NotebookClient

HTML, PNG, TEXT = "text/html", "image/png", "text/plain"


def run(script: Path):
    """Run a script as a notebook, in the folder where it stands."""
    notebook = jupytext.read(script)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    return client.execute(cwd=str(script.parent))


def fenced(content: str, directive: str, argument: str = "") -> str:
    """A block of Markdown that Sphinx reads as a directive."""
    return f"````{{{directive}}} {argument}\n{content.rstrip()}\n````"


def shown(output, image: Path) -> str:
    """One output of a cell as Markdown; a picture is written beside the page."""
    if output.output_type == "stream":
        return fenced(output.text, "code-block", "text")
    data = output.data
    if PNG in data:
        image.parent.mkdir(exist_ok=True)
        image.write_bytes(base64.b64decode(data[PNG]))
        return f"![{data[TEXT]}]({image.parent.name}/{image.name})"
    if HTML in data:
        return fenced(f'<div class="output">{data[HTML]}</div>', "raw", "html")
    return fenced(data[TEXT], "code-block", "text")


def page(script: Path, images: Path) -> str:
    """The page of a script."""
    parts = []
    for number, cell in enumerate(run(script).cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        code = [line for line in cell.source.splitlines() if not line.startswith("%")]
        parts.append(fenced("\n".join(code), "code-block", "python"))
        image = images / f"{script.stem}_{number}.png"
        parts += [shown(output, image) for output in cell.outputs]
    return "\n\n".join(parts) + "\n"


def write_pages(app) -> None:
    folder = Path(app.srcdir) / "tutorial"
    for script in sorted(folder.glob("*.py")):
        text = page(script, folder / "images")
        script.with_suffix(".md").write_text(text, encoding="utf-8")


def setup(app):
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
