"""All readers that are known here."""

from __future__ import annotations

from . import liferea, newsboat, rss2email, sfeed
from .libraries import FASTFEEDPARSER, FEEDPARSER, FEEDSMITH, LEMON24, RSS_PARSER

READERS = (
    newsboat.READER,
    sfeed.READER,
    rss2email.READER,
    liferea.READER,
    LEMON24,
    FEEDPARSER,
    FASTFEEDPARSER,
    RSS_PARSER,
    FEEDSMITH,
)
