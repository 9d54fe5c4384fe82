"""Formulas: what they may say, and which columns they stand for.

A formula is text that becomes code, so every name and function in it is held against
a list before anything is evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError

if TYPE_CHECKING:
    from formulaic.parser.types import Term

FUNCTIONS = {
    name: getattr(np, name) for name in ("log", "log1p", "log10", "exp", "sqrt", "abs")
}
"""What may be called, besides ``C`` for a factor; also as ``np.log`` and so on."""

SPLINES = ("bs", "cr", "poly")
"""What may be called where the columns need not be made again from another table."""

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


class Made(NamedTuple):
    """Columns of a right side.

    Attributes
    ----------
    names : list of str
        One a column.
    values : ndarray, shape (n, columns)
        The columns.
    remembers : list of str
        What was called and depends on the whole table, such as the knots of a spline.
    """

    names: list[str]
    values: FloatArray
    remembers: list[str]


def terms_of(right: str, *, trusted: bool, splines: bool = False) -> list[Term]:
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
            _hold(expression, SPLINES if splines else ())
    return terms


def made_of(terms: list[Term], columns: pd.DataFrame) -> Made:
    """Columns as formulaic makes them; what is missing is NaN in them."""
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            made = Formula(terms).get_model_matrix(
                columns, output="numpy", na_action="ignore", context=FUNCTIONS
            )
    except (FormulaicError, ValueError) as error:
        what = str(error).partition("\n")[0]
        raise SettingError(f"cannot make the columns of the formula: {what}") from error
    spec = made.model_spec
    return Made(
        list(spec.column_names),
        np.ascontiguousarray(made, dtype=np.float64),
        [name for name, state in spec.transform_state.items() if state],
    )


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


def _hold(expression: str, splines: tuple[str, ...]) -> None:
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
    allowed = {id(node) for call in called for node in _called(call, splines)}
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or isinstance(
            node.value, int | float
        )
        if id(node) not in allowed and not (isinstance(node, NODES) and number):
            raise SettingError(_refusal(expression, splines))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            _hold_power(node, expression)


def _called(call: ast.Call, splines: tuple[str, ...]) -> list[ast.AST]:
    """Names that are not columns in the call of a function of the list."""
    name = ast.unparse(call.func).removeprefix("np.")
    spline = name in splines
    if not spline and (name not in FUNCTIONS or call.keywords):
        raise SettingError(_refusal(ast.unparse(call), splines))
    return [*ast.walk(call.func), *call.keywords]


def _hold_power(power: ast.BinOp, expression: str) -> None:
    """Refuse powers of numbers alone, which can take for ever."""
    if not any(isinstance(node, ast.Name) for node in ast.walk(power.left)):
        raise SettingError(_refusal(expression, ()))


def _refusal(expression: str, splines: tuple[str, ...]) -> str:
    """Sentence that names what is not on the list."""
    remedy = "make a column of it before"
    if not splines:
        remedy += ", or say trusted=True for a formula that you wrote yourself"
    return (
        f"{expression!r} is not allowed in a formula: arithmetic on columns, "
        f"{', '.join((*FUNCTIONS, *splines))} and C(column) are; {remedy}"
    )
