"""Documents -> files: only bytes that differ are written, each atomically; nothing of others is touched."""

from feedtool.output.folder import JOURNAL, MANIFEST, Changes, OutputError, Staging, locked, seed, staging, stamp, write

__all__ = ["JOURNAL", "MANIFEST", "Changes", "OutputError", "Staging", "locked", "seed", "staging", "stamp", "write"]
