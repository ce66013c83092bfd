"""The posts that readers are shown, written for this, and what is published of them step by step.

Every step is a folder of its own, as a static host has it after an upload: a file whose bytes did not change keeps
its time, and any other has the time of the step, an hour after the one before. So nobody has to wait for the clock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from runs import lay, run

from .stored import Form

FILES: dict[Form, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
#: seconds; the first upload
_FIRST_UPLOAD = 1_750_000_000
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A post as it is written, and what a reader must find of it."""

    name: str
    title: str
    author: str
    #: ISO 8601, in UTC
    date: str
    link: str
    #: HTML
    body: str = ""
    #: must stand in what is stored
    words: tuple[str, ...] = ()
    #: addresses of links and pictures that must stand there
    addresses: tuple[str, ...] = ()
    category: str = "News"
    #: when it was changed, or ""
    updated: str = ""

    @property
    def published(self) -> int:
        """Return seconds since 1970."""
        return int(datetime.fromisoformat(self.date).timestamp())

    def file(self) -> str:
        """Return the text of the post's file."""
        quoted = self.title.replace("\\", "\\\\").replace('"', '\\"')
        lines = [f'title: "{quoted}"', f"date: {self.date}", f'author: "{self.author}"', f"link: {self.link}"]
        lines += [f"categories: [{self.category}]", *([f"updated: {self.updated}"] if self.updated else [])]
        return "\n".join(["---", *lines, "---", "", f"<div>{self.body}</div>" if self.body else "", ""])


