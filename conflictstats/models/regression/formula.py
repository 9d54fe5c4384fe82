"""Formulas: what they may say, and which columns they stand for.

A formula is text that becomes code, so every name and function in it is held against
a list before anything is evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from conflictstats.errors import SettingError

if TYPE_CHECKING:
    from formulaic.parser.types import Term

FUNCTIONS = {
    name: getattr(np, name) for name in ("log", "log1p", "log10", "exp", "sqrt", "abs")
}
"""What may be called, besides ``C`` for a factor; also as ``np.log`` and so on."""

RESPONSE = re.compile(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*$")
FACTOR = re.compile(r"C\((\w+)\)$")
NODES = (
    ast.Expression,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
)


@dataclass(frozen=True, slots=True)
class Response:
    """Columns that hold what was reported.

    Attributes
    ----------
    low, high : str
        Bounds, or twice the column of counts.
    qualifier : str, optional
        How it was said.
    """

    low: str
    high: str
    qualifier: str | None = None

    @property
    def columns(self) -> list[str]:
        """Those that are there."""
        named = [self.low, self.high, self.qualifier]
        return list(dict.fromkeys(name for name in named if name))


def split(formula: str) -> tuple[Response, str]:
    """Read ``deaths ~ ...`` or ``reported(low, high, qualifier) ~ ...``."""
    left, tilde, right = formula.partition("~")
    found = RESPONSE.match(left)
    if not (tilde and found and right.strip()) or "~" in right:
        raise SettingError(
            f"formula must be 'count ~ terms' or 'reported(low, high, qualifier) ~ "
            f"terms', got {formula!r}"
        )
    name, inside = found.groups()
    if inside is None:
        return Response(name, name), right.strip()
    columns = [each.strip() for each in inside.split(",")]
    if name != "reported" or len(columns) not in (2, 3) or not all(columns):
        raise SettingError(
            f"the left side must be a column or reported(low, high) or "
            f"reported(low, high, qualifier), got {left.strip()!r}"
        )
    return Response(*columns), right.strip()


def terms_of(right: str, *, trusted: bool) -> list[Term]:
    """Terms of the right side, each factor held against the list."""
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.formula import SimpleFormula

    try:
        parsed = Formula(right)
    except (FormulaicError, SyntaxError) as error:
        what = str(error).partition("\n")[0]
        raise SettingError(f"cannot read the terms {right!r}: {what}") from error
    if not isinstance(parsed, SimpleFormula):
        raise SettingError(f"the terms must have one part, got {right!r}")
    terms = list(parsed)
    if not trusted:
        for expression in expressions(terms):
            _hold(expression)
    return terms


def expressions(terms: list[Term]) -> Iterator[str]:
    """Code in the terms; names of columns and numbers are not code."""
    for term in terms:
        for factor in term.factors:
            method = factor.eval_method.value
            if method == "python" or FACTOR.match(factor.expr):
                yield factor.expr


def names_in(terms: list[Term]) -> list[str]:
    """Columns that the terms need, in order."""
    found: list[str] = []
    for term in terms:
        for factor in term.factors:
            inside = FACTOR.match(factor.expr)
            if inside:
                found.append(inside.group(1))
            elif factor.eval_method.value == "lookup":
                found.append(factor.expr)
            elif factor.eval_method.value == "python":
                found += _free_names(factor.expr)
    return list(dict.fromkeys(found))


def _free_names(expression: str) -> list[str]:
    """Names in an expression that are not functions of the list."""
    tree = ast.parse(expression, mode="eval")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id != "np"
    ]


def _hold(expression: str) -> None:
    """Refuse an expression that does more than arithmetic on columns."""
    if FACTOR.match(expression):
        return
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise SettingError(
            f"cannot read {expression!r} in the formula; rename a column whose name is "
            "not a word"
        ) from error
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    allowed = {id(node) for call in called for node in ast.walk(_function(call))}
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or isinstance(
            node.value, int | float
        )
        if id(node) not in allowed and not (isinstance(node, NODES) and number):
            raise SettingError(_refusal(expression))
        if isinstance(node, ast.Call) and node.keywords:
            raise SettingError(_refusal(expression))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            _hold_power(node, expression)


def _function(call: ast.Call) -> ast.expr:
    """Name of a function of the list, or a refusal."""
    name = ast.unparse(call.func).removeprefix("np.")
    if name not in FUNCTIONS:
        raise SettingError(_refusal(ast.unparse(call)))
    return call.func


def _hold_power(power: ast.BinOp, expression: str) -> None:
    """Refuse powers of numbers alone, which can take for ever."""
    if not any(isinstance(node, ast.Name) for node in ast.walk(power.left)):
        raise SettingError(_refusal(expression))


def _refusal(expression: str) -> str:
    """Sentence that names what is not on the list."""
    return (
        f"{expression!r} is not allowed in a formula: arithmetic on columns, "
        f"{', '.join(FUNCTIONS)} and C(column) are; make a column of it before, or say "
        "trusted=True for a formula that you wrote yourself"
    )
