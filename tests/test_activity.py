"""The numbers on the index: how many stories there are of each term, in all and by month."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import html
from runs import build, lay, post, tree


def index(site: Path) -> Any:
    """Build, and return the index."""
    build("--limit", "1", cwd=site)
    return html.fromstring((site / "output/index.html").read_bytes())


def levels(path: str) -> str:
    """Return the height of a chart in each month, one digit each."""
    steps = [(int(rise), int(run)) for rise, run in re.findall(r"v(-?\d+)h(\d+)", path)]
    return "".join(str(-sum(rise for rise, _ in steps[: at + 1])) * run for at, (_, run) in enumerate(steps))


def rows(site: Path) -> dict[str, tuple[str, str]]:
    """Build, and return number and chart of each tag."""
    items = index(site).xpath("//section[@id='tag']//li")
    return {
        item.xpath("string(.//a[1])"): (
            item.xpath("string(.//b)").partition(" ")[0],
            levels(item.xpath("string(.//path/@d)")),
        )
        for item in items
    }


def test_a_chart_ends_with_the_month_of_the_sites_newest_entry(tmp_path: Path) -> None:
    """Two years by month in UTC, of all stories and not of those alone that the feed holds; whatever day it is."""
    dates = {
        "tea": ["2022-01-31T23:59:59Z", "2022-02-01T00:00:00Z", "2023-12-31T20:00:00-05:00", "2024-01-01T00:00:00Z"],
        "bread": ["2023-12-31T23:59:59Z"],
        "old": ["2022-01-31T23:59:59.999Z", "2010-05-05"],
    }
    for tag, some in dates.items():
        lay(
            tmp_path,
            {
                f"posts/{tag}{at}.md": post(f"{tag} {at}", date=date, tags=f"[{tag}]", body=f"{tag} {at}")
                for at, date in enumerate(some)
            },
        )
    assert {
        "tea": ("4", "4" + "0" * 22 + "8"),
        "bread": ("1", "0" * 22 + "80"),
        "old": ("2", ""),
    } == rows(tmp_path)
    assert "from 2022-02 to 2024-01" in index(tmp_path).xpath("string(//footer)")


def test_numbers_follow_posts_that_come_and_go(tmp_path: Path) -> None:
    """After each change the index is, byte for byte, the one that a build from nothing makes."""
    lay(
        tmp_path,
        {
            f"posts/{n}.md": post(f"Post {n}", date=f"2024-0{n}-01", tags="[tea]", body=f"Words {n}.")
            for n in range(1, 7)
        },
    )
    assert ("6", "0" * 18 + "888888") == rows(tmp_path)["tea"]
    (tmp_path / "posts/2.md").unlink()
    lay(tmp_path, {"posts/0.md": post("Early", date="2020-01-01", tags="[tea]", body="Early words.")})
    assert ("6", "0" * 18 + "808888") == rows(tmp_path)["tea"]
    lay(tmp_path / "new", {name: content for name, content in tree(tmp_path).items() if name.startswith("posts/")})
    assert rows(tmp_path) == rows(tmp_path / "new")


def test_a_date_in_the_far_future_leaves_the_charts_of_all_others(tmp_path: Path) -> None:
    """A letter to be opened in 2099 is no reason to show two empty years; one post after nine silent years is."""
    lay(
        tmp_path,
        {
            "posts/a.md": post("A", date="2014-05-01", tags="[tea]", body="A."),
            "posts/b.md": post("B", date="2099-01-01", body="B."),
        },
    )
    assert ("1", "0" * 23 + "8") == rows(tmp_path)["tea"]
    lay(tmp_path, {"posts/b.md": post("B", date="2023-05-01", body="B.")})
    assert ("1", "") == rows(tmp_path)["tea"]


def test_an_entry_counts_in_the_month_that_it_was_published_in(tmp_path: Path) -> None:
    """What was fetched again, under another name and date, is the same entry, under its first date."""

    def tea(name: str, date: str) -> str:
        words = f"Words of {name} and of nothing else."
        return post(name, date=date, tags="[tea]", body=words, **{"from": f"https://news.example.org/{name}"})

    lay(tmp_path, {f"posts/{name}.md": tea(name, f"2024-0{n}-01") for n, name in enumerate(("oolong", "sencha"), 1)})
    assert ("2", "0" * 22 + "88") == rows(tmp_path)["tea"]
    (tmp_path / "posts/sencha.md").unlink()
    lay(tmp_path, {"posts/new-name.md": tea("sencha", "2024-01-05")})
    assert ("2", "0" * 22 + "88") == rows(tmp_path)["tea"]
