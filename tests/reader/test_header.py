"""Front matter: what a header says is read as its author meant it, broken or not, and nothing goes in silence."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import codes, html_of, post_of, read, with_header

from feedtool.reader.front_matter import read_header


def values(text: str) -> dict[str, object]:
    """Return what each field of a text's header holds."""
    header = read_header(text, "a.md")
    return {name: field.value for name, field in header.fields.items()}


def told(text: str) -> list[tuple[str, int, str]]:
    """Return code, line and field of each problem of a text's header."""
    header = read_header(text, "a.md")
    return [(problem.code, problem.line, problem.field) for problem in header.problems]


def test_a_header_is_what_stands_between_two_rules() -> None:
    """Fields and body come apart, each field with its line."""
    header = read_header("---\ntitle: A\n\ntags: [x, y]\n---\n\nWords.\n", "a.md")
    assert {name: (field.value, field.line) for name, field in header.fields.items()} == {
        "title": ("A", 2),
        "tags": (("x", "y"), 4),
    }
    assert (header.body.strip(), header.problems) == ("Words.", [])


@pytest.mark.parametrize(
    ("written", "expected"),
    [("no", "no"), ("yes", "yes"), ("2023", "2023"), ("010", "010"), ("10:30", "10:30"), ("1e3", "1e3"),
     ("2023-02-30", "2023-02-30"), ("0x1F", "0x1F"), ("1_000", "1_000"), (".5", ".5"), ("null", None), ("~", None),
     ('"null"', "null"), ("", None)],
)  # fmt: skip
def test_values_stay_text_whatever_yaml_takes_them_for(written: str, expected: object) -> None:
    """A title is text even where YAML 1.1 sees a number, a time, a yes or a day that does not exist."""
    assert values(f"---\ntitle: {written}\n---\nx") == {"title": expected}


@pytest.mark.parametrize("word", ["2023", "yes", "no", "10:30", "2023-01-31", "1.5", "true"])
def test_a_title_that_looks_like_something_else_is_itself(word: str) -> None:
    """`title: 2023` and `title: yes` are these texts, and a note says what other tools do with them."""
    reading = read(with_header(f"title: {word}"))
    assert reading.post
    assert (reading.post.title, codes(reading)) == (word, ["bare-title"])


def test_a_quoted_title_that_looks_like_a_number_is_fine() -> None:
    """Quotes say that it is text."""
    assert codes(read(with_header('title: "2023"'))) == []


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('title: "A path C:\\Users\\x"', "A path C:\\Users\\x"),
        ('title: "Say \\"yes\\" to C:\\data"', 'Say "yes" to C:\\data'),
        ("title: Foo: bar", "Foo: bar"),
        ("title: @home", "@home"),
        ("title: `code` first", "`code` first"),
        ("title: %d items", "%d items"),
        ("title: *bold* words", "*bold* words"),
        ("title: [Video] A day", "[Video] A day"),
        ('title: "Open" and shut', '"Open" and shut'),
        ("title: 'It's here'", "It's here"),
        ("title: {braces} first", None),
        ("title: a\tb", "a b"),
        ("title:\tTabbed", "Tabbed"),
        ("title: & so on", None),
    ],
)
def test_a_broken_title_is_salvaged_or_reported(line: str, title: str | None) -> None:
    """The text that the author meant is kept; where that would be a guess, the field is left out and reported."""
    reading = read(with_header(line, "tags: [kept]"))
    assert reading.post
    assert reading.post.tags == ("kept",)
    if title is None:
        assert ("unreadable-field", 3, "title") in [(p.code, p.line, p.field) for p in reading.problems]
    else:
        assert reading.post.title == title


