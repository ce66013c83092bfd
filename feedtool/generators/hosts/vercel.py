"""vercel.json: headers and redirects, for Vercel.

Its patterns are expressions between literal text; "(.*)" is what a rule is about. The file belongs into the root of
what is deployed. No self links for feeds in folders: nothing says how Vercel spells what a group stood for, and a self
link has to be exact (WebSub section 4). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedtool.generators.formatting import json_text
from feedtool.generators.hosts.published import CLOSED, FRESH, OPEN, Published, media_types
from feedtool.model import ARCHIVE_ENDINGS

#: rules of a deployment; more keep it from being built
MOST_REDIRECTS = 1000


def vercel_file(those: Published) -> bytes:
    """Return a vercel.json. It says nowhere that we made it: no key but those that are known may stand in it."""
    config = {
        "$schema": "https://openapi.vercel.sh/vercel.json",
        "headers": [
            {"source": source, "headers": [{"key": key, "value": value} for key, value in headers]}
            for source, headers in _rules(those)
        ],
        "redirects": [
            {"source": f"{_literal(each.old)}(.*)", "destination": f"{those.origin}{each.new}$1", "statusCode": 301}
            for each in those.redirects[:MOST_REDIRECTS]
        ],
    }
    return (json_text(config) + "\n").encode()


def _rules(those: Published) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    base = _literal(those.path)
    years = "|".join(those.closed_years)
    for name, form, media_type in media_types(those):
        typed = [("Content-Type", media_type), *OPEN]
        headers = [*typed, ("Cache-Control", FRESH)]
        hub = [f'<{those.hub}>; rel="hub"'] if form and those.hub else []
        own = [f'<{those.origin}{those.path}{name}>; rel="self"'] if hub else []
        yield base + _literal(name), [*headers, *(("Link", ", ".join(links)) for links in [hub + own] if links)]
        if form is None:
            continue
        yield f"{base}(.*)/{_literal(name)}", [*headers, *(("Link", link) for link in hub)]
        if not those.has_archives:
            continue
        ending = _literal("." + ARCHIVE_ENDINGS[form])
        for folders in ("", "(.*)/"):
            yield f"{base}{folders}archive/([0-9][^/]*){ending}", typed
            if years:
                closed = f"{base}{folders}archive/((?:{years})[0-9-]*){ending}"
                yield closed, [("Cache-Control", CLOSED)]


def _literal(path: str) -> str:
    r"""Return the path with a "\" before what patterns are made of."""
    return re.sub(r"[:()*+?{}!\\]", r"\\\g<0>", path)
