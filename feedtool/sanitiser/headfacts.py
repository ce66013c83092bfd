"""Whether a line says only what the header of the post says already: who, when, under which terms.

In: a line of text and the facts. Out: yes or no. Never looks at markup.
"""

from __future__ import annotations

import re

from feedtool.sanitiser.facts import Facts
from feedtool.sanitiser.text import folded, squashed, weight

_DATE = re.compile(
    r"\d{4}\s*[-/.年년]\s*\d{1,2}\s*[-/.月월]\s*\d{1,2}\s*[日일]?|\d{1,2}[-/.月]\d{1,2}日?(?:[-/.]\d{2,4})?"
    r"|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s*(?:[ap]\.?m\.?|Uhr|GMT|UTC|CST|EST|EDT|PST|PDT|BST|CET)?|\d{1,2}[時点點시]\s*\d{1,2}[分분]|[+-]\d{2}:?\d{2}",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:jan|feb|mar|m[aä]r|apr|avr|abr|ma[iyj]|jun|juin|jul|juil|aug|ao[uû]|ago|sep|set|oct|okt|ott|out|nov|dec|d[eé]c|dez|dic|gen|mag|giu|lug|fev|f[eé]v|ene"
    r"|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[\w]*\.?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:by|on|at|in|and|published|posted|updated|last|modified|date|author|authors|written|from|source|category|categories|tagged|tags?|"
    r"filed|under|views?|min|mins|minutes?|read|reading|time|words?|mon|tues?|wed|wednes|thurs?|fri|sat|satur|sun)(?:day)?\b"
    r"|\b(?:von|par|por|am|um|le|el|em|il|di|de|du|à|às|publi\w*|veröffentlicht|aktualisiert|stand|mis|jour|autor|auteur|autore|lesezeit|minuten)\b"
    r"|作者|来源|來源|出处|出處|发布|發布|發佈|时间|時間|日期|更新|编辑|編輯|记者|記者|文|撰文|分类|分類|标签|標籤|星期[一二三四五六日天]|[上下]午|提交|阅读|閱讀|点击|點擊|浏览|瀏覽|次|分钟|分鐘|年|月|日|於|于|在"
    r"|公開日|投稿日|更新日|著者|執筆者|午前|午後|[月火水木金土日]曜日|기자|입력|수정|등록|автор|опубликовано|дата|كتب|بقلم|نشر|تاريخ",
    re.IGNORECASE,
)
_CRUMB = re.compile(r"[\W\d_]+")


def explains(line: str, facts: Facts) -> bool:
    """Return whether nothing is left of a line when the facts, dates and connecting words are taken out."""
    rest = folded(line)
    for fact in (facts.title, *facts.authors, *facts.terms):
        if len(fact) > 1:
            rest = rest.replace(folded(fact), " ")
    rest = _CRUMB.sub("", _WORDS.sub(" ", _MONTH.sub(" ", _DATE.sub(" ", rest))))
    return weight(squashed(rest)) <= 6
