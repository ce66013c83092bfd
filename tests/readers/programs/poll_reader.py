"""Polls the addresses given with the library `reader` and its SQLite database, and prints what it has, as JSON."""

import json
import sys

import reader

feeds = reader.make_reader("reader.sqlite", feed_root=None)
for address in sys.argv[1:]:
    feeds.add_feed(address, exist_ok=True)
# whatever each feed's own pace is: this is a poll
for outcome in feeds.update_feeds_iter(scheduled=False):
    if isinstance(outcome.value, Exception):
        sys.exit(f"{outcome.url}: {outcome.value}")
print(  # noqa: T201
    json.dumps(
        [
            {
                "feed": entry.feed_url,
                "id": entry.id,
                "title": entry.title,
                "link": entry.link,
                "published": int(entry.published.timestamp()) if entry.published else None,
                "author": entry.author,
                "content": entry.content[0].value if entry.content else entry.summary,
            }
            for entry in feeds.get_entries()
        ]
    )
)
