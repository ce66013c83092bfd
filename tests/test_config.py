"""Configuration: what a person may write in feedtool.toml, and what they are told when it is wrong."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedtool.config import Config, Defaults, Group, Publish, SiteRules, fill, minutes
from feedtool.config.placeholders import excluding
from feedtool.config.reading import Keys, Positions, load_config, parse_config
from feedtool.config.tables import Conditions, Table, declared
from feedtool.problems import Problem

EVERYTHING = """
output = "public"
[site]
title = "Notes"
url = "https://Example.org/feeds"
description = "Of tea and rivers"
author = "Ines"
language = "zh-hant-tw"
timezone = "Asia/Taipei"
[posts]
dirs = ["posts", "archive/posts"]
permalink = "/{year}/{month}/{day}/{category}/{slug}.html"
excerpt_separator = "\\n\\n"
future = true
ignore_terms = ["posts", "all"]
[[posts.defaults]]
path = "./posts/news/"
values = { category = "News", comments = true }
[[posts.defaults]]
[posts.defaults.values]
author = "Ines"
[feeds]
formats = ["json", "atom"]
limit = 0
max_bytes = 500_000
category = { enabled = false, path = "topic/{slug}/", title = "{term}", min_entries = 3, limit = 10 }
[feeds.tag]
path = "t-{slug}"
[publish]
target = " s3://bucket/feeds "
grace = "12 H"
concurrency = 3
purge = "list"
[sanitiser]
trim = false
off = ["share-links"]
keep = ["table"]
[sanitiser.sites."News.Example.ORG"]
drop = [".related"]
keep = ["p"]
unwrap = ["center"]
why = "related articles"
"""


def only_problem(text: str) -> Problem:
    """Return the one problem that the text has."""
    problems = parse_config(text, path="feedtool.toml")[1]
    assert len(problems) == 1, problems
    return problems[0]


def lines_of(text: str) -> dict[Keys, int]:
    """Return the line of the first mention of each table or key."""
    return {keys: lines[0] for keys, lines in Positions(text).mentions.items()}


def test_every_default_is_a_value_that_its_key_takes() -> None:
    """What a key has if nobody writes it could be written, too."""

    def wrong(table: object) -> list[str]:
        found: list[str] = []
        for name, rule in declared(type(table)).items():
            value = getattr(table, name)
            if isinstance(rule, Table):
                found += wrong(rule.of() if rule.each else value)
            elif value not in (None, "", (), {}, Conditions()) and rule.check(value) != value:
                found.append(f"{type(table).__name__}.{name}")
        return found

    assert wrong(Config()) == []


def test_no_file_gives_the_defaults() -> None:
    """A build needs no configuration file."""
    assert (Config(), ()) == load_config(None)


def test_every_key_reaches_the_config() -> None:
    """Each documented key is read, in its normal form."""
    config, problems = parse_config(EVERYTHING, path="feedtool.toml")
    assert () == problems
    assert "public" == config.output
    assert "https://example.org/feeds/" == config.site.url
    assert ("Notes", "Of tea and rivers", "Ines") == (
        config.site.title,
        config.site.description,
        config.site.author,
    )
    assert ("zh-Hant-TW", "Asia/Taipei") == (config.site.language, config.site.timezone)
    assert ("posts", "archive/posts") == config.posts.dirs
    assert "/{year}/{month}/{day}/{category}/{slug}.html" == config.posts.permalink
    assert (("json", "atom"), 0, 500_000) == (
        config.feeds.formats,
        config.feeds.limit,
        config.feeds.max_bytes,
    )
    group = Group(enabled=False, path="topic/{slug}", title="{term}", min_entries=3, limit=10)
    assert group == config.feeds.category
    assert Group(enabled=True, path="t-{slug}", title="{term} – {site}") == config.feeds.tag
    assert Publish(target="s3://bucket/feeds", grace="12h", concurrency=3, purge="list") == config.publish
    assert [720, 0, 10_080, 5] == [minutes(span) for span in (config.publish.grace, "0", "7d", "5m")]
    assert (False, ("share-links",), ("table",)) == (
        config.sanitiser.trim,
        config.sanitiser.off,
        config.sanitiser.keep,
    )
    rules = SiteRules(drop=(".related",), keep=("p",), unwrap=("center",), why="related articles", line=38)
    assert {"news.example.org": rules} == config.sanitiser.sites


def test_how_posts_are_read_reaches_the_config() -> None:
    """The separator is kept letter by letter, a folder in its normal form, and each table of defaults has its line."""
    posts = parse_config(EVERYTHING, path="feedtool.toml")[0].posts
    assert ("\n\n", True, ("posts", "all")) == (posts.excerpt_separator, posts.future, posts.ignore_terms)
    assert posts.defaults == (
        Defaults(path="posts/news", values={"category": "News", "comments": True}, line=16),
        Defaults(path="", values={"author": "Ines"}, line=19),
    )
    assert ("", False, (), ()) == (
        Config().posts.excerpt_separator,
        Config().posts.future,
        Config().posts.ignore_terms,
        Config().posts.defaults,
    )


@pytest.mark.parametrize(
    "line",
    ['grace = "a week"', 'grace = "7"', 'grace = "-1d"', "grace = 7", "concurrency = 0", 'purge = "akamai"',
     'target = "bucket"', 'target = "s3://"', 'target = "file://srv"', 'target = "s3://b/../c"', 'target = "s3://k:s@b/c"'],
)  # fmt: skip
def test_a_publication_that_cannot_be_meant_is_refused(line: str) -> None:
    """A span of time, a number, a CDN or a target that is none, with what to write."""
    problem = only_problem(f"[publish]\n{line}\n")
    assert (2, True) == (problem.line, bool(problem.fix)), problem


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """One run tells everything that is wrong, each with its line and dotted key."""
    text = '[site]\nurl = "example.org"\ntitel = "x"\n[feeds]\nlimit = -1\n[feeds.tag]\nlimt = 3\nenabled = 1\n'
    problems = parse_config(text, path="feedtool.toml")[1]
    assert [
        ("feedtool.toml", 2, "site.url", "bad-value"),
        ("feedtool.toml", 3, "site.titel", "unknown-key"),
        ("feedtool.toml", 5, "feeds.limit", "bad-value"),
        ("feedtool.toml", 7, "feeds.tag.limt", "unknown-key"),
        ("feedtool.toml", 8, "feeds.tag.enabled", "wrong-type"),
    ] == [(problem.path, problem.line, problem.field, problem.code) for problem in problems]
    assert {"error"} == {problem.level for problem in problems}


def test_an_unknown_key_names_its_neighbour_and_the_known_keys() -> None:
    """A slip of the keyboard is answered with the key that was meant."""
    problem = only_problem("[feeds.tag]\nlimt = 3\n")
    assert "unknown key" == problem.message
    assert (
        'Did you mean "limit"?  Known keys: archives, complete, enabled, limit, min_entries, path, replaces, title.'
        == problem.fix
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('title = "Notes"', "It belongs in [site]."),
        ('[site]\noutput = "x"', "It belongs above the first [table]."),
        ("[sanitiser.sites.news.example.org]\ndrop = []", "Put the host in quotes"),
        ('[sanitiser]\nsites = "x"', "[sanitiser.sites]"),
        ('[posts]\ndirs = "posts"', 'Write it in brackets: ["posts"]'),
        ('[feeds]\nlimit = "50"', "without quotes"),
        ("title = Notes", "Put text in quotes"),
        ('[site]\nlanguage = "zh_tw"', 'Did you mean "zh-TW"?'),
        ('[site]\nlanguage = "jp"', 'Did you mean "ja"?'),
        ('[site]\ntimezone = "Asia/Taipeh"', 'Did you mean "Asia/Taipei"?'),
        ('[site]\ntimezone = "new york"', 'Did you mean "America/New_York"?'),
        ('[feeds]\nformats = ["atm"]', 'Did you mean "atom"?  Formats: atom, rss, json.'),
        ('[feeds.tag]\ntitle = "{trem}"', "Did you mean {term}?  Placeholders: {term}, {site}."),
        ('[posts]\npermalink = "/:year/:title"', "Write {year}, not :year."),
        ('[sanitiser.sites."*.example.org"]', 'Write "example.org".'),
        ('[sanitiser.sites."https://example.org/a"]', 'Write "example.org".'),
    ],
)
def test_a_frequent_mistake_gets_its_cure(text: str, hint: str) -> None:
    """What people often write is answered with what they should write."""
    assert hint in only_problem(text).fix


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[site]\ntitle = "a"\ntitle = "b"\n', 3, "Cannot overwrite"),
        ("[site\n", 1, "at column 6"),
        ('a = 1\nb = """\nx\n', 3, "nterminated"),
        ("a = " + "[" * 5000, 1, "deep"),
        ("a = " + "1" * 5000, 1, "too long"),
    ],
)
def test_a_slip_of_syntax_has_its_line(text: str, line: int, words: str) -> None:
    """A file that is no TOML gives one problem, at the line, and the default configuration."""
    problem = only_problem(text)
    assert ("config-syntax", line) == (problem.code, problem.line)
    assert words in problem.message