@pytest.mark.parametrize("line", ["author: @x", "author: a: b", 'author: "a\\q"', "author: [ a, b ] c", "author: %"])
def test_one_bad_field_costs_no_other(line: str) -> None:
    """A header is salvaged field by field: date, title and tags come through beside a broken author."""
    post = post_of(with_header("title: Good", line, "tags: [ one, two ]", "from: https://example.org/1"))
    assert (post.title, post.tags, post.source) == ("Good", ("one", "two"), "https://example.org/1")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"Tea \ud83c\udf75 time"', "Tea 🍵 time"),
        (r'"\uD83D\uDE00\uD83D\uDE00"', "😀😀"),
        (r'"\\\ud834\udd1e"', "\\𝄞"),
        (r'"caf\u00e9 \ud83c\udf75"', "café 🍵"),
        (r"'\ud83c\udf75'", r"\ud83c\udf75"),
        (r'"\\ud83c\\udf75"', r"\ud83c\udf75"),
    ],
)
def test_a_character_may_be_escaped_as_json_does_it(written: str, text: str) -> None:
    """In titles and terms; what is no escape stays as it is."""
    reading = read(with_header(f"title: {written}", f"tags: [tea, {written}]"))
    assert reading.post
    assert (reading.post.title, reading.post.tags, codes(reading)) == (text, ("tea", text), [])


def test_an_escape_beside_a_text_that_has_none_leaves_it_alone() -> None:
    """Single quotation marks, and none, escape nothing."""
    reading = read(with_header(r"title: '\ud83c\udf75'", r'tags: ["\ud83c\udf75"]', r"author: it's \ud83c\udf75"))
    assert reading.post
    assert (reading.post.title, reading.post.tags) == (r"\ud83c\udf75", ("🍵",))
    assert reading.post.authors[0].name == r"it's \ud83c\udf75"


def test_a_broken_line_is_reported_where_it_stands_with_its_cure() -> None:
    """File, line, field, what was read, and what to write instead."""
    reading = read(with_header("title: Foo: bar"))
    (problem,) = reading.problems
    assert (problem.path, problem.line, problem.field, problem.code) == ("posts/a.md", 3, "title", "broken-header")
    assert problem.fix == "Write: title: 'Foo: bar'"


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30))
def test_the_cure_of_a_broken_line_is_valid(words: str) -> None:
    """What a problem says to write, written, gives the same value and no problem."""
    header = read_header(f"---\ntitle: {words}: @{words}\n---\nx", "a.md")
    for problem in header.problems:
        if problem.code == "broken-header":
            mended = read_header("---\n" + problem.fix.removeprefix("Write: ") + "\n---\nx", "a.md")
            assert mended.problems == []
            assert mended.fields["title"].value == header.fields["title"].value


def test_names_with_commas_in_a_list_of_the_bot_are_not_yaml_but_read() -> None:
    """A list with something that YAML refuses is still a list."""
    assert values("---\ntags: [ @a, b: c: d, e ]\n---\nx")["tags"] == ("@a", "b: c: d", "e")


def test_a_list_below_its_key_is_salvaged_too() -> None:
    """One item a line, one of them broken."""
    assert values("---\ntags:\n- @a\n- b\n---\nx")["tags"] == ("@a", "b")


def test_a_key_of_another_script_ends_the_field_before_it() -> None:
    """A broken field does not swallow the line below, whatever letters that opens with."""
    post = post_of(with_header("title: a: b", "作者: 王"))
    assert post.title == "a: b"


def test_a_quoted_key_ends_the_field_before_it() -> None:
    """Quotes round a key are YAML; a broken field above must not swallow it."""
    post = post_of(with_header('title: "a\\q"', '"tags": [x]'))
    assert post.title == "a\\q"


@pytest.mark.parametrize("line", ['title:"x"', "just some words", "- item"])
def test_a_header_line_that_says_nothing_is_reported(line: str) -> None:
    """Nothing is dropped in silence: a line that is no field is named by some problem."""
    reading = read(f'---\n{line}\ndate: 2024-01-02\nauthor: "a\\q"\n---\nWords.')
    assert 2 in [problem.line for problem in reading.problems if problem.code != "missing-title"]


def test_a_key_that_stands_twice_is_reported_and_the_last_counts() -> None:
    """Jekyll and Hugo take the last; feedtool does too, and says so."""
    text = "---\ntitle: A\ntags: [x]\ntitle: B\n---\nx"
    assert values(text)["title"] == "B"
    assert told(text) == [("duplicate-key", 4, "title")]


@pytest.mark.parametrize("key", ["handler", "text", "encoding", "self", "metadata", "2023"])
def test_any_key_may_stand_in_a_header(key: str) -> None:
    """A key that some library takes for its own argument is only a key."""
    reading = read(with_header("title: A", f"{key}: something"))
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("A", [])


