"""What went into a report and what came out, by hash, so that both can be checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from conflictstats.provenance import Source, sha256_of, versions
from conflictstats.report.files import to_json, write_bytes

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Hashes of inputs and outputs, the sources, the versions and the seed.

    It holds no date, no path of the machine and nothing of the user, so it is the same
    whenever the analysis is.

    Attributes
    ----------
    analysis : str
        Name of the analysis.
    seed : int
        Where its randomness starts.
    sources : tuple of Source
        Tables that its scripts used.
    inputs, outputs : mapping of str to str
        Path in the analysis folder, or in the output folder, to SHA-256.
    versions : mapping of str to str
        Package to version.
    """

    analysis: str
    seed: int
    sources: tuple[Source, ...]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    versions: Mapping[str, str]

    @classmethod
    def take(
        cls,
        *,
        analysis: str,
        seed: int,
        sources: Iterable[Source],
        inputs: Mapping[str, Path],
        outputs: Mapping[str, Path],
    ) -> Manifest:
        """Hash the files as they are now.

        Parameters
        ----------
        analysis : str
            Name of the analysis.
        seed : int
            Its seed.
        sources : iterable of Source
            Tables that its scripts used.
        inputs, outputs : mapping of str to Path
            The name to record and the file to hash.

        Returns
        -------
        Manifest
            Ready to write.
        """
        return cls(
            analysis=analysis,
            seed=seed,
            sources=tuple(sources),
            inputs={name: sha256_of(path) for name, path in inputs.items()},
            outputs={name: sha256_of(path) for name, path in outputs.items()},
            versions=versions() | {"typst": metadata.version("typst")},
        )

    def write(self, path: Path) -> Path:
        """Write it as JSON.

        Parameters
        ----------
        path : Path
            Where.

        Returns
        -------
        Path
            ``path``.
        """
        return write_bytes(path, to_json(asdict(self)).encode())


def changed_outputs(folder: Path) -> list[str]:
    """Name the files that are not what the manifest beside them says.

    Parameters
    ----------
    folder : Path
        A folder that :func:`conflictstats.report.run_analysis` wrote.

    Returns
    -------
    list of str
        Names of files that are missing or have another hash; empty if all is well.
    """
    listed: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    return [
        name
        for name, digest in listed["outputs"].items()
        if not (folder / name).is_file() or sha256_of(folder / name) != digest
    ]