def test_a_file_is_read(tmp_path: Path) -> None:
    """A file is read as UTF-8, with or without a byte-order mark."""
    path = tmp_path / "feedtool.toml"
    path.write_bytes('\ufeff[site]\r\ntitle = "茶"\r\n'.encode())
    config, problems = load_config(str(path))
    assert ("茶", (), str(path)) == (config.site.title, problems, config.path)


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A missing file, a folder, a strange name or other bytes are told, never raised."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[site]\ntitle = "caf\xe9"\n')
    found = [load_config(str(path))[1] for path in (tmp_path / "none.toml", tmp_path, "a\0b", latin)]
    codes = ["config-unreadable"] * 3 + ["config-syntax"]
    assert codes == [problem.code for problems in found for problem in problems]
    assert 2 == found[-1][0].line


BAD: dict[str, list[object]] = {
    "site.url": [
        *(
            "example.org",
            "ftp://example.org/",
            "https://",
            "https://a b.org/",
            "https://x.org/?a=1",
            "/feeds/",
        ),
        *(
            "https://x.org/#a",
            "https://me:pw@x.org/",
            "https://x.org/../",
            "https://x.org/feed.xml",
            "https:x.org",
        ),
        *("https://x.org\\a", "https://[::1", "https://x.org:99999/", "javascript:alert(1)", "https://a..b/"),
    ],
    "site.hub": ["hub.example.org", "ftp://x.org/", "https://me:pw@x.org/", "https:me@x.org/"],
    "site.icon": ["https://me@x.org/icon.png", "https://x.org/icon.svg"],
    "site.language": ["english", "zh_TW", "e", "en-", "中文", "en--US", "cn"],
    "site.timezone": ["", "UTC+8", "Mars/Olympus", "../../etc/passwd", "asia/taipei", "Asia"],
    "site.title": ["two\nlines", "bell\a", "nul\0", "half \ud83d", "a\u2028b", "\uffff"],
    "posts.permalink": [
        *(
            "/{year}/",
            "{slug}/{title}",
            "//x.org/{slug}",
            "../{slug}",
            "{slug",
            "C:\\{slug}",
            "https://{slug}/",
        ),
        *("javascript:{slug}", "https:///{slug}", "/a/../{slug}"),
    ],
    "posts.dirs": [[], [""], ["posts", "posts"]],
    "feeds.formats": [[], ["atom", "atom"], ["xml"], ["Atom"]],
    "feeds.max_bytes": [-1, 10**16],
    "feeds.tag.min_entries": [-1],
    "feeds.tag.path": [
        *(
            "",
            "tag",
            "/{slug}",
            "{slug}/{slug}",
            "../{slug}",
            "a/../{slug}",
            "a\\{slug}",
            "C:{slug}",
            "a//{slug}",
        ),
        *(
            "./{slug}",
            ".git/{slug}",
            "{term}/{slug}",
            "{slug}}",
            "archive/{slug}",
            "rss.xml/{slug}",
            "a./{slug}",
        ),
        *("con/{slug}", "a?/{slug}", "{slug}/atom.xml", "{slug}/ /x", "{slug}//"),
    ],
    "feeds.tag.title": ["", "{term} {name}", "{term", "term}"],
    "sanitiser.off": [["", "x"]],
    "output": ["", "posts", "posts/feeds", "./posts/", "a\0b"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, some in BAD.items() for value in some])
