"""An explanation -> lines for a terminal, a diff, JSON, a page. Returns text, prints nothing.

The page shows the post before and after, every cut marked in its place, and where each field came from. It is HTML
without scripts and without requests: pictures and players of the post are shown as addresses. The post's HTML is within
the allow-list, and is written again here, element by element. Its template is read when this is imported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from difflib import unified_diff
from html.parser import HTMLParser
from importlib.resources import files
from itertools import takewhile

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from feedtool.explain import Explanation, Field, Membership
from feedtool.generators import digests
from feedtool.reader import Origin
from feedtool.report import counted, printable, problem_lines, safe_json
from feedtool.sanitiser import MARK, Removal
from feedtool.sanitiser.dom import BLOCKS, VOID
from feedtool.sanitiser.safety import ALLOWED
from feedtool.urls import absolute

#: characters of a value
_LONGEST = 100
#: origins of one field
_MOST = 3
#: the words that stand for an element without text
MEDIA = {"img": "picture", "iframe": "player", "video": "video", "audio": "sound"}

_BREAKS = BLOCKS | {"br"}
#: lines that are compared one by one; if more differ, the rest of both sides is shown as removed and added
_MOST_LINES = 2000
_CONTEXT = 3

_TEMPLATES = files("feedtool.explain") / "templates"
_STYLE = (_TEMPLATES / "explain.css").read_text(encoding="utf-8")
#: the page's only style, allowed by its digest, and nothing else (Content Security Policy, level 3)
_POLICY = f"default-src 'none'; style-src {digests([_STYLE])}; img-src data:; base-uri 'none'; form-action 'none'"
#: attributes that stay on the page; ids and addresses of anything but links do not
_ATTRIBUTES = frozenset({"lang", "dir", "title", "colspan", "rowspan", "span", "start", "type", "reversed", "datetime"})
_LEFT_OUT = frozenset({"picture", "source", "track"})
#: characters of an address
_LONGEST_ADDRESS = 90


def text_lines(explanation: Explanation) -> list[str]:
    """Return the explanation as people read it on a terminal."""
    told = [explanation.path, *explanation.verdict, "", "Fields"]
    told += [line for field in explanation.fields for line in _field(field, explanation.path)]
    if explanation.feeds:
        told += ["", "Feeds", *map(_membership, explanation.feeds)]
    cut = len(explanation.removals)
    told += ["", f"Cut out of the text ({cut})" if cut else "Cut out of the text: nothing"]
    told += [line for number, removal in enumerate(explanation.removals, 1) for line in _removal(number, removal)]
    told += ["", "Problems" if explanation.problems else "Problems: none"]
    return [printable(line) for line in told] + [f"  {line}" for line in problem_lines(explanation.problems)]


def diff_lines(explanation: Explanation) -> list[str]:
    """Return the unified diff of the text before and after trimming; empty where nothing that is seen was cut."""
    return [printable(line) for line in diff(lines(explanation.before_html), lines(explanation.after_html))]


def json_text(explanation: Explanation) -> str:
    """Return all of it as JSON in ASCII."""
    table = asdict(explanation)
    for number, removal in enumerate(table["removals"]):
        removal["number"] = number
    table["diff"] = diff(lines(explanation.before_html), lines(explanation.after_html))
    return safe_json(table)


def _origin_text(origins: Sequence[Origin], path: str) -> str:
    """Return where a value came from, in words; the file is named where it is not the one at the path."""
    told = []
    for origin in origins[:_MOST]:
        line = f", line {origin.line}" if origin.line else ""
        told.append(f"{origin.whence}{line}" + (f", of {origin.path}" if origin.path != path else ""))
    more = len(origins) - _MOST
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _feed_name(membership: Membership) -> str:
    return f"{membership.kind} {membership.term}" if membership.term else "all entries"


def _taken(removal: Removal) -> str:
    text = counted(removal.size, "character") if removal.size else "no text"
    return f"{text}, {counted(removal.links, 'link')}" if removal.links else text


def _weighed(removal: Removal) -> str:
    """Return the features of a block and their weights, the heaviest first; more than 0 in all is a cut."""
    features = sorted(removal.features, key=lambda feature: -feature[1])
    total = sum(value for _, value in features)
    return f"{total:+.1f} = " + ", ".join(f"{name} {value:+.1f}" for name, value in features)


def _field(field: Field, path: str) -> list[str]:
    if not field.values:
        return [f"  {field.name:<10}  –"]
    value = ", ".join(field.values)
    value = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    return [f"  {field.name:<10}  {value}", f"  {'':<10}    {_origin_text(field.origins, path)}"]


def _membership(membership: Membership) -> str:
    name = _feed_name(membership)
    where = f"  ({membership.folder})" if membership.folder else ""
    return f"  {'yes' if membership.holds else 'no':<3}  {name}: {membership.why}{where}"


def _removal(number: int, removal: Removal) -> list[str]:
    words = [f'     "{removal.text}{"…" * (len(removal.text) < removal.size)}"'] if removal.text else []
    told = [f"     {_weighed(removal)}"] if removal.features else []
    return [f"  {number}. {removal.rule}: {removal.why} ({_taken(removal)})", *words, *told]


def lines(html: str) -> list[str]:
    """Return the lines of text; a picture or a player is a line with its address."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    reader.ends()
    return reader.lines


