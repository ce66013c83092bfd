"""Tells the files that feedtool made from those of others, by what the generators write at their head. Pure."""

from __future__ import annotations

import re

#: how much of a file's head is enough to tell, in bytes
HEAD = 8192


def is_made_by(generator: str, head: bytes) -> bool:
    """Return whether the first HEAD bytes of a file say that the generator made it."""
    name = re.escape(generator.encode())
    marks = rb'<generator>%b<|name="generator" content="%b"|[Mm]ade by %b[. ]|"generator": "%b"' % ((name,) * 4)
    return re.search(marks, head) is not None
