"""What a script of an analysis knows: where it is, where it writes, its randomness."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from conflictstats.provenance import Source, Table
from conflictstats.report.figures import save_figure
from conflictstats.report.files import to_json, write_bytes
from conflictstats.report.hand import read_hand
from conflictstats.report.numbers import Numbers

OUTPUT = "CONFLICTSTATS_OUTPUT"
"""Environment variable by which a run tells its scripts where to write."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """One script of an analysis folder, and the only places it writes to.

    Run by hand, or as a notebook, a script writes to ``output/`` beside it. Run by
    ``conflictstats report``, it writes to a fresh folder, and what it wrote is
    published only if every script ends well.

    Attributes
    ----------
    folder : Path
        The analysis: ``hand/`` and the scripts.
    script : str
        File name of this script.
    output : Path
        Where it writes; later scripts read what earlier ones left there.

    Examples
    --------
    A script of one figure, in percent cells::

        # %%
        import conflictstats as cs

        study = cs.report.Analysis.here(__file__)
        deaths = study.use(cs.load_nw_syria_deaths()).frame

        # %%
        numbers = cs.report.Numbers()
        numbers.add("dead", int(deaths["best"].sum()), unit="deaths")
        study.save_numbers(numbers)
    """

    folder: Path
    script: str
    output: Path

    @classmethod
    def here(cls, file: str | Path) -> Analysis:
        """Find the analysis that a script belongs to.

        Parameters
        ----------
        file : str or Path
            The script's ``__file__``.

        Returns
        -------
        Analysis
            Its folders; none is made before something is saved.
        """
        script = Path(file).resolve()
        named = os.environ.get(OUTPUT)
        output = Path(named) if named else script.parent / "output"
        return cls(script.parent, script.name, output)

    @property
    def hand(self) -> Path:
        """Folder of what a person typed."""
        return self.folder / "hand"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.output / "figures"

    @property
    def seed(self) -> int:
        """Seed of the analysis, from ``hand/report.toml``."""
        return read_hand(self.hand / "report.toml").seed

    def rng(self) -> np.random.Generator:
        """Open this script's stream of randomness, apart from those of other scripts.

        Returns
        -------
        numpy.random.Generator
            The same stream at each call; call it once.
        """
        return np.random.default_rng([self.seed, zlib.crc32(self.script.encode())])

    def use(self, table: Table) -> Table:
        """Record that this script uses a table, so that the report names its source.

        Parameters
        ----------
        table : Table
            Data with provenance.

        Returns
        -------
        Table
            ``table``.
        """
        content = to_json(asdict(table.source)).encode()
        name = f"{zlib.crc32(content):08x}.json"
        write_bytes(self.output / "sources" / name, content)
        return table

    def save_figure(self, figure: Figure, name: str) -> Path:
        """Save a figure for the report.

        Parameters
        ----------
        figure : Figure
            What to save.
        name : str
            File name without suffix.

        Returns
        -------
        Path
            The PDF.
        """
        return save_figure(figure, self.figures / f"{name}.pdf")

    def save_numbers(self, numbers: Numbers) -> Path:
        """Save what this script found; call it once, at the end.

        Parameters
        ----------
        numbers : Numbers
            Values and tables.

        Returns
        -------
        Path
            A file of this script's own; a run joins those of all scripts.
        """
        return numbers.write(self.output / "numbers" / f"{Path(self.script).stem}.json")


def joined_numbers(output: Path) -> Numbers:
    """Join the numbers that all scripts saved.

    Parameters
    ----------
    output : Path
        Folder that the scripts wrote to.

    Returns
    -------
    Numbers
        All values and tables.

    Raises
    ------
    ReportError
        If two scripts give one name different contents.
    """
    numbers = Numbers()
    for path in sorted((output / "numbers").glob("*.json")):
        numbers.update(Numbers.read(path))
    return numbers


def used_sources(output: Path) -> tuple[Source, ...]:
    """List the sources of the tables that the scripts used.

    Parameters
    ----------
    output : Path
        Folder that the scripts wrote to.

    Returns
    -------
    tuple of Source
        By name, each once.
    """
    paths: Iterable[Path] = (output / "sources").glob("*.json")
    found = [Source(**json.loads(path.read_text("utf-8"))) for path in paths]
    return tuple(sorted(found, key=lambda source: (source.name, source.citation)))
