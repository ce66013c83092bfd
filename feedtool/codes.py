"""Every kind of problem, from wherever it is declared."""

from __future__ import annotations

from importlib import import_module

from feedtool.problems import Code

#: where codes are declared
_MODULES = (
    "build", "build.budgets", "build.documents", "build.jobs", "check", "check.addresses", "check.atom",
    "check.atom_text", "check.bounds", "check.entries", "check.html", "check.jsonfeed", "check.links", "check.opml",
    "check.rss", "check.rss_channel", "check.shapes", "check.values", "check.xml", "checking", "config_reading",
    "feeds", "files", "generators.hosts", "generators.pages.environment", "generators.twins", "publish",
    "publish.changes", "reader.bodies", "reader.fields", "reader.header", "reader.parts", "reader.posts",
    "reader.stories", "run", "sanitiser.rules", "subscribers", "templates", "verify",
)  # fmt: skip


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    modules = (import_module(f"feedtool.{name}") for name in _MODULES)
    return list(
        dict.fromkeys(value for module in modules for value in vars(module).values() if isinstance(value, Code))
    )
