"""Where links lead that name a file of the sources instead of an address, as in Zola and Pelican. Pure.

    [words](@/blog/tea.md)   [words]({filename}tea.md)   ![words]({static}/images/tea.png)

What another post's address is, stands in no text but its own; such a link is left out, and its words stay. A picture
keeps its place from the site's root, or beside its page.
"""

from __future__ import annotations

import re

#: an address in a scheme that the sanitiser does not let through: the link goes, what it is round stays
NOWHERE = "unresolved:"

_TARGET = re.compile(
    r"""(?P<lead>\]\([ ]?<?|^[ ]{0,3}\[[^\]\n]{1,200}\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)
    (?:@/|[{|](?P<kind>filename|static|attach|category|tag|author|index|archives)[}|])
    (?P<rest>[^)\s>"']*)""",
    re.VERBOSE | re.MULTILINE,
)
_IS_TARGET = re.compile(r"""(?:\]\([ ]?<?|\]:[ ]{0,3}<?|\b(?:href|src|poster)=["']?)\Z""")
_POSTS = (".md", ".markdown", ".rst", ".html")


def is_target(before: str) -> bool:
    """Say whether what follows this text is where a link leads."""
    return bool(_IS_TARGET.search(before[-20:]))


def settled(text: str, missing: list[str]) -> str:
    """Return the text with addresses for such targets; those that are left out are added to `missing`."""
    if "@/" not in text and "{" not in text and "|" not in text:
        return text

    def address(target: re.Match[str]) -> str:
        found = _place(target["kind"], target["rest"])
        if not found:
            missing.append(target[0].removeprefix(target["lead"]))
        return target["lead"] + (found or NOWHERE)

    return _TARGET.sub(address, text)


def _place(kind: str | None, rest: str) -> str:
    """Return the address of a file of Pelican's, from the site's root or beside the page; "" where none can be told."""
    if kind == "index":
        return "/"
    is_post = rest.partition("#")[0].lower().endswith(_POSTS)
    if kind == "attach" and not is_post:
        is_beside = not rest.startswith(("/", ".."))
        return rest if is_beside else rest.rpartition("/")[2]
    if kind in ("static", "filename") and rest.startswith("/") and not rest.startswith("//") and not is_post:
        return rest
    return ""
