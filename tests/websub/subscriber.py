"""A subscriber: finds the hub of a feed, subscribes there, proves that it meant it, and takes what it is sent."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from .asking import ask, links
from .listening import Answered, Asked, listening


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came from a hub with a right signature."""

    body: bytes
    content_type: str
    link: str


class Subscriber:
    """One subscription, and what came of it."""

    def __init__(self) -> None:
        self.address = ""
        self.topic = ""
        self.lease_s = 0
        self.deliveries: list[Delivery] = []
        self.secret = secrets.token_urlsafe(16)
        self.is_willing = True

    def subscribe(self, feed: str, *, mode: str = "subscribe") -> None:
        """Ask the feed for its hub and its own address, and the hub for what is new there; or for no more of it."""
        named = links(ask(feed))
        (self.topic,) = named["self"]
        form = {"hub.callback": f"{self.address}/told?by=hub", "hub.mode": mode, "hub.topic": self.topic}
        answered = ask(named["hub"][0], form=form | {"hub.secret": self.secret, "hub.lease_seconds": "3600"})
        assert answered.status == 202, answered.body

    def answer(self, asked: Asked) -> Answered:
        """Confirm what was asked for, or take what is sent; what is not signed is not believed."""
        query = parse_qs(urlsplit(asked.path).query)
        if asked.method == "GET":
            if not self.is_willing or query["hub.topic"] != [self.topic]:
                return Answered(status=404)
            self.lease_s = int(query.get("hub.lease_seconds", ["0"])[0])
            return Answered(status=200, body=query["hub.challenge"][0].encode())
        method, _, signature = asked.headers.get("x-hub-signature", "").partition("=")
        if method not in ("sha256", "sha384", "sha512"):
            return Answered(status=204)
        wanted = hmac.new(self.secret.encode(), asked.body, method).hexdigest()
        if query == {"by": ["hub"]} and hmac.compare_digest(wanted, signature):
            headers = asked.headers
            self.deliveries.append(
                Delivery(body=asked.body, content_type=headers["content-type"], link=headers["link"])
            )
        return Answered(status=204)


@contextmanager
def subscriber() -> Iterator[Subscriber]:
    """Run a subscriber."""
    made = Subscriber()
    with listening(made.answer) as address:
        made.address = address
        yield made
