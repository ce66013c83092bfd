"""Text as a reader sees it: its measure, its comparison, its addresses, and what only repeats a post's header.

In: strings. Out: strings, numbers, yes or no. Never looks at a tree. Every function takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote

from feedtool import urls
from feedtool.frozen import frozen
from feedtool.syntax import FORBIDDEN, later

#: Scripts that write a word in a sign or two. Hangul counts as well: its syllables are dense.
_DENSE = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SPACE = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")
#: A bare address: it ends before white space, quotes, brackets that it did not open, and any sign of a dense script.
_ADDRESS = later(
    "https?://(?:(?!https?://)[^\\s<>\"'`\u00ab\u00bb\u2010-\u203d\u2190-\u27bf\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef"
    "\U0001f000-\U0003ffff\\\\^{}|])+",
    re.IGNORECASE,
)
#: What ends a sentence rather than an address; "..." is how a site shortens an address for display.
_TRAIL = ".,:;!?*=-~"
_CLOSING = frozenset(")]" + _TRAIL)
#: Words that got glued to an address when lines were joined: "https://apple.co/30Ecp0zAndroid:https://..."
_GLUED = re.compile(r"(?<=[a-z0-9])[A-Z][A-Za-z]{2,20}:$")


def printable(text: str) -> str:
    """Return the text without characters that XML 1.0 forbids (section 2.2) and without C1 controls."""
    return FORBIDDEN.sub("", text)


def folded(text: str) -> str:
    """Return the text with each run of white space as one space, and none at its ends."""
    return " ".join(text.split())


def squashed(text: str) -> str:
    """Return the text without white space and zero-width characters, for comparison."""
    return _SPACE.sub("", text)


def weight(text: str) -> int:
    """Return the length of a text in the measure of its script: a sign of a dense script counts as three letters."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * sum(map(len, _DENSE.findall(text)))


