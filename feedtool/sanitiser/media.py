"""Pictures, players and frames: their true addresses, many of which a script would have filled in.

In: an element as scraped, and the post's source. Out: the element with absolute addresses and allowed attributes.
Frames of known players stay, each followed by a plain link, since many readers drop frames; others become a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import parse_qs

from feedtool import urls
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import Edits, PageElement, Tag, attribute, letters, named
from feedtool.sanitiser.safety import ALLOWED, DATA_IMAGE

#: Attributes in which scripts keep an address to load later, best first. True: frames and players have them as well as
#: pictures. This is the only list of them.
_LAZY = {
    "data-src": True, "data-original": True, "data-lazy-src": True, "data-actualsrc": False, "data-original-src": False,
    "data-lazy": True, "data-echo": True, "data-hi-res-src": False, "data-hires": False, "data-full-src": False,
    "data-large-file": False, "data-orig-file": False, "data-img-src": False, "data-image": False, "data-url": True,
    "data-srcurl": False, "data-croporisrc": False, "data-backsrc": False, "data-load-src": True,
    "data-ks-lazyload": False, "data-cfsrc": True, "data-ezsrc": True, "data-pin-media": False,
    "data-flickity-lazyload": False, "data-img": False, "data-delayed-url": False, "file": False, "zoomfile": False,
    "ess-data": False, "real_src": False, "_src": True, "lazy-src": True, "lazysrc": True, "original": False,
    "data-medium-file": False, "data-litespeed-src": True, "data-cmp-src": True,
}  # fmt: skip
LAZY = tuple(_LAZY)
LAZY_FRAMES = tuple(name for name, has_frame in _LAZY.items() if has_frame)
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "data-responsive", "lazy-srcset")
_LAZY_POSTERS = ("data-poster", "data-lazy-poster")
_LAZY_SIZES = ("data-sizes", "data-lazy-sizes")
#: Elements that have sources.
_PLAYERS_ABOVE = frozenset({"video", "audio", "picture"})
_LAZY_PICTURES = frozenset({*LAZY, *LAZY_SETS})
#: The value of an attribute of any other name that keeps an address.
_PICTURE = re.compile(r"(?:https?:)?//?[\w.-]+/[^\s,]*\.(?:jpe?g|png|gif|webp|avif)(?:\?\S*)?", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"^data:|/(?:blank|spacer|transparent|clear|pixel|1x1|grey|gray|placeholder|loading|lazy(?:load)?|dot|none|px)[\w.-]*\.(?:gif|png|svg|jpe?g)(?:$|\?)",
    re.IGNORECASE,
)
#: Bytes of a picture that stands in for another one.
_SMALLEST_DATA = 100
_NUMBER = re.compile(r"\d{1,5}(?=px$|$)")

#: Beginnings of the addresses of players, without scheme and "www.".
_PLAYERS = (
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
#: Elements that a script would turn into a player: the attribute with its name there, and the beginning of its address.
EMBEDDED = {
    "lite-youtube": ("videoid", "https://www.youtube.com/embed/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/embed/"),
    "lite-vimeo": ("videoid", "https://player.vimeo.com/video/"),
    "amp-vimeo": ("data-videoid", "https://player.vimeo.com/video/"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/embed/video/"),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
    "amp-facebook": ("data-href", ""),
    "amp-tiktok": ("data-src", ""),
    "amp-reddit": ("data-src", ""),
    "amp-gist": ("data-gistid", "https://gist.github.com/"),
}
#: Where a post of a network that its script did not fill in has its address.
_PERMALINKS = ("data-instgrm-permalink", "data-href", "cite")
_YOUTUBE = re.compile(r"https?://((?:www\.|m\.)?youtube)(?:-nocookie)?(\.com)/(?:embed|v|e)/(?!videoseries)([\w-]{6,})")
_POST = re.compile(r"\b(?:fb-post|fb-video|instagram-media|twitter-tweet|embed)\b")
#: The longest address that is shown.
_SHORT = 48
_HREF = re.compile(r"""href=["'](https?://[^"'<>\s]+)""")


def address_of(tag: Tag, base: str) -> str:
    """Return the absolute address of what a picture, player or frame shows, or ""."""
    if tag.name in ("img", "amp-img"):
        return _best(tag, base, [] if _is_given(attribute(tag, "src")) else _first_set(tag, base))
    if tag.name in ("video", "audio"):
        return _first_address(tag, ("src", *LAZY_FRAMES), base)
    return _frame_address(tag, base)


# --- pictures


def is_lazy(tag: Tag) -> bool:
    """Return whether a script would load a picture into an element."""
    known = _LAZY_PICTURES.intersection(tag.attrs)
    return any(_is_real(attribute(tag, name)) for name in known) or bool(_kept_elsewhere(tag))


def _kept_elsewhere(tag: Tag) -> str:
    """Return the address of a picture in an attribute of no known name, or ""."""
    for name in tag.attrs:
        value = attribute(tag, name)
        if name.startswith("data-") and name not in _LAZY_PICTURES and _PICTURE.fullmatch(value) and _is_real(value):
            return value
    return ""


def has_picture(tag: Tag) -> bool:
    """Return whether a picture has an address other than a placeholder's."""
    return _is_given(attribute(tag, "src")) or is_lazy(tag)


def sources_of(tags: list[Tag]) -> dict[int, list[Tag]]:
    """Return the sources beside the first picture in each <picture> among some elements, by the id of that picture."""
    found = {}
    for inside in (list(dom.children(tag)) for tag in tags if tag.name == "picture"):
        first = next((tag for tag in inside if tag.name == "img"), None)
        found[id(first)] = [tag for tag in inside if tag.name == "source"]
    return found


def repair_picture(tag: Tag, base: str, sources: list[Tag], edits: Edits, data_images: int) -> None:
    """Give a picture its true address, or cut it if it has none; sources: those beside it.

    A picture that is written in its address stays up to so many bytes; else its text stays.
    """
    written = attribute(tag, "src").strip()
    several = _first_set(tag, base)
    choice = next((found for source in sources if (found := _first_set(source, base))), [])
    attrs = {"src": _best(tag, base, several or choice), **_dimensions(tag)}
    attrs |= {key: attribute(tag, key) for key in ("alt", "title") if key in tag.attrs}
    if len(several) > 1:
        attrs["srcset"] = _srcset(several)
        sizes = next((value for name in ("sizes", *_LAZY_SIZES) if (value := attribute(tag, name))), "")
        if sizes != "auto" and len(sizes) < 300:
            attrs["sizes"] = sizes
    is_data = not attrs["src"] and written[:5].lower() == "data:"
    if is_data and _SMALLEST_DATA < len(written) * 3 // 4 <= data_images and DATA_IMAGE.fullmatch(written):
        attrs["src"] = written
    tag.attrs = {**attrs}
    if not attrs["src"]:
        alt = " ".join(attrs.get("alt", "").split()) if is_data else ""
        edits.replace(tag, *([dom.Text(alt)] if alt else []))


def _best(tag: Tag, base: str, several: list[tuple[str, float]]) -> str:
    """Return the absolute address of the full picture, or ""."""
    given = attribute(tag, "src")
    first = [given] if _is_given(given) else []
    names = () if _LAZY_PICTURES.isdisjoint(tag.attrs) else LAZY
    lazy = [attribute(tag, name) for name in names if name in tag.attrs]
    lazy = [value for value in lazy if value and not value.startswith(("data:", "{", "["))]
    real = [value for value in lazy if _is_real(value)]
    order = real[:1] + first if real and _is_waiting(tag, given) else first + real
    if not order and several:
        return max(several, key=lambda found: found[1])[0]
    elsewhere = () if order else (_kept_elsewhere(tag),)
    return next(
        (address for value in (*order, *elsewhere, *lazy, given) if (address := urls.absolute(value, base))), ""
    )


def _is_given(value: str) -> bool:
    return value != "" and not _PLACEHOLDER.search(value)


def _is_real(value: str) -> bool:
    """Return whether the value of a lazy attribute names a picture other than a placeholder."""
    return ("/" in value or "." in value) and not value.startswith(("{", "[")) and not _PLACEHOLDER.search(value)


def _is_waiting(tag: Tag, given: str) -> bool:
    """Return whether a script would still have to load the picture."""
    if not _is_given(given):
        return True
    marks = attribute(tag, "class").lower()
    usual = {attribute(tag, name) for name in LAZY[:4]} - {""}
    return "lazy" in marks and "jetpack" not in marks and given not in usual and len(usual) == 1


def _first_set(tag: Tag, base: str) -> list[tuple[str, float]]:
    """Return the addresses of the first srcset that has any, with their sizes."""
    for name in ("srcset", *LAZY_SETS):
        if name in tag.attrs and (found := _candidates(attribute(tag, name), base)):
            return found
    return []


def _candidates(srcset: str, base: str) -> list[tuple[str, float]]:
    found = [(urls.absolute(url, base), size) for url, size in urls.candidates(srcset) if _is_given(url)]
    return [(url.replace(",", "%2C"), size) for url, size in found if url]


def _srcset(several: list[tuple[str, float]]) -> str:
    largest = max(size for _, size in several)
    by_width = all(size == int(size) for _, size in several) and largest % 1000 != 0
    return ", ".join(f"{url} {int(size)}w" if by_width else f"{url} {size / 1000:g}x" for url, size in several)


def _dimensions(tag: Tag) -> dict[str, str]:
    numbers = {key: _NUMBER.match(attribute(tag, key).strip()) for key in ("width", "height")}
    return {key: number.group() for key, number in numbers.items() if number and int(number.group()) > 1}


# --- pictures that a page shows twice: to browsers that run its scripts, and to others


def without_noscripts(root: Tag, edits: Edits) -> list[Tag]:
    """Replace each placeholder by the picture of the noscript after it, and return all elements."""
    tags = dom.elements(root)
    noscripts = [tag for tag in tags if tag.name == "noscript"]
    if not noscripts:
        return tags
    known = _picture_addresses(root)
    for tag in noscripts:
        picture = next((img for img in named(tag, "img") if attribute(img, "src")), None)
        before = _picture_before(tag)
        if picture and (preview := _preview_before(before, picture)):
            edits.cut(preview)
        if picture and before and not has_picture(before):
            edits.replace(before, picture)
        if picture and not before and _without_query(attribute(picture, "src")) not in known:
            edits.replace(tag, picture)
        else:
            edits.cut(tag)
    edits.apply()
    return dom.elements(root)


def _picture_before(tag: Tag) -> Tag | None:
    before = dom.beside(tag, -1)
    if not isinstance(before, Tag):
        return None
    return before if before.name == "img" else next(iter(named(before, "img")), None)


def _preview_before(before: Tag | None, picture: Tag) -> Tag | None:
    """Return the small form of a picture that is shown until a script has loaded it: the same file, at another size."""
    preview = _picture_before(before) if before is not None else None
    sizes = {tuple(attribute(img, key) for key in ("width", "height")) for img in (preview, picture) if img is not None}
    if preview is None or len(sizes) > 1 or ("", "") in sizes:
        return None
    small, full = (_without_query(attribute(img, "src")).rpartition("/") for img in (preview, picture))
    return preview if small[2] == full[2] != "" and small[0] != full[0] else None


def _picture_addresses(root: Tag) -> set[str]:
    """Return all values of attributes of the pictures outside noscripts, without queries."""
    pictures = [img for img in named(root, "img") if not any(above.name == "noscript" for above in img.parents)]
    return {_without_query(word) for img in pictures for value in img.attrs.values() for word in str(value).split()}


def _without_query(address: str) -> str:
    return address.partition("?")[0].rstrip(",")


# --- players


def repair_player(tag: Tag, base: str, edits: Edits) -> None:
    """Make the addresses of a video, an audio, a source or a track absolute; cut a loose source."""
    several = _first_set(tag, base)
    tag.attrs["src"] = _first_address(tag, ("src", *LAZY_FRAMES), base)
    tag.attrs["poster"] = _first_address(tag, ("poster", *_LAZY_POSTERS), base)
    tag.attrs["srcset"] = _srcset(several) if len(several) > 1 else "".join(url for url, _ in several)
    if tag.name in ("video", "audio"):
        tag.attrs["controls"] = ""
    elif not (tag.attrs.get("src") or several) or not _PLAYERS_ABOVE & {above.name for above in islice(tag.parents, 3)}:
        edits.cut(tag)


def mend_choice(tag: Tag) -> None:
    """Add the picture that a <picture> needs; replace a player without a source by its poster, or make it a block."""
    sources = named(tag, "source")
    if tag.name == "picture":
        srcset = next((value for source in sources if (value := attribute(source, "srcset"))), "")
        if srcset and not named(tag, "img"):
            picture = dom.new_tag("img", {"alt": "", "src": srcset.split(" ")[0].rstrip(",")})
            dom.fill(tag, [*tag.contents, picture])
    elif not tag.attrs.get("src") and not any(source.attrs.get("src") for source in sources):
        if poster := attribute(tag, "poster"):
            dom.fill(tag, [])
        tag.name, tag.attrs = ("img", {"src": poster}) if poster else ("div", {})


# --- frames


def is_player(address: str) -> bool:
    """Return whether an address is that of a known player's frame."""
    return address.partition("://")[2].removeprefix("www.").startswith(_PLAYERS)


def unfold(tag: Tag) -> None:
    """Make what a script would have made: a frame of an element that names a video, a link of a post left empty."""
    if tag.name in EMBEDDED:
        name, beginning = EMBEDDED[tag.name]
        given = attribute(tag, name)
        address = beginning + given if given and not given.startswith("http") else given
        sizes = {key: value for key in ("width", "height") if (value := attribute(tag, key))}
        tag.name, tag.attrs = "iframe", {"src": address, **sizes}
    elif (tag.name == "blockquote" or ("class" in tag.attrs and _POST.search(attribute(tag, "class")))) and not letters(
        tag
    ).strip():
        links = [link for link in named(tag, "a") if attribute(link, "href").startswith("http")]
        given = next((attribute(tag, name) for name in _PERMALINKS if attribute(tag, name).startswith("http")), "")
        if links and not named(tag, *dom.MEDIA):
            dom.fill(links[0], [dom.Text(label(attribute(links[0], "href")))])
        elif given and not tag.contents:
            dom.fill(tag, [dom.new_tag("a", {"href": given}, dom.Text(label(given)))])


def label(address: str) -> str:
    """Return the short form of an address that a link to it may show."""
    bare = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return bare if len(bare) <= _SHORT and not {"?", "#", "%"} & {*bare} else bare.partition("/")[0]


def shows_address(link: Tag) -> bool:
    """Return whether a link shows its address, as below a player or in a list of sources."""
    text = letters(link).strip()
    return text[:4].lower() == "http" or text == label(attribute(link, "href"))


def _page_of(address: str) -> str:
    """Return the page of what a player's frame shows."""
    if video := _YOUTUBE.match(address):
        return f"https://{video[1]}{video[2]}/watch?v={video[3]}"
    if urls.host_of(address).endswith("embedly.com"):
        given = parse_qs(address.partition("?")[2])
        return urls.absolute(given.get("url", [""])[0], "") or address
    return address


def replace_frame(tag: Tag, base: str, edits: Edits) -> bool:
    """Keep a frame of a known player and add a link after it; replace any other by a link, or by nothing.

    Return whether the content for browsers without frames must stay instead.
    """
    address = _frame_address(tag, base)
    if not address and tag.name == "object":
        return True
    page = _address_inside(tag, base) or _page_of(address)
    is_known = tag.name == "iframe" and is_player(address)
    title = " ".join(attribute(tag, "title").split())
    text = title if address and title and not is_known else label(page)
    link = [] if not page or _is_linked(tag, page) else _link(tag, page, text)
    if not is_known:
        edits.replace(tag, *link)
        return False
    sizes = {key: value for key in ("width", "height") if (value := attribute(tag, key)).isdecimal()}
    tag.attrs = {"src": address, **sizes, **({"title": title} if title else {}), "allowfullscreen": ""}
    dom.fill(tag, [])
    edits.replace(tag, tag, *link)
    return False


def _frame_address(tag: Tag, base: str) -> str:
    if address := _first_address(tag, ("src", *LAZY_FRAMES, "data"), base):
        return address
    for below in named(tag, "embed", "param") if tag.name == "object" else ():
        value = attribute(below, "value") if attribute(below, "name") in ("movie", "src") else ""
        if address := urls.absolute(attribute(below, "src") or value, base):
            return address
    return ""


def _first_address(tag: Tag, names: tuple[str, ...], base: str) -> str:
    """Return the first of some attributes that is an address, as an absolute one, or ""."""
    for name in names:
        if name in tag.attrs:
            address = urls.absolute(attribute(tag, name), base)
            if address and not address.endswith("/about:blank"):
                return address
    return ""


def _address_inside(tag: Tag, base: str) -> str:
    """Return the address that a frame offers to browsers without frames, or ""."""
    for link in named(tag, "a"):
        if address := attribute(link, "href"):
            return urls.absolute(address, base)
    found = _HREF.search(letters(tag))
    return urls.absolute(unescape(found[1]), base) if found else ""


def following(node: PageElement) -> Iterator[PageElement]:
    """Yield all nodes that begin after the end of one, in document order."""
    for above in (node, *node.parents):
        for after in dom.siblings(above, 1):
            yield after
            if isinstance(after, Tag):
                yield from dom.nodes(after)


def _is_linked(tag: Tag, page: str) -> bool:
    """Return whether a link to the page follows at once."""
    for node in islice(following(tag), 20):
        if isinstance(node, Tag) and node.name == "a":
            href, text = urls.absolute(attribute(node, "href"), ""), letters(node).strip()
            return href == page or text.startswith("http") or text == label(href)
        if node.name in ("iframe", "img", "video") if isinstance(node, Tag) else not dom.blank(node):
            return False
    return False


def _link(tag: Tag, page: str, text: str) -> list[Tag]:
    link = dom.new_tag("a", {"href": page}, dom.Text(text))
    around = next((above.name for above in tag.parents if above.name in ALLOWED), "")
    if around and (around not in dom.BLOCKS or around == "p" or around in dom.HEADINGS):
        return [dom.new_tag("br", {}), link]
    return [dom.new_tag("p", {}, link)]
