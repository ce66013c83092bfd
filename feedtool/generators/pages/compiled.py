"""Keeps the built-in templates compiled, where Python keeps its modules: to compile them takes longer than a post.

Who can write there can change this program too. Where nobody can write, or Python is told to keep nothing, they are
compiled in each process.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import compiler
from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Compiled templates, beside the compiled modules of a folder."""

    def __init__(self, folder: Path, *sources: str) -> None:
        """`sources` are the files of ours that decide how templates are compiled."""
        self._folder = folder
        stamps = [(file, os.stat(file).st_mtime_ns) for file in (*sources, compiler.__file__)]  # noqa: PTH116 - a text
        self._made_by = hashlib.sha256(repr(stamps).encode()).digest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template that was compiled by this release."""
        with suppress(OSError, NotImplementedError):
            content = self._place(bucket).read_bytes()
            code = content[32:]
            if content[:32] == self._sum(code):
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError, NotImplementedError):
            place, code = self._place(bucket), bucket.bytecode_to_string()
            place.parent.mkdir(parents=True, exist_ok=True)
            new = place.with_name(f"{place.name}.{os.getpid()}")
            new.write_bytes(self._sum(code) + code)
            new.replace(place)

    def _place(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(str(self._folder / f"{bucket.key}.py")))

    def _sum(self, code: bytes) -> bytes:
        return hashlib.sha256(self._made_by + code).digest()
