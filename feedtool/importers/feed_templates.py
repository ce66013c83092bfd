"""A template that writes a feed: what it says of the site. Pure; nothing is run."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import yaml

from feedtool.importers import address

_HEADER = re.compile(r"\s*---(json)?[ \t]*\n(.*?)\n---", re.DOTALL)
#: the address of the site's pages, which may stand below others, and any address on the site
_ALTERNATE = re.compile(
    r"""<link\b(?![^<>]*\brel=["']?self)[^<>]*?\bhref=["'](https?://[^"'<>{}\s]+)["']|<link>(https?://[^<>{}\s]+)</link>"""
)
_ANY = re.compile(
    r"""<link\b[^<>]*?\bhref=["'](https?://[^"'<>{}\s]+)|<id>(?:tag:)?(https?://[^<>{}\s]+)|\bxml:base=["'](https?://[^"'<>{}\s]+)"""
    r"""|<link>(https?://[^<>{}\s]+)|"home_page_url"\s*:\s*"(https?://[^"{}\s]+)"""
)
#: behind the collection of all posts: how many of them
_LIMIT = re.compile(
    r"\{%-?\s*(?:for|assign|set)\s[^%}\n]*\bcollections\.\w+[^%}\n]*?\b(?:limit\w*|head|slice|take|first|last)\b[\s:(]{0,3}(?:0\s*,\s*)?-?(\d{1,4})\b"
)


def metadata(text: str) -> dict[str, Any]:
    """Return the table `metadata` of a template's header."""
    header = _HEADER.match(text)
    try:
        table = (json.loads(header[2]) if header[1] else yaml.safe_load(header[2])) if header else None
    except (ValueError, RecursionError, yaml.YAMLError):
        return {}
    own = table.get("metadata") if isinstance(table, dict) else None
    return own if isinstance(own, dict) else {}


def home(text: str) -> str:
    """Return the address of the site that a template names; ""."""
    if (found := _ALTERNATE.search(text)) and "." not in urlsplit(found[1] or found[2]).path:
        return address(found[1] or found[2])
    found = _ANY.search(text)
    parts = urlsplit(next(filter(None, found.groups()))) if found else None
    return address(f"{parts.scheme}://{parts.netloc}") if parts else ""


def limit(text: str) -> int:
    """Return how many posts a template writes; 0 for all, or an unknown number."""
    found = _LIMIT.search(text)
    return int(found[1]) if found else 0
