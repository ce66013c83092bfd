"""feedtool-publish.json: what the store remembers of earlier publications beside what it holds.

In: the bytes that lie there, which anybody with the right to write may have changed. Out: a Record, or None for what is
damaged, which costs requests and nothing else. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: its key
RECORD = "feedtool-publish.json"
_VERSION = 1
_MARK = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An object that a publication put, or is about to put."""

    #: see `objects.Wanted.mark`
    mark: str
    #: what the store calls this version of it; "" while it is not known to be there
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A publication under way: nobody else puts anything until it ends, or is late to say that it goes on."""

    name: str
    #: milliseconds since 1970
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the store remembers."""

    objects: Mapping[str, Kept] = field(default_factory=dict)
    #: what the manifest no longer lists -> since when
    obsolete: Mapping[str, int] = field(default_factory=dict)
    #: paths that changed and that the CDN, or the hub, was not told of yet
    unpurged: tuple[str, ...] = ()
    unannounced: tuple[str, ...] = ()
    claim: Claim | None = None


def render_record(record: Record) -> bytes:
    """Return the bytes that `read_record` reads."""
    claim = record.claim and {"name": record.claim.name, "until": record.claim.until_ms}
    table = {
        "version": _VERSION,
        "note": "What feedtool publish remembers; not part of the site.",
        "claim": claim,
        "obsolete": dict(sorted(record.obsolete.items())),
        "unpurged": sorted(record.unpurged),
        "unannounced": sorted(record.unannounced),
    }
    lines = ",\n".join(
        f"    {json.dumps(path)}: {json.dumps([kept.mark, kept.etag])}" for path, kept in sorted(record.objects.items())
    )
    head = json.dumps(table, indent=2).removesuffix("\n}")
    return f'{head},\n  "objects": {{\n{lines}\n  }}\n}}\n'.encode()


def read_record(content: bytes) -> Record | None:
    """Return what an earlier publication wrote, None if these bytes are not it; what cannot be meant is left out."""
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or table.get("version") != _VERSION:
        return None
    return Record(
        objects={path: kept for path, value in _table(table.get("objects")).items() if (kept := _kept(value))},
        obsolete={path: since for path, since in _table(table.get("obsolete")).items() if type(since) is int},
        unpurged=_paths(table.get("unpurged")),
        unannounced=_paths(table.get("unannounced")),
        claim=_claim(table.get("claim")),
    )


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _paths(value: object) -> tuple[str, ...]:
    return tuple(path for path in value if isinstance(path, str)) if isinstance(value, list) else ()


def _kept(value: object) -> Kept | None:
    match value:
        case [str(mark), str(etag)] if _MARK.fullmatch(mark):
            return Kept(mark=mark, etag=etag)
    return None


def _claim(value: object) -> Claim | None:
    match value:
        case {"name": str(name), "until": int(until)} if _NAME.fullmatch(name):
            return Claim(name=name, until_ms=until)
    return None