def phrase(text: str) -> str:
    """Return a heading in the form of the lists of phrases: folded, lower case, no punctuation at its ends."""
    words = folded(text)
    first, last = 0, len(words)
    while first < last and not (words[first].isalnum() or words[first] == "_"):
        first += 1
    while last > first and not (words[last - 1].isalnum() or words[last - 1] == "_"):
        last -= 1
    return words[first:last].casefold()


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each bare address in a plain text."""
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found.group(), glued=text[found.end() : found.end() + 4].lower() == "http")
        if urls.absolute(address, ""):
            yield found.start(), found.start() + len(address)


def _trimmed(address: str, *, glued: bool) -> str:
    if glued and (word := _GLUED.search(address)):
        address = address[: word.start()]
    bare = address.rstrip(_TRAIL)
    extra = sum(map(bare.count, ")]")) - sum(map(bare.count, "(["))
    end = len(bare)
    while extra > 0 and end and bare[end - 1] in _CLOSING:
        extra -= bare[end - 1] in ")]"
        end -= 1
    return bare[:end].rstrip(_TRAIL)


# --- the header

_DATE = later(
    r"\d{4}\s*[-/.年년]\s*\d{1,2}\s*[-/.月월]\s*\d{1,2}\s*[日일]?|\d{1,2}[-/.月]\d{1,2}日?(?:[-/.]\d{2,4})?"
    r"|T?\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?|Uhr|GMT|UTC|CST|EST|EDT|PST|PDT|BST|CET|Z)?"
    r"|\d{1,2}[时點点시]\s*\d{1,2}[分분]|[+-]\d{2}:?\d{2}",
    re.IGNORECASE,
)
#: Names of months and their usual short forms; no word that only begins like one.
_MONTH = later(
    r"\b(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero|braio)?|mar(?:ch|s|zo|ço)?|märz|mär|apr(?:il|ile)?|avril|avr"
    r"|abr(?:il)?|may|mai|mayo|maio|maggio|jun(?:e|i|io|ho)?|juin|giugno|giu|jul(?:y|i|io|ho)?|juil(?:let)?|luglio|lug"
    r"|aug(?:ust)?|août|aout|agosto|ago|sep(?:t|tember|tembre|tiembre)?|settembre|setembro|set|oct(?:ober|obre|ubre)?"
    r"|okt(?:ober)?|ottobre|ott|outubro|out|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?|dic(?:iembre|embre)?"
    r"|déc(?:embre)?|gen(?:naio)?|fév(?:rier)?|fev(?:ereiro)?|févr|ene(?:ro)?"
    r"|янв(?:аря|арь)?|фев(?:раля|раль)?|мар(?:та|т)?|апр(?:еля|ель)?|мая|май|июн[яь]?|июл[яь]?|авг(?:уста?)?"
    r"|сен(?:тября|тябрь|т)?|окт(?:ября|ябрь)?|ноя(?:бря|брь)?|дек(?:абря|абрь)?)\b\.?",
    re.IGNORECASE,
)
_CONNECTING = later(
    r"\b(?:by|on|at|in|and|published|posted|updated|last|modified|date|author|authors|written|from|source|category|categories|tagged|tags?|"
    r"filed|under|views?|min|mins|minutes?|read|reading|time|words?|mon|tues?|wed|wednes|thurs?|fri|sat|satur|sun)(?:day)?\b"
    r"|\b(?:von|par|por|am|um|le|el|em|il|di|de|du|à|às|publi\w*|veröffentlicht|aktualisiert|stand|mis|jour|autor|auteur|autore|lesezeit|minuten)\b"
    r"|作者|来源|來源|出处|出處|发布|發布|發佈|时间|時間|日期|更新|编辑|編輯|记者|記者|文|撰文|发布者|發布者|查看|字数|字數|选择字号|字号|字號|共|分类|分類|标签|標籤|星期[一二三四五六日天]|[上下]午|提交|阅读|閱讀|点击|點擊|浏览|瀏覽|次|分钟|分鐘|年|月|日|於|于|在"
    r"|公開日|投稿日|更新日|著者|執筆者|午前|午後|[月火水木金土日]曜日|기자|입력|수정|등록|автор|опубликовано|дата|كتب|بقلم|نشر|تاريخ",
    re.IGNORECASE,
)
_DAY_MS = 86_400_000
#: The most weight of a line that is a date and a few words.
_DATELINE = 40
#: "Published: 7 May 2021, 10:15" with words of any language; the month may have a stop, or "of" before and after it.
_IN_WORDS = later(
    r"(?P<label>(?:[^\s\d:,.|]+[\s:,.|]+){0,4})(?P<first>\d{1,4})[.\s]+(?:[^\s\d]{1,3}\s)?[^\s\d:,.|]{2,}[.,]?\s(?:[^\s\d]{1,3}\s)?"
    r"(?P<second>\d{1,4})[\s,.|-]*(?P<time>(?:[^\s\d]{1,3}\s)?\d{1,2}[:.]\d\d.{0,6})?"
)
_NO_WORD = re.compile(r"[\W\d_]+")
_PARTS = re.compile(r"\s+[-|–—·»]\s+|\s*[|｜]\s*")
#: A word, or a sign of a script without spaces; fewer than this may be alike by chance.
_WORD = later(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_FEW = 3
#: A label before a title.
_LABEL = re.compile(r"^\s*(?:\[[^\]]{1,20}\]|【[^】]{1,20}】)\s*")


@frozen
class Context:
    """The values of a post's header that cleaning its body needs."""

    #: the post's source: relative addresses resolve against it, its host selects site rules; may be garbage
    base_url: str = ""
    #: of the entry, where that is not the source: links to parts of the text that are not there lead to it
    page_url: str = ""
    #: plain text
    title: str = ""
    #: names, plain text
    authors: tuple[str, ...] = ()
    #: milliseconds since 1970, UTC
    published_ms: int | None = None
    #: categories and tags, plain text
    terms: tuple[str, ...] = ()
    #: whether an author wrote the text by hand: only the copy of its title is trimmed
    by_hand: bool = False