def test_a_byte_order_mark_does_not_hide_the_header() -> None:
    """The header is read, and the mark is told."""
    reading = read(b"\xef\xbb\xbf" + with_header("title: A").encode())
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("A", ["byte-order-mark"])


def test_blank_lines_before_the_header_do_not_hide_it() -> None:
    """Lines are still counted from the file's first."""
    reading = read("\n\n" + with_header("title: Foo: bar"))
    assert reading.post
    assert (reading.post.title, reading.problems[0].line) == ("Foo: bar", 5)


def test_a_header_that_nothing_closes_ends_where_its_fields_end() -> None:
    """Unclosed front matter is reported; its fields count, and the text is not lost."""
    text = "---\ntitle: A\ndate: 2024-01-02\ntags:\n- x\n- y\n\nFirst words.\n\n[Heading](https://example.org)\n------\n\nLast words.\n"
    reading = read(text)
    assert reading.post
    assert (reading.post.title, reading.post.tags) == ("A", ("x", "y"))
    assert "unclosed-front-matter" in codes(reading)
    assert "First words." in html_of(text)
    assert "Last words." in html_of(text)


def test_a_rule_in_the_text_does_not_close_the_header() -> None:
    """Where the closing line is missing, a rule further down is the article's own."""
    text = "---\ntitle: A\ndate: 2024-01-02\n\nFirst words.\n\n---\n\nLast words.\n"
    reading = read(text)
    assert reading.post
    assert (reading.post.title, "unclosed-front-matter" in codes(reading)) == ("A", True)
    assert "First words." in html_of(text)
    assert "Last words." in html_of(text)


def test_a_text_that_opens_with_a_rule_has_no_header() -> None:
    """A rule as the first line is Markdown where no field follows."""
    text = "---\n\nWords only.\n\n---\n\nMore words.\n"
    reading = read(text, "posts/2024-01-02-a.md")
    assert reading.post
    assert "Words only." in html_of(text, "posts/2024-01-02-a.md")


def test_an_empty_header_is_one() -> None:
    """Jekyll's minimal front matter has no field at all."""
    reading = read("---\n---\nWords.", "posts/2024-01-02-first-day.md")
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("first day", ["missing-title"])
    assert html_of("---\n---\nWords.") == "<p>Words.</p>\n"


def test_dots_close_a_header() -> None:
    """YAML's own end of document serves as Jekyll lets it."""
    assert post_of("---\ntitle: A\ndate: 2024-01-02\n...\nWords.").title == "A"


def test_a_header_of_toml_is_read() -> None:
    """Hugo's +++ front matter gives the same values."""
    text = '+++\ntitle = "A"\ndate = 2024-01-02T03:04:05Z\ntags = ["x", "y"]\ndraft = false\n+++\nWords.'
    post = post_of(text)
    assert (post.title, post.tags, post.published_ms) == ("A", ("x", "y"), 1704164645000)


def test_a_broken_header_of_toml_is_reported() -> None:
    """It cannot be salvaged, and the post is there as far as its name tells."""
    reading = read("+++\ntitle = A b\n+++\nWords.", "posts/2024-01-02-a.md")
    assert reading.post
    assert codes(reading) == ["unreadable-field", "missing-title"]


def test_a_comment_in_a_value_is_told() -> None:
    """YAML cuts `C #1` short; a note says what was read."""
    reading = read(with_header("title: The C #1 guide"))
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("The C", ["comment-in-value"])


def test_a_comment_where_no_text_stands_is_no_matter() -> None:
    """A remark behind a date, or in a key that feedtool does not use, cuts nothing short."""
    reading = read("---\ntitle: Tea\ndate: 2024-01-02 # a Tuesday\nstarts: noon # in Taipei\n---\nWords.")
    assert reading.post
    assert (reading.post.published_ms, codes(reading)) == (1704153600000, [])


