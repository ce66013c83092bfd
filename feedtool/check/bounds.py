"""How much of a document is looked at, and how much is told of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from feedtool.check.finding import Finding, Findings
from feedtool.problems import Code

TOO_LARGE = Code(
    "check-too-large",
    "error",
    "The document has more than 64 MB, and was not looked into; no reader takes it (what readers are known to take).",
    "Keep the newest entries, and the rest in archive documents (RFC 5005 section 4).",
)
SIZE = Code(
    "check-size",
    "warning",
    "The document is so large that it burdens or loses subscribers: over 1 MB each poll is a burden (JSON Feed 1.1), "
    "over 5 MB some readers refuse it, over 15 MB nearly all (what readers are known to take).",
    "Keep fewer entries or their summaries, and the rest in archive documents (RFC 5005 section 4).",
)
MORE = Code(
    "check-more",
    "note",
    "A kind of problem was found so often that the others are counted only (no rule: feedtool tells a hundred).",
)

#: bytes that are looked into
_LARGEST = 64_000_000
#: findings of one kind that are told one by one
_MOST = 100
_SIZES = ((15_000_000, "nearly all readers refuse it"), (5_000_000, "some readers refuse it"))
_BURDEN = 1_000_000


def is_too_large(size: int) -> bool:
    """Return whether a document of so many bytes is not looked into."""
    return size > _LARGEST


def check_size(size: int) -> Findings:
    """Check the size of a document, in bytes."""
    if size > _LARGEST:
        yield Finding(TOO_LARGE, 0, "", f"it has {size:,} bytes")
    elif size > _BURDEN:
        told = next((what for bound, what in _SIZES if size > bound), "each poll is a burden")
        yield Finding(SIZE, 0, "", f"it has {size:,} bytes: {told}")


def bounded(found: Iterable[Finding]) -> Iterator[Finding]:
    """Return the findings, but of each kind no more than a person wants to read."""
    seen: Counter[str] = Counter()
    for finding in found:
        seen[finding.code.name] += 1
        if seen[finding.code.name] <= _MOST:
            yield finding
    for name, count in seen.items():
        if count > _MOST:
            yield Finding(MORE, 0, "", f"{name} was found {count:,} times; the first {_MOST} are told")
