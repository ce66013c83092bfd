"""Changed topics -> requests to a WebSub hub to fetch them and pass them on.

W3C WebSub (section 6) leaves open how a publisher tells its hub. What hubs take is a form with hub.mode=publish and
hub.url, some with hub.topic in its place, so both are sent. Some take several hub.url in one form; here each topic has
its own, which all of them take, and where a hub refuses one topic the others are told all the same.
"""

from __future__ import annotations

from urllib.parse import urlencode

from feedtool.publish.http import Request


def request(hub: str, topic: str) -> Request:
    """Return the request that tells the hub that the topic has changed; both are addresses."""
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")
    return Request(url=hub, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
