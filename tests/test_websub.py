"""Who subscribed at a hub gets the new feed at once: what feedtool publishes is what hubs ask for.

The hub and the subscriber are ours, written to the specification; they trust no header and no document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from heavy import heavy
from readers.serving import Serving, serving
from readers.site import FEEDS, FILES, STEPS, Feed, publish
from readers.stored import Form
from webservers import NGINX
from websub.asking import Got, ask, links, links_in_document
from websub.hub import Hub, hub
from websub.peer import PYTHON, peer
from websub.subscriber import Subscriber, subscriber

from feedtool.publish.http import hub_request

pytestmark = heavy

BEFORE, AFTER = (next(at for at, step in enumerate(STEPS) if step.name == name) for name in ("second poll", "new"))
TYPES: dict[Form, tuple[str, ...]] = {
    "atom": ("application/xml", "application/atom+xml"),
    "rss": ("application/xml", "application/rss+xml"),
    "json": ("application/json", "application/feed+json"),
}


def ping(hub_address: str, topic: str) -> Got:
    """Tell the hub that a topic has changed, as `feedtool publish` does."""
    return ask(hub_address, form=dict(parse_qsl(hub_request(hub_address, topic).body.decode())))


class Site:
    """A site that is published, its hub, and whoever subscribes."""

    def __init__(self, host: Serving, uploads: list[Path], its_hub: Hub, stack: ExitStack) -> None:
        self.host = host
        self.uploads = uploads
        self.hub = its_hub
        self._stack = stack

    def url(self, feed: Feed) -> str:
        """Return a feed's address."""
        return feed.url(self.host.site_url, self.host.plain_url)

    def bytes(self, step: int, path: str) -> bytes:
        """Return a file as it is after a step."""
        return (self.uploads[step] / path).read_bytes()

    def subscriber(self, address: str) -> Subscriber:
        """Return somebody who has subscribed to what lies there."""
        one = self._stack.enter_context(subscriber())
        one.subscribe(address)
        return one


@contextmanager
def site(folder: Path, *, with_nginx: bool, hub_address: str = "") -> Iterator[Site]:
    """Publish a site with a hub, ours or another, as it was before the new post."""
    with ExitStack() as stack:
        its_hub = stack.enter_context(hub())
        steps = serving(
            folder / "host",
            lambda url: publish(folder / "site", url, hub=hub_address or its_hub.address),
            with_nginx=with_nginx,
        )
        host, uploads = stack.enter_context(steps)
        host.show(uploads[BEFORE])
        yield Site(host, uploads, its_hub, stack)