def test_a_value_that_cannot_be_meant_is_refused(key: str, value: object) -> None:
    """Every impossible value is reported, at its key, and the default stays in its place."""
    config, problems = parse_config("", overrides={key: value})
    assert [("bad-value", key)] == [(problem.code, problem.field) for problem in problems]
    assert problems[0].fix
    assert key == "output" or config == Config()


WRONG: dict[str, list[object]] = {
    "feeds.limit": [True, 1.0, "1", []],
    "site.title": [1, False, ["a"], {"a": 1}],
    "feeds.formats": ["atom", 1, {"atom": 1}, [1]],
    "feeds.tag.enabled": ["yes", 1, 0],
    "feeds.tag": [True, [{}], "x"],
    "site": [1, []],
    "sanitiser.sites": [[], "x"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, some in WRONG.items() for value in some])
def test_a_value_of_the_wrong_type_is_refused(key: str, value: object) -> None:
    """No value is turned into another type in silence; true is no number."""
    problems = parse_config("", overrides={key: value})[1]
    assert [("wrong-type", key)] == [(problem.code, problem.field) for problem in problems]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("site.url", "HTTP://Example.ORG", "http://example.org/"),
        ("site.url", "https://例子.测试/源/", "https://xn--fsqu00a.xn--0zwm56d/%E6%BA%90/"),
        ("site.url", "http://localhost:8000/my feeds", "http://localhost:8000/my%20feeds/"),
        ("site.url", "http://[::1]:80/%e4", "http://[::1]:80/%e4/"),
        ("site.url", "", ""),
        ("site.language", "EN", "en"),
        ("site.language", "sr-latn-rs", "sr-Latn-RS"),
        ("site.language", "es-419", "es-419"),
        ("site.language", "de-CH-1901", "de-CH-1901"),
        ("site.language", "en-x-us", "en-x-us"),
        ("site.title", "  Tea & <Rivers> ", "Tea & <Rivers>"),
        ("site.timezone", "Etc/GMT-8", "Etc/GMT-8"),
        ("posts.permalink", "https://example.org/{slug}", "https://example.org/{slug}"),
        ("posts.permalink", "?p={slug}", "?p={slug}"),
    ],
)
def test_a_value_takes_its_normal_form(key: str, value: str, expected: str) -> None:
    """What may be written in several ways is brought to one."""
    config, problems = parse_config("", overrides={key: value})
    assert () == problems
    table, name = key.split(".")
    assert expected == getattr(getattr(config, table), name)


