"""Quality on hand-labelled posts, where they are at hand: nothing lost, and a floor for what goes."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cleaning import RULES

from feedtool import reader
from feedtool.sanitiser import Context, clean

SHARED = Path(os.environ.get("FEEDTOOL_SHARED") or Path(__file__).parents[2].parent / "shared")
LABELS = SHARED / "labels"

pytestmark = pytest.mark.skipif(not (LABELS / "dev.jsonl").exists(), reason=f"no labelled posts at {LABELS}")


def _clean(path: Path) -> str:
    content = path.read_bytes()
    post = reader.read_post(content, path.name).post
    assert post
    facts = Context(
        base_url=post.source,
        title=post.title,
        authors=tuple(author.name for author in post.authors),
        published_ms=post.published_ms,
        terms=post.categories + post.tags,
    )
    return clean(reader.render(reader.read_body(content, path.name)), facts, rules=RULES).html


def test_labelled_posts_lose_their_navigation_and_nothing_else() -> None:
    """All that must stay is there; of what must go, 98 % of the snippets and 97 % of the addresses are gone."""
    sys.path.insert(0, str(LABELS))
    try:
        common: Any = import_module("common")
    finally:
        sys.path.remove(str(LABELS))
    lost: list[str] = []
    left = {"must_go": 0, "must_go_attrs": 0}
    total = {"must_go": 0, "must_go_attrs": 0}
    for line in (LABELS / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        root = common.parse(_clean(LABELS / label["path"]))
        text, addresses = common.squash(common.visible_text(root)), common.attr_index(root)
        lost += [snippet for snippet in label["must_stay"] if common.squash(snippet) not in text]
        lost += [address for address in label["must_stay_attrs"] if not common.attr_present(address, addresses)]
        left["must_go"] += sum(common.squash(snippet) in text for snippet in label["must_go"])
        left["must_go_attrs"] += sum(common.attr_present(a, addresses) for a in label["must_go_attrs"])
        total = {key: count + len(label[key]) for key, count in total.items()}
    assert lost == []
    assert left["must_go"] <= 0.02 * total["must_go"]
    assert left["must_go_attrs"] <= 0.03 * total["must_go_attrs"]
