"""Bytes -> text, and text -> one plain line. Pure."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata

import charset_normalizer

from feedtool.syntax import FORBIDDEN

_CONTROL_BYTES = bytes(byte for byte in range(0x80) if FORBIDDEN.match(chr(byte)))
_C1_BYTES = re.compile(b"\xc2[\x80-\x9f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: The encodings that posts were seen in, besides UTF-8.
_ENCODINGS = [
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1252", "cp1256", "cp1253",
]  # fmt: skip


def decode(content: bytes) -> tuple[str, str, bool]:
    """Return the text, its encoding, and whether it had a byte-order mark.

    Total: a byte that is not of the encoding becomes U+FFFD, and the encoding's name ends in "?".
    """
    for mark, encoding in _MARKS if content[:1] in b"\xef\xff\xfe\x00" else ():
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), encoding, True
    wide = _utf16_without_mark(content)
    if wide:
        return content.decode(wide, "replace"), wide, False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        pass
    if _is_damaged_utf8(content):
        return content.decode("utf-8", "replace"), "utf-8?", False
    return *_guess(content), False


def _utf16_without_mark(content: bytes) -> str:
    """Return the name of UTF-16, if the zero bytes of ASCII letters, which headers are full of, show it; or ""."""
    head = content[:400]
    if 0 not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 <= len(head) or min(even, odd) * 8 > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_damaged_utf8(content: bytes) -> bool:
    """Return whether far more sequences are good UTF-8 than bad: a cut-off file, not another encoding."""
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(c > "\x7f" for c in text) - bad > 4 * bad


def _guess(content: bytes) -> tuple[str, str]:
    if _has_kana(content):
        return content.decode("euc_jp"), "euc_jp"
    best = charset_normalizer.from_bytes(content[:200_000], cp_isolation=_ENCODINGS).best()
    encoding = best.encoding if best else "cp1252"
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        return content.decode(encoding, "replace"), encoding + "?"


def _has_kana(content: bytes) -> bool:
    """Return whether this is EUC-JP: its kana have the bytes of rare characters in Korean and Chinese encodings."""
    try:
        text = content.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    wide = sum(c > "\x7f" for c in text)
    return sum("\u3041" <= c <= "\u30fe" for c in text) * 5 > wide


def may_be_forbidden(text: str, utf8: bytes) -> bool:
    """Return whether FORBIDDEN may match in a text, by its bytes, which are searched faster; False is certain."""
    if len(utf8.translate(None, _CONTROL_BYTES)) < len(utf8) or "\ufffe" in text or "\uffff" in text:
        return True
    return b"\xc2" in utf8 and bool(_C1_BYTES.search(utf8))


def plain(text: str) -> str:
    """Return one line of plain text: entities resolved once, white space folded, Unicode form NFC."""
    text = html.unescape(text) if "&" in text else text
    if not text.isprintable():
        text = FORBIDDEN.sub("", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))