@pytest.fixture(scope="module", params=["nginx", "plain"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site with its links in headers, and one that has them in its documents alone."""
    if request.param == "nginx" and not NGINX:
        pytest.skip("nginx is not installed")
    with site(tmp_path_factory.mktemp("websub"), with_nginx=request.param == "nginx") as made:
        yield made


@pytest.fixture(autouse=True)
def _before(published: Site) -> None:
    """Begin with what was published before the new post, and nobody subscribed."""
    published.host.show(published.uploads[BEFORE])
    published.hub.forget()


MAIN = [feed for feed in FEEDS if not feed.folder]
NEWS = next(feed for feed in FEEDS if feed.category == "新聞" and feed.form == "atom")
CLOSING = next(feed for feed in FEEDS if feed.category == "Closing" and feed.form == "atom")


@pytest.mark.parametrize("feed", MAIN, ids=lambda feed: feed.form)
def test_who_subscribed_gets_the_new_bytes(published: Site, feed: Feed) -> None:
    """After a build and a ping the whole feed is delivered once, as it is served, with its type, its links and a signature."""
    topic = published.url(feed)
    one = published.subscriber(topic)
    assert (one.topic, one.lease_s) == (topic, 3600)
    published.host.show(published.uploads[AFTER])
    assert ping(published.hub.address, topic).status == 202
    (delivery,) = one.deliveries
    assert delivery.body == published.bytes(AFTER, FILES[feed.form]) != published.bytes(BEFORE, FILES[feed.form])
    assert delivery.content_type.split(";")[0] in TYPES[feed.form]
    assert delivery.link == f'<{published.hub.address}>; rel="hub", <{topic}>; rel="self"'


@pytest.mark.parametrize(
    "feed",
    [feed for feed in FEEDS if not feed.is_copy and not feed.is_redirected],
    ids=lambda feed: f"{feed.name} {feed.form}",
)
def test_headers_and_documents_agree(published: Site, feed: Feed) -> None:
    """Whichever a hub or subscriber reads, it finds one hub, and one address that the feed calls its own."""
    got = ask(published.url(feed))
    named = {"hub": [published.hub.address], "self": [published.url(feed)]}
    assert (links(got), links_in_document(got)) == (named, named)


def test_a_category_in_any_script_is_a_topic(published: Site) -> None:
    """Its address is the same in its link, in the ping and at the hub, percent-encoded as it is."""
    one = published.subscriber(published.url(NEWS))
    assert one.topic.endswith("/category/%E6%96%B0%E8%81%9E/atom.xml")
    published.host.show(published.uploads[AFTER])
    assert ping(published.hub.address, one.topic).status == 202
    assert [each.body for each in one.deliveries] == [published.bytes(AFTER, "category/新聞/atom.xml")]


def test_a_feed_that_did_not_change_is_not_sent_again(published: Site) -> None:
    """A ping too many costs subscribers nothing, since the same posts give the same bytes."""
    one = published.subscriber(published.url(CLOSING))
    for upload in (published.uploads[BEFORE], published.uploads[AFTER]):
        published.host.show(upload)
        assert ping(published.hub.address, one.topic).status == 202
    assert [each.body for each in one.deliveries] == [published.bytes(BEFORE, "category/closing/atom.xml")]


def test_an_old_name_leads_to_the_topic(published: Site) -> None:
    """Who finds the feed under the old name of its category subscribes to the new one, and is told."""
    copy = next(feed for feed in FEEDS if feed.is_copy and feed.form == "rss")
    one = published.subscriber(published.url(copy))
    assert one.topic == published.host.site_url + "category/%E6%96%B0%E8%81%9E/rss.xml"
    published.host.show(published.uploads[AFTER])
    ping(published.hub.address, one.topic)
    assert [each.body for each in one.deliveries] == [published.bytes(AFTER, "category/新聞/rss.xml")]


def test_a_hub_takes_no_copy_for_a_topic(published: Site) -> None:
    """A copy calls itself by the new name, so that a ping for the old one is refused: nobody could have subscribed to it."""
    copy = next(feed for feed in FEEDS if feed.is_copy and feed.form == "atom")
    refused = ping(published.hub.address, published.url(copy))
    assert (refused.status, b"calls itself" in refused.body) == (400, True)


def test_who_does_not_confirm_gets_nothing(published: Site) -> None:
    """Nor does who has unsubscribed; the hub that all this is tried with asks back."""
    one = published.subscriber(published.url(NEWS))
    one.subscribe(published.url(NEWS), mode="unsubscribe")
    other = published.subscriber(published.url(NEWS))
    other.is_willing = False
    other.subscribe(published.url(NEWS), mode="unsubscribe")
    assert [key[0].startswith(other.address) for key in published.hub.subscriptions] == [True]
    published.host.show(published.uploads[AFTER])
    ping(published.hub.address, one.topic)
    assert (len(one.deliveries), len(other.deliveries)) == (0, 1)


with_peer = pytest.mark.skipif(not PYTHON, reason="Flask-WebSub is not installed: tests/websub/peer.py says how")


@with_peer
def test_flask_websub_subscribes(published: Site, tmp_path: Path) -> None:
    """A subscriber that others wrote finds the hub, is verified, and gets the new bytes."""
    if not published.host.redirects:
        pytest.skip("it reads no links from a document whose encoding the host does not name")
    with peer(tmp_path) as other:
        topic = other.subscribe(published.url(NEWS))
        assert topic == published.url(NEWS)
        published.host.show(published.uploads[AFTER])
        assert ping(published.hub.address, topic).status == 202
        assert other.deliveries() == [published.bytes(AFTER, "category/新聞/atom.xml")]


@with_peer
def test_flask_websubs_hub_distributes(published: Site, tmp_path: Path) -> None:
    """A hub that others wrote takes our feeds from a host that sends our headers, and signs what it passes on."""
    if not published.host.redirects:
        pytest.skip("it reads no links but in headers")
    with peer(tmp_path / "peer") as other, site(tmp_path, with_nginx=True, hub_address=other.hub) as made:
        one = made.subscriber(made.url(NEWS))
        theirs = other.subscribe(made.url(NEWS))
        assert theirs == one.topic
        made.host.show(made.uploads[AFTER])
        assert ping(other.hub, one.topic).status == 202
        new = made.bytes(AFTER, "category/新聞/atom.xml")
        assert ([each.body for each in one.deliveries], other.deliveries()) == ([new], [new])