def diff(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the unified diff of two texts, without line ends; empty where they are the same."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    rest = zip(reversed(before[head:]), reversed(after[head:]), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    start, stop = max(0, head - _CONTEXT), len(before) - tail
    above, below = before[start:head], before[stop : stop + _CONTEXT]
    if len(old) + len(new) > _MOST_LINES:
        ranges = (f"{start + 1},{len(above) + len(lines) + len(below)}" for lines in (old, new))
        hunk = "@@ -{} +{} @@".format(*ranges)
        changed = [*_each("-", old), *_each("+", new)]
        return ["--- before", "+++ after", hunk, *_each(" ", above), *changed, *_each(" ", below)]
    found = unified_diff([*above, *old, *below], [*above, *new, *below], "before", "after", lineterm="", n=_CONTEXT)
    return [_moved(line, start) if line.startswith("@@") else line for line in found]


def _each(sign: str, texts: Sequence[str]) -> list[str]:
    return [sign + line for line in texts]


def _moved(hunk: str, lines_above: int) -> str:
    """Return the head of a hunk with so many lines more above it."""
    return re.sub(r"(?<=[-+])\d+", lambda found: str(int(found[0]) + lines_above), hunk)


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._words: list[str] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.ends()
        self._verbatim += tag == "pre"
        if tag in MEDIA:
            self.ends()
            given = dict(attrs)
            self._words.append(f"[{MEDIA[tag]}: {given.get('src') or given.get('poster') or 'no address'}]")
            self.ends()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.ends()
        self._verbatim -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self._words.append(data)
            return
        for number, line in enumerate(data.split("\n")):
            if number:
                self.ends()
            self._words.append(line)

    def ends(self) -> None:
        """End a line."""
        text = "".join(self._words)
        line = text.rstrip() if self._verbatim else " ".join(text.split())
        self._words = []
        if line:
            self.lines.append(line)


def render_page(explanation: Explanation, *, generator: str) -> bytes:
    """Return the page as UTF-8."""
    before, after = _Pane(explanation.removals), _Pane(())
    for pane, text in ((before, explanation.before_html), (after, explanation.after_html)):
        pane.feed(text)
        pane.close()
    page = _PAGE.render(
        explanation=explanation,
        # numbers of the removals whose marks are in the text before
        seen=before.seen,
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
        shown = address if len(address) <= _LONGEST_ADDRESS else address[: _LONGEST_ADDRESS - 1] + "…"
        held = f'<span class="media"><b>{escape(name)}</b> {escape(shown)}</span>'
        stays_open = tag in ("video", "audio")
        self.out.append(f"<span{mark}>{held}{'' if stays_open else '</span>'}")


_ENVIRONMENT = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)
_ENVIRONMENT.filters["printable"] = printable
_PAGE = _ENVIRONMENT.from_string(
    (_TEMPLATES / "explain.html").read_text(encoding="utf-8"),
    {
        # our own file, with no markup in it; its digest is in the policy, so nothing may be escaped
        "style": Markup(_STYLE),  # noqa: S704
        "policy": _POLICY,
        "mark": MARK,
        "origin_text": _origin_text,
        "feed_name": _feed_name,
        "taken": _taken,
        "weighed": _weighed,
    },
)
