"""Posts that nobody wrote: number, seed and length in, the same text out on every machine.

They look like an archive that a bot fills from news sites: front matter, the time in milliseconds, a heading that
repeats the title, and a page's HTML with its wrappers, share bar, lazy pictures and related links. A third each
is in Latin, Chinese and Arabic letters; the words mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from math import log
from random import Random

CATEGORIES, TAGS = 40, 400
#: one post every six minutes, on average
_START, _STEP = datetime(2018, 1, 1, tzinfo=UTC), 360
#: bytes of a body: the median of a log-normal distribution, its width, and the most
_MEDIAN, _WIDTH, _LONGEST = 4000, 0.9, 120_000
_SHORT = 300
#: bytes that the page round an article adds; a body that is hardly longer has none
_PAGE = 2200

_SYLLABLES = "ba ce di fo gu ha ki lo mu na pe ri so ta ve wi xo ya zu bra cle dri flo gru sta tre plo ska".split()
_HAN = (
    "山水日月風雨花草木石田海河湖雲雪春夏秋冬東西南北人口手足心目大小高低明暗新舊長短"
    "白黑紅青金火土星光聲書畫茶米酒鹽門窗橋路車船馬牛羊魚鳥竹松梅蘭"
)
_ARABIC = "ب ت ج ح د ر ز س ش ص ض ط ع ف ق ك ل م ن ه و ي ا".split()
#: what words are made of, and of how many
_PARTS: dict[str, tuple[Sequence[str], int, int]] = {
    "latin": (_SYLLABLES, 2, 4),
    "han": (_HAN, 2, 2),
    "arabic": (_ARABIC, 2, 6),
}
_SCRIPTS = tuple(_PARTS)
_HOSTS = tuple(f"news-{number}.example.org" for number in range(12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post to be laid out."""

    #: a file name without its ending, unique
    stem: str
    year: str
    #: of the day, as file names begin with it
    day: str
    #: where it was taken from, unique
    url: str
    #: the whole file
    text: str


