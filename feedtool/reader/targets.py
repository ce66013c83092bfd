"""Links to the files of other posts -> addresses, once every post of a site is known. Pure.

    {% post_url 2024-01-02-tea %}   {% link _posts/2024-01-02-tea.md %}     Jekyll
    {{< ref "tea.md#pot" >}}                                                Hugo
    [words](@/blog/tea.md)                                                  Zola
    [words]({filename}../tea.md)                                            Pelican
    [words](../tea.md)                                                      all of them
    [[tea#Pot]]                                                             Obsidian

A text mentions names of files (`mentioned`), and the site's posts of these names with their addresses are its targets.
Rendering leaves a pending address for each link that a generator would fill in (`pending`); `resolved` fills it in. So
an entry depends on the posts that have a name it mentions, and on no others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from html import escape, unescape
from posixpath import normpath
from typing import Literal, TypeAlias
from urllib.parse import quote, unquote

from feedtool.disk import stem_and_ending
from feedtool.frozen import frozen
from feedtool.syntax import later

#: how a link finds its post: beside the file, or from the root of the content where it names a folder; from that root;
#: beside the file or else anywhere; anywhere
How: TypeAlias = Literal["beside", "root", "near", "anywhere"]
#: name -> the posts of this name, each with the path of its file and its address
Targets: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]

#: an address in a scheme that the sanitiser removes: the link goes, its words stay
NOWHERE = "unresolved:"
#: endings of files with posts
ENDINGS = (".md", ".markdown", ".mdx", ".mkd", ".mdown", ".rst")
_ENDING = f"(?:{'|'.join(map(re.escape, ENDINGS))})"
#: what only a generator fills in
_TAGGED = later(
    r"(?:\bpost_url|\blink|\b(?:rel)?ref)\s+(?:path\s*=\s*)?[\"'`]?([^\"'`%{}<>\n]{1,300})"
    r"|(?:@/|[{|]filename[}|])([^)\s>\"'`]{1,300})"
)
_FILE = later(
    rf"<([^<>\n]{{1,300}}{_ENDING})(?:#[^<>\n]*)?>|([^\s()<>\"'\[\]{{}}|]{{1,300}}{_ENDING})\b", re.IGNORECASE
)
_NOTE = later(r"\[\[([^\[\]|#\n]{1,500})")
#: the address of a link or of a picture in HTML
_ADDRESS = later(
    r"""(?P<lead><(?:a|area|img|source|video|audio)\b[^<>]*?\s(?P<name>href|src)\s*=\s*)
    (?:"(?P<double>[^"<>]*)"|'(?P<single>[^'<>]*)')""",
    re.IGNORECASE | re.VERBOSE,
)
_TONGUE = later(r"\.([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\Z")
_MOST = 1000


@frozen
class Linking:
    """What the links of a post depend on beside its text."""

    #: of the post's file
    path: str
    targets: Targets
    #: the site's own address, for files other than posts; or ""
    home: str = ""
    #: whether an address such as `../tea.md` names a file of the site, and not one of the post's source
    is_own: bool = True


def mentioned(text: str, *, is_own: bool, has_notes: bool) -> tuple[str, ...]:
    """Return the names of files that a text may link to, sorted; some are in code only.

    `is_own`: addresses such as `../tea.md` count, and `has_notes`: links such as `[[tea]]`.
    """
    found: set[str] = set()
    has_tags = (("{%" in text and "link " in text) or "post_url" in text) or ("{{" in text and "ref " in text)
    if has_tags or "@/" in text or "filename" in text:  # words are looked for much faster than patterns
        found |= {re.sub(r"\s+-\Z", "", each[1] or each[2]) for each in _TAGGED.finditer(text)}
    if is_own and (".m" in text or ".rst" in text or ".M" in text) and any(each in text for each in (*ENDINGS, ".MD")):
        found |= {each[1] or each[2] for each in _FILE.finditer(text)}
    if has_notes and "[[" in text:
        found |= {each[1] for each in _NOTE.finditer(text)}
    return tuple(sorted({name for each in found if (name := _last(_normal(each)))})[:_MOST])


_UNUSUAL = later(r"[%#?]|(?:\A|index)\.md\Z", re.IGNORECASE)


def names_of(path: str) -> set[str]:
    """Return the names by which texts may mention a post."""
    name = path.rpartition("/")[2]
    if name.endswith(".md") and name.count(".") == 1 and not _UNUSUAL.search(name):
        return {unicodedata.normalize("NFC", name[:-3]).casefold()}  # as of nearly every post of a large site
    normal = _normal(path)
    return {_last(normal), _last(_TONGUE.sub("", normal))} - {""}


