"""Repair: pictures that a script would have loaded, addresses that lean on a page that is gone, odd elements.

In: a tree as scraped, and the post's source. Out: the tree with elements and attributes of the allow-list only, every
address absolute. Takes away no text and no picture.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import unquote

from bs4 import Tag
from bs4.element import NavigableString

from feedtool import urls
from feedtool.sanitiser import frames
from feedtool.sanitiser.dom import alive, attribute, children, elements, named, new_tag
from feedtool.sanitiser.edits import Edits, fill
from feedtool.sanitiser.safety import ALLOWED, DROPPED

#: Where scripts keep the address of a picture that is not loaded yet, best first.
LAZY = (
    "data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-original-src", "data-lazy", "data-echo",
    "data-hi-res-src", "data-hires", "data-full-src", "data-large-file", "data-orig-file", "data-img-src", "data-image",
    "data-url", "data-srcurl", "data-croporisrc", "data-backsrc", "data-load-src", "data-ks-lazyload", "data-cfsrc",
    "data-ezsrc", "data-pin-media", "data-flickity-lazyload", "data-img", "data-delayed-url", "file", "zoomfile",
    "ess-data", "real_src",
    "_src", "lazy-src", "lazysrc", "original", "data-medium-file",
)  # fmt: skip
_SETS = ("srcset", "data-srcset")
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "data-responsive", "lazy-srcset")
_PLACEHOLDER = re.compile(
    r"^data:|/(?:blank|spacer|transparent|clear|pixel|1x1|grey|gray|placeholder|loading|lazy(?:load)?|dot|none|px)[\w.-]*\.(?:gif|png|svg|jpe?g)(?:$|\?)",
    re.IGNORECASE,
)
#: Elements that mean no more than a block, and those that mean no more than another.
_RENAMED = {
    **dict.fromkeys(
        "article aside section main header footer nav form fieldset center hgroup address dialog body html"
        " legend".split(),
        "div",
    ),
    **dict.fromkeys(("xmp", "listing", "plaintext"), "pre"),
    **dict.fromkeys(("dir", "menu"), "ul"),
    "image": "img",
    "amp-img": "img",
    "amp-iframe": "iframe",
}
_NUMBER = re.compile(r"\d{1,5}(?=px$|$)")


def repair(root: Tag, base: str) -> None:
    """Repair everything below an element in place; ids stay where links of the text point to them."""
    edits = Edits()
    tags = _without_noscripts(root, edits)
    places = _places([tag for tag in tags if tag.name == "a"])
    pictures = _sources([tag for tag in tags if tag.name == "picture"])
    opened: list[Tag] = []
    stack = root.contents[::-1]
    while stack:
        tag = stack.pop()
        if not isinstance(tag, Tag):
            continue
        tag.name = _RENAMED.get(tag.name, tag.name)
        if tag.name in ("iframe", "embed", "object"):
            if frames.settle(tag, base, edits):
                opened.append(tag)
                stack.extend(reversed(tag.contents))
        elif tag.name in DROPPED:
            edits.cut(tag)
        elif tag.name in ALLOWED:
            _mend(tag, base, places, pictures.get(id(tag), []), edits)
            stack.extend(reversed(tag.contents))
        else:
            opened.append(tag)
            stack.extend(reversed(tag.contents))
    for tag in opened:
        edits.unwrap(tag)
    edits.settle()
    for tag in [tag for tag in tags if tag.name in ("video", "audio", "picture") and alive(tag, root)]:
        if tag.name == "picture":
            _bare_picture(tag)
        else:
            _unplayable(tag)


def _mend(tag: Tag, base: str, places: set[str], sources: list[Tag], edits: Edits) -> None:
    if not tag.attrs and tag.name not in ("img", "video", "audio", "source", "track", "a"):
        return
    place, language, direction = attribute(tag, "id"), attribute(tag, "lang"), attribute(tag, "dir")
    if tag.name == "img":
        _picture(tag, base, sources, edits)
    elif tag.name in ("video", "audio", "source", "track"):
        _media(tag, base, edits)
    elif tag.name == "a":
        _anchor(tag, base, places)
    allowed = ALLOWED[tag.name]
    kept = {key: str(value) for key, value in tag.attrs.items() if key in allowed and _fits(key, str(value))}
    if place in places and tag.name not in ("img", "source"):
        kept["id"] = place
    if language and tag.name not in ("img", "br", "hr"):
        kept["lang"] = language
    if direction and direction.lower() in ("rtl", "ltr", "auto"):
        kept["dir"] = direction.lower()
    tag.attrs = {**kept}


def _fits(key: str, value: str) -> bool:
    if key in ("width", "height", "colspan", "rowspan", "span", "start"):
        return value.isdecimal() and value.isascii() and 0 < int(value[:9]) < 10_000
    return key in ("alt", "controls", "allowfullscreen", "reversed", "open") or bool(value)


def _places(anchors: list[Tag]) -> set[str]:
    """Return the ids that links of the same text point to, such as those of footnotes."""
    wanted = {unquote(attribute(link, "href")[1:]) for link in anchors if attribute(link, "href")[:1] == "#"} - {""}
    for link in anchors if wanted else ():
        if attribute(link, "name") in wanted and "id" not in link.attrs:
            link.attrs["id"] = attribute(link, "name")
    return {place for place in wanted if not re.search(r"\s", place)}


def settle_places(tags: list[Tag]) -> None:
    """Take the ids off that no link points to any longer."""
    wanted = _places([tag for tag in tags if tag.name == "a"])
    for tag in tags:
        if tag.attrs and "id" in tag.attrs and attribute(tag, "id") not in wanted:
            del tag.attrs["id"]


def _anchor(tag: Tag, base: str, places: set[str]) -> None:
    href = attribute(tag, "href")
    address = urls.target(href, base)
    if address:
        tag.attrs["href"] = address
    elif attribute(tag, "id") not in places:
        tag.attrs = {}
        tag.name = "span"
    else:
        tag.attrs.pop("href", None)


def _without_noscripts(root: Tag, edits: Edits) -> list[Tag]:
    """Settle what stands in noscripts, and return all elements."""
    tags = elements(root)
    noscripts = [tag for tag in tags if tag.name == "noscript"]
    if not noscripts:
        return tags
    _noscripts(noscripts, root, edits)
    edits.settle()
    return elements(root)


def _noscripts(noscripts: list[Tag], root: Tag, edits: Edits) -> None:
    """Put the picture of a noscript in the place of the placeholder before it; drop the rest of noscripts."""
    seen = _stems(root)
    for tag in noscripts:
        picture = next((img for img in named(tag, "img") if attribute(img, "src")), None)
        before = _picture_before(tag) if picture else None
        if picture is None or (before is not None and _real(before)):
            edits.cut(tag)
        elif before is not None:
            edits.replace(before, picture)
            edits.cut(tag)
        elif _stem(attribute(picture, "src")) not in seen:
            edits.replace(tag, picture)
        else:
            edits.cut(tag)


def _picture_before(tag: Tag) -> Tag | None:
    before = tag.previous_sibling
    while isinstance(before, NavigableString) and not before.strip():
        before = before.previous_sibling
    if not isinstance(before, Tag):
        return None
    return before if before.name == "img" else next(iter(named(before, "img")), None)


def _stems(root: Tag) -> set[str]:
    """Return the addresses of the pictures that stand outside of noscripts, in all attributes of theirs."""
    found: set[str] = set()
    stack = root.contents[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag) and node.name != "noscript":
            if node.name == "img":
                found.update(_stem(value) for values in node.attrs.values() for value in str(values).split())
            stack.extend(reversed(node.contents))
    return found


def _stem(address: str) -> str:
    return address.split("?", maxsplit=1)[0].rstrip(",")


def _sources(pictures: list[Tag]) -> dict[int, list[Tag]]:
    """Return the sources among which a picture is a choice, by the id of that picture."""
    found = {}
    for choice in pictures:
        sources = [tag for tag in children(choice) if tag.name == "source"]
        if sources and (picture := next((tag for tag in children(choice) if tag.name == "img"), None)) is not None:
            found[id(picture)] = sources
    return found


def _real(tag: Tag) -> bool:
    names = ("src", *LAZY, *LAZY_SETS)
    return any((value := attribute(tag, name)) and not _PLACEHOLDER.search(value) for name in names)


def _picture(tag: Tag, base: str, sources: list[Tag], edits: Edits) -> None:
    sets = [_candidates(attribute(tag, name), base) for name in ("srcset", *LAZY_SETS)]
    several = next((found for found in sets if found), [])
    choice = [found for source in sources for name in _SETS if (found := _candidates(attribute(source, name), base))]
    address = _best(tag, base, several or next(iter(choice), []))
    sizes = attribute(tag, "sizes") or attribute(tag, "data-sizes") or attribute(tag, "data-lazy-sizes")
    kept: dict[str, str] = {key: attribute(tag, key) for key in ("alt", "title") if key in tag.attrs}
    tag.attrs = {"src": address, **_dimensions(tag), **kept}
    if len(several) > 1:
        tag.attrs["srcset"] = _srcset(several)
        if sizes and sizes != "auto" and len(sizes) < 300:
            tag.attrs["sizes"] = sizes
    if not address:
        edits.cut(tag)


def _best(tag: Tag, base: str, several: list[tuple[str, float]]) -> str:
    """Return the address of the picture proper."""
    waiting = [attribute(tag, name) for name in LAZY if name in tag.attrs]
    lazy = [value for value in waiting if value and not value.startswith(("data:", "{", "["))]
    given = attribute(tag, "src")
    first = [given] if given and not _PLACEHOLDER.search(given) else []
    real = [value for value in lazy if not _PLACEHOLDER.search(value) and _names_picture(value)]
    order = real[:1] + first if real and _is_waiting(tag, given) else first + real
    if not order and several:
        return max(several, key=lambda found: found[1])[0]
    for value in (*order, *lazy, given):
        if address := urls.absolute(value, base):
            return address
    return ""


def _names_picture(value: str) -> bool:
    return "/" in value or "." in value


def _is_waiting(tag: Tag, given: str) -> bool:
    """Return whether a script would still have to load the picture."""
    marks = attribute(tag, "class").lower()
    if not given or _PLACEHOLDER.search(given):
        return True
    sources = {attribute(tag, name) for name in LAZY[:4]} - {""}
    return "lazy" in marks and "jetpack" not in marks and given not in sources and len(sources) == 1


def _candidates(srcset: str, base: str) -> list[tuple[str, float]]:
    if not srcset:
        return []
    found = [(urls.absolute(url, base), size) for url, size in urls.candidates(srcset) if not _PLACEHOLDER.search(url)]
    return [(url.replace(",", "%2C"), size) for url, size in found if url]


def _srcset(several: list[tuple[str, float]]) -> str:
    if len(several) == 1:
        return several[0][0]
    largest = max(size for _, size in several)
    by_width = all(size == int(size) for _, size in several) and largest % 1000 != 0
    return ", ".join(f"{url} {int(size)}w" if by_width else f"{url} {size / 1000:g}x" for url, size in several)


def _dimensions(tag: Tag) -> dict[str, str]:
    found = {}
    for key in ("width", "height"):
        number = _NUMBER.match(attribute(tag, key).strip())
        if number and int(number.group()) > 1:
            found[key] = number.group()
    return found


def _bare_picture(tag: Tag) -> None:
    """A choice of sources shows nothing without a picture among them."""
    if named(tag, "img"):
        return
    for source in named(tag, "source"):
        if srcset := attribute(source, "srcset"):
            picture = new_tag("img", {"alt": "", "src": srcset.split(" ")[0].rstrip(",")})
            fill(tag, [*tag.contents, picture])
            return


def _media(tag: Tag, base: str, edits: Edits) -> None:
    for key in ("src", "poster"):
        names = (key, f"data-{key}", f"data-lazy-{key}")
        address = next((a for name in names if (a := urls.absolute(attribute(tag, name), base))), "")
        tag.attrs.pop(key, None)
        if address:
            tag.attrs[key] = address
    if "srcset" in tag.attrs or "data-srcset" in tag.attrs:
        several = _candidates(attribute(tag, "srcset") or attribute(tag, "data-srcset"), base)
        tag.attrs.pop("srcset", None)
        if several:
            tag.attrs["srcset"] = _srcset(several)
    if tag.name in ("video", "audio"):
        tag.attrs["controls"] = ""
    elif not (tag.attrs.get("src") or tag.attrs.get("srcset")) or not _is_in_player(tag):
        edits.cut(tag)


def _is_in_player(tag: Tag) -> bool:
    return any(above.name in ("video", "audio", "picture") for above in islice(tag.parents, 3))


def _unplayable(tag: Tag) -> None:
    """A player without anything to play is a picture, if that."""
    has_source = any(source.attrs.get("src") for source in named(tag, "source"))
    if tag.attrs.get("src") or has_source:
        return
    if poster := tag.attrs.get("poster"):
        tag.name = "img"
        fill(tag, [])
        tag.attrs = {"src": poster}
    else:
        tag.name = "div"
        tag.attrs = {}
