"""Polls the addresses given with feedparser, and prints all entries that were ever there, by id, as JSON."""

import calendar
import json
import sys
from pathlib import Path
from typing import Any

import feedparser


def _entry(url: str, entry: Any) -> dict[str, Any]:
    return {
        "feed": url,
        "id": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published": calendar.timegm(entry.published_parsed),
        "author": entry.get("author", ""),
        "content": entry.content[0].value if "content" in entry else entry.get("summary", ""),
    }


def _poll(url: str, known: dict[str, Any]) -> None:
    parsed = feedparser.parse(url, etag=known.get("etag"), modified=known.get("modified"))
    if parsed.status == 304:
        return
    if parsed.status not in (200, 301) or parsed.bozo:
        sys.exit(f"{url}: {parsed.status} {parsed.get('bozo_exception')}")
    known |= {"etag": parsed.get("etag"), "modified": parsed.get("modified")}
    known.setdefault("entries", {}).update({entry.id: _entry(url, entry) for entry in parsed.entries})


state = Path("state.json")
feeds = json.loads(state.read_bytes()) if state.exists() else {}
for address in sys.argv[1:]:
    _poll(address, feeds.setdefault(address, {}))
state.write_text(json.dumps(feeds))
print(json.dumps([entry for feed in feeds.values() for entry in feed["entries"].values()]))  # noqa: T201
