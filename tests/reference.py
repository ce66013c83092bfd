"""Pages of docs/: every command with its options and examples, and every key of the configuration, from the code itself."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import typer

from feedtool.cli import commands
from feedtool.cli.options import EXAMPLES
from feedtool.config.checks import TYPES
from feedtool.config.reference import KEYS

#: of click, which typer brings along in one release and requires in another
ROOT: Any = typer.main.get_command(commands())
COMMANDS = list(ROOT.commands)

_HEAD = """# Commands

`feedtool COMMAND --help` shows the same. After `feedtool --install-completion` your shell completes commands, options,
codes, rules and keys.

Problems go to standard error, results to standard output. Exit status: 0 success, with warnings or without; 1 failure,
or with `--strict` any error or warning (notes do not count); 2 wrong usage or configuration. On GitHub Actions problems
are also shown as annotations, and the summary is added to the step summary.

Entries in the cache bear a digest made with a key, which is not in the cache: `FEEDTOOL_CACHE_KEY`, or a file that is
made at the first use, `feedtool/key` in `$XDG_STATE_HOME` or `~/.local/state`. Entries made with another key are checked
and rendered again before they are published, so a cache of somebody else is safe to use, and slower. In CI, where no file
outlasts a run, set `FEEDTOOL_CACHE_KEY` to a secret of the repository.
"""


def commands_page() -> str:
    """Return the page."""
    return _HEAD + "".join(_section(name) for name in COMMANDS)


def _section(name: str) -> str:
    command = ROOT.commands[name]
    context = command.make_context(
        name, [], parent=ROOT.context_class(ROOT, info_name="feedtool"), resilient_parsing=True
    )
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    records = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    rows = "".join(f"| `{_cell(flag)}` | {_cell(told)} |\n" for flag, told in records)
    examples = "".join(f"    # {why}\n    {line}\n" for line, why in EXAMPLES[name])
    table = f"| | |\n|---|---|\n{rows}\n" if rows else ""
    return f"\n## {name}\n\n{command.help}\n\n    {usage}\n\n{table}{examples}"


def _cell(text: str) -> str:
    return re.sub(r" <[\w\[\]]+>", "", " ".join(text.split())).replace("|", "\\|")


_HEAD_OF_KEYS = """# Configuration

`feedtool.toml` is a file next to the posts folder. Without it, the defaults apply. Paths in it are relative to it.
Command-line options override the file. An unknown key is an error, which names the most similar known key.

`feedtool explain feeds.limit` explains a key, `feedtool explain feeds` a table. Editors that support JSON Schema
complete keys and check values with `feedtool.schema.json`, which is next to this page and is printed by
`feedtool schema`; many find it by a first line `#:schema ./feedtool.schema.json`.
"""


def reference_page() -> str:
    """Return docs/configuration.md: every key with its type, default and meaning, and a file that has them all."""
    parts = [_HEAD_OF_KEYS]
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        heading = f"`{_header(table)}`" if table else "Above all tables"
        parts.append(f"\n## {heading}\n\n| key | takes | default | meaning |\n|---|---|---|---|\n")
        for key in keys:
            default = f"`{key.default}`" if key.default else ""
            cells = (f"`{key.last}`", TYPES[key.check].words, default, key.meaning)
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join([*parts, "\n## All of it\n\n```toml\n", example(), "```\n"])


def example() -> str:
    """Return a configuration that has every key, each with a value that works."""
    lines: list[str] = []
    for table, keys in groupby(KEYS.values(), lambda key: key.table):
        if table:
            lines += ["", _header(table)]
        lines += [f"{key.last} = {key.example}" for key in keys]
    return "\n".join(lines) + "\n"


def _header(table: str) -> str:
    """Return the line that a table begins with."""
    if table.endswith(".ITEM"):
        return f"[[{table.removesuffix('.ITEM')}]]"
    return "[" + table.replace("HOST", '"news.example.org"') + "]"