def test_a_header_may_be_indented_as_a_whole() -> None:
    """YAML allows it, so its date and title count, and nothing of it stands in the text."""
    reading = read("---\n title: 'A: b'\n date: 2024-01-02\n tags:\n   - tea\n---\nWords.")
    assert reading.post
    assert (reading.post.title, reading.post.published_ms, reading.post.tags) == ("A: b", 1704153600000, ("tea",))
    assert codes(reading) == []


def test_keys_are_read_in_any_case_and_with_either_dash() -> None:
    """`Title:` and `last-modified-at:` are what they look like."""
    post = post_of(with_header("Title: A", "last-modified-at: 2024-02-01"))
    assert (post.title, post.updated_ms is None) == ("A", False)


BOMB = "\n".join(
    ["a: &a [x,x,x,x,x,x,x,x,x]"]
    + [f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
)
HOSTILE = {
    "alias-bomb": BOMB + "\ntags: *i",
    "alias-bomb-as-key": BOMB + "\ntags:\n  ? *i\n  : v",
    "alias-to-itself": "tags: &t [*t]",
    "deep-flow": "tags: " + "[" * 20_000 + "]" * 20_000,
    "deep-flow-lines": "tags:\n" + "[\n" * 50_000,
    "deep-maps": "tags: " + "{a: " * 20_000 + "}" * 20_000,
    "deep-dashes": "tags:\n" + "- " * 50_000 + "x",
    "deep-indent": "tags:\n" + "\n".join(" " * n + "- a:" for n in range(1, 400)),
    "many-keys": "\n".join(f"k{n}: v" for n in range(20_000)),
    "many-quotes": "tags: " + '"' * 50_000,
    "many-anchors": "tags: [" + "&a x, " * 20_000 + "]",
    "many-colons": "tags: " + "a: " * 30_000,
    "many-questions": "tags:\n" + "? " * 30_000,
    "one-long-line": "tags: " + "x" * 1_000_000,
    "complex-key": "? [a, b]\n: c",
    "tag-python": "tags: !!python/object/apply:os.system ['true']",
    "merge-key": "x: &x {a: 1}\ntags:\n  <<: *x",
    "document-inside": "tags: a\n--- b\n",
    "control": "tags: a\x00b\x07",
    "many-aliases": "b: &b [" + "x," * 1900 + "]\n" + "\n".join(f"k{n}: [*b]" for n in range(490)),
    "many-broken": "\n".join(f"k{n}: [" for n in range(490)),
    "many-lines": "\n" * 3_000_000,
    "many-escapes": 'x: "' + "\\a" * 30_000 + '" # c',
    "picture": "image: data:image/png;base64," + "A" * 3_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_costs_no_more_than_itself(name: str) -> None:
    """However a header is nested, aliased or bloated: an answer in no time, and title and date come through."""
    started = time.process_time()
    reading = read(with_header("title: Good", HOSTILE[name]))
    seconds = time.process_time() - started
    assert reading.post
    assert reading.post.title == "Good"
    assert seconds < 2


TABLES = {
    "dots": "+++\na" + ".a" * 20_000 + " = 1\n+++\nWords.",
    "dots-in-brackets": "+++\n[" + ".".join(["a"] * 20_000) + "]\n+++\nWords.",
    "dots-and-quotes": "+++\na" + '."a b"' * 9000 + " = 1\n+++\nWords.",
    "dots-and-escapes": "+++\n" + ".".join(['"a\\""'] * 8000) + " = 1\n+++\nWords.",
    "toml-keys": "+++\n" + "\n".join(f"k{n} = 1" for n in range(9000)) + "\n+++\nWords.",
    "toml-bytes": "+++\n" + "#\n" * 1_000_000 + "+++\nWords.",
    "json-keys": '{"title": "A",\n' + ",".join(f'"k{n}": 1' for n in range(9000)) + "}\nWords.",
    "json-bytes": '{"title": "A", "x": [' + "[]," * 1_000_000 + "[]]\n}\nWords.",
    "lines": "Title: A\nTags: " + "a," * 1_000_000 + "\n\nWords.",
    "unclosed": "---\n" + "a: b\n" * 1_000_000,
    "unclosed-items": "---\na:\n" + "- b\n" * 1_250_000,
    "unclosed-maps": "---\n" + "\n".join(f"a{n}: [b, {{c: d}}]" for n in range(250_000)),
}


@pytest.mark.parametrize("name", TABLES)
def test_one_bound_holds_for_the_headers_of_all_languages(name: str) -> None:
    """Whatever is too large is left out in no time, and the post is there as far as body and file name tell."""
    started = time.process_time()
    reading = read(TABLES[name], "posts/2024-01-02-a.md")
    seconds = time.process_time() - started
    assert reading.post
    assert "header-too-large" in codes(reading)
    assert seconds < 2


@pytest.mark.parametrize("form", ["---\ntitle: Good\nx: {}\n---\n", '+++\ntitle = "Good"\nx = "{}"\n+++\n'])
def test_a_long_header_is_none_too_large(form: str) -> None:
    """A text of 60,000 characters in a header is read."""
    reading = read(form.format("Wörd. " * 10_000) + "Words.", "posts/2024-01-02-a.md")
    assert reading.post
    assert (reading.post.title, codes(reading)) == ("Good", [])


def test_a_body_that_is_a_large_table_is_no_header() -> None:
    """A table without title and date is text, however large."""
    table = '{"a": "b",\n' + "\n".join(f'"k{n}": 1,' for n in range(20_000)) + '\n"z": 1\n}\n'
    assert "header-too-large" not in codes(read(table, "posts/2024-01-02-a.md"))


@pytest.mark.parametrize("name", ["alias-bomb", "alias-to-itself", "deep-flow", "deep-maps", "deep-dashes"])
def test_a_hostile_field_is_left_out_and_reported(name: str) -> None:
    """It is named with its line."""
    reading = read(with_header("title: Good", HOSTILE[name]))
    assert reading.post
    assert reading.post.tags == ()
    assert {"header-too-complex", "header-too-large", "unreadable-field"} & set(codes(reading))


TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
YAMLISH = st.text(alphabet="ab:-#[]{}\"'|>&*!%@`?,~ \n\t\\.", max_size=80)


@given(TEXTS | YAMLISH)
def test_no_text_raises(text: str) -> None:
    """Any text is a header and a body, or a body."""
    read_header(f"---\n{text}\n---\nWords.", "a.md")
    read_header(text, "a.md")


@given(st.dictionaries(st.from_regex(r"\A[a-z]{3,9}\Z"), TEXTS, max_size=5))
def test_proper_headers_come_through_unharmed(fields: dict[str, str]) -> None:
    """What JSON's quoting protects, which YAML reads, is the value, with no problem."""
    visible = {k: "".join(c for c in v if c.isprintable()) for k, v in fields.items()}
    lines = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in visible.items())
    header = read_header(f"---\n{lines}\n---\nWords.", "a.md")
    assert {name: field.value for name, field in header.fields.items()} == visible
    assert (header.problems, header.body) == ([], "Words.")


@given(
    title=st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
    junk=st.sampled_from(
        ["@x", "a: b: c", '"a\\q"', "'it's'", "%%", "`", "[ a, @b ]", "*", "&", "{", "]", "|x", "> y"]
    ),
)
def test_a_bad_neighbour_never_changes_a_good_title(title: str, junk: str) -> None:
    """Salvage is per field: a quoted title is the same beside any broken line."""
    quoted = json.dumps(title, ensure_ascii=False)
    alone = values(f"---\ntitle: {quoted}\n---\nx")["title"]
    assert values(f"---\nauthor: {junk}\ntitle: {quoted}\n---\nx")["title"] == alone
    assert values(f"---\ntitle: {quoted}\nauthor: {junk}\n---\nx")["title"] == alone


#: what stands in most headers, and what YAML gives a meaning to
VALUES = st.text(alphabet="ab 1é例:#,[]{}\"'\\-?&*!|>%@~_./\u3000\u2028\x85\ufeff", max_size=8)
LINES = st.builds(
    "{}:{}{}{}{}".format,
    st.sampled_from(["title", "a-b", "Tags", "x" * 61, "x" * 62]),
    st.sampled_from(["", " ", "  "]),
    st.sampled_from(["", "a", '"', "'", "[", "[a, ", "null"]),
    VALUES,
    st.sampled_from(["", '"', "'", "]", " ", " b]"]),
)


#: lists of words in quotes of any kind, whole or not
LISTS = st.lists(
    st.sampled_from(["a", '"a"', "'b'", '"a, b"', '""', "null", " c d ", "e:f", "'#'", '"', "it's", "", '"x"y', r'"\"'])
)
QUOTED = LISTS.map(lambda items: f"tags: [{', '.join(items)}]")


@given(LINES | QUOTED)
def test_a_line_says_the_same_in_a_simple_header_and_in_a_rich_one(line: str) -> None:
    """The quick way through simple lines gives what YAML gives: a table further down changes no other field."""
    simple = read_header(f"---\n{line}\n---\nx", "a.md")
    rich = read_header(f"---\n{line}\nextra: {{a: {{}}}}\n---\nx", "a.md")
    assert simple.fields == {name: field for name, field in rich.fields.items() if name != "extra"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("null", None),
        ("[]", ()),
        ("[ a , ~b, null ]", ("a", "~b", None)),
        ("""["a, b" ,'it: # c', d e, "null"]""", ("a, b", "it: # c", "d e", "null")),
        ("http://example.org/a:b", "http://example.org/a:b"),
        ('a "b" [c]', 'a "b" [c]'),
        ("'a\\b'", "a\\b"),
        ('"a # b: c"  ', "a # b: c"),
        ("a#b", "a#b"),
        ("010", "010"),
        (r'"a\u4e2d"', "a中"),
    ],
)
def test_simple_values(written: str, value: object) -> None:
    """Text in quotes or without, a list of words, nothing: each is what it looks like."""
    assert values(f"---\nkey: {written}\n---\nx") == {"key": value}


