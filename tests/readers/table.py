"""Runs all readers that are here, and tells in a table what each has of every feed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .every import READERS
from .proof import Proof, prove
from .serving import serving
from .site import STEPS, publish
from .stored import Reader, ReaderError

#: what stands in a column for a promise that is broken
_BROKEN = "✗"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.readers", description=__doc__)
    names = [reader.name for reader in READERS]
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"only these: {', '.join(names)}")
    parser.add_argument("--all", action="store_true", help="fail where a reader is missing")
    chosen = parser.parse_args()
    if unknown := set(chosen.readers) - set(names):
        parser.error(f"no such reader: {', '.join(sorted(unknown))}")
    wanted = [reader for reader in READERS if not chosen.readers or reader.name in chosen.readers]
    there = [reader for reader in wanted if reader.version()]
    for reader in wanted:
        if reader not in there:
            print(f"{reader.name} is missing: {reader.install}")  # noqa: T201
    faults = _run(there)
    sys.exit(1 if faults or not there or (chosen.all and len(there) < len(wanted)) else 0)


def _run(readers: Sequence[Reader]) -> int:
    """Print the table; return how many faults there are."""
    proofs: list[Proof] = []
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="feedtool-readers-") as folder:
        work = Path(folder)
        with serving(work / "host", partial(publish, work / "site")) as (host, uploads):
            for reader in readers:
                try:
                    proofs.append(prove(reader, host, uploads, work / "homes" / reader.name))
                    faults += proofs[-1].faults()
                except ReaderError as error:
                    faults.append(f"{reader.name} {reader.version()}: {error}")
    Console(width=160).print(table(proofs, host.name))
    print(*faults, sep="\n")  # noqa: T201
    print(f"{len(proofs)} readers, {sum(len(proof.cells) for proof in proofs)} looks, {len(faults)} faults")  # noqa: T201
    return len(faults)


def table(proofs: Sequence[Proof], host: str) -> Table:
    """Return reader by feed: entries stored after every step, of those that are to be, and the answers of 304."""
    shown = Table(title=f"entries stored of those written, served by {host}")
    for name in ("reader", "feed", *(step.name for step in STEPS)):
        shown.add_column(name)
    for proof in proofs:
        name = f"{proof.reader.name} {proof.version}"
        for feed, marks in _rows(proof):
            shown.add_row(name, feed, *marks)
            name = ""
        shown.add_row(f"  {proof.seconds:.1f} s", "answered 304", *(_known(proof, step.name) for step in STEPS))
        shown.add_section()
    return shown


def _known(proof: Proof, step: str) -> str:
    asked, known = proof.answers[step]
    return f"{known}/{asked}"


def _rows(proof: Proof) -> Iterator[tuple[str, list[str]]]:
    feeds = dict.fromkeys(cell.feed for cell in proof.cells)
    for feed in feeds:
        cells = [cell for cell in proof.cells if cell.feed == feed]
        marks = [f"{cell.stored}/{cell.wanted}" + (f" {_BROKEN}" if cell.faults else "") for cell in cells]
        yield f"{feed.name} ({feed.form})", marks
