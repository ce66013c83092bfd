"""Documents -> files: writes only what differs, each file atomically, and touches no file of others."""

from feedtool.output.folder import (
    JOURNAL,
    MANIFEST,
    Changes,
    OutputError,
    Staging,
    has_digest,
    locked,
    seed,
    staging,
    stamp,
    write,
)

__all__ = [
    "JOURNAL",
    "MANIFEST",
    "Changes",
    "OutputError",
    "Staging",
    "has_digest",
    "locked",
    "seed",
    "staging",
    "stamp",
    "write",
]