def test_two_groups_cannot_share_a_folder() -> None:
    """Feeds of categories and of tags never overwrite each other; the line is that of the one written."""
    problem = only_problem('[feeds.category]\npath = "Tag/{slug}"\n')
    assert ("feeds.category.path", 2, "bad-value") == (problem.field, problem.line, problem.code)
    unused = parse_config('[feeds.author]\npath = "tag/{slug}"\n')[1]
    assert () == unused


def test_one_host_has_one_table() -> None:
    """Two spellings of a host are told, instead of one table lost."""
    problem = only_problem('[sanitiser.sites."a.org"]\nwhy = "x"\n[sanitiser.sites."A.org"]\n')
    assert (3, 'sanitiser.sites."A.org"') == (problem.line, problem.field)
    assert "line 1" in problem.message


@pytest.mark.parametrize("host", ["", "a b", "a.org:80", "user@a.org", "a..org", "a/b", "http://a.org"])
def test_a_host_is_a_name(host: str) -> None:
    """Rules of a site stand under its bare host name."""
    assert "bad-value" == only_problem(f'[sanitiser.sites."{host}"]\n').code


def test_the_command_line_comes_before_the_file() -> None:
    """What is said on the command line replaces what the file says, even what is wrong there."""
    text = '[site]\nurl = "nonsense"\ntitle = "Kept"\n'
    config, problems = parse_config(text, overrides={"site.url": "https://x.org/", "output": None})
    assert ("https://x.org/", "Kept", "output", ()) == (
        config.site.url,
        config.site.title,
        config.output,
        problems,
    )


def test_a_problem_of_the_command_line_blames_no_file() -> None:
    """A wrong value of the command line is not looked for in the file."""
    problems = parse_config("[feeds]\nlimit = 3\n", path="feedtool.toml", overrides={"feeds.limit": -3})[1]
    assert [("", 0, "feeds.limit")] == [(problem.path, problem.line, problem.field) for problem in problems]


def test_templates_are_filled_once() -> None:
    """A term that looks like a placeholder stays as its author wrote it."""
    assert "{site} – Notes" == fill("{term} – {site}", term="{site}", site="Notes")


LAYOUTS = '''# [not.a.table] = 1
output = "[x] # = \\" y"  # z = 1
text = """
[no]
no = 1
""\\" """""
[site]
'title' = 'a # b'
"a.b" . c = 2
[feeds . "tag"]
limit = [ 1, # ]
  2, [ "]", 3 ],
]
inline = { path = "}", b.c = [1, { d = 4 }], e = {} }
last = {}
[[many]]
x = 1
  [[many]]
  y = 1979-05-27 07:32:00.5
"q\\u00e9" = 1
[sanitiser.sites."a.org"] # why
w = \'\'\'
[no]
no = 1\'\'\'\'\'
end = -1.5e+3
'''


