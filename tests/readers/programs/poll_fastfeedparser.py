"""Polls the addresses given with fastfeedparser, and prints all entries that were ever there, by id, as JSON."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import fastfeedparser


def _entry(url: str, entry: Any) -> dict[str, Any]:
    contents = entry.get("content") or [{"value": entry.get("description", "")}]
    return {
        "feed": url,
        "id": entry["id"],
        "title": entry["title"],
        "link": entry["link"],
        "published": int(datetime.fromisoformat(entry["published"]).timestamp()),
        "author": entry.get("author", ""),
        "content": contents[0]["value"],
    }


state = Path("state.json")
entries = json.loads(state.read_bytes()) if state.exists() else {}
for address in sys.argv[1:]:
    for found in fastfeedparser.parse(address).entries:
        entries[f"{address} {found['id']}"] = _entry(address, found)
state.write_text(json.dumps(entries))
print(json.dumps([*entries.values()]))  # noqa: T201
