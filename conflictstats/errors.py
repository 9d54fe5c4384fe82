"""Every error and warning that conflictstats raises on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class ConflictStatsError(Exception):
    """Base of all errors raised by this package.

    Examples
    --------
    >>> import conflictstats as cs
    >>> try:
    ...     cs.parse("a great many")
    ... except cs.ConflictStatsError as error:
    ...     print(type(error).__name__)
    QuantityError
    """


class ReadError(ConflictStatsError, OSError):
    """A file cannot be opened, is not what it should be, or is not safe to read."""


class SchemaError(ConflictStatsError, ValueError):
    """An event table breaks the schema; the message names rows and columns.

    ``faults`` holds every fault, one a row, where rows were looked at.
    """

    def __init__(self, message: str, faults: pd.DataFrame | None = None) -> None:
        super().__init__(message)
        self.faults = faults


class DimensionError(ConflictStatsError, ValueError):
    """A labelled array lacks a dimension, or has one that is not expected."""


class QuantityError(ConflictStatsError, ValueError):
    """A reported quantity is not a valid interval, or a phrase is not understood."""


class SettingError(ConflictStatsError, ValueError):
    """An argument has a value that the function cannot use."""


class ContradictionError(ConflictStatsError, ValueError):
    """Statements contradict each other: no numbers satisfy all of them.

    ``statements`` names some that do, none of which can be spared.
    """

    def __init__(self, message: str, statements: list[str]) -> None:
        super().__init__(message)
        self.statements = statements


class FitError(ConflictStatsError, RuntimeError):
    """An estimator could not return a usable fit."""


class ReportError(ConflictStatsError, RuntimeError):
    """A report or figure could not be written."""


class FitWarning(UserWarning):
    """A fit was returned, but part of it should not be trusted.

    Examples
    --------
    A study of many fits reads their ``status`` instead:

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", FitWarning)
    ...     warnings.warn("the tails are doubtful", FitWarning)
    """
