"""What an attribute says is not lost with the attribute."""

from __future__ import annotations

import pytest
from cleaning import RULES, SOURCE, cleaned, html_of

from feedtool.config import Sanitiser
from feedtool.sanitiser import Context, clean, load_rules

PNG = "data:image/png;base64," + "iVBORw0KGgoAAAAN" * 20
MEANINGS = {
    "a tick": (
        '<ul><li><input checked="" disabled type="CHECKBOX"> Tea</li><li><input type=checkbox>Milk</li></ul>',
        "<ul><li>☑ Tea</li><li>☐ Milk</li></ul>",
    ),
    "a field of a form": ("<p>a<input type=text value=x></p><form><input type=checkbox>Yes</form>", "<p>a</p>"),
    "direction": ('<p style="color:red;direction:rtl">שלום</p>', '<p dir="rtl">שלום</p>'),
    "direction, twice": ('<div dir="ltr" style="direction: rtl">x</div>', '<div dir="ltr">x</div>'),
    "a flex direction": ('<p style="flex-direction:row">x</p>', "<p>x</p>"),
    "an emoji": ('<p>A <img class="emoji" src="https://x.example/1f375.svg" alt="🍵">!</p>', "<p>A 🍵!</p>"),
    "a smiley": ('<p>A <img class="wp-smiley" src="/simple.gif" alt=":-)"></p>', "<p>A :-)</p>"),
    "an emoji with a name": (
        '<p>A <img class="emoji" alt=":taiwan:" src="https://x.example/unicode/1f1f9-1f1fc.png?v8"></p>',
        "<p>A 🇹🇼</p>",
    ),
    "an emoji without text": (
        '<p>A <img class="emoji" src="/parrot.gif"></p>',
        '<p>A <img src="https://news.example.org/parrot.gif"></p>',
    ),
    "a written picture": (f'<p>A <img src="{PNG}" alt="chart of tea"> B</p>', "<p>A chart of tea B</p>"),
    "a written picture without text": (f'<p>A <img src="{PNG}"> B</p>', "<p>A B</p>"),
    "a base": (
        '<base href="//cdn.example/a/"><p><img src="b.png"> <a href="../c">c</a></p>',
        '<p><img src="https://cdn.example/a/b.png"> <a href="https://cdn.example/c">c</a></p>',
    ),
    "a relative base": ('<base href="/a/"><p><a href="b">c</a></p>', '<p><a href="https://news.example.org/a/b">c</a></p>'),
    "an encoded mail": (
        ('<p><a class="__cf_email__" data-cfemail="5f2b3a3e1f3c2a2f713a273e322f333a" href="/cdn-cgi/l/email-protection">'
        "[email&#160;protected]</a></p>"),
        '<p><a href="mailto:tea@cup.example">tea@cup.example</a></p>',
    ),
    "an encoded link": (
        '<p><a href="https://news.example.org/cdn-cgi/l/email-protection#077362664764727729627f666a776b62">x</a></p>',
        '<p><a href="mailto:tea@cup.example">x</a></p>',
    ),
    "an encoded script": (
        '<p><a href="/cdn-cgi/l/email-protection#006a617661736372697074">x</a></p>',
        '<p><a href="https://news.example.org/cdn-cgi/l/email-protection#006a617661736372697074">x</a></p>',
    ),
    "backslashes": (
        r'<p><img src="\pics\a.png"> <a href="..\b.html?q=\">x</a></p>',
        '<p><img src="https://news.example.org/pics/a.png"> <a href="https://news.example.org/2024/b.html?q=%5C">x</a></p>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_what_an_attribute_says_stays(name: str) -> None:
    """As text, direction or address; a second cleaning changes nothing."""
    written, expected = MEANINGS[name]
    assert html_of(written) == expected
    assert html_of(expected) == expected


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        (PNG, True),
        (PNG.replace("png", "webp"), True),
        (PNG.replace("png", "svg+xml"), False),
        (PNG * 20, False),
        ("data:image/gif;base64,R0lGODlhAQABAAAAACw=", False),
        (f"{PNG}<", False),
        ("data:text/html;base64," + "AAAA" * 80, False),
    ],
)
def test_a_small_picture_may_stay_in_its_address(source: str, stays: bool) -> None:  # noqa: FBT001
    """If the site says so: no script, no stand-in, no more bytes than that; nowhere but in a picture."""
    kept = Sanitiser(data_images=4_000)
    picture = f'<p>A <img src="{source.replace("<", "&lt;")}" alt="chart"> <a href="{PNG}">B</a></p>'
    found = cleaned(picture, sanitiser=kept).html
    assert found == (f'<p>A <img src="{source}" alt="chart"> B</p>' if stays else "<p>A chart B</p>")
    assert clean(found, Context(base_url=SOURCE), rules=load_rules(kept)[0]).html == found
    assert clean(found, Context(base_url=SOURCE), rules=RULES).html == "<p>A chart B</p>"
