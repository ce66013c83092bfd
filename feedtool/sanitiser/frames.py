"""Frames: those of known players stay, each followed by a plain link; any other becomes a link.

In: an iframe, embed or object. Out: the tree with what stands in its place. Many readers drop frames, hence the links.
Except for YouTube the link names the frame's own address, which shows the player alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import parse_qs

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from feedtool import urls
from feedtool.sanitiser.dom import BLOCKS, attribute, letters, named, new_tag
from feedtool.sanitiser.edits import Edits, fill
from feedtool.sanitiser.nodes import Text
from feedtool.sanitiser.safety import ALLOWED

#: Beginnings of the addresses of players, without scheme and "www.".
PLAYERS = (
    "cdn.embedly.com/widgets/",
    "youtube.com/embed/", "youtube-nocookie.com/embed/", "player.vimeo.com/video/", "player.bilibili.com/",
    "bilibili.com/blackboard/", "dailymotion.com/embed/", "geo.dailymotion.com/", "w.soundcloud.com/player",
    "open.spotify.com/embed", "embed.spotify.com/", "embed.podcasts.apple.com/", "embed.music.apple.com/",
    "platform.twitter.com/embed/", "twitframe.com/show", "instagram.com/p/", "instagram.com/reel/",
    "facebook.com/plugins/video.php", "facebook.com/plugins/post.php", "embed.ted.com/", "archive.org/embed/",
    "google.com/maps/embed", "maps.google.com/maps", "docs.google.com/", "drive.google.com/file/",
    "calendar.google.com/",
    "player.twitch.tv/", "clips.twitch.tv/embed", "embed.tidal.com/", "bandcamp.com/EmbeddedPlayer",
    "mixcloud.com/widget/", "player.acast.com/", "embed.acast.com/", "play.acast.com/", "anchor.fm/",
    "podcasters.spotify.com/pod/", "html5-player.libsyn.com/", "buzzsprout.com/", "player.simplecast.com/",
    "player.megaphone.fm/", "playlist.megaphone.fm/", "player.fireside.fm/", "share.transistor.fm/", "castbox.fm/app/",
    "player.soundon.fm/", "embed.firstory.me/", "player.pbs.org/", "npr.org/player/embed/", "bbc.co.uk/",
    "v.qq.com/", "player.youku.com/embed/", "tv.sohu.com/", "open.iqiyi.com/", "player.cntv.cn/", "ixigua.com/iframe/",
    "tiktok.com/embed", "rumble.com/embed/", "odysee.com/$/embed/", "vk.com/video_ext.php", "rutube.ru/play/embed/",
    "ok.ru/videoembed/", "coub.com/embed/", "ext.nicovideo.jp/", "embed.nicovideo.jp/", "tv.naver.com/embed/",
    "tv.kakao.com/embed/", "streamable.com/", "fast.wistia.net/embed/", "fast.wistia.com/embed/",
    "players.brightcove.net/",
    "cdnapisec.kaltura.com/", "content.jwplatform.com/", "cdn.jwplayer.com/", "embed.kakao.com/", "giphy.com/embed/",
    "gfycat.com/ifr/", "codepen.io/", "codesandbox.io/embed/", "jsfiddle.net/", "datawrapper.dwcdn.net/", "flo.uri.sh/",
    "public.flourish.studio/", "e.infogram.com/", "public.tableau.com/", "slideshare.net/slideshow/embed_code/",
    "speakerdeck.com/player/", "scribd.com/embeds/", "issuu.com/", "e.issuu.com/", "ourworldindata.org/grapher/",
    "uploads.knightlab.com/", "cdn.knightlab.com/", "openstreetmap.org/export/embed.html", "music.163.com/outchain/",
    "i.y.qq.com/n2/m/outchain/", "ximalaya.com/thirdparty/", "lrc.163.com/", "reddit.com/",
    "redditmedia.com/",
)  # fmt: skip

_YOUTUBE = re.compile(r"https?://((?:www\.|m\.)?youtube)(?:-nocookie)?(\.com)/(?:embed|v|e)/(?!videoseries)([\w-]{6,})")


_HREF = re.compile(r"""href=["'](https?://[^"'<>\s]+)""")


def is_player(address: str) -> bool:
    """Return whether the address belongs to a known player."""
    bare = address.partition("://")[2].removeprefix("www.")
    return bare.startswith(PLAYERS)


def page_of(address: str) -> str:
    """Return the page that shows what a player's frame shows."""
    if video := _YOUTUBE.match(address):
        return f"https://{video[1]}{video[2]}/watch?v={video[3]}"
    if urls.host_of(address).endswith("embedly.com"):
        given = parse_qs(address.partition("?")[2])
        return urls.absolute(given.get("url", [""])[0], "") or address
    return address


def settle(tag: Tag, base: str, edits: Edits) -> bool:
    """Make a frame one of a known player with a link after it, or a link alone, or nothing.

    Return whether what it holds for browsers without frames stays instead.
    """
    address = _address(tag, base)
    if not address and tag.name == "object":
        return True
    page = _inside(tag, base) or page_of(address)
    link = [] if not page or _is_linked(tag, page) else [page]
    title = " ".join(attribute(tag, "title").split())
    if address and tag.name == "iframe" and is_player(address):
        sizes = {key: attribute(tag, key) for key in ("width", "height")}
        tag.attrs = {"src": address, **{k: v for k, v in sizes.items() if v.isdecimal()}}
        if title:
            tag.attrs["title"] = title
        tag.attrs["allowfullscreen"] = ""
        fill(tag, [])
        edits.replace(tag, tag, *(node for page in link for node in _link(tag, page, page)))
    else:
        edits.replace(tag, *(node for page in link for node in _link(tag, page, (address and title) or page)))
    return False


def _inside(tag: Tag, base: str) -> str:
    """Return the address that a frame offers to browsers without frames."""
    for link in named(tag, "a"):
        if address := attribute(link, "href"):
            return urls.absolute(address, base)
    found = _HREF.search(letters(tag))
    return urls.absolute(unescape(found[1]), base) if found else ""


def _address(tag: Tag, base: str) -> str:
    names = (
        "src",
        "data-src",
        "data-lazy-src",
        "data-original",
        "data-url",
        "data-litespeed-src",
        "data-cmp-src",
        "data",
    )
    for name in names:
        address = urls.absolute(attribute(tag, name), base)
        if address and not address.endswith("/about:blank"):
            return address
    if tag.name == "object":
        for below in named(tag, "embed", "param"):
            value = attribute(below, "src") or (
                attribute(below, "value") if attribute(below, "name") in ("movie", "src") else ""
            )
            if address := urls.absolute(value, base):
                return address
    return ""


def _is_linked(tag: Tag, page: str) -> bool:
    """Return whether a link to the page follows at once."""
    for node in islice(_following(tag), 20):
        if isinstance(node, Tag) and node.name == "a":
            return urls.absolute(attribute(node, "href"), "") == page or letters(node).strip().startswith("http")
        if isinstance(node, NavigableString) and node.strip():
            return False
        if isinstance(node, Tag) and node.name in ("iframe", "img", "video"):
            return False
    return False


def _following(tag: Tag) -> Iterator[PageElement]:
    """Yield what begins after the end of an element, in document order."""
    node: PageElement | None = tag
    while node is not None:
        after = node.next_sibling
        while after is not None:
            yield from _within(after)
            after = after.next_sibling
        node = node.parent


def _within(node: PageElement) -> Iterator[PageElement]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Tag):
            stack.extend(reversed(node.contents))


def _link(tag: Tag, page: str, text: str) -> list[Tag]:
    link = new_tag("a", {"href": page}, Text(text))
    around = next((above.name for above in tag.parents if above.name in ALLOWED), "")
    if around and (around not in BLOCKS or around in ("p", "h1", "h2", "h3", "h4", "h5", "h6")):
        return [new_tag("br"), link]
    return [new_tag("p", None, link)]
