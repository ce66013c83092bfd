"""The Markdown of a site's generator, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The Markdown of a site's generator."""

    #: see `config.checks.DIALECTS`; "" for feedtool's own: CommonMark with tables, footnotes and definition lists
    name: str = ""
    #: of the generator, by its names, as sorted JSON
    settings: str = "{}"
