"""Findings in the files of an output -> what they say of the posts, and of the feeds: each kind once for each. Pure.

An entry is in as many files as feeds hold it, in each format. Its author wants to know the post, once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import unescape

from feedtool.problems import Problem

#: about what feedtool has done already: a player that readers may remove is followed by a link to its page
_CURED = frozenset({"check-html-frame"})
#: about a feed without a language, which is a setting of the site
_LANGUAGE = "check-language-missing"

#: in an output of feedtool's: where an entry begins, and its id
_BEGIN = re.compile(rb"^ +(?:<entry>|<item>|\{)$", re.MULTILINE)
_ID = re.compile(rb"<id>([^<]*)</id>|<guid[^>]*>([^<]*)</guid>|^ +\"id\": \"([^\"]*)\"", re.MULTILINE)


def by_post(
    problems: Iterable[Problem], contents: Mapping[str, bytes], posts: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return the problems by post, or by kind where they are not about an entry, with the number of files.

    `contents` are the files of the output by path, `posts` the names of the posts by the ids of their entries.
    """
    files = {path: list(_entries(content)) for path, content in contents.items()}
    found: dict[tuple[str, str], dict[str, Problem]] = {}
    for problem in problems:
        if problem.code in _CURED:
            continue
        entry_id = _entry_at(files.get(problem.path, []), problem.line)
        post = posts.get(entry_id, "")
        told = replace(problem, path=post, line=0, field="") if post else problem
        found.setdefault((problem.code, post or problem.message), {}).setdefault(problem.path, told)
    return tuple(sorted(_told(some) for some in found.values()))


def _told(some: Mapping[str, Problem]) -> Problem:
    """Return one problem for those in several files."""
    first, count = next(iter(some.values())), len(some)
    if first.code == _LANGUAGE:
        fix = 'Write language = "en", or the language of the posts, under [site] in feedtool.toml.'
        first = replace(first, path="", line=0, field="site.language", message="no language is set or found", fix=fix)
    return replace(first, message=f"{first.message} (in {count:,} files)") if count > 1 else first


def _entries(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the line on which each entry of a document begins, and its id."""
    for begin in _BEGIN.finditer(content):
        found = _ID.search(content, begin.end())
        if found:
            text = next(filter(None, found.groups()), b"").decode("utf-8", "replace")
            yield content.count(b"\n", 0, begin.start()) + 1, unescape(text)


def _entry_at(entries: list[tuple[int, str]], line: int) -> str:
    """Return the id of the entry that a line is in; "" for the lines before the first."""
    at = bisect_right(entries, line, key=lambda entry: entry[0])
    return entries[at - 1][1] if at else ""
