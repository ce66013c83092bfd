"""Whether a line says only what the header of the post says already: who, when, under which terms.

In: a line of text and the facts. Out: yes or no. Never looks at markup.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from feedtool.sanitiser.context import Facts
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
_WORDS = re.compile(
    r"\b(?:by|on|at|in|and|published|posted|updated|last|modified|date|author|authors|written|from|source|category|categories|tagged|tags?|"
    r"filed|under|views?|min|mins|minutes?|read|reading|time|words?|mon|tues?|wed|wednes|thurs?|fri|sat|satur|sun)(?:day)?\b"
    r"|\b(?:von|par|por|am|um|le|el|em|il|di|de|du|à|às|publi\w*|veröffentlicht|aktualisiert|stand|mis|jour|autor|auteur|autore|lesezeit|minuten)\b"
    r"|作者|来源|來源|出处|出處|发布|發布|發佈|时间|時間|日期|更新|编辑|編輯|记者|記者|文|撰文|发布者|發布者|查看|字数|字數|选择字号|字号|字號|共|分类|分類|标签|標籤|星期[一二三四五六日天]|[上下]午|提交|阅读|閱讀|点击|點擊|浏览|瀏覽|次|分钟|分鐘|年|月|日|於|于|在"
    r"|公開日|投稿日|更新日|著者|執筆者|午前|午後|[月火水木金土日]曜日|기자|입력|수정|등록|автор|опубликовано|дата|كتب|بقلم|نشر|تاريخ",
    re.IGNORECASE,
)
_DAY_MS = 86_400_000
_CRUMB = re.compile(r"[\W\d_]+")


def is_dateline(line: str, facts: Facts) -> bool:
    """Return whether a line names the day of publication and more: a day alone may open a diary or a letter."""
    if facts.published_ms is None or not _names_day(line, facts.published_ms):
        return False
    return re.search(r"\d[:：]\d\d", line) is not None or _CRUMB.sub("", _MONTH.sub(" ", _DATE.sub(" ", line))) != ""


def _names_day(line: str, published_ms: int) -> bool:
    """Return whether year, month and day stand in a line; the day before and after count, for other time zones."""
    numbers = {int(number) for number in re.findall(r"\d{1,4}", line)}
    has_month_name = _MONTH.search(line) is not None
    for shift in (0, -_DAY_MS, _DAY_MS):
        day = datetime.fromtimestamp((published_ms + shift) / 1000, UTC)
        if {day.year, day.day} <= numbers and (day.month in numbers or has_month_name):
            return True
    return False


def explains(line: str, facts: Facts) -> bool:
    """Return whether nothing is left of a line when the facts, dates and connecting words are taken out."""
    rest = whole = folded(line)
    for fact in (facts.title, *facts.authors, *facts.terms):
        if len(fact) > 1:
            rest = rest.replace(folded(fact), " ")
    rest = _CRUMB.sub("", _WORDS.sub(" ", _MONTH.sub(" ", _DATE.sub(" ", rest))))
    return weight(squashed(rest)) <= (6 if rest != _CRUMB.sub("", whole) else 0)
