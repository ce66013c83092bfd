"""docs/start.md: its lines work as they are printed, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from runs import run

PAGE = Path(__file__).parents[1] / "docs/start.md"


def test_an_empty_folder_becomes_a_feed_whose_links_lead_somewhere(tmp_path: Path) -> None:
    """In the commands of the page, and without a warning."""
    lines = re.findall(r"^    feedtool ((?:init|new|build) .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        done = run(*shlex.split(line), cwd=tmp_path)
        assert done.status == 0
        assert ("warning" in done.err, "error" in done.err) == (False, False)
    feed = (tmp_path / "output/rss.xml").read_text(encoding="utf-8")
    link = re.findall(r"<link>https://example.org/feeds/(.+)</link>", feed)[-1]
    assert "First snow" in (tmp_path / "output" / link / "index.html").read_text(encoding="utf-8")
