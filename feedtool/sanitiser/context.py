"""The values of a post's header, and the lines of its text that only repeat them: title, author, date.

In: the header's values; lines and elements of the text. Out: yes or no, and the copy of the title. Never changes
the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bs4 import Tag

from feedtool import urls
from feedtool.sanitiser.dom import BLOCKS, HEADINGS, children, text_of
from feedtool.sanitiser.layout import Layout
from feedtool.sanitiser.text import folded, squashed, weight

_DATE = re.compile(
    r"\d{4}\s*[-/.年년]\s*\d{1,2}\s*[-/.月월]\s*\d{1,2}\s*[日일]?|\d{1,2}[-/.月]\d{1,2}日?(?:[-/.]\d{2,4})?"
    r"|T?\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?|Uhr|GMT|UTC|CST|EST|EDT|PST|PDT|BST|CET|Z)?"
    r"|\d{1,2}[时點点시]\s*\d{1,2}[分분]|[+-]\d{2}:?\d{2}",
    re.IGNORECASE,
)
#: Names of months and their usual short forms; no word that only begins like one.
_MONTH = re.compile(
    r"\b(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero|braio)?|mar(?:ch|s|zo|ço)?|märz|mär|apr(?:il|ile)?|avril|avr"
    r"|abr(?:il)?|may|mai|mayo|maio|maggio|jun(?:e|i|io|ho)?|juin|giugno|giu|jul(?:y|i|io|ho)?|juil(?:let)?|luglio|lug"
    r"|aug(?:ust)?|août|aout|agosto|ago|sep(?:t|tember|tembre|tiembre)?|settembre|setembro|set|oct(?:ober|obre|ubre)?"
    r"|okt(?:ober)?|ottobre|ott|outubro|out|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?|dic(?:iembre|embre)?"
    r"|déc(?:embre)?|gen(?:naio)?|fév(?:rier)?|fev(?:ereiro)?|févr|ene(?:ro)?"
    r"|янв(?:аря|арь)?|фев(?:раля|раль)?|мар(?:та|т)?|апр(?:еля|ель)?|мая|май|июн[яь]?|июл[яь]?|авг(?:уста?)?"
    r"|сен(?:тября|тябрь|т)?|окт(?:ября|ябрь)?|ноя(?:бря|брь)?|дек(?:абря|абрь)?)\b\.?",
    re.IGNORECASE,
)
_CONNECTING = re.compile(
    r"\b(?:by|on|at|in|and|published|posted|updated|last|modified|date|author|authors|written|from|source|category|categories|tagged|tags?|"
    r"filed|under|views?|min|mins|minutes?|read|reading|time|words?|mon|tues?|wed|wednes|thurs?|fri|sat|satur|sun)(?:day)?\b"
    r"|\b(?:von|par|por|am|um|le|el|em|il|di|de|du|à|às|publi\w*|veröffentlicht|aktualisiert|stand|mis|jour|autor|auteur|autore|lesezeit|minuten)\b"
    r"|作者|来源|來源|出处|出處|发布|發布|發佈|时间|時間|日期|更新|编辑|編輯|记者|記者|文|撰文|发布者|發布者|查看|字数|字數|选择字号|字号|字號|共|分类|分類|标签|標籤|星期[一二三四五六日天]|[上下]午|提交|阅读|閱讀|点击|點擊|浏览|瀏覽|次|分钟|分鐘|年|月|日|於|于|在"
    r"|公開日|投稿日|更新日|著者|執筆者|午前|午後|[月火水木金土日]曜日|기자|입력|수정|등록|автор|опубликовано|дата|كتب|بقلم|نشر|تاريخ",
    re.IGNORECASE,
)
_DAY_MS = 86_400_000
_NO_WORD = re.compile(r"[\W\d_]+")
#: How many elements from the beginning may be a copy of the title.
_NEAR = 40
_PARTS = re.compile(r"\s+[-|–—·»]\s+|\s*[|｜]\s*")
_LABEL = re.compile(r"^\s*(?:\[[^\]]{1,20}\]|【[^】]{1,20}】)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The values of a post's header that cleaning its body needs."""

    #: the post's source: relative addresses resolve against it, its host selects site rules; may be garbage
    base_url: str = ""
    #: plain text
    title: str = ""
    #: names, plain text
    authors: tuple[str, ...] = ()
    #: milliseconds since 1970, UTC
    published_ms: int | None = None
    #: categories and tags, plain text
    terms: tuple[str, ...] = ()