def targets_of(posts: Iterable[tuple[str, str]], wanted: Iterable[str]) -> Targets:
    """Return the posts, each with path and address, that have a wanted name, by name."""
    names = dict.fromkeys(wanted)
    found: dict[str, list[tuple[str, str]]] = {}
    for path, address in posts:
        for name in names_of(path):
            if name in names:
                found.setdefault(name, []).append((path, address))
    return {name: tuple(sorted(each)) for name, each in sorted(found.items())}


def pending(how: How, target: str, written: str) -> str:
    """Return what stands for an address until the text is rendered: `written` is how its author wrote it."""
    return NOWHERE + "/".join(quote(part, safe="") for part in (how, target, written))


def resolved(html: str, linking: Linking) -> tuple[str, list[str]]:
    """Return HTML with the addresses of other posts, and the links that lead to no known one, as written."""
    missing: list[str] = []
    if NOWHERE not in html and not (linking.is_own and re.search(rf"{_ENDING}\b", html, re.IGNORECASE)):
        return html, missing

    def filled(found: re.Match[str]) -> str:
        raw = found["double"] if found["double"] is not None else found["single"]
        address = _filled(unescape(raw), linking, missing, is_link=found["name"].lower() == "href")
        return f'{found["lead"]}"{escape(address)}"' if address else found[0]

    return _ADDRESS.sub(filled, html), missing


def _filled(raw: str, linking: Linking, missing: list[str], *, is_link: bool) -> str:
    """Return the address for one in HTML; "" to leave that as it is."""
    place, mark, fragment = raw.partition("#")
    if place.startswith(NOWHERE):
        how, target, written = (*map(unquote, place.removeprefix(NOWHERE).split("/")), "", "", "")[:3]
    elif is_link and linking.is_own and re.fullmatch(rf"[^:?]*{_ENDING}", place, re.IGNORECASE) and place[:2] != "//":
        how, target, written = "beside", unquote(place), raw
    else:
        return ""
    target, inner_mark, inner = target.partition("#")
    address = _address(how, target, linking)
    if address:
        return address + (mark + fragment or inner_mark + quote(inner, safe="/%:@!$&'()*+,;=~-._?"))
    missing.append(written or target)
    return NOWHERE


def _address(how: str, target: str, linking: Linking) -> str:
    ending = stem_and_ending(target)[1].lower()
    if how == "root" and ending and ending not in (*ENDINGS, ".html"):
        return linking.home and linking.home + quote(target.lstrip("/"))
    wanted, folder = _normal(target), linking.path.removeprefix("./").rpartition("/")[0]
    beside = _normal(normpath(f"{folder}/{target}")) if not target.startswith("/") else ""
    found = linking.targets.get(_last(wanted)) or linking.targets.get(_last(beside), ())
    choices = [(_normal(path), address) for path, address in found]
    if how in ("beside", "near") and (own := _first(choices, linking, beside.__eq__)):
        return own
    if how == "beside" and (target.startswith(".") or "/" not in target):
        return ""
    return _first(choices, linking, lambda path: path == wanted or path.endswith(f"/{wanted}"))


def _first(choices: list[tuple[str, str]], linking: Linking, is_it: Callable[[str], bool]) -> str:
    """Return the address of the first post that it is: of the same language, then nearest to the root."""
    own = _TONGUE.search(_normal(linking.path))
    found = []
    for path, address in choices:
        tongue = _TONGUE.search(path)
        if is_it(path) or is_it(_TONGUE.sub("", path)):
            is_foreign = (tongue and tongue[1]) != (own and own[1])
            found.append((is_foreign, path.count("/"), path, address))
    return min(found)[3] if found else ""


def _normal(path: str) -> str:
    """Return the path of a post without ending, `_posts` and outer "/"; of `tea/index.md` that of its folder."""
    place = unicodedata.normalize("NFC", unquote(path.partition("#")[0].partition("?")[0]).strip()).casefold()
    place = re.sub(rf"(?:{_ENDING}|\.html)\Z", "", place)
    place = re.sub(r"(?:\A|(?<=/))_?index(?=\Z|\.[a-z]{2,3}\Z|\.[a-z]{2,3}-)", "", place)
    place = re.sub(r"/(?=\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z)", "", place)
    return re.sub(r"\A(?:\.{1,2}/)+|(?:\A|(?<=/))_posts/", "", place).strip("/")


def _last(normal: str) -> str:
    return normal.rpartition("/")[2].strip(".")
