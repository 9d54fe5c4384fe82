"""Every error and warning that conflictstats raises on purpose."""


class ConflictStatsError(Exception):
    """Base of all errors raised by this package."""


class SchemaError(ConflictStatsError, ValueError):
    """An event table breaks the schema; the message names rows and columns."""


class DimensionError(ConflictStatsError, ValueError):
    """A labelled array lacks a dimension, or has one that is not expected."""


class QuantityError(ConflictStatsError, ValueError):
    """A reported quantity is not a valid interval, or a phrase is not understood."""


class SettingError(ConflictStatsError, ValueError):
    """An argument has a value that the function cannot use."""


class FitError(ConflictStatsError, RuntimeError):
    """An estimator could not return a usable fit."""


class ReportError(ConflictStatsError, RuntimeError):
    """A report or figure could not be written."""


class FitWarning(UserWarning):
    """A fit was returned, but part of it should not be trusted."""
