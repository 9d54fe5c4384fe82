"""Reading the files that travel with the package, after checking their bytes."""

import io
from collections.abc import Mapping
from importlib.resources import files

import pandas as pd

from conflictstats.errors import ReadError
from conflictstats.provenance import Source, sha256_of


def read_shipped(
    name: str, source: Source, dtype: Mapping[str, str], dates: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the shipped file ``name``, typed."""
    frame = pd.read_csv(
        open_shipped(name, source),
        dtype=dict(dtype),
        keep_default_na=False,
        na_values=[""],
    )
    for column in dates:
        frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d")
    return frame


def open_shipped(name: str, source: Source) -> io.BytesIO:
    """Return the bytes of the shipped file ``name`` if they are the source's."""
    content = (files("conflictstats.datasets") / "data" / name).read_bytes()
    found = sha256_of(io.BytesIO(content))
    if found != source.sha256:
        raise ReadError(
            f"the shipped file {name} is not the one that was released: SHA-256 is "
            f"{found[:12]}..., expected {str(source.sha256)[:12]}...; "
            f"install conflictstats again"
        )
    return io.BytesIO(content)
