"""Studies of many simulations: a file for each cell, kept as it grows."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from conflictstats.errors import ConflictStatsError, ReportError, SettingError
from conflictstats.report.files import write_bytes

BLOCK = 20
"""Replicates between two writings of a file."""
FAILED = "FAILED"
SETTINGS = "# "
DIGITS = "%.6g"


class Cell(Protocol):
    """One condition of a study; its ``repr`` names all of its settings."""

    @property
    def name(self) -> str:
        """Name of the cell and of its file."""
        ...

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Simulate and analyse once; gives one row."""
        ...


def run_study(
    cells: Sequence[Cell],
    folder: Path,
    *,
    replicates: int = 1000,
    processes: int = 1,
    tell: Callable[[str], None] | None = None,
) -> dict[str, pd.DataFrame]:
    """Run what is not there yet of a study, and give all of it.

    Each cell has a file, ``<name>.csv``, one row a replicate, which is replaced whole
    after every twenty replicates: a study that is stopped goes on where it was. The
    seed of a replicate comes from the cell's name and its number alone, so the order,
    the number of processes and the stops change nothing.

    Parameters
    ----------
    cells : sequence of Cell
        Each with ``name`` and ``replicate(rng)``; for more than one process they can be
        pickled.
    folder : Path
        Where the files are.
    replicates : int
        Wanted number of each; files that have more are cut when they are given back,
        not on disk.
    processes : int
        Number of processes. With more than one, a script must start the study under
        ``if __name__ == "__main__":``.
    tell : callable, optional
        Called with a line of text after each block, such as ``print``.

    Returns
    -------
    dict of str to DataFrame
        Rows by the name of the cell, in order of ``replicate``. A replicate that
        raised an error of this package, or one of arithmetic, has status ``FAILED``
        and the error's words.

    Raises
    ------
    SettingError
        If two cells have one name, or a number is below 1.
    ReportError
        If a file is of a cell with other settings: delete it, or rename the cell.

    Examples
    --------
    A study of two replicates, then of one more:

    >>> import tempfile
    >>> from conflictstats.evaluate.rate_calibration import RateCalibration
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.latent import LatentCounts
    >>> prior = LatentCounts(n_time=(5, 5))
    >>> model = DynamicRate(draws=199)
    >>> cell = RateCalibration(name="tiny", model=model, prior=prior)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = run_study([cell], Path(folder), replicates=2)
    ...     again = run_study([cell], Path(folder), replicates=3)
    >>> ranks = again["tiny"]["rank_total"]
    >>> len(ranks), first["tiny"]["rank_total"].equals(ranks[:2])
    (3, True)
    """
    names = [cell.name for cell in cells]
    if len(set(names)) < len(names) or min(replicates, processes) < 1:
        raise SettingError(
            "need cells with names of their own, and one replicate and one process or "
            f"more; got {names}, {replicates} and {processes}"
        )
    held = {cell.name: _held(cell, folder) for cell in cells}
    todo = [
        (cell, block)
        for cell in cells
        for block in _blocks(held[cell.name], replicates)
    ]
    for cell, rows in _done(todo, processes):
        whole = pd.concat([held[cell.name], pd.DataFrame(rows)])
        table = whole.sort_values("replicate").to_csv(
            index=False, float_format=DIGITS, lineterminator="\n"
        )
        content = f"{SETTINGS}{cell!r}\n{table}"
        write_bytes(folder / f"{cell.name}.csv", content.encode())
        held[cell.name] = pd.read_csv(io.StringIO(table))
        if tell is not None:
            tell(f"{cell.name}: {len(whole)} of {replicates}")
    return {name: rows[rows["replicate"] < replicates] for name, rows in held.items()}


def seed_of(name: str, replicate: int) -> np.random.SeedSequence:
    """Seed of one replicate of a cell.

    Parameters
    ----------
    name : str
        Of the cell.
    replicate : int
        Number of the replicate, from 0.

    Returns
    -------
    numpy.random.SeedSequence
        Independent of all others.

    Examples
    --------
    >>> one, again, other = seed_of("a", 3), seed_of("a", 3), seed_of("a", 4)
    >>> one.generate_state(1) == again.generate_state(1)
    array([ True])
    >>> one.generate_state(1) == other.generate_state(1)
    array([False])
    """
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.SeedSequence(int.from_bytes(digest[:16]), spawn_key=(replicate,))


def _replicates(cell: Cell, numbers: list[int]) -> list[dict[str, float | str]]:
    """Rows of these replicates; one that failed is a row too."""
    rows = []
    for number in numbers:
        rng = np.random.default_rng(seed_of(cell.name, number))
        row: dict[str, float | str] = {"replicate": number}
        try:
            row |= cell.replicate(rng)
        except (ConflictStatsError, ArithmeticError, ValueError) as error:
            row |= {"status": FAILED, "error": str(error)}
        rows.append(row)
    return rows


def _done(
    todo: list[tuple[Cell, list[int]]], processes: int
) -> Iterator[tuple[Cell, list[dict[str, float | str]]]]:
    """Cells with the rows of their blocks, as they get ready."""
    if processes == 1:
        for cell, numbers in todo:
            yield cell, _replicates(cell, numbers)
        return
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(_replicates, *each): each[0] for each in todo}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _blocks(rows: pd.DataFrame, replicates: int) -> list[list[int]]:
    """Numbers of the replicates that are not there, in blocks."""
    there = set(rows["replicate"])
    wanted = [number for number in range(replicates) if number not in there]
    return [wanted[i : i + BLOCK] for i in range(0, len(wanted), BLOCK)]


def _held(cell: Cell, folder: Path) -> pd.DataFrame:
    """Rows that are there already."""
    path = folder / f"{cell.name}.csv"
    if not path.exists():
        return pd.DataFrame({"replicate": pd.Series(dtype="int64")})
    first, _, rest = path.read_text("utf-8").partition("\n")
    if first != f"{SETTINGS}{cell!r}":
        raise ReportError(
            f"{path.name} is of a cell with other settings: {first!r}, where "
            f"{SETTINGS}{cell!r} is wanted; delete the file, or rename the cell"
        )
    return pd.read_csv(io.StringIO(rest))
