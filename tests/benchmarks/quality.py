"""How much of articles stays, and how much of what stands round them goes, on pages that others chose.

`python -m tests.benchmarks.quality FOLDER`, from the project's root. FOLDER is a checkout of the article extraction benchmark
(https://github.com/scrapinghub/article-extraction-benchmark); nothing of it is part of this project. Of each page the
smallest element that holds 98 % of the article, with up to two elements round it, is a post, as a bot would deliver it.
Texts are compared by their words, four by four.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import html

from feedtool import load_config, read_entries

#: the share of an article that its element holds; and what a page may lose before it counts as damaged
WHOLE, DAMAGED = 0.98, 0.9
#: an element that has so many times the text of the article, or of a short one, is a page
_PAGE, _SHORT = 2.5, 800

Grams = Counter[tuple[str, ...]]


def grams(element: Any) -> Grams:
    """Return the words of an element, or of a text, four by four."""
    text = element if isinstance(element, str) else " ".join(element.itertext())
    words = re.findall(r"\w+", text)
    size = min(4, len(words))
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1)) if words else Counter()


def share(article: Grams, other: Grams) -> float:
    """Return how much of an article another text holds."""
    return (article & other).total() / max(1, article.total())


def fragment(page: str, article: Grams) -> Any | None:
    """Return the element that a bot would take from a page; None if the page does not hold the article."""
    root: Any = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    for one in root.xpath("//script | //style | //noscript | //template | //comment() | //link | //meta"):
        one.drop_tree()
    found = root.find("body")
    if found is None or share(article, grams(found)) < DAMAGED:
        return None
    needed = WHOLE * share(article, grams(found))
    while (inner := next((each for each in found if share(article, grams(each)) >= needed), None)) is not None:
        found = inner
    length = len(found.text_content())
    for _ in range(2):
        parent = found.getparent()
        if parent is None or parent.tag == "body" or len(parent.text_content()) > _PAGE * max(length, _SHORT):
            break
        found = parent
    return found


def facts(page: str) -> dict[str, str]:
    """Return title and author that the head of a page names, as a bot writes them into a header."""
    head: Any = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    title = head.xpath("string((//meta[@property='og:title'] | //meta[@name='twitter:title'])[1]/@content)")
    author = head.xpath("string((//meta[@name='author'] | //meta[@property='article:author'])[1]/@content)")
    found = {"title": title or head.findtext(".//title") or "Untitled", "author": author}
    return {name: " ".join(value.split()) for name, value in found.items() if value.strip()}


def laid(source: Path, posts: Path) -> Iterator[tuple[str, Grams, Grams]]:
    """Write a post for each page; yield its address, the article, and what the post holds."""
    for name, known in json.loads((source / "ground-truth.json").read_text(encoding="utf-8")).items():
        page = gzip.decompress((source / f"html/{name}.html.gz").read_bytes()).decode("utf-8", "replace")
        article = grams(known["articleBody"])
        found = fragment(page, article)
        if found is None:
            continue
        header = {**facts(page), "date": "2020-01-01", "from": known["url"]}
        body = html.tostring(found, encoding="unicode", with_tail=False)
        lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in header.items())
        (posts / f"{name}.html").write_text(f"---\n{lines}---\n{body}", encoding="utf-8")
        yield f"{name}.html", article, grams(found)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    source = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as folder:
        posts = Path(folder, "posts")
        posts.mkdir()
        pages = list(laid(source, posts))
        config = load_config(overrides={"posts.ids": "tag:example.org,2020:{stem}"})
        entries = {entry.id.partition(":2020:")[2] or entry.id: entry for entry in read_entries(config, base=folder)}
    kept, damaged, before, after = 0.0, 0, 0, 0
    for name, article, whole in pages:
        entry = entries.get(f"tag:example.org,2020:{name.removesuffix('.html')}") or entries.get(name)
        rest = grams(html.fragment_fromstring(entry.content_html, create_parent="div")) if entry else Counter()
        kept += share(article, rest)
        damaged += share(article, rest) < DAMAGED
        before += (whole - article).total()
        after += (rest - article).total()
    gone = 100 * (1 - after / max(1, before))
    print(f"{len(pages)} pages: {100 * kept / len(pages):.1f} % of the articles kept")  # noqa: T201
    print(f"{damaged} pages with less than {100 * DAMAGED:.0f} %; {gone:.0f} % of other text removed")  # noqa: T201


if __name__ == "__main__":
    main()
