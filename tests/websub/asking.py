"""HTTP as hub, subscriber and publisher use it, and what a topic says of itself (WebSub section 4)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlencode, urljoin

from lxml import etree

from .listening import PATIENCE

_ATOM = "{http://www.w3.org/2005/Atom}link"
FORM = "application/x-www-form-urlencoded"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer; `url` is where it came from after redirects."""

    status: int
    url: str
    headers: Message
    body: bytes


def ask(url: str, *, form: Mapping[str, str] | None = None) -> Got:
    """GET an address, or POST a form to it."""
    headers = {"Content-Type": FORM} if form is not None else {}
    return send(url, urlencode(form).encode("ascii") if form is not None else None, headers)


def send(url: str, body: bytes | None, headers: Mapping[str, str]) -> Got:
    """POST a body, or GET where there is none."""
    request = urllib.request.Request(url, data=body, headers=dict(headers))  # noqa: S310
    try:
        with _OPENER.open(request, timeout=PATIENCE) as answer:
            return Got(status=answer.status, url=answer.url, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Got(status=error.code, url=url, headers=error.headers, body=error.read())


def links(got: Got) -> dict[str, list[str]]:
    """Return the addresses of hubs and of itself that a topic names: in its headers, or else in the document."""
    in_headers = _chosen(got, _in_headers(got.headers))
    return in_headers if any(in_headers.values()) else links_in_document(got)


def links_in_document(got: Got) -> dict[str, list[str]]:
    """Return the addresses that the document itself names."""
    return _chosen(got, _in_document(got))


def _chosen(got: Got, found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {"hub": [], "self": []}
    for relation, address in found:
        if relation in chosen:
            chosen[relation].append(urljoin(got.url, address))
    return chosen


def _in_headers(headers: Message) -> Iterator[tuple[str, str]]:
    """Return relation and address of each link (RFC 8288); ours have no comma within an address."""
    for line in headers.get_all("Link") or []:
        for link in line.split(","):
            address, *parameters = link.split(";")
            for parameter in parameters:
                name, _, value = parameter.strip().partition("=")
                if name.lower() == "rel":
                    yield from ((relation, address.strip()[1:-1]) for relation in value.strip('"').split())


def _in_document(got: Got) -> Iterator[tuple[str, str]]:
    if got.headers.get_content_type().endswith("json"):
        feed = json.loads(got.body)
        yield "self", feed["feed_url"]
        yield from (("hub", hub["url"]) for hub in feed.get("hubs", ()) if hub["type"] == "WebSub")
        return
    # of the feed itself, and of no entry
    root = etree.fromstring(got.body)
    channel = root.find("channel")
    found = (root if channel is None else channel).findall(_ATOM)
    for link in found:
        yield link.get("rel") or "alternate", link.get("href") or ""
