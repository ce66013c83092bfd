"""Elements of podcasts in RSS: by feedgen's extension those of Apple, and by one of ours those of Podcasting 2.0. Pure.

In: facts, by the table `feedtool.config.podcast_table`. Out: calls of feedgen's extension, or elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from feedtool.config.podcast_table import NAMESPACES, ROWS
from feedtool.model import Fact

#: feedgen writes yes, no or clean, which Apple takes no longer
_NOT_FEEDGENS = "itunes:explicit"
#: of the lines with such elements in an item
_STARTS = tuple(f"\n      <{prefix}:".encode() for prefix in NAMESPACES)


def elements_of(facts: Iterable[Fact]) -> Iterator[tuple[str, str, Fact]]:
    """Yield prefix and name of each element that facts become, with its fact."""
    for fact in facts:
        for element in ROWS[fact.key].elements:
            prefix, _, name = element.rpartition(":")
            # Apple counts in whole numbers, Podcasting 2.0 has decimals as well
            if element != "itunes:episode" or fact.text.isdecimal():
                yield prefix, name, fact


def tell_feedgen(extension: Any, facts: Iterable[Fact]) -> None:  # noqa: ANN401 - feedgen has no types
    """Tell feedgen's extension what it can write rightly."""
    for prefix, name, fact in elements_of(facts):
        if prefix != "itunes" or f"{prefix}:{name}" == _NOT_FEEDGENS:
            continue
        method = getattr(extension, "itunes_" + re.sub("-|(?=[A-Z])", "_", name).lower())
        if name == "owner":
            method(**dict(fact.attributes))
        elif name == "category":
            above, _, below = (part.strip() for part in fact.text.partition(">"))
            method({"cat": above, "sub": below} if below else {"cat": above})
        else:
            method(fact.text)


@dataclass(frozen=True, slots=True)
class PodcastElements:
    """Writes the elements that feedgen cannot write, into a channel or an item."""

    facts: tuple[Fact, ...]

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces."""
        return NAMESPACES

    def extend_rss(self, element: Any) -> None:  # noqa: ANN401 - lxml has no public class for its elements
        """Write them at the end."""
        parent = element[0] if element.tag == "rss" else element
        for prefix, name, fact in elements_of(self.facts):
            if prefix == "podcast" or f"{prefix}:{name}" == _NOT_FEEDGENS:
                child = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{name}")
                child.text = fact.text or None
                for attribute, value in fact.attributes:
                    # podcast namespace, podcast:alternateEnclosure: the address is in an element of its own
                    place = etree.SubElement(child, f"{{{NAMESPACES[prefix]}}}source") if attribute == "uri" else child
                    place.set(attribute, value)


def without_podcast(item: bytes) -> bytes:
    """Return a rendered item without its elements of podcasts, which come last, for other feeds."""
    behind = item.rfind(b"</content:encoded>") + 1
    found = [at for start in _STARTS if (at := item.find(start, behind)) >= 0]
    return item[: min(found)] + item[item.rindex(b"\n    </item>") :] if found else item