PIECES = st.sampled_from(
    ["a.", "a", "[", "]", "{", "}", "&x ", "*x ", "- ", "? ", ": ", "\n", "\n  ", "=", "= [", '"', "'", '"""', "[[", "]]", ",",
     "<<: *x\n", "x: &y [*x, *x]\n", "\\u0041", "|", ">", "#", "!!python/object:os.system ", "!<tag:x>", "%TAG ! x\n", "\t",
     "9" * 400, "é", "\ud83d", "date: ", "2024-01-01", "0x", "1e", "a = ", '{"a": ', "null, "]
)  # fmt: skip


@given(
    st.sampled_from(["---", "+++", "{"]),
    st.lists(st.tuples(PIECES, st.sampled_from([1, 2, 30, 3_000, 60_000])), min_size=1, max_size=5),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_header_costs_more_than_itself(fence: str, parts: list[tuple[str, int]], ends: bool) -> None:  # noqa: FBT001
    """Whatever is repeated, in any language, closed or not: a result, within a second of work."""
    inner = "".join(piece * count for piece, count in parts)[:400_000]
    close = {"---": "\n---\n", "+++": "\n+++\n", "{": "}\n\n"}[fence] if ends else ""
    started = time.process_time()
    read_header(f"{fence}\n{inner}{close}Words of the text.", "a.md")
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("path", "form"),
    [("a.md", "<!--\n{}\n-->\n\n{}"), ("a.html", "<!--\n{}\n-->\n<p>{}</p>"), ("a.rst", "{}\n\n{}"), ("a.md", "{}\n\n{}")],
)  # fmt: skip
def test_a_header_of_nikola_is_read(path: str, form: str) -> None:
    """Its lines begin with two dots, in a comment or not, and none of them is in the text."""
    lines = ".. title: Tea: a cup\n.. slug: cup\n.. date: 2024-01-02 04:04:05 UTC+01:00\n.. tags: tea, pots\n.. link:"
    reading = read(form.format(lines, "Words."), path)
    assert reading.post
    found = reading.post
    assert (found.title, found.slug, found.tags, found.published_ms) == (
        "Tea: a cup",
        "cup",
        ("tea", "pots"),
        1704164645000,
    )
    assert codes(reading) == []


def test_a_comment_or_a_directive_is_no_header_of_nikola() -> None:
    """Without a title, or not closed, it is the beginning of the text."""
    for text in ("<!--\n.. note: a\n-->\nWords.", "<!--\n.. title: A\nWords.", "<!-- more -->\nWords."):
        assert "title" not in read_header(text, "2024-01-02-a.md").fields
