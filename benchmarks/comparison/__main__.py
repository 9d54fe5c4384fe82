"""Command line: write the cases, ask the peers, show how far we are from them.

python -m benchmarks.comparison write [PAIR ...]
python -m benchmarks.comparison ask PEER [PAIR ...]
python -m benchmarks.comparison table [PAIR ...] [--write FILE]
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.comparison import asking, table
from benchmarks.comparison.pairs import PAIRS, Pair

ROOT = Path(__file__).parents[2]
PEERS = ("nuts", "tmb", "mgcv", "quadrature")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one of the three.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line; by default that of the process.

    Returns
    -------
    int
        Exit code.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = set(given.pairs) - set(PAIRS)
    if unknown:
        parser.error(f"no pair {sorted(unknown)}; there are {', '.join(PAIRS)}")
    chosen = {name: PAIRS[name] for name in given.pairs or PAIRS}
    DOING[given.what](given, chosen)
    return 0


def _parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.comparison", description=__doc__
    )
    what = parser.add_subparsers(dest="what", required=True)
    for name in DOING:
        part = what.add_parser(name)
        if name == "ask":
            part.add_argument("peer", choices=PEERS)
        part.add_argument("pairs", nargs="*", metavar="PAIR")
        if name == "table":
            part.add_argument("--write", type=Path, metavar="FILE")
    return parser


def _write(given: argparse.Namespace, pairs: Mapping[str, Pair]) -> None:
    """Keep the cases and the reports that may be copied."""
    for name, pair in pairs.items():
        asking.write(name, pair, shared_data())


def _ask(given: argparse.Namespace, pairs: Mapping[str, Pair]) -> None:
    """Ask one peer about the pairs that it can answer."""
    for name, pair in pairs.items():
        if given.peer in pair.peers:
            print(asking.ask(given.peer, name, pair, shared_data()), flush=True)


def _table(given: argparse.Namespace, pairs: Mapping[str, Pair]) -> None:
    """Show how far we are from the stored answers."""
    text = table.of(pairs, shared_data())
    print(text)
    if given.write:
        given.write.write_text(text, "utf-8")


DOING = {"write": _write, "ask": _ask, "table": _table}


def shared_data() -> Path:
    """Folder of the reference data, as tests find it.

    Returns
    -------
    Path
        By default beside the repository.
    """
    named = os.environ.get("CONFLICTSTATS_SHARED", "required")
    if named in ("", "required"):
        return ROOT.parent / "shared" / "data"
    return Path(named)


if __name__ == "__main__":
    sys.exit(main())
