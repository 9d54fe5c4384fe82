"""``import conflictstats`` beside ``import pandas``, which everybody waits for."""

from pathlib import Path

SIZES = {"small": None}


def peer_name() -> str:
    """Name the peer."""
    return "pandas"


def prepare(size: None, folder: Path) -> None:
    """Compile the modules, as any second import finds them."""
    import conflictstats  # noqa: F401


def ours(size: None, folder: Path) -> None:
    """Import the package."""
    import conflictstats  # noqa: F401


def peer(size: None, folder: Path) -> None:
    """Import pandas."""
    import pandas  # noqa: F401
