"""docs/configuration.md: every key with its type, its default and its meaning, and a file that has them all."""

from __future__ import annotations

from itertools import groupby

from feedtool.config.reference.keys import all_keys

_HEAD = """# Configuration

`feedtool.toml` stands beside the posts folder. Without it the defaults serve. Paths in it are relative to it. A flag
of the command line beats the file; a key that does not exist is an error, which names the nearest one that does.

`feedtool explain feeds.limit` tells of one key, `feedtool explain feeds` of a table. Editors that know JSON Schema
complete keys and check values with `feedtool.schema.json`, which lies beside this page and which `feedtool schema`
prints; many find it by a first line `#:schema ./feedtool.schema.json`.
"""


def reference_page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for table, keys in groupby(all_keys(), lambda key: key.table):
        heading = f"`{_header(table)}`" if table else "Above all tables"
        parts.append(f"\n## {heading}\n\n| key | takes | default | meaning |\n|---|---|---|---|\n")
        for key in keys:
            default = f"`{key.default}`" if key.default else ""
            cells = (f"`{key.last}`", key.type_words, default, key.meaning)
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join([*parts, "\n## All of it\n\n```toml\n", example(), "```\n"])


def example() -> str:
    """Return a configuration that has every key, each with a value that works."""
    lines: list[str] = []
    for table, keys in groupby(all_keys(), lambda key: key.table):
        if table:
            lines += ["", _header(table)]
        lines += [f"{key.last} = {key.example}" for key in keys]
    return "\n".join(lines) + "\n"


def _header(table: str) -> str:
    """Return the line that a table begins with."""
    if table.endswith(".ITEM"):
        return f"[[{table.removesuffix('.ITEM')}]]"
    return "[" + table.replace("HOST", '"news.example.org"') + "]"
