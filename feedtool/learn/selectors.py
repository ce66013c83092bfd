"""An element -> the CSS selectors that could name it in a rule, the plainest first.

In: an element of a tree. Out: selectors as text, escaped. A name that says only how something looks, or that any
article has, names nothing by itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations

import soupsieve
from bs4 import Tag

from feedtool.sanitiser.dom import BLOCKS, attribute

#: elements that a page's frame has and an article seldom
_FRAME = frozenset({"nav", "aside", "footer", "form", "menu"})
#: words of class names and ids that say how something looks, or that hold the article itself
_VAGUE = frozenset(
    """
    active align aligncenter alignleft alignnone alignright article articles b background bg big black block blocks
    blue body bold border bottom box caption center centered class clear clearfix cms col color column columns
    container content contents copy desktop details display div elementor entry even first flex float font full
    fullwidth g gallery graf gray green grid group h h1 h2 h3 h4 h5 h6 has head header height hidden i image images
    img inline inner item items justify l large last layout left li lightbox line list lg m main margin markup md
    media medium middle mobile mso msonormal normal odd ol outer p padding page paragraph part photo picture post
    posts pre primary pull quote quotes r rich right root row s section single size small sm source span standard
    static story style t table td text title to top tr type u ul unstyled value vertical video view visible w white
    whitespace width wide widget wp wrap wrapper xl xs
    """.split()
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+")
_SHAKY = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[a-zA-Z])[^\W_]{5,}|\d{3,}")


def selectors_of(tag: Tag) -> tuple[str, ...]:
    """Return the selectors that could name an element; none where it has no telling name."""
    own = _names(tag)
    found = [name for name in own if not _is_vague(name)]
    classes = [name for name in own if name.startswith(".")][:4]
    found += [one + two for one, two in combinations(classes, 2) if not (_is_vague(one) and _is_vague(two))]
    found = [_named(tag, name) for name in found]
    if tag.name in _FRAME or "-" in tag.name:
        found.append(tag.name)
    above, between = tag.parent, ""
    for _ in range(2):
        if above is None or above.name == "[document]":
            break
        near = [_named(above, name) for name in _names(above)[:3] if not _is_vague(name)]
        if near:
            steps = [_named(tag, name) for name in classes[:2]] or [tag.name] * (tag.name in BLOCKS)
            found += [f"{outer} > {between}{step}" for outer in near for step in steps]
            break
        between = f"{_css(above.name)} > {between}"
        above = above.parent
    return tuple(dict.fromkeys(found))


def rank(selector: str) -> tuple[bool, int, int, str]:
    """Return what sorts the plainer and more lasting of two selectors first."""
    return bool(_SHAKY.search(selector)), len(re.findall(r"(?<!\\)[.#>]", selector)), len(selector), selector


def _names(tag: Tag) -> list[str]:
    """Return id and classes as selectors."""
    name = attribute(tag, "id").strip(" \t\r\n\f")
    names = ["#" + _css(name)] if name and not re.search(r"[ \t\r\n\f]", name) and len(name) <= 80 else []
    words = re.split(r"[ \t\r\n\f]+", attribute(tag, "class"))[:8]
    return names + ["." + _css(word) for word in dict.fromkeys(words) if 0 < len(word) <= 80]


def _named(tag: Tag, name: str) -> str:
    return name if name.startswith("#") else _css(tag.name) + name


def _is_vague(name: str) -> bool:
    """Return whether a class or id says nothing of what its element is for."""
    words = [word.lower() for word in _WORD.findall(name)]
    return len(name) <= 3 or all(word in _VAGUE or word.isdigit() for word in words)


@lru_cache(maxsize=10_000)
def _css(name: str) -> str:
    """Return a name as CSS writes it, in characters that show."""
    out = ""
    for piece in re.split(r"(.)", name, flags=re.DOTALL) if not name.isprintable() else [name]:
        if not piece.isprintable():
            out += f"\\{ord(piece):06x}"
        elif piece:
            # Only what begins a name may not be a digit.
            out += soupsieve.escape("_" + piece)[1:] if out else soupsieve.escape(piece)
    return out
