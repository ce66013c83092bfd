"""Every kind of problem, from wherever it is declared."""

from __future__ import annotations

from importlib import import_module

from feedtool.problems import Code

#: where codes are declared
_MODULES = (
    "checking", "config.reading", "feeds", "files", "generators.hosts", "generators.pages.environment",
    "generators.twins", "pipeline", "pipeline.budgets", "pipeline.documents", "pipeline.jobs", "publish",
    "publish.changes", "reader.bodies", "reader.fields", "reader.header", "reader.parts", "reader.posts",
    "reader.stories", "run", "sanitiser.rules", "subscribers", "templates", "validator", "validator.addresses",
    "validator.atom", "validator.atom_text", "validator.bounds", "validator.entries", "validator.html",
    "validator.jsonfeed", "validator.links", "validator.opml", "validator.rss", "validator.rss_channel",
    "validator.shapes", "validator.values", "validator.xml", "verify",
)  # fmt: skip


def all_codes() -> list[Code]:
    """Return every kind of problem, each where it is declared."""
    modules = (import_module(f"feedtool.{name}") for name in _MODULES)
    return list(
        dict.fromkeys(value for module in modules for value in vars(module).values() if isinstance(value, Code))
    )
