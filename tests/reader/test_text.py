"""Encodings: whatever bytes a post is stored in, its words come through, and the file is named if they are not UTF-8."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import codes, html_of, read

from feedtool.reader.keys import plain
from feedtool.reader.split import decode, may_be_forbidden
from feedtool.syntax import FORBIDDEN

TRADITIONAL = "春天的早晨，老街的茶館開門了。我們坐在窗邊，聽見雨水落在屋簷上的聲音。"
SIMPLIFIED = "春天的早晨，老街的茶馆开门了。我们坐在窗边，听见雨水落在屋檐上的声音。"
JAPANESE = "春の朝、古い通りの茶店が開きました。わたしたちは窓のそばに座り、雨の音を聞きました。"
FRENCH = "Le café de la vieille rue ouvre tôt. Nous étions assis près de la fenêtre, à écouter la pluie d'été."
RUSSIAN = "Весенним утром на старой улице открылась чайная. Мы сидели у окна и слушали дождь."


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (TRADITIONAL, "big5"),
        (SIMPLIFIED, "gb18030"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (FRENCH, "latin-1"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "cp1251"),
        (TRADITIONAL, "utf-16"),
        (TRADITIONAL, "utf-16-le"),
        (TRADITIONAL, "utf-16-be"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16"),
        (JAPANESE, "utf-32"),
        ("中一", "utf-16-le"),
        ("Plain words only.", "utf-16-le"),
        ("Plain words only.", "utf-16-be"),
    ],
)
def test_a_post_in_another_encoding_keeps_its_words(words: str, encoding: str) -> None:
    """Title and text come through letter by letter, and the file is named."""
    content = f"---\ntitle: {words[:12]}\ndate: 2024-01-02\n---\n\n{words}\n".encode(encoding)
    reading = read(content)
    assert reading.post
    assert (reading.post.title, html_of(content)) == (words[:12].strip(), f"<p>{words}</p>\n")
    assert "not-utf8" in codes(reading)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
     (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
)  # fmt: skip
def test_a_byte_order_mark_says_how_to_read_and_goes(mark: bytes, encoding: str) -> None:
    """The mark is no part of the text."""
    assert decode(mark + "中文 é".encode(encoding)) == ("中文 é", encoding, True)


def test_utf_8_is_never_taken_for_something_else() -> None:
    """Where the bytes are UTF-8 without a mark, nothing is said."""
    assert decode(f"{TRADITIONAL} é 🐉".encode()) == (f"{TRADITIONAL} é 🐉", "utf-8", False)


def test_utf_8_that_was_cut_off_stays_utf_8() -> None:
    """One broken letter at the end does not turn the whole text into another encoding's."""
    text, encoding, _ = decode(TRADITIONAL.encode()[:-1])
    assert (text[:-1], encoding) == (TRADITIONAL[:-1], "utf-8?")


def test_a_letter_that_cannot_be_read_is_told_with_its_line() -> None:
    """The first lost letter's line is named."""
    content = b"---\ntitle: A\ndate: 2024-01-02\n---\n\n" + TRADITIONAL.encode() + b"\n\nlost: \xff\n"
    assert [(p.code, p.line) for p in read(content).problems] == [("not-utf8", 8)]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_line_ends(end: str) -> None:
    """A post saved on Windows reads as any other, with a note."""
    text = "---\ntitle: A\ndate: 2024-01-02\ntags: [x]\n---\n\nOne.\n\nTwo.\n"
    reading = read(text.replace("\n", end))
    assert reading.post == read(text).post
    assert codes(reading) == ["carriage-returns"]
    assert html_of(text.replace("\n", end)) == html_of(text)


@pytest.mark.parametrize("character", ["\0", "\x08", "\x0b", "\x1b", "\x7f", "\x85", "\ufffe", "\uffff"])
def test_characters_that_xml_forbids_are_removed_and_told(character: str) -> None:
    """They go from title and text, and the line of the first one is named."""
    text = f"---\ntitle: A{character}B\ndate: 2024-01-02\n---\n\nOne{character}two.\n"
    reading = read(text)
    assert reading.post
    assert (reading.post.title, html_of(text)) == ("AB", "<p>Onetwo.</p>\n")
    assert [(p.code, p.line) for p in reading.problems] == [("forbidden-characters", 2)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("A &amp;lt;b&amp;gt;", "A &lt;b&gt;"),
        ("&#20013;&#x6587;", "中文"),
        ("a&#0;b&#8;c&#xFFFF;d", "a\ufffdbcd"),
        ("  one \t two\u3000three  ", "one two three"),
        ("e\u0301te\u0301", "été"),
        ("AT&T", "AT&T"),
        ("\u200b", "\u200b"),
        (" \u00a0 ", ""),
    ],
)
def test_plain_text_is_one_line_with_its_entities_resolved_once(written: str, expected: str) -> None:
    """What a reader shows as a title is what the author sees."""
    assert plain(written) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_text(content: bytes) -> None:
    """No bytes raise, and the answer is the same each time."""
    assert decode(content) == decode(content)


@given(st.text(max_size=80))
def test_plain_text_holds_nothing_that_xml_forbids(text: str) -> None:
    """Whatever references a text holds, what comes out may stand in XML."""
    assert FORBIDDEN.search(plain(text)) is None


@given(st.integers(min_value=0, max_value=0x11FFFF), st.booleans())
def test_no_numeric_reference_smuggles_a_forbidden_character_in(number: int, hexadecimal: bool) -> None:  # noqa: FBT001
    """`&#8;` is as forbidden as the character itself."""
    assert FORBIDDEN.search(plain(f"a&#{f'x{number:x}' if hexadecimal else number};b")) is None


@given(
    st.text(),
    st.sampled_from("a\n\x00\x0b\x1f\x7f\x80\x9f\xa0\ufffe\uffff中"),
)
def test_no_forbidden_character_is_overlooked(text: str, character: str) -> None:
    """The look at the bytes finds all that the look at the text finds."""
    text += character
    assert may_be_forbidden(text, text.encode()) or not FORBIDDEN.search(text)


def test_most_texts_need_no_second_look() -> None:
    """White space and letters of any script are told from controls by their bytes."""
    text = "a\tb\r\n\xa0é\u3000中😀\ufffd"
    assert not may_be_forbidden(text, text.encode())
