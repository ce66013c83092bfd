"""Libraries that readers are made of, each with a small program round it that keeps what it has read by id."""

from __future__ import annotations

from functools import partial

from .running import of_node_package, of_package, with_library
from .stored import EVERY, XML, Reader

FEEDPARSER = Reader(
    name="feedparser",
    install="pip install feedparser",
    forms=XML,
    version=partial(of_package, "feedparser"),
    poll=partial(with_library, "poll_feedparser.py"),
)
FASTFEEDPARSER = Reader(
    name="fastfeedparser",
    install="pip install fastfeedparser",
    forms=EVERY,
    version=partial(of_package, "fastfeedparser"),
    poll=partial(with_library, "poll_fastfeedparser.py"),
    is_conditional=False,
)
LEMON24 = Reader(
    name="reader",
    install="pip install reader",
    forms=EVERY,
    version=partial(of_package, "reader"),
    poll=partial(with_library, "poll_reader.py"),
)
RSS_PARSER = Reader(
    name="rss-parser",
    install="npm install --prefix tests/readers",
    forms=XML,
    version=partial(of_node_package, "rss-parser"),
    poll=partial(with_library, "poll_rss_parser.mjs"),
    is_conditional=False,
)
FEEDSMITH = Reader(
    name="feedsmith",
    install="npm install --prefix tests/readers",
    forms=EVERY,
    version=partial(of_node_package, "feedsmith"),
    poll=partial(with_library, "poll_feedsmith.mjs"),
    is_conditional=False,
)