def test_keys_are_found_on_their_lines() -> None:
    """Strings, comments, lists, inline tables, quoted and dotted keys do not lead the search astray."""
    expected: dict[Keys, int] = {
        ("output",): 2,
        ("text",): 3,
        ("site",): 7,
        ("site", "title"): 8,
        ("site", "a.b"): 9,
        ("site", "a.b", "c"): 9,
        ("feeds",): 10,
        ("feeds", "tag"): 10,
        ("feeds", "tag", "limit"): 11,
        ("feeds", "tag", "inline"): 14,
        ("feeds", "tag", "inline", "path"): 14,
        ("feeds", "tag", "inline", "b"): 14,
        ("feeds", "tag", "inline", "b", "c"): 14,
        ("feeds", "tag", "inline", "b", "c", "d"): 14,
        ("feeds", "tag", "inline", "e"): 14,
        ("feeds", "tag", "last"): 15,
        ("many",): 16,
        ("many", "x"): 17,
        ("many", "y"): 19,
        ("many", "qé"): 20,
        ("sanitiser",): 21,
        ("sanitiser", "sites"): 21,
        ("sanitiser", "sites", "a.org"): 21,
        ("sanitiser", "sites", "a.org", "w"): 22,
        ("sanitiser", "sites", "a.org", "end"): 25,
    }
    tomllib.loads(LAYOUTS)
    assert expected == lines_of(LAYOUTS)
    assert expected == lines_of(LAYOUTS.replace("\n", "\r\n"))


VALUES = st.sampled_from(
    [
        *(
            '"x"',
            "'#'",
            '""',
            '"""\n[a]\nb = 1\n"""',
            "'''\n''a'''''",
            '"\\"]"',
            "1_000",
            "1.5",
            "inf",
            "07:32:00",
        ),
        *(
            "[]",
            "[\n1,\n[2, # ]\n],\n]",
            '{ p = 1, "q r" = [{}] }',
            "true",
            "2020-01-01 07:32:00Z",
            '""""x"""""',
        ),
    ]
)
NAMES = st.sampled_from(["a", "'b c'", '"d.e"', '"f\\n"', "-", "10", '"é"'])


@given(st.lists(st.tuples(st.booleans(), NAMES, VALUES, st.sampled_from(["", " # [x]", "\n\n"])), max_size=12))
def test_every_key_that_tomllib_reads_has_its_line(statements: list[tuple[bool, str, str, str]]) -> None:
    """Whatever the mixture of tables and values, each key is found where it was written."""
    text, expected = "", dict[Keys, int]()
    table: Keys = ()
    for number, (is_table, name, value, tail) in enumerate(statements):
        line, plain = text.count("\n") + 1, next(iter(tomllib.loads(f"{name}=0")))
        if is_table:
            table = (f"t{number}", plain)
            expected |= {table[:1]: line, table: line}
            text += f" [ t{number} . {name} ]{tail}\n"
        else:
            expected |= {(*table, f"k{number}"): line, (*table, f"k{number}", plain): line}
            text += f"k{number} .{name}= {value}{tail}\n"
    tomllib.loads(text)
    found = lines_of(text)
    assert expected == {keys: line for keys, line in found.items() if keys in expected}


@given(st.text(alphabet="ab[]{}=,.\"'\\#\n ", max_size=60))
def test_no_text_raises(text: str) -> None:
    """Whatever is in the file, there is a configuration and a list of problems."""
    config, problems = parse_config(text)
    assert config == Config() or problems
    assert lines_of(text) is not None


