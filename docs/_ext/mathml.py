"""Formulas as MathML, made while building: nothing is fetched when a page is read."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError
from sphinx.util import logging

FUNCTION = re.compile(r"(<mi>(?:log|exp|logit)</mi>|<mo>(?:Var|logit)</mo>)(?=<m)")
"""A function's name needs a space before its argument, as TeX sets it."""
logger = logging.getLogger(__name__)


def to_mathml(tex: str, display: str) -> str:
    """Convert a formula, or raise if a command in it is not known."""
    try:
        made = convert(tex, display=display)
    except Exception as error:
        raise ExtensionError(f"formula {tex!r} cannot be set: {error}") from error
    if unknown := re.search(r"\\\w+", made):
        raise ExtensionError(f"formula {tex!r} has an unknown {unknown.group()}")
    return FUNCTION.sub(r'\1<mspace width="0.17em"/>', made)


def put(writer, node, display: str) -> None:
    """Append a formula to the page, or warn and show its source."""
    try:
        writer.body.append(to_mathml(node.astext(), display))
    except ExtensionError as error:
        logger.warning(str(error), location=node)
        writer.body.append(f"<code>{writer.encode(node.astext())}</code>")
    raise nodes.SkipNode


def visit_inline(writer, node) -> None:
    put(writer, node, "inline")


def visit_block(writer, node) -> None:
    writer.body.append('<div class="math-block">')
    try:
        put(writer, node, "block")
    finally:
        writer.body.append("</div>")


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
