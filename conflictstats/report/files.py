"""Writing files so that a reader never meets half of one."""

import json
import os
import tempfile
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all: to a neighbour first, then renamed.

    Parameters
    ----------
    path : Path
        Where; its folder is made if it is not there.
    content : bytes
        What to write.

    Returns
    -------
    Path
        ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o666 & ~_umask())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return path


def to_json(content: object) -> str:
    """Give JSON that is the same for the same content: sorted, indented, no NaN.

    Parameters
    ----------
    content : object
        Dicts, lists, text and finite numbers.

    Returns
    -------
    str
        JSON text that ends in a newline.

    Raises
    ------
    ValueError
        If a number is not finite; JSON has no word for it.

    Examples
    --------
    >>> print(to_json({"b": 1, "a": "ä"}), end="")
    {
      "a": "ä",
      "b": 1
    }
    """
    text = json.dumps(
        content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return text + "\n"


def _umask() -> int:
    """Read the process's umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
