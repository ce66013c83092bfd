"""Documents -> files: writes only what differs, each file atomically, and touches no file of others."""

from feedtool.output.folder import (
    JOURNAL,
    LARGEST_MANIFEST,
    MANIFEST,
    Changes,
    OutputError,
    Staging,
    has_digest,
    locked,
    put_together,
    staging,
    stamp,
)

__all__ = [
    "JOURNAL",
    "LARGEST_MANIFEST",
    "MANIFEST",
    "Changes",
    "OutputError",
    "Staging",
    "has_digest",
    "locked",
    "put_together",
    "staging",
    "stamp",
]