def place_on(page: str, address: str) -> str | None:
    """Return the name of the place on a page that an address leads to, "" for the page itself, None for others."""
    found, _, place = address.partition("#")
    if found and found.rstrip("/") != page.partition("#")[0].rstrip("/"):
        return None
    return unquote(place) if found or place else None  # "#" is for scripts


def repeats_header(line: str, context: Context) -> bool:
    """Return whether a line consists of the title, authors, terms, dates and connecting words."""
    rest = whole = folded(line)
    for known in (context.title, *context.authors, *context.terms):
        if len(known) > 1:
            rest = rest.replace(folded(known), " ")
    rest = _NO_WORD.sub("", _CONNECTING.sub(" ", _MONTH.sub(" ", _DATE.sub(" ", rest))))
    return weight(rest) <= (6 if rest != _NO_WORD.sub("", whole) else 0)


def is_dateline(line: str, context: Context) -> bool:
    """Return whether a line is the day of publication with a time or an author.

    A day alone may open a diary or a letter.
    """
    if not names_day(line, context) and not (weight(line) <= _DATELINE and _names_day_in_words(line, context)):
        return False
    has_more = re.search(r"\d[:：]\d\d", line) or _NO_WORD.sub("", _MONTH.sub(" ", _DATE.sub(" ", line)))
    return bool(has_more) and (weight(line) <= _DATELINE or repeats_header(line, context))


def names_day(line: str, context: Context) -> bool:
    """Return whether a line has year, month and day of publication, or of a day next to it in another time zone."""
    numbers = {int(number) for number in re.findall(r"\d{1,4}", line)}
    days = _days(context) if len(numbers) > 1 else []
    found = [day for day in days if {day.year, day.day} <= numbers]
    return any(day.month in numbers for day in found) or (found != [] and _MONTH.search(line) is not None)


def _names_day_in_words(line: str, context: Context) -> bool:
    """Return whether a line is year and day of publication, a month of any language, and a label or a time."""
    found = _IN_WORDS.fullmatch(folded(line))
    if found is None or not (found["label"] or found["time"]):
        return False
    first, second = int(found["first"]), int(found["second"])
    return any({day.year, day.day} == {first, second} for day in _days(context))


def _days(context: Context) -> list[datetime]:
    """Return the day of publication, and the days next to it."""
    if context.published_ms is None:
        return []
    return [datetime.fromtimestamp((context.published_ms + shift) / 1000, UTC) for shift in (0, -_DAY_MS, _DAY_MS)]


@lru_cache(maxsize=8)
def title_forms(context: Context) -> tuple[set[str], set[str]]:
    """Return the forms of the title that a copy of it may have, for comparison: of any block, of a heading."""
    title = context.title
    whole = {title, _without_site(context)}
    bare = _LABEL.sub("", title)
    first, *rest = _PARTS.split(bare)
    parts = {bare, first} if rest and weight(first) >= 0.5 * weight(bare) else {bare}
    return _comparable(whole), _comparable(whole | parts)


def is_like(heading: str, title: str) -> bool:
    """Return whether most words of a heading are those of a title, or most of the title's are the heading's."""
    words, known = (set(_WORD.findall(text.casefold())) for text in (heading, title))
    return 3 * len(words & known) >= 2 * max(_FEW, min(len(words), len(known)))


def _comparable(titles: set[str]) -> set[str]:
    return {squashed(title).casefold() for title in titles} - {""}


def _without_site(context: Context) -> str:
    """Return the title without the name of the site at its end: "Words" of "Words - Example" on example.org."""
    *_, last = _PARTS.split(context.title)
    name = squashed(last).casefold()
    host = urls.host_of(context.base_url).replace("-", "")
    is_site = len(name) > 2 and (name in host or name.replace("-", "") in host)
    return context.title[: -len(last)].rstrip(" \t-|–—·»｜") if is_site and last != context.title else context.title
