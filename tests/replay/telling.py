"""A file that tells a story, as bots write them into an archive. The words mean nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

DAY_MS = 86_400_000
SOURCES = ("news.example.org", "harbour.example", "xinwen.example.com", "akhbar.example.net")
TAGS = ("C", "C++", "茶", "طقس", "Night", "night")
_SYLLABLES = {
    "latin": "ba ce di fo gu ha ki lo mu na pe ri so ta ve wi xo ya zu bra cle dri flo gru sta tre plo".split(),
    "han": list("山水日月風雨花草木石田海河湖雲雪春夏秋冬東西南北星光聲書畫茶米酒鹽門窗橋路車船"),
    "arabic": "با ت ج ح د ر ز س ش ص ض ط ع ف ق ك ل م ن ه و ي".split(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One file of the archive."""

    #: our own name of what it tells
    story: str
    path: str
    #: where it was taken from; "" for what the archive's owner wrote
    source: str
    title: str
    ms: int
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    script: str
    #: HTML without tags; none where the source is a video
    paragraphs: tuple[str, ...]
    #: whether another file told the story before this was added
    is_retold: bool = False

    @property
    def is_plain(self) -> bool:
        """Tell whether its source tells this story and no other."""
        return self.story in self.source

    def text(self) -> str:
        """Return the file."""
        header = [
            "---",
            "layout: post",
            f'title: "{self.title}"',
            f"date: {datetime.fromtimestamp(self.ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{self.ms % 1000:03}Z",
            f"author: {self.path.split('/')[-2]}",
            *([f"from: {self.source}"] if self.source else []),
            f"tags: [ {', '.join(self.tags)} ]",
            "comments: True",
            f"categories: [ {', '.join(self.categories)} ]",
            "---",
        ]
        heading = [f"[{self.title}]({self.source})", "------", ""] if self.source else [""]
        body = "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        return "\n".join([*header, f"<!--{self.ms}-->", *heading, "<div>", body, "</div>", ""])


def written(
    random: Random, story: str, ms: int, *, source: str, categories: Sequence[str], tags: Sequence[str]
) -> Telling:
    """Return a new story's first telling."""
    script = random.choice(tuple(_SYLLABLES))
    title = words(random, script, 3 + random.randrange(4))
    is_video = story in source and random.random() < 0.1
    texts = [f"{words(random, script, 8 + random.randrange(20))} {story}." for _ in range(1 + random.randrange(3))]
    return Telling(
        story=story,
        path=_path(source, title, ms),
        source=source,
        title=title,
        ms=ms,
        categories=tuple(categories),
        tags=tuple(tags),
        script=script,
        paragraphs=() if is_video else tuple(texts),
    )


def retold(one: Telling, ms: int, more: Sequence[str] = ()) -> Telling:
    """Return the same story, fetched at another moment."""
    paragraphs = (*one.paragraphs, *more)
    return replace(one, ms=ms, path=_path(one.source, one.title, ms), paragraphs=paragraphs, is_retold=True)


def words(random: Random, script: str, count: int) -> str:
    """Return so many words in a script: "latin", "han" or "arabic"."""
    spelled = ("".join(random.choices(_SYLLABLES[script], k=2 + random.randrange(3))) for _ in range(count))
    return ("" if script == "han" else " ").join(spelled).capitalize()


def _path(source: str, title: str, ms: int) -> str:
    folder = source.split("/")[2].partition(".")[0] if source else "notes"
    day = datetime.fromtimestamp(ms // 1000, UTC)
    return f"posts/{folder}/{day:%Y-%m-%d}-{title.replace(' ', '-')}.md"
