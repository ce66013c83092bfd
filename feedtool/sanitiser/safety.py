"""The way out: a tree -> HTML, and HTML -> HTML within the allow-list.

Out: the elements and attributes listed here, and nothing else. The allow-list trusts no earlier step.
"""

from __future__ import annotations

import re

import nh3

from feedtool import urls
from feedtool.sanitiser.dom import BREAKS, MEDIA, VERBATIM, VOID, PageElement, Tag, Text, attribute, packed

#: Elements of MathML Core and of cancelled terms, with their attributes besides those that all have. None of them
#: loads anything, links anywhere or holds HTML.
_MATHML = {
    **dict.fromkeys(
        "merror mi mmultiscripts mn mphantom mprescripts mroot mrow ms msqrt mstyle msub msubsup msup mtext".split(), ""
    ),
    "math": "alttext display",
    "menclose": "notation",
    "mfrac": "linethickness",
    "mo": "fence form largeop lspace maxsize minsize movablelimits rspace separator stretchy symmetric",
    "mover": "accent",
    "mpadded": "depth height lspace voffset width",
    "mspace": "depth height width",
    "mtable": "columnalign columnspacing rowspacing",
    "mtd": "columnalign columnspan rowspan",
    "mtr": "columnalign",
    "munder": "accentunder",
    "munderover": "accent accentunder",
}
_EVERY_MATHML = "dir displaystyle mathbackground mathcolor mathsize mathvariant scriptlevel".split()
MATHML = frozenset(_MATHML)

#: Elements that stay, with the attributes that stay on them.
ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        "abbr acronym b bdi bdo big br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5"
        " h6 hr i ins kbd li mark p picture pre q rp rt ruby s samp small span strike strong sub summary sup table"
        " tbody tfoot thead tr tt u ul var wbr".split(),
        frozenset(),
    ),
    "a": frozenset({"href", "title"}),
    "audio": frozenset({"src", "controls"}),
    "blockquote": frozenset({"cite"}),
    "details": frozenset({"open"}),
    "iframe": frozenset({"src", "width", "height", "title", "allowfullscreen"}),
    "img": frozenset({"src", "srcset", "sizes", "alt", "title", "width", "height"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "source": frozenset({"src", "srcset", "sizes", "type", "media"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
    "track": frozenset({"src", "kind", "srclang", "label", "default"}),
    "video": frozenset({"src", "poster", "controls", "width", "height"}),
    **{name: frozenset({*own.split(), *_EVERY_MATHML}) for name, own in _MATHML.items()},
}

#: Attributes that stay on every element.
EVERYWHERE = frozenset({"id", "lang", "dir"})

#: Elements that are removed with their content, which is not text for a reader.
DROPPED = frozenset(
    "script style template noscript noembed noframes head title meta link base object applet param svg canvas"
    " select option optgroup datalist textarea input progress meter map area frameset frame".split()
)

_ADDRESSES = frozenset({"src", "poster", "cite"})
#: The address of a picture that is its own content, in a format without scripts.
DATA_IMAGE = re.compile(r"data:image/(?:png|gif|jpeg|webp|avif);base64,[A-Za-z0-9+/]+={0,2}")

#: The order of attributes, so that the same element is always the same bytes; others follow by name.
_ORDER = dict(zip("href src width height alt title allowfullscreen srcset sizes".split(), range(9), strict=True))


def _attribute(element: str, name: str, value: str) -> str | None:
    """Return the value that an attribute may have: addresses must be absolute by now."""
    if element == "img" and name == "src" and DATA_IMAGE.fullmatch(value):
        return value
    if name in _ADDRESSES:
        return urls.absolute(value, "") or None
    if name == "href":
        return urls.target(value, "") or None
    if name == "srcset":
        kept = [part for part in value.split(", ") if urls.absolute(part.split(" ")[0], "") == part.split(" ")[0]]
        return ", ".join(kept) or None
    return value


#: Built once: nh3 takes longer to read its options than to clean a post.
_ALLOW_LIST = nh3.Cleaner(
    tags=set(ALLOWED),
    clean_content_tags=set(DROPPED) - {"title", "meta", "link", "base", "param", "input", "area", "frame"},
    attributes={"*": set(EVERYWHERE), **{name: set(attributes) for name, attributes in ALLOWED.items() if attributes}},
    attribute_filter=_attribute,
    strip_comments=True,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "data"},
)


#: a tag, or a thousand signs of one text for which nh3 takes quadratic time
_TAG_OR_SIGNS = re.compile("<[^>]*>|(?:[&\x80-\xbf][^<>&\x80-\xbf]*){1000}")
_LONG = 100_000


def allow(html: str) -> str:
    """Return the HTML within the allow-list."""
    if len(html) > _LONG:  # a comment, which does not stay, divides a text
        html = _TAG_OR_SIGNS.sub(lambda found: found[0] if found[0][0] == "<" else f"{found[0]}<!---->", html)
    return _ALLOW_LIST.clean(html)


def serialise(root: Tag) -> str:
    """Return the content of an element as HTML, with white space as a browser would collapse it."""
    out = _Writer()
    stack: list[PageElement | str] = list(reversed(root.contents))
    while stack:
        node = stack.pop()
        if isinstance(node, Text):
            out.text(node)
        elif isinstance(node, Tag):
            if node.name in DROPPED:
                continue
            out.opens(node)
            if node.name not in VOID:
                stack.append(node.name)
                stack += node.contents[::-1]
        else:
            out.closes(str(node))
    out.breaks()
    return "".join(out.html)


class _Writer:
    """Collects HTML; knows whether a space would show."""

    __slots__ = ("_is_start", "_last", "_verbatim", "html")

    def __init__(self) -> None:
        self.html: list[str] = []
        #: the index of the last text if it ends with a space, else -1
        self._last = -1
        #: whether a space would begin a line
        self._is_start = True
        self._verbatim = 0

    def text(self, text: str) -> None:
        if self._verbatim:
            if self.html[-1][:4] == "<pre":  # a parser leaves out the first
                text = text.lstrip("\r\n")
            if text:
                self._is_start, self._last = False, -1
                self.html.append(_escaped(text))
            return
        if text := packed(text, starts=self._is_start, ends=False):
            self.html.append(_escaped(text))
            self._is_start = text[-1] == " "
            self._last = len(self.html) - 1 if self._is_start else -1

    def opens(self, tag: Tag) -> None:
        name = tag.name
        if name in BREAKS:
            self.breaks()
        elif name in MEDIA:
            self._is_start, self._last = False, -1
        self.html.append(_opening(tag) if tag.attrs else f"<{name}>")
        if name in VERBATIM:
            self._verbatim += 1

    def closes(self, name: str) -> None:
        if name in VERBATIM:
            self._verbatim -= 1
        if name in BREAKS:
            self.breaks()
        self.html.append(f"</{name}>")

    def breaks(self) -> None:
        if self._last >= 0 and not self._verbatim:
            self.html[self._last] = self.html[self._last][:-1]
        self._is_start, self._last = True, -1


def _escaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _opening(tag: Tag) -> str:
    names = sorted(tag.attrs, key=lambda name: (_ORDER.get(name, 9), name))
    attributes = "".join(f' {name}="{_escaped(attribute(tag, name)).replace(chr(34), "&quot;")}"' for name in names)
    return f"<{tag.name}{attributes}>"