def post(number: int, *, seed: int = 1, is_short: bool = False, edition: int = 0) -> Post:
    """Return the post of that number; a later edition has another title and a paragraph more."""
    random = Random(f"{seed}/{number}")
    script = _SCRIPTS[random.randrange(3)]
    published = _START + timedelta(seconds=number * _STEP + random.randrange(300), milliseconds=random.randrange(1000))
    title = _words(random, script, 3 + random.randrange(6)) + (f" {edition}" if edition else "")
    url = f"https://{random.choice(_HOSTS)}/{published:%Y/%m/%d}/story-{number:07}"
    categories, tags = _terms(random)
    size = _SHORT if is_short else min(int(random.lognormvariate(log(_MEDIAN), _WIDTH)), _LONGEST)
    has_page = size > 1.5 * _PAGE
    paragraphs = _paragraphs(random, script, size - _PAGE if has_page else size)
    if edition:
        paragraphs.append(_words(Random(f"{seed}/{number}/{edition}"), script, 20))
    if has_page:
        body = _page(random, script, title, url, paragraphs)
    else:
        body = "".join(f"<p>{text}</p>" for text in paragraphs)
    header = [
        "---",
        "layout: post",
        f'title: "{title}"',
        f"date: {published:%Y-%m-%dT%H:%M:%S}.{published.microsecond // 1000:03}Z",
        f"author: {_words(random, 'latin', 2)}",
        f"from: {url}",
        f"tags: {json.dumps(tags, ensure_ascii=False)}",
        f"categories: {json.dumps(categories, ensure_ascii=False)}",
        "---",
    ]
    milliseconds = (published - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    lines = [*header, f"<!--{milliseconds}-->", f"[{title}]({url})", "------", "", "<div>", body, "</div>", ""]
    return Post(
        stem=f"story-{number:07}",
        year=f"{published:%Y}",
        day=f"{published:%Y-%m-%d}",
        url=url,
        text="\n".join(lines),
    )


def _terms(random: Random) -> tuple[list[str], list[str]]:
    """Return one category, sometimes two, and up to five tags: the n-th term is n times rarer than the first."""
    categories, tags = _names("category", CATEGORIES), _names("tag", TAGS)
    some = random.choices(categories, cum_weights=_zipf(CATEGORIES), k=1 + (random.random() < 0.2))
    more = random.choices(tags, cum_weights=_zipf(TAGS), k=1 + random.randrange(5))
    return sorted(set(some)), sorted(set(more))


@cache
def _zipf(count: int) -> tuple[float, ...]:
    return tuple(accumulate(1 / rank for rank in range(1, count + 1)))


@cache
def _names(kind: str, count: int) -> tuple[str, ...]:
    random, names = Random(kind), dict[str, None]()
    while len(names) < count:
        script = _SCRIPTS[len(names) % 3]
        names[_words(random, script, 1 + (random.random() < 0.2)).lower()] = None
    return tuple(names)


def _words(random: Random, script: str, count: int) -> str:
    return ("" if script == "han" else " ").join(random.choices(_vocabulary(script), k=count)).capitalize()


@cache
def _vocabulary(script: str) -> tuple[str, ...]:
    random, (parts, least, most) = Random(script), _PARTS[script]
    return tuple("".join(random.choices(parts, k=random.randint(least, most))) for _ in range(3000))


def _paragraphs(random: Random, script: str, size: int) -> list[str]:
    """Return texts of so many bytes together, roughly."""
    comma, stop = ("，", "。") if script == "han" else ("، ", ". ") if script == "arabic" else (", ", ". ")
    paragraphs = []
    while size > 0:
        sentences = [
            comma.join(_words(random, script, 4 + random.randrange(6)) for _ in range(1 + random.randrange(3)))
            for _ in range(2 + random.randrange(4))
        ]
        text = (stop.join(sentences) + stop).strip()
        paragraphs.append(text.encode()[: max(size, 40)].decode(errors="ignore"))
        size -= len(text.encode())
    return paragraphs


def _page(random: Random, script: str, title: str, url: str, paragraphs: list[str]) -> str:
    """Return the paragraphs with what a news site puts round them, in one long line."""
    parts = []
    for at, text in enumerate(paragraphs):
        if at % 4 == 1:
            parts.append(_picture(random, _words(random, script, 4)))
        if at % 7 == 5:
            parts.append(f"<h2>{_words(random, script, 4)}</h2>")
        if at % 3 == 2:
            head, space, tail = text.partition(" ")
            text = f'<a href="/topic/{random.randrange(500)}">{head}</a>{space}<strong>{tail}</strong>'  # noqa: PLW2901
        parts.append(f'<p class="text-block" style="margin:0">{text}</p>')
    share = "".join(
        f'<li class="share-item"><a class="share-link icon-{name}" href="https://{name}.example.com/share?u={url}" '
        f'target="_blank"><i class="icon"></i></a></li>'
        for name in ("birdsite", "facepage", "mail")
    )
    related = "".join(
        f'<li><a href="/story/{random.randrange(10**6)}"><img src="/t/{random.randrange(10**6)}.jpg">'
        f"<span>{_words(random, script, 6)}</span></a></li>"
        for _ in range(4)
    )
    return (
        f'<div class="page-wrap"><div class="inner"><div class="article-head"><h1 class="headline">{title}</h1>'
        f'<ul class="share-bar">{share}</ul></div><div class="row"><div class="col-main"><div class="article-body">'
        f'{"".join(parts)}</div><div class="ad-slot" style="display:none"></div>'
        f'<div class="related-posts"><h3>Related</h3><ul>{related}</ul></div></div></div>'
        f'<img src="https://count.example.net/p.gif?{random.randrange(10**9)}" width="1" height="1"></div></div>'
    )


def _picture(random: Random, caption: str) -> str:
    name = random.randrange(10**8)
    return (
        f'<figure class="media"><div class="lazy-holder"><img class="lazyload" src="/static/blank.gif" '
        f'data-src="/images/{name}.jpg" width="960" height="640" alt="{caption}"></div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
