"""A hub that takes nothing on trust: it verifies who subscribes, and what a topic says of itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from .asking import FORM, ask, links, send
from .listening import Answered, Asked, listening

#: seconds
LEASE = 864_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of a topic."""

    callback: str
    topic: str
    secret: str
    #: on the hub's clock
    until: float


class Hub:
    """What is subscribed, and what was distributed of each topic last."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.address = ""
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self._sent: dict[str, bytes] = {}
        self._clock = clock

    def forget(self) -> None:
        """Have no subscriptions, and have sent nothing."""
        self.subscriptions.clear()
        self._sent.clear()

    def answer(self, asked: Asked) -> Answered:
        """Take a subscription, the end of one, or the word that a topic has changed."""
        if asked.method != "POST" or asked.headers.get("content-type") != FORM:
            return _refused("a form is to be posted")
        form = dict(parse_qsl(asked.body.decode("ascii"), keep_blank_values=True))
        mode = form.get("hub.mode")
        if mode in ("subscribe", "unsubscribe"):
            return self._subscribe(mode, form)
        if mode == "publish":
            return self._publish(form.get("hub.url") or form.get("hub.topic") or "")
        return _refused(f"hub.mode is {mode!r}")

    def _subscribe(self, mode: str, form: dict[str, str]) -> Answered:
        """Verify the intent of whoever asks (section 5.3), then believe it."""
        callback, topic, secret = form.get("hub.callback"), form.get("hub.topic"), form.get("hub.secret", "")
        if not callback or not topic or len(secret.encode()) >= 200:
            return _refused("hub.callback and hub.topic are needed, and a secret of less than 200 bytes")
        lease = int(form.get("hub.lease_seconds") or LEASE)
        challenge = secrets.token_urlsafe(24)
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        query |= {"hub.lease_seconds": str(lease)} if mode == "subscribe" else {}
        said = ask(f"{callback}{'&' if '?' in callback else '?'}{urlencode(query)}")
        if said.status // 100 == 2 and said.body == challenge.encode():
            key = callback, topic
            if mode == "unsubscribe":
                self.subscriptions.pop(key, None)
            else:
                self.subscriptions[key] = Subscription(
                    callback=callback, topic=topic, secret=secret, until=self._clock() + lease
                )
        return Answered(status=202)

    def _publish(self, topic: str) -> Answered:
        """Fetch a topic and pass it on, where it is what it is said to be, and another than before."""
        got = ask(topic)
        named = links(got)
        if got.status != 200:
            return _refused(f"{topic} answers {got.status}")
        if self.address not in named["hub"]:
            return _refused(f"{topic} names the hubs {named['hub']}")
        if named["self"] != [topic]:
            return _refused(f"{topic} calls itself {named['self']}")
        if self._sent.get(topic) != got.body:
            self._sent[topic] = got.body
            self._distribute(topic, got.body, got.headers["Content-Type"])
        return Answered(status=202)

    def _distribute(self, topic: str, body: bytes, content_type: str) -> None:
        """Send all of it to all who want it (section 7), signed for those who gave a secret (section 7.1)."""
        for key, each in [*self.subscriptions.items()]:
            if each.topic != topic or each.until < self._clock():
                continue
            headers = {
                "Content-Type": content_type,
                "Link": f'<{self.address}>; rel="hub", <{topic}>; rel="self"',
            }
            if each.secret:
                signature = hmac.new(each.secret.encode(), body, hashlib.sha256).hexdigest()
                headers["X-Hub-Signature"] = f"sha256={signature}"
            if send(each.callback, body, headers).status == 410:
                del self.subscriptions[key]


def _refused(reason: str) -> Answered:
    return Answered(status=400, body=reason.encode())


@contextmanager
def hub(clock: Callable[[], float] = lambda: 0.0) -> Iterator[Hub]:
    """Run a hub."""
    made = Hub(clock)
    with listening(made.answer) as address:
        made.address = f"{address}/"
        yield made
