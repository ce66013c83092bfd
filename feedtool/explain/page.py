"""An explanation -> a page: the post before and after, every cut marked in its place, and where each field came from.

In: an explanation. Out: HTML without scripts and without requests: pictures and players of the post are shown as
addresses. The post's HTML is within the allow-list, and is written again here, element by element. Reads only its
template, when it is imported.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from feedtool.explain.explanation import Explanation
from feedtool.explain.formats import MEDIA, counted, feed_name, origin_text, weighed
from feedtool.report import printable
from feedtool.sanitiser import Removal
from feedtool.sanitiser.dom import VOID
from feedtool.sanitiser.safety import ALLOWED
from feedtool.sanitiser.trace import MARK
from feedtool.urls import absolute

_TEMPLATES = files("feedtool.explain") / "templates"
_STYLE = (_TEMPLATES / "explain.css").read_text(encoding="utf-8")
#: the page's only style, allowed by its digest, and nothing else (Content Security Policy, level 3)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
#: attributes that stay on the page; ids and addresses of anything but links do not
_ATTRIBUTES = frozenset({"lang", "dir", "title", "colspan", "rowspan", "span", "start", "type", "reversed", "datetime"})
_LEFT_OUT = frozenset({"picture", "source", "track"})
#: characters of an address
_LONGEST = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class _Legend:
    """A removal as the page lists it."""

    number: int
    removal: Removal
    counted: str
    #: the features that decided, or ""
    weighed: str
    #: whether anything in the text before carries its mark
    is_shown: bool


def render_page(explanation: Explanation, *, generator: str) -> bytes:
    """Return the page as UTF-8."""
    before = _Pane(explanation.removals)
    before.feed(explanation.before_html)
    before.close()
    after = _Pane(())
    after.feed(explanation.after_html)
    after.close()
    page = _ENVIRONMENT.get_template("explain.html").render(
        explanation=explanation,
        legend=[
            _Legend(
                number=number,
                removal=removal,
                counted=counted(removal),
                weighed=weighed(removal) if removal.features else "",
                is_shown=number in before.seen,
            )
            for number, removal in enumerate(explanation.removals)
        ],
        rules=Counter(removal.rule for removal in explanation.removals),
        # written by _Pane, which escapes all that it does not know
        before=Markup("".join(before.out)),  # noqa: S704
        after=Markup("".join(after.out)),  # noqa: S704
        generator=generator,
    )
    return page.encode("utf-8", "backslashreplace")


class _Pane(HTMLParser):
    """Copies HTML within the allow-list: with marks for cuts, and addresses instead of pictures."""

    def __init__(self, removals: Sequence[Removal]) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        #: numbers of the removals that were met
        self.seen: set[int] = set()
        self._removals = removals
        #: the mark of a choice of pictures, for the picture in it
        self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        mark = self._mark(given.get("id", ""))
        if tag in MEDIA:
            self._media(tag, given, mark or self._choice)
            self._choice = ""
        elif tag == "picture":
            self._choice = mark
        elif tag in ALLOWED and tag not in _LEFT_OUT:
            names = sorted(given.keys() & (_ATTRIBUTES - {"title"} if mark else _ATTRIBUTES))
            kept = "".join(f' {name}="{escape(given[name])}"' for name in names)
            if tag == "a" and (address := absolute(given.get("href", ""))):
                kept += f' href="{escape(address)}" rel="noopener noreferrer"'
            self.out.append(f"<{tag}{mark}{kept}{' open' * (tag == 'details')}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("video", "audio"):
            self.out.append("</span>")
        elif tag in ALLOWED and tag not in MEDIA and tag not in _LEFT_OUT and tag not in VOID:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(str(escape(data)))

    def _mark(self, given: str) -> str:
        """Return the attributes that show a cut; "" for an id that is not a mark."""
        digits = given.removeprefix(MARK)
        if digits == given or not digits.isdecimal() or len(digits) > 9 or int(digits) >= len(self._removals):
            return ""
        number = int(digits)
        place = "" if number in self.seen else f' id="{MARK}{number}"'
        self.seen.add(number)
        removal = self._removals[number]
        return (
            f'{place} class="cut" data-rule="{escape(removal.rule)}" title="{escape(f"{removal.rule}: {removal.why}")}"'
        )

    def _media(self, tag: str, given: dict[str, str], mark: str) -> None:
        """Write the address instead of an element that would fetch it."""
        address = given.get("src") or given.get("poster") or ""
        name = " · ".join(filter(None, (MEDIA[tag], given.get("alt") or given.get("title"))))
        shown = address if len(address) <= _LONGEST else address[: _LONGEST - 1] + "…"
        held = f'<span class="media"><b>{escape(name)}</b> {escape(shown)}</span>'
        stays_open = tag in ("video", "audio")
        self.out.append(f"<span{mark}>{held}{'' if stays_open else '</span>'}")


def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"explain.html": (_TEMPLATES / "explain.html").read_text(encoding="utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["printable"] = printable
    environment.globals |= {
        # our own file, with no markup in it; its digest is in the policy, so nothing may be escaped
        "style": Markup(_STYLE),  # noqa: S704
        "policy": _POLICY,
        "mark": MARK,
        "origin_text": origin_text,
        "feed_name": feed_name,
    }
    return environment


_ENVIRONMENT = _environment()