FERRY = Telling(
    name="ferry",
    title="春天的渡船又開了：“慢一點”也是一種走法",
    author="林小滿",
    date="2025-03-02T01:30:15Z",
    link="https://news.example.org/%E6%B8%A1%E8%88%B9?lang=zh&page=1",
    category="新聞",
    body=(
        "<p>清晨六點，第一班渡船離開碼頭。船上只有七個人、兩輛腳踏車和一籃剛摘的枇杷。</p>"
        '<figure><img src="https://news.example.org/%E6%B8%A1%E8%88%B9.jpg" alt="碼頭" width="640" height="480">'
        "<figcaption>霧散以前的碼頭</figcaption></figure>"
        "<table><thead><tr><th>班次</th><th>開船</th></tr></thead>"
        "<tbody><tr><td>第一班</td><td>06:00</td></tr><tr><td>末班</td><td>21:40</td></tr></tbody></table>"
        '<p>票價與去年相同，見<a href="https://ferry.example.net/fares?from=a&amp;to=b">時刻與票價表</a>。</p>'
    ),
    words=("船上只有七個人、兩輛腳踏車和一籃剛摘的枇杷。", "霧散以前的碼頭", "21:40", "時刻與票價表"),
    addresses=(
        "https://news.example.org/%E6%B8%A1%E8%88%B9.jpg",
        "https://ferry.example.net/fares?from=a&to=b",
    ),
)
BREAD = Telling(
    name="bread",
    title="朝のパン屋で、列の最後に並ぶ",
    author="高橋 みのり",
    date="2025-03-01T22:05:00Z",
    link="https://news.example.org/ja/pan",
    category="新聞",
    body=(
        "<p>扉が開くと、焼きたての匂いが通りまで出てくる。<ruby>列<rt>れつ</rt></ruby>の人はみな少しだけ笑う。</p>"
        "<blockquote><p>「急がなくていいですよ」と店の人が言った。</p></blockquote>"
        "<ol><li>食パン</li><li>くるみパン</li></ol>"
    ),
    words=("焼きたての匂いが通りまで出てくる。", "「急がなくていいですよ」と店の人が言った。", "くるみパン"),
)
WELL = Telling(
    name="well",
    title="بئر القرية: ماءٌ يكفي الجميع",
    author="سلمى حدّاد",
    date="2025-02-27T18:00:59Z",
    link="https://news.example.org/ar/well#%D9%85%D8%A7%D8%A1",
    body=(
        '<p dir="rtl">في الصباح يملأ الأطفال الجرار، ثم يعودون وهم يضحكون.</p>'
        '<p dir="rtl">كتبتُ عن <a href="https://news.example.org/ar/map">الطريق إلى البئر</a> من قبل.</p>'
    ),
    words=("في الصباح يملأ الأطفال الجرار، ثم يعودون وهم يضحكون.", "الطريق إلى البئر"),
    addresses=("https://news.example.org/ar/map",),
)
MARKS = Telling(
    name="marks",
    title="Fish & chips: 3 < 5 > 4, \"so\" they 'say' 🎣🇹🇼 & more",
    author="Smith & Sons",
    date="2025-02-20T12:00:00Z",
    link="https://news.example.org/fish?x=1&y=%22two%22",
    body="<p>Write <code>&lt;b&gt; &amp;amp; ]]&gt;</code> and mean it: 1 &lt; 2 &amp; 3 &gt; 2. 👩‍👩‍👧‍👦</p>",
    words=("<b> &amp; ]]>", "1 < 2 & 3 > 2", "👩‍👩‍👧‍👦"),
)
TAGS = Telling(
    name="tags",
    title="What <em> does, and why it & <b> lean",
    author="Ada",
    date="2025-02-18T07:00:00Z",
    link="https://news.example.org/em",
    body="<p>It leans.</p>",
    words=("It leans.",),
)
LONG = Telling(
    name="long",
    title="The whole log of the lighthouse",
    author="Ada",
    date="2025-01-31T23:59:59Z",
    link="https://news.example.org/log",
    body="".join(
        f"<p>Night {night}: wind from the west, the lamp was lit, nobody came by.</p>" for night in range(600)
    ),
    words=("Night 0: wind", "Night 300: wind", "Night 599: wind"),
)
CHANGED = Telling(
    name="changed",
    title="Corrected once already",
    author="Ada",
    date="2025-01-20T10:00:00Z",
    updated="2025-01-25T11:30:00Z",
    link="https://news.example.org/corrected",
    body="<p>The bridge has four arches.</p>",
    words=("The bridge has four arches.",),
)
BARE = Telling(
    name="bare",
    title="只有標題的一則",
    author="林小滿",
    date="2025-01-10T08:00:00Z",
    link="https://videos.example.net/watch?v=a1&t=2",
    category="新聞",
)
LAST = Telling(
    name="last",
    title="The last of its kind",
    author="Ada",
    date="2024-12-24T16:00:00Z",
    link="https://news.example.org/last",
    category="Closing",
    body="<p>Nobody will write here any more.</p>",
    words=("Nobody will write here any more.",),
)
NEW = Telling(
    name="new",
    title="新來的一篇：橋修好了！",
    author="王大橋",
    date="2025-03-05T04:00:00Z",
    link="https://news.example.org/%E6%A9%8B",
    category="新聞",
    body='<p>今天起可以走路過河。<img src="https://news.example.org/bridge.png" alt="橋"></p>',
    words=("今天起可以走路過河。",),
    addresses=("https://news.example.org/bridge.png",),
)
EDITED = replace(
    FERRY,
    updated="2025-03-06T09:00:00Z",
    body=FERRY.body.replace("21:40", "22:10"),
    words=tuple(word.replace("21:40", "22:10") for word in FERRY.words),
)
RETITLED = replace(EDITED, title="春天的渡船又開了（更正開船時間）", updated="2025-03-06T10:00:00Z")
MOVED = replace(LAST, category="News")
AGAIN = Telling(
    name="again",
    title="And yet, one more",
    author="Ada",
    date="2025-03-08T16:00:00Z",
    link="https://news.example.org/again",
    category="Closing",
    body="<p>Somebody did.</p>",
    words=("Somebody did.",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What stands in the posts' folder, and which promise is looked at then."""

    name: str
    posts: tuple[Telling, ...]
    #: what feedtool remembers is lost
    is_forgotten: bool = False


_FIRST = (FERRY, BREAD, WELL, MARKS, TAGS, LONG, CHANGED, BARE, LAST)
_RETITLED = (NEW, RETITLED, *_FIRST[1:])
STEPS = (
    Step(name="stored", posts=_FIRST),
    Step(name="second poll", posts=_FIRST, is_forgotten=True),
    Step(name="third poll", posts=_FIRST),
    Step(name="new", posts=(NEW, *_FIRST)),
    Step(name="edited", posts=(NEW, EDITED, *_FIRST[1:])),
    Step(name="retitled", posts=_RETITLED),
    Step(name="emptied", posts=(*_RETITLED[:-1], MOVED)),
    Step(name="filled again", posts=(AGAIN, *_RETITLED[:-1], MOVED)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that readers subscribe to."""

    name: str
    form: Form
    #: below the site, with "/" at the end
    folder: str = ""
    #: what it is about, or "" for everything
    category: str = ""
    #: lies with a host that knows nothing of redirects, so that copies are what is served under an old name
    is_copy: bool = False
    #: is answered with a redirect by a host that knows of them
    is_redirected: bool = False

    def entries(self, step: Step) -> tuple[Telling, ...]:
        """Return what stands in it."""
        return tuple(each for each in step.posts if self.category in ("", each.category))

    def url(self, site_url: str, plain_url: str) -> str:
        """Return the address to subscribe to."""
        return (plain_url if self.is_copy else site_url) + self.folder + FILES[self.form]


def _feeds(form: Form) -> tuple[Feed, ...]:
    news = "category/%E6%96%B0%E8%81%9E/"
    return (
        Feed(name="everything", form=form),
        Feed(name="新聞", form=form, folder=news, category="新聞"),
        Feed(name="old name, copy", form=form, folder="category/chronicle/", category="新聞", is_copy=True),
        Feed(name="old name, moved", form=form, folder="category/chronicle/", category="新聞", is_redirected=True),
        Feed(name="emptied", form=form, folder="category/closing/", category="Closing"),
    )


FEEDS = tuple(feed for form in FILES for feed in _feeds(form))

_CONFIG = """\
[site]
title = "Readers & <others>"
url = "{url}"
host = "nginx"
hub = "{hub}"

[feeds]
twins = ["gz"]

[aliases]
"Chronicle" = "新聞"
"""
#: "Chronicle" had a feed before the category was called otherwise
_BEFORE = replace(BARE, category="Chronicle")


def publish(folder: Path, site_url: str, *, hub: str = "") -> list[Path]:
    """Build every step, and return the folders that a host would have after each."""
    config = _CONFIG.format(url=site_url, hub=hub or f"{site_url}hub")
    base = lay(folder / "base", {"feedtool.toml": config.split("[aliases]")[0]})
    _build(base, Step(name="before", posts=(_BEFORE,)))
    lay(base, {"feedtool.toml": config})
    uploads: list[Path] = []
    for number, step in enumerate(STEPS):
        _build(base, step)
        uploads.append(folder / str(number))
        upload(base / "output", uploads[-1], before=uploads[-2] if number else None, hour=number)
    return uploads


_REAL_CONFIG = """\
[site]
title = "Real posts"
url = "{url}"
host = "nginx"

[feeds]
limit = 0
max_bytes = 0
"""


def publish_real(posts: Sequence[Path], folder: Path, site_url: str) -> list[Path]:
    """Build one site of real posts, without limits, and return the folder that a host would have, as often as polled."""
    base = lay(folder / "base", {"feedtool.toml": _REAL_CONFIG.format(url=site_url)})
    lay(base, {f"posts/{number:04}/{post.name}": post.read_bytes() for number, post in enumerate(posts)})
    built = run("build", "--jobs", "1", "--quiet", cwd=base)
    assert built.status == 0, built.err
    upload(base / "output", folder / "0", before=None, hour=0)
    return [folder / "0"]


def _build(base: Path, step: Step) -> None:
    shutil.rmtree(base / "posts", ignore_errors=True)
    lay(base, {f"posts/{each.name}.md": each.file() for each in step.posts})
    if step.is_forgotten:
        shutil.rmtree(base / ".feedtool")
    built = run("build", "--jobs", "1", "--strict", cwd=base)
    assert built.status == 0, built.err


def upload(output: Path, target: Path, *, before: Path | None, hour: int) -> None:
    """Copy the output; what is as it was before keeps its time, all else has that of the hour."""
    shutil.copytree(output, target)
    for place in filter(Path.is_file, target.rglob("*")):
        old = before / place.relative_to(target) if before else None
        is_same = old is not None and old.is_file() and old.read_bytes() == place.read_bytes()
        seconds = int(old.stat().st_mtime) if old and is_same else _FIRST_UPLOAD + hour * _HOUR
        os.utime(place, (seconds, seconds))
