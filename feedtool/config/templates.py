"""The folder of the user's own templates -> their texts, as a part of the configuration.

Only files with known names in the folder itself are read. The generators check the contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from feedtool.config import TEMPLATE_NAMES, Config, Site, Templates
from feedtool.config.checks import did_you_mean, reason_of
from feedtool.disk import is_linked, read_regular
from feedtool.problems import Code, Problem, printable_path

UNKNOWN_TEMPLATE = Code(
    "unknown-template",
    "warning",
    "The folder of templates contains a file that is not a template. It is ignored.",
    f"Known names: {', '.join(TEMPLATE_NAMES)}. Keep other files elsewhere.",
)
UNREADABLE_TEMPLATE = Code(
    "unreadable-template",
    "error",
    "A template of yours, or their folder, cannot be read. The built-in template is used instead.",
    "Check the path and the permissions, and save templates as UTF-8.",
)

#: bytes; a built-in template has a hundredth of that
_LARGEST = 1_000_000


def load(config: Config, base: Path) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration with the texts of the user's templates, and the problems of their folder.

    `base` is the folder of the configuration file. A missing folder is a problem only if its name was configured.
    """
    name = config.site.templates
    if not name:
        return config, ()
    folder = base / name
    if is_linked(folder, base):
        return config, (UNREADABLE_TEMPLATE.at(printable_path(name), "it is a symbolic link", field="site.templates"),)
    try:
        there = sorted(place.name for place in folder.iterdir() if not place.name.startswith("."))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if is_missing and name == Site().templates:
            return config, ()
        reason = "the folder does not exist" if is_missing else reason_of(error)
        return config, (UNREADABLE_TEMPLATE.at(printable_path(name), reason, field="site.templates"),)
    problems = [*_unknown(name, [each for each in there if each not in TEMPLATE_NAMES])]
    texts = []
    for each in [each for each in there if each in TEMPLATE_NAMES]:
        try:
            texts.append((each, _text(folder / each)))
        except (OSError, ValueError) as error:
            problems.append(UNREADABLE_TEMPLATE.at(printable_path(f"{name}/{each}"), reason_of(error)))
    found = Templates(folder=printable_path(name.rstrip("/")), texts=tuple(texts)) if texts else Templates()
    return replace(config, templates=found), tuple(problems)


def _unknown(folder: str, names: list[str]) -> Iterator[Problem]:
    """Yield a problem for each name that is similar to a known one, and one for all others."""
    others = []
    for name in names:
        if ask := did_you_mean(name, TEMPLATE_NAMES):
            fix = ask + UNKNOWN_TEMPLATE.fix
            yield UNKNOWN_TEMPLATE.at(printable_path(f"{folder}/{name}"), "is not a known template", fix=fix)
        else:
            others.append(name)
    if others:
        some = ", ".join(printable_path(name) for name in others[:3]) + (", …" if others[3:] else "")
        yield UNKNOWN_TEMPLATE.at(printable_path(folder), f"contains files that are not templates: {some}")


def _text(place: Path) -> str:
    """Return the text of a template. Raises OSError, also for a link or a large file; ValueError unless it is UTF-8."""
    return read_regular(place, most=_LARGEST).decode("utf-8-sig")
