"""Pictures that a page shows twice: for browsers that run its scripts, and for those that do not.

In: a tree as scraped. Out: the tree with each picture once, in its full form.
"""

from __future__ import annotations

from bs4 import Tag

from feedtool.sanitiser import dom, media
from feedtool.sanitiser.dom import Edits, attribute, elements, named


def without_noscripts(root: Tag, edits: Edits) -> list[Tag]:
    """Replace each placeholder by the picture of the noscript after it, and return all elements."""
    tags = elements(root)
    noscripts = [tag for tag in tags if tag.name == "noscript"]
    if not noscripts:
        return tags
    known = _picture_addresses(root)
    for tag in noscripts:
        picture = next((img for img in named(tag, "img") if attribute(img, "src")), None)
        before = _picture_before(tag)
        if picture and (preview := _preview_before(before, picture)):
            edits.cut(preview)
        if picture and before and not media.has_picture(before):
            edits.replace(before, picture)
        if picture and not before and _without_query(attribute(picture, "src")) not in known:
            edits.replace(tag, picture)
        else:
            edits.cut(tag)
    edits.apply()
    return elements(root)


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
