"""What a value may look like: one pattern for each fact, and what the standards say of the edges."""

from __future__ import annotations

import ast
import email.utils
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedtool import syntax
from feedtool.check import values
from feedtool.check.values import Position, Scope
from feedtool.config.checks import BadValueError, language
from feedtool.reader import read_post

ROOT = Path(__file__).parents[1] / "feedtool"
#: `output/verify.py` shares nothing with what it verifies
APART = ("syntax.py", "output/verify.py")


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield every text of the package that is a pattern, with its file and line."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if name not in APART else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[\[(]", node.value):
                try:
                    with warnings.catch_warnings(action="ignore"):
                        yield f"{name}:{node.lineno}", re.compile(node.value, re.IGNORECASE)
                except (re.error, OverflowError):
                    continue


def _finds(pattern: re.Pattern[str], texts: str | list[str]) -> bool:
    return all(pattern.fullmatch(text) for text in texts)


def _finds_none(pattern: re.Pattern[str], texts: str | list[str]) -> bool:
    return not any(pattern.fullmatch(text) for text in texts)


def test_what_a_value_may_look_like_is_said_once() -> None:
    """A second pattern of forbidden characters, language tags or mail addresses would differ from the first one day."""
    second = []
    for place, pattern in _patterns():
        forbidden = _finds(pattern, "\x0b\x1f\ufffe\ud800") and _finds_none(pattern, "aZ1 é中\n")
        tags = ["en", "zh-Hant-TW", "pt-BR"]
        language = _finds(pattern, tags) and _finds_none(
            pattern, ["en-", "en-toolongatag", "en US", "toolongalanguage"]
        )
        mails = ["ann@example.org", "ann.lee@news.example.org"]
        mail = _finds(pattern, mails) and _finds_none(pattern, ["ann", "ann@", "@example.org", "ann lee@example.org"])
        second += [place] if forbidden or language or mail else []
    assert second == []


def _header_takes(line: str) -> bool:
    reading = read_post(f"---\ndate: 2024-01-02\n{line}\n---\nWords.\n".encode(), "a.md")
    return not {"bad-language", "bad-email"} & {problem.code for problem in reading.problems}


def _configuration_takes(tag: str) -> bool:
    try:
        return language(tag) != ""
    except BadValueError:
        return False


HERE = Position(1, "", Scope(now_ms=0))


@pytest.mark.parametrize("tag", ["en", "zh-Hant-TW", "x-own", "i-klingon", "cn", "English", "en-x", "de-a-b"])
def test_headers_configuration_and_check_agree_on_languages(tag: str) -> None:
    """What one of them takes is not a fault to another, least of all in the feeds that it leads to."""
    takes = {_header_takes(f"lang: {tag}"), _configuration_takes(tag), not list(values.language(tag, HERE))}
    assert takes == {syntax.language_fault(tag) == ""}


@pytest.mark.parametrize(
    "address", ["ann@example.org", "ann@localhost", "\u00e4nn@example.org", "ann@", "a..b@example.org"]
)
def test_headers_and_check_agree_on_mail_addresses(address: str) -> None:
    """The feed that a header leads to has no mail address that `check` calls a fault."""
    takes = {_header_takes(f"author: {{name: Ann, email: '{address}'}}"), not list(values.mail(address, HERE))}
    assert takes == {syntax.is_mail(address)}


@pytest.mark.parametrize(
    ("tag", "is_one"),
    [
        ("en", True),
        ("zh-Hant-TW", True),
        ("es-419", True),
        ("de-1996", True),
        ("zh-cmn-Hans", True),
        ("haw", True),
        ("en-x-own", True),
        ("x-own", True),
        ("i-klingon", True),
        ("en-GB-oed", True),
        ("de-a-ext1-b-ext2", True),
        ("", False),
        ("cn", False),
        ("English", False),
        ("en_US", False),
        ("en-", False),
        ("en-x", False),
        ("en-a", False),
        ("en-TW-Hant", False),
        ("i-own", False),
        ("\u017fl", False),
    ],
)
def test_language_tags_are_those_of_bcp_47(tag: str, *, is_one: bool) -> None:
    """RFC 5646 section 2.1, with the codes of two letters that ISO 639-1 knows."""
    assert (syntax.language_fault(tag) == "") is is_one


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("ann@example.org", True),
        ("ann.lee+news@mail.example.org", True),
        ("o'neil@example.org", True),
        ("ann@localhost", True),
        ("a" * 64 + "@example.org", True),
        ("a" * 65 + "@example.org", False),
        (".ann@example.org", False),
        ("ann..lee@example.org", False),
        ("ann@-example.org", False),
        ("ann@example..org", False),
        ("ann@", False),
        ("ann lee@example.org", False),
        ("ann@example.org (Ann)", False),
    ],
)
def test_mail_addresses_are_those_of_rfc_5322(address: str, *, is_one: bool) -> None:
    """RFC 5322 section 3.4.1, without what nobody writes: quotes, comments, literals."""
    assert syntax.is_mail(address) is is_one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T00:00:01.25Z", 1250),
        ("1970-01-01T00:00:01.0009Z", 1000),
        ("1970-01-01T01:00:01+01:00", 1000),
        ("1970-01-01", None),
        ("1970-01-01T00:00:01", None),
        ("1970-02-30T00:00:01Z", None),
    ],
)
def test_an_instant_is_read_to_the_millisecond(text: str, expected: int | None) -> None:
    """RFC 3339 section 5.6."""
    assert syntax.date_3339(text).ms == expected


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_read_as_mail_programs_write_it(moment: datetime) -> None:
    """To the second, and without doubt."""
    written = email.utils.format_datetime(moment)
    assert syntax.date_822(written) == ((moment - syntax.EPOCH) // timedelta(seconds=1) * 1000, "", "")