def repeats_header(line: str, context: Context) -> bool:
    """Return whether a line consists of the title, authors, terms, dates and connecting words."""
    rest = whole = folded(line)
    for known in (context.title, *context.authors, *context.terms):
        if len(known) > 1:
            rest = rest.replace(folded(known), " ")
    rest = _words(_CONNECTING.sub(" ", _MONTH.sub(" ", _DATE.sub(" ", rest))))
    return weight(squashed(rest)) <= (6 if rest != _words(whole) else 0)


def _words(text: str) -> str:
    return _NO_WORD.sub("", text)


def is_dateline(layout: Layout, tag: Tag, context: Context) -> bool:
    """Return whether an element before the first paragraph is the day of publication with a time or an author.

    A day alone may open a diary or a letter.
    """
    size = layout.measures.of(tag)
    if tag.name not in ("p", "div") or size.text > 90 or size.media or context.published_ms is None:
        return False
    if layout.order[id(tag)] >= layout.first:
        return False
    line = text_of(tag)
    if not _names_day(line, context.published_ms):
        return False
    has_more = re.search(r"\d[:：]\d\d", line) or _words(_MONTH.sub(" ", _DATE.sub(" ", line)))
    return bool(has_more) and repeats_header(line, context)


def _names_day(line: str, published_ms: int) -> bool:
    """Return whether a line has year, month and day of publication, or of a day next to it in another time zone."""
    numbers = {int(number) for number in re.findall(r"\d{1,4}", line)}
    has_month_name = _MONTH.search(line) is not None
    days = [datetime.fromtimestamp((published_ms + shift) / 1000, UTC) for shift in (0, -_DAY_MS, _DAY_MS)]
    return any({day.year, day.day} <= numbers and (day.month in numbers or has_month_name) for day in days)


def title_copy(layout: Layout, context: Context) -> Tag | None:
    """Return the element at the beginning whose whole text is the title, or None."""
    title = context.title
    if not title or layout.measures.total.text <= weight(title) + 10:
        return None
    whole = _comparable(title, _without_site(context))
    parts = whole | _comparable(*_parts(title))
    for tag in layout.tags[:_NEAR]:
        size = layout.measures.of(tag)
        if tag.name not in BLOCKS or tag.name in ("td", "li", "dd", "blockquote") or not size.text:
            continue
        known = parts if tag.name in ("h1", "h2") else whole
        if size.text <= 2 * weight(title) and not size.media and squashed(text_of(tag)).casefold() in known:
            return layout.top(tag)
        if size.longest >= 60 and tag.name not in HEADINGS and not any(below.name in BLOCKS for below in children(tag)):
            return None
    return None


def _comparable(*titles: str) -> set[str]:
    return {squashed(title).casefold() for title in titles} - {""}


def _without_site(context: Context) -> str:
    """Return the title without the name of the site at its end: "Words" of "Words - Example" on example.org."""
    *_, last = _PARTS.split(context.title)
    name = squashed(last).casefold()
    host = urls.host_of(context.base_url).replace("-", "")
    is_site = len(name) > 2 and (name in host or name.replace("-", "") in host)
    return context.title[: -len(last)].rstrip(" \t-|–—·»｜") if is_site and last != context.title else context.title


def _parts(title: str) -> list[str]:
    """Return what a heading may leave out of a title: a label before it, a column or a site after it."""
    bare = _LABEL.sub("", title)
    first, *rest = _PARTS.split(bare)
    return [bare, first] if rest and weight(first) >= 0.5 * weight(bare) else [bare]
