"""The keywords that a scraped article names in a bar, in its links or in its head.

In: the HTML of a post as it was written, and the context of the post. Out: keywords in lower case and one Unicode form,
each with the place that named it. Menus, authors, the site's name and what the post has as terms are left out. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from urllib.parse import unquote

from feedtool.config import Sanitiser
from feedtool.sanitiser import dom
from feedtool.sanitiser.dom import BLOCKS, Tag, attribute, outside_links, text_of
from feedtool.sanitiser.layout import site_of
from feedtool.sanitiser.rules import Rules, load_rules, words
from feedtool.sanitiser.text import Context, folded, phrase, squashed, weight
from feedtool.syntax import later
from feedtool.urls import host_of

#: what any text with keywords has, in lower case: most posts have none, and are not parsed
_LIKELY = (
    "topic",
    "keyword",
    "tema",
    "thema",
    "etiquet",
    "mot-cle",
    "label=",
    *"标签 標籤 關鍵字 关键字 关键词 關鍵詞".split(),
)
_LIKELY_TAG = later(r"tag(?:(?<!\wtag)s?(?!\w)|s?[\"'/?_-]|(?<=[-_/]tag))")
_LIKELY_SIGN = later(r">\s*[#＃]\s*\w")
#: pages of keywords; those of categories are the site's own order
_KEYWORD_PAGE = later(
    r"/(?:tags?|topics?|keywords?|hashtags?|t[ae]g-?\w*|temas?|thema|themen|etiquetas?|etiketter?|mot-cle|explore/tags)/"
    r"|[?&](?:tag|keyword|label)=|/tag[\w-]*\.\w+\?|/tags?/?\?",
    re.IGNORECASE,
)
_SORTED = later(r"\bcat(?:s|egor\w*)?\b|cloud|popular|trending|hot-|menu", re.IGNORECASE)
_SEPARATORS = later(r"[\s>›»→/|·•‧・,，、;；#＃:：()（）\-–—]*")
_HASHTAGS = later(r"\s*(?:[#＃][^\s#＃,，、;；]{2,40}[\s,，、;；]*)+")
#: a line without links, such as "Keywords: one, two"
_NAMED_LINE = later(
    r"\s*(?:(?:key ?words?|tags?)\s*[:：]|(?:文章)?(?:标签|標籤|關鍵字|关键字|关键词|關鍵詞)\s*[:：])"
    r"\s*(\S.{0,300})",
    re.IGNORECASE,
)
_PART = later(r"[,，、;；|｜/\s]*[,，、;；|｜][,，、;；|｜/\s]*|\s+(?=[#＃])")
_OUTER = later(r"^[\s#＃\W]+|[\s:：,，、;；.。…>›»#＃]+$")
#: links to other articles, comments and the like
_ELSEWHERE = frozenset({
    "related-box", "related-words", "comments", "subscribe-box", "advertisement", "author-box", "share-buttons",
})  # fmt: skip
_OUTSIDE = frozenset({"nav", "aside", "blockquote", "figure", "pre", "code", "table", "form", "select"})
#: more than any editor gives one article
_MOST, _LONGEST = 25, 60
#: names of sections, and of no subject
_MENUS = frozenset(
    "uncategorized uncategorised misc other others general news latest home blog articles featured highlights top"
    " opinion video videos photo photos podcast newsletter newsletters all more archive archives test none cover-story"
    " 未分類 未分类 其他 其它 首頁 首页 新聞 新闻 即時 即时 更多 全部 熱門 热门 最新 專題 专题 影音 视频 圖片 图片"
    " 头条 頭條 封面故事".split()
)

_META, _LINK, _BAR, _LINE = "the page's head", 'a link with rel="tag"', "a bar of keywords", "a line of keywords"


def keywords(html: str, context: Context) -> dict[str, str]:
    """Return the keywords of an article, in the order in which it names them, each with the place that named it."""
    if not _may_have(html.lower()):
        return {}
    root = dom.parse(html)
    own = {_form(name) for name in (context.title, *context.authors, *context.terms)}
    found: dict[str, str] = {}
    for name, place in _named(root, context):
        word = _form(name)
        if word and word not in own and _is_keyword(word, context):
            found.setdefault(word, place)
    return found


def _may_have(html: str) -> bool:
    """Return whether HTML in lower case may name keywords."""
    if any(map(html.__contains__, _LIKELY)) or ("tag" in html and _LIKELY_TAG.search(html)):
        return True
    return ("#" in html or "＃" in html) and _LIKELY_SIGN.search(html) is not None


def _named(root: Tag, context: Context) -> Iterator[tuple[str, str]]:
    """Yield what each place names."""
    tags = dom.elements(root)
    elsewhere: set[int] = set()
    for tag in tags:
        if id(tag.parent) in elsewhere or tag.name in _OUTSIDE or _rule_on(tag) in _ELSEWHERE:
            elsewhere.add(id(tag))
    here = [tag for tag in tags if id(tag) not in elsewhere]
    for tag in tags:
        if tag.name == "meta":
            yield from _of_head(tag)
    yield from _of_links([tag for tag in here if tag.name == "a"], site_of(context.base_url))
    parts = [tag for tag in tags if tag.name == "a" or tag.name in BLOCKS]
    wrappers = {id(above) for tag in parts for above in tag.parents}
    for tag in here:
        if tag.name in BLOCKS and id(tag) not in wrappers:
            yield from _of_line(tag)


def _of_links(links: list[Tag], site: str) -> Iterator[tuple[str, str]]:
    """Yield the keywords of bars of links, but for clouds of all keywords of the site."""
    bars: dict[int, list[tuple[str, str]]] = {}
    bare: dict[int, bool] = {}
    for link in links:
        bar, place = _bar_of(link, attribute(link, "href"), site, bare)
        if place:
            bars.setdefault(id(bar), []).append((text_of(link), place))
    for names in bars.values():
        yield from names if len(names) <= _MOST else ()


def _of_head(tag: Tag) -> Iterator[tuple[str, str]]:
    name = (attribute(tag, "property") or attribute(tag, "name") or attribute(tag, "itemprop")).lower()
    if name in ("keywords", "news_keywords"):
        parts = _PART.split(attribute(tag, "content"))
        yield from ((part, _META) for part in parts if len(parts) <= _MOST)
    elif name in ("article:tag", "og:article:tag"):
        yield attribute(tag, "content"), _META


def _of_line(tag: Tag) -> Iterator[tuple[str, str]]:
    """Yield the keywords of a line without links: hashtags alone, or a list behind a word such as "Keywords:"."""
    text = folded(text_of(tag))
    if weight(text) > 6 * _LONGEST:
        return
    named = _NAMED_LINE.fullmatch(text)
    is_bar = _rule_on(tag) == "tag-words"
    if _HASHTAGS.fullmatch(text) and (is_bar or text.count("#") + text.count("＃") > 1):
        yield from ((part, _LINE) for part in re.split(r"[#＃]", text))
    elif named and not re.search(r"[.。!！?？]", named[1]):
        yield from ((part, _LINE) for part in _PART.split(named[1]))


def _bar_of(link: Tag, href: str, site: str, bare: dict[int, bool]) -> tuple[Tag, str]:
    """Return the element that a link shares with others like it, and what kind of place names it; "" for no keyword.

    `bare` remembers which blocks have nothing but links: one may have thousands.
    """
    block = next(above for above in link.parents if above.name in BLOCKS or above.parent is None)
    bar = next((above for above in block.parents if above.name in ("ul", "ol")), block) if block.name == "li" else block
    kinds = attribute(link, "rel").lower().split()
    if (
        not href
        or _SORTED.search(" ".join(kinds))
        or _SORTED.search(f"{attribute(bar, 'class')} {attribute(block, 'class')}")
    ):
        return bar, ""
    if "tag" in kinds:
        return bar, _LINK
    is_hashtag = text_of(link).lstrip()[:1] in ("#", "＃") and href[0] != "#"
    is_page = bool(_KEYWORD_PAGE.search(href)) and (not host_of(href) or site_of(href) == site)
    if not (is_hashtag or is_page or any(_rule_on(above) == "tag-words" for above in (block, *_near(block)))):
        return bar, ""
    if id(block) not in bare:
        rest = outside_links(block)
        is_heading = _rules().headings.get(phrase(rest)) == "tag-heading"
        bare[id(block)] = is_heading or _SEPARATORS.fullmatch(rest) is not None
    return bar, _BAR if bare[id(block)] else ""


def _near(tag: Tag) -> list[Tag]:
    return [above for above, _ in zip(tag.parents, range(3), strict=False)]


def _rule_on(tag: Tag) -> str:
    """Return the trimming rule whose class words an element has, or ""."""
    for name in attribute(tag, "class").split() + attribute(tag, "id").split():
        if rule := _rule_of(name):
            return rule
    return ""


@cache
def _rules() -> Rules:
    return load_rules(Sanitiser())[0]


@lru_cache(maxsize=8192)
def _rule_of(name: str) -> str:
    whole, runs = words(name)
    return _rules().classes.get(whole) or next(filter(None, map(_rules().parts.get, runs)), "")


def _form(name: str) -> str:
    """Return a keyword in the form in which it is joined with others: lower case, NFKC, no sign at its ends."""
    return _OUTER.sub("", unicodedata.normalize("NFKC", folded(unquote(name) if "%" in name else name)).lower())


def _is_keyword(word: str, context: Context) -> bool:
    """Return whether a word says what an article is about."""
    letters = squashed(word)
    if not 1 < weight(letters) <= _LONGEST or not any(map(str.isalpha, letters)) or "://" in word:
        return False
    if word.replace(" ", "-") in _MENUS or phrase(word) in _rules().labels or phrase(word) in _rules().headings:
        return False
    bare = re.sub(r"[\W_]", "", word)
    host = re.sub(r"[\W_]", "", host_of(context.base_url).removeprefix("www."))
    is_site = len(bare) > 3 and bare.isascii() and host.startswith(bare)
    return not is_site
