"""What machines are told of problems: JSON, and SARIF as code hosts read it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from runs import SITE_URL

from feedtool import __version__
from feedtool.build import Outcome
from feedtool.problems import Code
from feedtool.report import (
    annotation,
    kind_lines,
    outcome_json,
    printable,
    problem_lines,
    problems_json,
    problems_sarif,
    summary_lines,
    summary_markdown,
)
from feedtool.report import folded as fold

BAD_DATE = Code.error("bad-date")("A date cannot be read.", "Write 2024-02-29.")
ODD_DATE = Code.warning("odd-date")("A date is odd.")
UNUSED = Code.note("unused")("Nobody has this problem.")
PROBLEMS = (
    BAD_DATE.at("feeds/新 1.xml", "'x' is not a date", line=7, field="updated"),
    ODD_DATE.at("/srv/feed.xml", "it is \x1b[31m odd"),
    ODD_DATE.at("", "no file is at fault"),
)


def sarif() -> dict[str, Any]:
    """Return the one run of the report."""
    report = json.loads(problems_sarif(PROBLEMS, [UNUSED, ODD_DATE, BAD_DATE]))
    assert ("2.1.0", 1) == (report["version"], len(report["runs"]))
    return dict(report["runs"][0])


def test_json_says_all_of_every_problem() -> None:
    """Each field of each problem, in their order, and how many there are of each level."""
    report = json.loads(problems_json(PROBLEMS))
    assert {"error": 1, "warning": 2, "note": 0} == report["counts"]
    assert {
        "path": "feeds/新 1.xml",
        "line": 7,
        "field": "updated",
        "code": "bad-date",
        "level": "error",
        "message": "'x' is not a date",
        "fix": "Write 2024-02-29.",
    } == report["problems"][0]


def test_json_of_no_problems_is_json() -> None:
    """A program that reads it needs no special case."""
    assert {"problems": [], "counts": {"error": 0, "warning": 0, "note": 0}} == json.loads(problems_json(()))


def test_sarif_explains_the_rules_that_were_broken() -> None:
    """Each code that occurs is a rule once, with what it means and what to do; others are not."""
    driver = sarif()["tool"]["driver"]
    assert ("feedtool", __version__) == (driver["name"], driver["version"])
    assert ["bad-date", "odd-date"] == [rule["id"] for rule in driver["rules"]]
    assert {"text": "A date cannot be read."} == driver["rules"][0]["shortDescription"]
    assert {"text": "Write 2024-02-29."} == driver["rules"][0]["help"]
    assert {"text": "A date is odd."} == driver["rules"][1]["help"]


def test_sarif_says_what_and_where() -> None:
    """Rule, level, message, and the file as an address with the line; nothing of a place where there is none."""
    first, second, third = sarif()["results"]
    assert ("bad-date", 0, "error") == (first["ruleId"], first["ruleIndex"], first["level"])
    assert {"text": "updated: 'x' is not a date"} == first["message"]
    place = first["locations"][0]["physicalLocation"]
    assert {"artifactLocation": {"uri": "feeds/%E6%96%B0%201.xml"}, "region": {"startLine": 7}} == place
    place = second["locations"][0]["physicalLocation"]
    assert {"artifactLocation": {"uri": "file:///srv/feed.xml"}} == place
    assert "locations" not in third


def test_machines_are_told_in_ascii() -> None:
    """Names and texts of strangers, half characters included, come through every pipe."""
    odd = (BAD_DATE.at("a\udcff\ud800.xml", "half a pair: \ud800"),)
    assert problems_json(odd).isascii()
    assert problems_sarif(odd, [BAD_DATE]).isascii()
    assert "\x1b" not in problems_sarif(PROBLEMS, [])


@pytest.mark.parametrize(
    "text", ["::add-mask::x", "  ::stop-commands::x", "a ##[set-output name=x]y", "###[group]", "\u3000::x"]
)
def test_nothing_that_strangers_wrote_is_a_command_to_a_runner(text: str) -> None:
    """A log line of CI is a command if it begins with "::" or has "##[" anywhere, so none of ours does."""
    problem = BAD_DATE.at(text, text)
    lines = [*problem_lines([problem]), printable(text)]
    lines += problems_json([problem]).splitlines() + problems_sarif([problem], [BAD_DATE]).splitlines()
    outcome = Outcome(changed=(text,), problems=(problem,))
    lines += outcome_json(outcome, site_url="", seconds=0).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    assert json.loads(problems_json([problem]))["problems"][0]["message"] == text


SECRETS = [
    ("https://bot:hunter2@example.org/feeds.json", "hunter2"),
    ("https://ghp_abcdef@example.org/x", "ghp_abcdef"),
    ("https://b.s3.amazonaws.com/x?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0a1b2c3d", "0a1b2c3d"),
    ("https://b.s3.amazonaws.com/x?X-Amz-Credential=AKIA%2F1&X-Amz-Security-Token=tok%3D", "AKIA"),
    ("https://acc.blob.core.windows.net/c/x?sv=2022-11-02&sig=aGVsbG8%3D&se=2027", "aGVsbG8"),
    ("https://storage.googleapis.com/b/x?X-Goog-Signature=deadbeef", "deadbeef"),
    ("https://api.example.org/v1?q=1&amp;access_token=s3cr3t", "s3cr3t"),
    ("https://api.example.org/v1?api_key=s3cr3t#x", "s3cr3t"),
    ("https://api.example.org/v1?key=AIzaSyA-1234567890_abcdef", "AIzaSyA"),
    ("dav://user:p%40ss@example.org/x", "p%40ss"),
    ("/relative?password=s3cr3t", "s3cr3t"),
]


@pytest.mark.parametrize(("address", "secret"), SECRETS)
def test_secrets_in_addresses_are_masked_wherever_they_are_said(address: str, secret: str) -> None:
    """On a terminal, in a log, in JSON, in SARIF and in an annotation; the rest of the address stays."""
    problem = ODD_DATE.at("posts/x.md", f"{address} cannot be read", field="from", fix=f"See {address}.")
    outcome = Outcome(is_built=True, problems=(problem,))
    said = [
        *problem_lines([problem]), annotation(problem), problems_json([problem]), problems_sarif([problem], []),
        outcome_json(outcome, site_url=SITE_URL, seconds=0), *summary_lines([("published", address)]),
        summary_markdown([("published", address)]),
    ]  # fmt: skip
    assert not [line for line in said if secret in line]
    assert "***" in said[0]
    assert json.loads(problems_json([problem]))["problems"][0]["message"].endswith(" cannot be read")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?id=7&page=2",
        "https://example.org/@ann/1",
        "https://example.org/?key=7&signed=1",
        "ann@example.org",
    ],
)
def test_an_address_without_secrets_stays_as_it_is(address: str) -> None:
    """People look for it."""
    assert printable(address) == address


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u2028", "\u2029", "\x85"]
)
def test_signs_that_turn_or_break_lines_are_visible(sign: str) -> None:
    """A title cannot make a line of a terminal, or of a review, read as another (CVE-2021-42574)."""
    problem = ODD_DATE.at(f"posts/{sign}x.md", f"'a{sign}b' is odd", field=f"x{sign}")
    for said in [*problem_lines([problem]), annotation(problem), *summary_lines([("a", f"b{sign}c")])]:
        assert sign not in said
    assert f"\\x{ord(sign):02x}" in problem_lines([problem])[0]


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("short", ["short"]),
        ("  two words", ["  two", "      words"]),
        ("新聞 新聞 ab", ["新聞 新聞", "    ab"]),
        ("\x1b[33mwarning\x1b[0m of", ["\x1b[33mwarning\x1b[0m of"]),
        ("posts/a-very-long-name.md: no", ["posts/a-very-long-name.md:", "    no"]),
    ],
)
def test_a_line_is_broken_between_words(line: str, folded: list[str]) -> None:
    """A terminal of ten columns cuts no word, and no name of a file; wide letters count twice, colours not at all."""
    assert folded == fold(line, 10)


def test_no_post_keeps_a_terminal_waiting() -> None:
    """Marks above a letter take no columns, so thousands are on one line; and there may be many kinds of problems."""
    marks = [BAD_DATE.at("a.md", f"{'x' * 100}{chr(0x301) * 5_000}{'x' * 100}")] * 5
    kinds = [Code.warning(f"k{n}")("It is odd.").at("a.md", "é" * 200) for n in range(120) for _ in range(4)]
    began = time.process_time()
    assert kind_lines([*marks, *kinds], most=14, width=80)
    assert time.process_time() - began < 1
