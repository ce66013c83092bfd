"""The allow-list: what HTML may hold when it leaves, whatever came in.

In: HTML. Out: HTML of the elements and attributes listed here, and nothing else. It trusts no earlier step.
"""

from __future__ import annotations

import nh3

from feedtool import urls

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
    "track": frozenset({"src", "kind", "srclang", "label"}),
    "video": frozenset({"src", "poster", "controls", "width", "height"}),
}

#: Attributes that stay on every element.
EVERYWHERE = frozenset({"id", "lang", "dir"})

#: Elements that go with all that is in them: their content is no text for a reader.
DROPPED = frozenset(
    "script style template noscript noembed noframes head title meta link base object applet param svg canvas"
    " select option optgroup datalist textarea input progress meter map area frameset frame".split()
)

_ATTRIBUTES = {"*": set(EVERYWHERE), **{name: set(attributes) for name, attributes in ALLOWED.items() if attributes}}
_ELEMENTS = set(ALLOWED)
_EMPTIED = set(DROPPED) - {"title", "meta", "link", "base", "param", "input", "area", "frame"}
_ADDRESSES = frozenset({"src", "poster", "cite"})


def allow(html: str) -> str:
    """Return the HTML within the allow-list."""
    return nh3.clean(
        html,
        tags=_ELEMENTS,
        clean_content_tags=_EMPTIED,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )


def _attribute(_: str, name: str, value: str) -> str | None:
    """Return the value that an attribute may have: addresses must be absolute by now."""
    if name in _ADDRESSES:
        return urls.absolute(value, "") or None
    if name == "href":
        return urls.target(value, "") or None
    if name == "srcset":
        kept = [part for part in value.split(", ") if urls.absolute(part.split(" ")[0], "") == part.split(" ")[0]]
        return ", ".join(kept) or None
    return value
