"""What a build says of posts, entries and files: every kind of problem that the build itself finds."""

from __future__ import annotations

from collections.abc import Iterator

from feedtool.cache.waiting import Later
from feedtool.model import utc
from feedtool.problems import Code, Problem

#: stands in for a missing site.url; `python -m http.server` serves the output folder there
LOCAL_URL = "http://localhost:8000/"

NO_SITE_URL = Code.warning("no-site-url")(
    f"The site's address is not set, so the feeds name {LOCAL_URL}. They work on this machine only: readers elsewhere "
    "cannot follow the feeds' own addresses, nor relative permalinks.",
    'Give --site-url, or write url = "https://…" under [site] in feedtool.toml.',
)
NOTHING_TO_BUILD = Code.error("nothing-to-build")(
    "No post gave an entry. The output folder was not changed.",
    'Name the posts folder with --posts; `feedtool new "Title"` writes a post.',
)
BAD_MANIFEST = Code.warning("bad-manifest")(
    "feeds.json in the output folder is damaged. It lists the files that feedtool made and the addresses in use. "
    "Without it no file is removed, and a feed that lost its last entry is not kept.",
    "Restore it from the last publication, or let the build write a new one.",
)
LOST_MANIFEST = Code.warning("lost-manifest")(
    "The site was published before, but the output folder has no feeds.json. The ids and addresses that subscribers "
    "know were taken from the copy beside the cache, which may be older than the last publication.",
    "Name the published feeds.json: `published` under [site] in feedtool.toml, or --against. To begin without them, "
    "delete the cache.",
)
DOUBTFUL_ID = Code.warning("doubtful-id")(
    "A published entry lost its post, and this post has only a little in common with it. It keeps the entry's id, so "
    "that subscribers see a changed entry and not a new one.",
    "If the post is another one, write an `id` of its own into its header. Else no action is needed.",
)
IDS_KEPT = Code.note("ids-kept")(
    "The way in which ids are made has changed (`posts.ids`). Published entries keep their ids, because subscribers "
    "would get them a second time under others. Only new entries get ids of the new kind."
)
FUTURE_DATE = Code.warning("future-date")(
    "The post is dated in the future and is published all the same: `posts.future` is true, or an earlier build has "
    "published it. Many readers show it above everything else until that date.",
    "Correct the date.",
)
FUTURE_UPDATE = Code.warning("future-update")(
    "The post says that it was updated at a time in the future. That time is not used, because readers would show the "
    "entry, and order its feeds, by a moment that has not come.",
    "Correct the date.",
)
WAITING = Code.note("waiting")(
    "The post is dated in the future and waits. The first build after that date publishes it; `posts.future = true` "
    "publishes such posts at once."
)
EXPIRED = Code.note("expired")(
    "The post's `expiryDate` has passed, so it was taken out of all feeds.",
    "Remove the line or set a later date to show the post again.",
)
UNREADABLE_FILE = Code.error("unreadable-file")("The file could not be read from the disk.", "Check its permissions.")
INTERNAL_ERROR = Code.error("internal-error")(
    "feedtool failed on this post and left it out. This is a bug in feedtool.", "Please report it with the post."
)
WORKER_DIED = Code.error("worker-died")(
    "The process that worked on this post ended twice, for lack of memory or by a signal. The post was left out. "
    "All other posts are complete. The work on one post may take 256 MB.",
    "Check the size of the post: fewer elements take less memory.",
)
ENTRY_TOO_LONG = Code.warning("entry-too-long")(
    "The entry is larger than half of what a feed may hold (feeds.max_bytes) and would push older entries out. "
    "Subscribers get its summary and its link.",
    "Raise feeds.max_bytes, or shorten the post.",
)
FOREIGN_FILE = Code.warning("foreign-file")(
    "A file that feedtool did not make has the name of a file that it would write, such as a site's own index.html. "
    "It was kept, and feedtool's file was not written.",
    "Choose a folder for feeds alone with --output, or move the file away.",
)
LEFT_OVER = Code.note("left-over")(
    "Files of a feed, a format or an archive document that feedtool no longer makes. They were kept, because people "
    "may have subscribed to them.",
    "No action is needed to keep them. --prune deletes them, and feeds without entries.",
)
KEPT_FILE = Code.warning("kept-file")(
    "feeds.json lists a file that this build no longer makes, but it was not removed: feedtool did not write its "
    "content, or it is hidden, or it belongs to the site's posts, configuration, templates or cache.",
    "Delete the file yourself if you no longer need it. If you did not write this feeds.json, find out who did.",
)


#: the words on a post that is dated in the future and published
EARLY = "published, though dated in the future"


def future_update(path: str, updated_ms: int) -> Problem:
    """Return the problem of a post that was updated in the future."""
    return FUTURE_UPDATE.at(path, f"{utc(updated_ms):%Y-%m-%d %H:%M} UTC is in the future", field="updated")


def waiting(later: Later) -> Iterator[Problem]:
    """Yield the problem of all posts that wait, at the first."""
    if later.count:
        others = f"; {later.count - 1:,} more wait longer, the last until {utc(later.last_ms):%Y-%m-%d}"
        message = f"waits for {utc(later.first_ms):%Y-%m-%d %H:%M} UTC" + (others if later.count > 1 else "")
        yield WAITING.at(later.name, message, field="date")


def expired(path: str, expires_ms: int) -> Problem:
    """Return the problem of a post that has expired."""
    return EXPIRED.at(path, f"expired at {utc(expires_ms):%Y-%m-%d %H:%M} UTC", field="expiryDate")


LEFT_OUT = Code.note("left-out")(
    "A function that the configuration names under [plugins] left an entry out of all feeds."
)
