"""Pictures and frames that a script would have loaded: under each name that the table knows, in every step."""

from __future__ import annotations

import pytest
from cleaning import cleaned, html_of

from feedtool.learn.structures import read_lines
from feedtool.sanitiser import Context, dom, media

PICTURE = "https://img.example.org/photo.jpg"
LIKE_BUTTON = "https://www.facebook.com/plugins/like.php?href=https://news.example.org/"
VIDEO = "https://www.youtube.com/embed/abc123def45"
PLACEHOLDERS = ('src="/blank.gif"', 'src="data:image/gif;base64,R0lGOD"', "")
BEFORE, AFTER = "<p>The ferryman had no motor.</p>", "<p>He pulled the boat across by a rope.</p>"

#: of pictures, and one that no table has
TABLE = frozenset({*media.LAZY, *media.LAZY_SETS, "data-kept-for-later"})


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_lazy_picture_is_no_tracking_pixel(name: str, placeholder: str) -> None:
    """The placeholder is one pixel in size; the picture that replaces it stays, and no removal is noted."""
    found = cleaned(f'{BEFORE}<img {placeholder} width="1" height="1" {name}="{PICTURE}">{AFTER}')
    assert (f'{BEFORE}<img src="{PICTURE}">{AFTER}', ()) == (found.html, found.removals)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_lazy_picture_is_no_part_of_the_theme(name: str) -> None:
    """A rule on addresses looks at the picture, not at its placeholder in the folder of a theme."""
    placeholder = "/wp-content/themes/plain/blank.gif"
    assert f'<img src="{PICTURE}">' in html_of(f'{BEFORE}<img src="{placeholder}" {name}="{PICTURE}">{AFTER}')


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_lazy_counter_goes(name: str) -> None:
    """A picture that counts readers is one under every name."""
    found = cleaned(f'{BEFORE}<img src="/blank.gif" {name}="https://pixel.wp.com/b.gif?v=1">{AFTER}')
    assert (BEFORE + AFTER, ["counter-image"]) == (found.html, [removal.rule for removal in found.removals])


@pytest.mark.parametrize("value", ["true", "1", "/blank.gif", "data:image/gif;base64,R0lGOD"])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_tracking_pixel_goes_whatever_it_promises(name: str, value: str) -> None:
    """An attribute without the address of a picture does not keep a pixel."""
    assert html_of(f'{BEFORE}<img src="https://a.example/b?c" width="1" height="1" {name}="{value}">{AFTER}') == (
        BEFORE + AFTER
    )


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_twin_of_a_lazy_picture_goes(name: str) -> None:
    """A picture and its copy for browsers without scripts are one."""
    found = html_of(
        f'{BEFORE}<p><img src="/blank.gif" {name}="{PICTURE}"><noscript><img src="{PICTURE}"></noscript></p>'
    )
    assert found == f'{BEFORE}<p><img src="{PICTURE}"></p>'


def test_the_preview_of_a_picture_goes() -> None:
    """The same file in small, shown until a script has loaded the picture; two files of one size are two pictures."""
    layout = '<figure><div><div><img src="https://cdn.example/{}/60/{}" {size}></div><img {size}><noscript><img src="https://cdn.example/max/1800/a.png" {size}></noscript></div></figure>'
    size = 'width="900" height="600"'
    full = '<img src="https://cdn.example/max/1800/a.png" width="900" height="600">'
    assert html_of(BEFORE + layout.format("max", "a.png?q=20", size=size)).count("<img") == 1
    assert full in html_of(BEFORE + layout.format("max", "a.png?q=20", size=size))
    assert html_of(BEFORE + layout.format("max", "b.png", size=size)).count("<img") == 2


@pytest.mark.parametrize("name", ["srcset", *media.LAZY_SETS])
def test_a_source_of_a_lazy_picture_has_its_set(name: str) -> None:
    """The choices round a picture are read under the same names."""
    found = html_of(f'{BEFORE}<picture><source {name}="{PICTURE} 2x"><img src="/blank.gif"></picture>')
    assert f'<source srcset="{PICTURE}"><img src="{PICTURE}">' in found


@pytest.mark.parametrize("placeholder", ['src="about:blank"', ""])
@pytest.mark.parametrize("name", media.LAZY_FRAMES)
def test_a_lazy_like_button_goes(name: str, placeholder: str) -> None:
    """A frame that a rule cuts is cut under every name, and leaves no link."""
    found = cleaned(f'{BEFORE}<iframe {placeholder} {name}="{LIKE_BUTTON}"></iframe>{AFTER}')
    assert (BEFORE + AFTER, ["widget-frame"]) == (found.html, [removal.rule for removal in found.removals])


@pytest.mark.parametrize("name", media.LAZY_FRAMES)
def test_a_lazy_player_stays(name: str) -> None:
    """A frame of a known player stays under every name, and so does a video."""
    assert f'<iframe src="{VIDEO}"' in html_of(f'{BEFORE}<iframe {name}="{VIDEO}"></iframe>{AFTER}')
    assert '<video src="https://a.example/v.mp4"' in html_of(f'<video {name}="https://a.example/v.mp4"></video>{AFTER}')


@pytest.mark.parametrize("name", sorted(TABLE))
def test_learning_sees_the_picture_that_is_published(name: str) -> None:
    """`learn` compares a post before and after it was cleaned: a picture is the same line in both."""
    before = f'<img src="/blank.gif" {name}="{PICTURE}">'
    lines = [read_lines(dom.parse(html), Context())[0] for html in (before, html_of(BEFORE + before))]
    assert lines[0][0].digest == lines[1][-1].digest
