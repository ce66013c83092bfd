"""rss2email: every new entry becomes a mail, here in a Maildir (pypi.org/project/rss2email)."""

from __future__ import annotations

import email
import email.policy
import email.utils
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from .running import first_number, run
from .stored import XML, Reader, ReaderError, Stored

_SETTINGS = """\
[DEFAULT]
from = feeds@example.org
to = somebody@example.org
email-protocol = maildir
maildir-path = {mails}
maildir-mailbox = Feeds
date-header = True
date-header-order = issued, modified
html-mail = True
use-8bit = True
name-format = {{author}}
verbose = warning
"""


def _poll(urls: Sequence[str], home: Path) -> list[Stored]:
    mails, settings = home / "mails", home / "rss2email.cfg"
    command = ("r2e", "-c", str(settings), "-d", str(home / "rss2email.json"))
    if not settings.exists():
        for part in ("cur", "new", "tmp"):
            (mails / "Feeds" / part).mkdir(parents=True)
        settings.write_text(_SETTINGS.format(mails=mails))
        for number, url in enumerate(urls):
            run(*command, "add", f"feed-{number}", url, home=home)
        # where it is redirected for good it forgets the address that it subscribed to: the header keeps it
        lines = settings.read_text().splitlines()
        for number, url in enumerate(urls):
            lines.insert(lines.index(f"[feed.feed-{number}]") + 1, f"bonus-header = X-Subscribed: {url}")
        settings.write_text("\n".join([*lines, ""]))
    if said := run(*command, "run", home=home).strip():
        raise ReaderError(f"rss2email: {said[-2000:]}")
    return [_read(file.read_bytes()) for file in sorted((mails / "Feeds").glob("*/*"))]


def _read(mail: bytes) -> Stored:
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body()
    name, _ = email.utils.parseaddr(str(message["From"]))
    return Stored(
        feed=str(message["X-Subscribed"]),
        id=str(message["X-RSS-ID"]),
        title=str(message["Subject"]),
        link=str(message["X-RSS-URL"]),
        published=int(email.utils.parsedate_to_datetime(str(message["Date"])).timestamp()),
        author=name,
        content=body.get_content() if body else "",
    )


READER = Reader(
    name="rss2email",
    install="apt-get install rss2email",
    forms=XML,
    version=lambda: first_number("r2e", "--version"),
    poll=_poll,
    takes_changes=False,
)
