"""Argument checks; each returns the value it checked, or raises."""

from collections.abc import Hashable, Iterable

from conflictstats.errors import DimensionError, SettingError


def level(value: float, name: str = "level") -> float:
    """Return ``value`` if it is a coverage level strictly between 0 and 1.

    Parameters
    ----------
    value : float
        Nominal coverage, such as 0.9.
    name : str
        Argument name used in the message.

    Returns
    -------
    float
        ``value``, unchanged.

    Raises
    ------
    SettingError
        If ``value`` is not strictly between 0 and 1.
    """
    if not 0 < value < 1:
        msg = f"{name} must be strictly between 0 and 1, got {value!r}"
        if 1 < value <= 100:
            msg += f"; did you mean {value / 100:g}?"
        raise SettingError(msg)
    return value


def one_of(value: str, allowed: Iterable[str], name: str) -> str:
    """Return ``value`` if it is one of the ``allowed`` words.

    Parameters
    ----------
    value : str
        What was given.
    allowed : iterable of str
        What may be given.
    name : str
        Argument name used in the message.

    Returns
    -------
    str
        ``value``, unchanged.

    Raises
    ------
    SettingError
        If ``value`` is not among ``allowed``.
    """
    words = list(allowed)
    if value not in words:
        msg = f"{name} must be one of {', '.join(words)}; got {value!r}"
        raise SettingError(msg)
    return value


def has_dims(dims: Iterable[Hashable], *required: str, what: str) -> None:
    """Raise unless every name in ``required`` is among ``dims``.

    Parameters
    ----------
    dims : iterable of hashable
        Dimension names present.
    *required : str
        Dimension names needed.
    what : str
        What is being checked, used in the message.

    Raises
    ------
    DimensionError
        If a required dimension is missing.
    """
    present = list(dims)
    missing = [d for d in required if d not in present]
    if missing:
        msg = f"{what} needs dimension {missing}; it has {present}"
        raise DimensionError(msg)


def positive(value: float, name: str) -> float:
    """Return ``value`` if it is a finite number above 0.

    Parameters
    ----------
    value : float
        What was given.
    name : str
        Argument name used in the message.

    Returns
    -------
    float
        ``value``, unchanged.

    Raises
    ------
    SettingError
        If ``value`` is not above 0, or not finite.
    """
    if not 0 < value < float("inf"):
        raise SettingError(f"{name} must be a finite number above 0, got {value!r}")
    return value