def test_a_deep_key_is_only_unknown() -> None:
    """A key of five thousand parts is one problem, found at once; from Python 3.14 on such a file is no TOML."""
    text = f"output.{'.'.join('a' * 5000)} = 1\n"
    assert only_problem(text).code in ("wrong-type", "config-syntax")


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ('[site]\nhub = "hub.example.org"\n', "site.hub", "not an absolute http or https address"),
        ('[site]\nhost = "netlfy"\n', "site.host", 'Did you mean "netlify"?'),
        ('[feeds]\ntwins = ["zip"]\n', "feeds.twins", "not a known compression"),
        ('[posts]\nids = "jekyl"\n', "posts.ids", 'Did you mean "jekyll"?'),
        ('[posts]\nids = "jekyll"\n', "posts.ids", "begin with the address of the site, which is not set"),
        ('[posts]\npermalink = "hugo"\n', "posts.permalink", "begin with the address of the site, which is not set"),
        (
            '[posts]\nids = "hugo"\nids_url = "https://example.org/"\npermalink = "jekyll"\n',
            "posts.permalink",
            'ids are set to "hugo", but addresses to "jekyll"',
        ),
        ('[posts]\nids = "tag:x.org,{year}"\n', "posts.ids", "several posts the same id"),
        ('[posts]\nids = "{nope}"\n', "posts.ids", "{nope} is not a known placeholder"),
        ('[posts]\nids_permalink = "pretty"\n', "posts.ids_permalink", "not used when ids"),
        (
            '[posts]\nids = "hugo"\nids_url = "https://x.org/"\nids_permalink = "/:jahr/"\n',
            "posts.ids_permalink",
            ":jahr is not a known token.",
        ),
        ('[aliases]\n"A" = "B"\n"B" = "A"\n', "aliases", "leads back to itself"),
        ('aliases = "A"\n', "aliases", "expected a table"),
        ("[feeds.tag]\ncomplete = true\narchives = true\n", "feeds.tag.complete", "cannot have archives"),
    ],
)
def test_what_subscribers_depend_on_is_not_guessed(text: str, field: str, said: str) -> None:
    """Hub, host, ids and aliases: a value that cannot be meant is refused with its key and a cure."""
    problem = only_problem(text)
    assert problem.field == field
    assert said in f"{problem.message} {problem.fix}"


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        ('[posts]\nexcerpt_separator = "."\n', 2, "posts.excerpt_separator", "occurs in any text"),
        ("[posts]\nexcerpt_separator = 3\n", 2, "posts.excerpt_separator", "Put the value in quotes."),
        ('[posts]\nfuture = "no"\n', 2, "posts.future", "expected true or false"),
        ('[posts]\nignore_terms = "all"\n', 2, "posts.ignore_terms", '["all"]'),
        ('[posts.defaults]\npath = "a"\n', 1, "posts.defaults", "Write a table of an array: [[posts.defaults]]"),
        ("[posts]\ndefaults = [3]\n", 2, "posts.defaults", "expected a table"),
        ('[[posts.defaults]]\npath = "a/?/b"\n', 2, "posts.defaults.path", "everything below it is included"),
        ('[[posts.defaults]]\nvalues = "News"\n', 2, "posts.defaults.values", 'values = { category = "News" }'),
        ('[[posts.defaults]]\nvalue = "News"\n', 2, "posts.defaults.value", 'Did you mean "values"?'),
    ],
)
def test_how_posts_are_read_is_not_guessed(text: str, line: int, field: str, said: str) -> None:
    """Separator, terms and defaults: a value that cannot be meant is refused with its key, its line and a cure."""
    problem = only_problem(text)
    assert (line, field) == (problem.line, problem.field)
    assert said in f"{problem.message} {problem.fix}"


@pytest.mark.parametrize("output", ["output", "a/b", "./output"])
def test_the_output_is_no_folder_of_posts(output: str) -> None:
    """Who keeps posts in the folder itself is told, before a build takes its own pages for posts."""
    problem = only_problem(f'output = "{output}"\n[posts]\ndirs = ["."]\n')
    assert ("output", "Choose a folder outside the posts folders.") == (problem.field, problem.fix)
    assert () == parse_config('output = "../public"\n[posts]\ndirs = ["."]\n')[1]


def test_very_many_unknown_keys_are_soon_read() -> None:
    """Each is said with its line; a similar key is looked for as long as that takes no time."""
    began = time.process_time()
    _, problems = parse_config("".join(f"[site.titl{number}]\n" for number in range(3000)))
    assert time.process_time() - began < 1
    assert len(problems) == 3000
    assert problems[2].line == 3
    assert 'Did you mean "title"?' in problems[2].fix


def test_many_stars_cost_no_more_than_one() -> None:
    """A pattern is written in one line; it cannot stop a build."""
    started = time.process_time()
    left_out = excluding(["*a" * 300 + "*b", "notes/*a" * 300 + "*b/*c"])
    assert left_out is not None
    assert not left_out.fullmatch("notes/" + "a" * 4000)
    assert left_out.fullmatch("a" * 300 + "b")
    assert left_out.fullmatch("x/" + "ca" * 300 + "cb/tea.md")
    assert time.process_time() - started < 1
