"""`feedtool serve`: a real process, asked over real sockets and by a real browser, while files change."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from heavy import heavy, sampled
from hypothesis import given
from hypothesis import strategies as st
from runs import SITE_URL, build, lay, post, process, tree

from feedtool.build import Outcome
from feedtool.build.freshness import Differences
from feedtool.cli.serve import Watched, Watcher, build_line, matters, news
from feedtool.problems import Problem
from feedtool.serve import RELOAD, SCRIPT, SCRIPT_SOURCE, is_local, media_type, with_reload

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
#: seconds, on a machine that does much else
PATIENCE = 60
BUILT = r"\d\d:\d\d:\d\d  \d"


@dataclass(slots=True)
class Preview:
    """A running `feedtool serve`."""

    process: subprocess.Popen[str]
    port: int = 0
    said: queue.Queue[str] = field(default_factory=queue.Queue)

    def line(self, pattern: str) -> str:
        """Wait for a line of its terminal that the pattern matches, and return it."""
        passed = []
        while True:
            try:
                passed.append(self.said.get(timeout=PATIENCE))
            except queue.Empty:
                pytest.fail(f"no line {pattern!r}, but {passed}")
            if re.search(pattern, passed[-1]):
                return passed[-1]

    def get(
        self, path: str, method: str = "GET", host: str = "127.0.0.1", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body of an answer."""
        with closing(http.client.HTTPConnection(host, self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def raw(self, request: bytes) -> bytes:
        """Return all that comes back for bytes as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def seen(self, page: str) -> str:
        """Return what a page tells its script of itself."""
        found = re.search(rb'data-seen="(\w*)"', self.get(page)[2])
        assert found
        return found[1].decode()

    @contextmanager
    def following(self, page: str, seen: str | None = None) -> Iterator[http.client.HTTPResponse]:
        """Give the connection of a page that waits to reload."""
        digest = self.seen(page) if seen is None else seen
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", f"{RELOAD}?page={page}&seen={digest}")
            answer = connection.getresponse()
            assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            assert answer.readline() == b"retry: 500\n"
            yield answer

    def ended(self, number: int) -> tuple[int, float, str]:
        """Send a signal; return the exit status, how many seconds that took, and the last lines of the terminal."""
        started = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        took = time.monotonic() - started
        rest = ""
        while (line := self.said.get(timeout=PATIENCE)) != "END":
            rest += line
        return status, took, rest


def event(answer: http.client.HTTPResponse) -> bytes:
    """Wait for an event that says something."""
    while line := answer.readline():
        if line.startswith(b"data:"):
            return line.strip()
    return b""


@contextmanager
def preview(site: Path, *arguments: str, jobs: str = "1", **variables: str) -> Iterator[Preview]:
    """Run `feedtool serve` at a free port."""
    command = [sys.executable, "-m", "feedtool", "serve", "--port", "0", "--jobs", jobs, *arguments]
    env = {name: text for name, text in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")} | variables
    running = subprocess.Popen(
        command, cwd=site, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    shown = Preview(running)

    def pump() -> None:
        assert running.stdout
        for line in running.stdout:
            shown.said.put(line)
        shown.said.put("END")

    reader = threading.Thread(target=pump)
    reader.start()
    try:
        if "--quiet" not in arguments:
            found = re.match(r"http://localhost:(\d+)/ ", shown.line("http://"))
            assert found
            shown.port = int(found[1])
        yield shown
    finally:
        running.kill()
        running.wait()
        reader.join()
        assert running.stdout
        running.stdout.close()


def site_in(folder: Path, **more: str) -> Path:
    """Lay out a site of two posts."""
    files = {
        "feedtool.toml": '[site]\ntitle = "Notes"\n',
        "posts/a.md": post("First", tags="[tea, 茶]", date="2024-01-01"),
        "posts/b.md": post("Second", tags="[coffee]", date="2024-01-02"),
    }
    return lay(folder, {**files, **more})


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of a site in which nothing changes."""
    site = site_in(tmp_path_factory.mktemp("still"))
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        output = site / "output"
        lay(site, {"secret.txt": "secret", ".hidden": "hidden"})
        lay(output, {".htaccess": "hidden", ".git/config": "hidden", "sub/.x": "hidden", "picture.png": b"\x89PNG"})
        (output / "out.txt").symlink_to(site / "secret.txt")
        (output / "up").symlink_to(site)
        (output / "in.xml").symlink_to("atom.xml")
        (output / "sub" / "index.html").symlink_to(site / "secret.txt")
        os.mkfifo(output / "pipe.html")
        yield shown


def test_it_writes_what_a_build_writes(tmp_path: Path) -> None:
    """Byte for byte: nothing of the preview is in the files, and a build afterwards finds nothing to do."""
    site = site_in(tmp_path / "one")
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        lay(site, {"posts/c.md": post("Third", date="2024-01-03")})
        shown.line("added posts/c.md")
        assert shown.ended(signal.SIGINT)[0] == 0
    other = lay(
        tmp_path / "two",
        tree(site / "posts") and {f"posts/{name}": text for name, text in tree(site / "posts").items()},
    )
    lay(other, {"feedtool.toml": (site / "feedtool.toml").read_bytes()})
    assert build(cwd=other).status == 0
    assert tree(site / "output") == tree(other / "output")
    assert "0 written" in build(cwd=site).out


@heavy
def test_feeds_without_a_site_name_the_preview(tmp_path: Path) -> None:
    """Where nothing says where feeds will be published, their addresses work here, and that is said."""
    with preview(site_in(tmp_path)) as shown:
        shown.line(f"feeds name http://localhost:{shown.port}/ as their site until site.url")
        shown.line(BUILT)
        body = shown.get("/feed.json")[2]
        assert f'"feed_url":"http://localhost:{shown.port}/feed.json"' in body.decode().replace('": "', '":"')


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/tag/tea/", "text/html; charset=utf-8"),
        ("/tag/%E8%8C%B6/", "text/html; charset=utf-8"),
        ("/atom.xml", "application/xml; charset=utf-8"),
        ("/rss.xml?x=1", "application/xml; charset=utf-8"),
        ("/in.xml", "application/xml; charset=utf-8"),
        ("/tag/tea/feed.json", "application/feed+json; charset=utf-8"),
        ("/feeds.json", "application/json; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/picture.png", "image/png"),
    ],
)
def test_files_are_served_as_hosts_are_told_to(still: Preview, path: str, kind: str) -> None:
    """Media type and headers are those of the hosts' files, and nothing is kept without asking."""
    status, headers, body = still.get(path)
    assert (status, headers["Content-Type"]) == (200, kind)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers  # else any page in the browser could read unpublished posts
    assert headers["Cache-Control"] == "no-cache"
    assert headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    assert int(headers["Content-Length"]) == len(body)


@pytest.mark.parametrize("path", ["/", "/atom.xml"])
def test_what_is_known_is_not_sent_again(still: Preview, path: str) -> None:
    """A condition is answered with 304 where it holds, by the tag first and by the time else."""
    _, headers, _ = still.get(path)
    tag, changed = headers["ETag"], headers["Last-Modified"]
    for conditions in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", W/{tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": changed},
        {"If_Modified_Since": formatdate(time.time() + 60, usegmt=True)},
    ):
        status, again, body = still.get(path, **conditions)
        assert (status, body, again["ETag"], again["Cache-Control"]) == (304, b"", tag, "no-cache"), conditions
    for conditions in (
        {"If_None_Match": '"x"'},
        {"If_None_Match": '"x"', "If_Modified_Since": changed},
        {"If_Modified_Since": formatdate(0, usegmt=True)},
        {"If_Modified_Since": "yesterday"},
        {"If_Modified_Since": "Mon, 99 Foo 2024 99:99:99 GMT"},
    ):
        assert still.get(path, **conditions)[0] == 200, conditions


def test_other_methods_are_refused(still: Preview) -> None:
    """HEAD answers as GET without a body; a preview takes nothing else."""
    status, headers, body = still.get("/", "HEAD")
    assert (status, body) == (200, b"")
    assert headers["ETag"] == still.get("/")[1]["ETag"]
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        status, headers, _ = still.get("/", method)
        assert (status, "GET" in headers["Allow"]) == (405, True), method


def test_a_folder_leads_to_its_page(still: Preview) -> None:
    """Without the last slash, relative links would lead elsewhere."""
    status, headers, _ = still.get("/tag/%E8%8C%B6?x=1")
    assert (status, headers["Location"]) == (307, "/tag/%E8%8C%B6/?x=1")
    assert still.get("/tag/")[0] == 404


@pytest.mark.parametrize(
    "target",
    [
        "/nothing", "/.htaccess", "/%2Ehtaccess", "/.git/config", "/sub/.x", "/.feedtool/cache.sqlite", "/../secret.txt",
        "/%2e%2e/secret.txt", "/tag/../../secret.txt", "/tag%2Ftea%2F", "/tag/tea%2F..%2F..%2F..%2Fsecret.txt",
        "/..%5Csecret.txt", "/tag\\tea", "//etc/passwd", "/%2Fetc/passwd", "/etc/passwd", "//secret.txt", "/./atom.xml",
        "/atom.xml%00.png", "/atom.xml/", "/out.txt", "/up/secret.txt", "/up/", "/sub/", "/pipe.html", "/" + "a" * 300,
        "/" + "a/" * 3000, "http://127.0.0.1/atom.xml", "/%FF%FE", "/feeds.json/..", "/tag/tea/.", "//tag/tea",
    ],
)  # fmt: skip
def test_nothing_else_is_given(still: Preview, target: str) -> None:
    """Neither what lies outside of the output nor what is hidden, however it is asked for."""
    answer = still.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] == b"404", answer[:200]
    assert b"secret\n" not in answer
    assert b"hidden" not in answer


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["localhost"], 200),
        (["LOCALHOST:8000"], 200),
        (["127.0.0.1:1"], 200),
        (["[::1]:8000"], 200),
        (["example.org"], 403),
        (["localhost.example.org"], 403),
        (["127.0.0.1.example.org:8000"], 403),
        (["localhost@example.org"], 400),
        (["localhost:80:80"], 400),
        ([""], 403),
    ],
)
def test_only_this_machines_names_are_answered(still: Preview, hosts: list[str], status: int) -> None:
    """A page of a stranger's whose name leads to this machine reads nothing here (DNS rebinding)."""
    for path in ("/", RELOAD + "?page=/&seen="):
        lines_of = "".join(f"Host: {host}\r\n" for host in hosts)
        answer = still.raw(f"GET {path} HTTP/1.1\r\n{lines_of}Connection: close\r\n\r\n".encode())
        told = int(answer.split(b" ", 2)[1])
        assert told == status or (status == 400 and told == 403), answer[:200]
        assert (b"Notes" in answer) == (status == 200 and path == "/")


def test_it_is_there_for_this_machine_alone(still: Preview) -> None:
    """It listens on the loopback addresses and no other."""
    assert still.get("/", host="127.0.0.1")[0] == 200
    try:
        assert still.get("/", host="::1", Host="[::1]")[0] == 200
    except OSError:
        assert not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists()
    listening = [line.split() for name in ("tcp", "tcp6") for line in listed(Path("/proc/net") / name)]
    places = {row[1].split(":")[0] for row in listening if row[3] == "0A" and row[1].endswith(f":{still.port:04X}")}
    assert places <= {"0100007F", "00000000000000000000000001000000"}


def listed(path: Path) -> list[str]:
    """Return a table of the kernel's; nothing where there is none."""
    return path.read_text().splitlines()[1:] if path.exists() else []


def test_a_page_has_one_script_more_and_a_policy_for_it(still: Preview) -> None:
    """What is added is the script, its digest in the policy, and the right to connect to where it came from."""
    body = still.get("/")[2].decode()
    policies = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', body)
    assert len(policies) == 1
    sources = dict(part.strip().split(" ", 1) for part in unescape(policies[0]).split(";"))
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", body, re.DOTALL)
    assert len(scripts) == len(set(scripts)) == 3, "two of the page's own, and one more"
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert sources["script-src"] == " ".join(f"'sha256-{digest}'" for digest in digests)
    assert sources["connect-src"] == "'self'"
    assert sources["default-src"] == "'none'"


def test_the_policy_of_a_missing_page_allows_the_script(still: Preview) -> None:
    """It reloads when there is a file; a policy that somebody wrote in another form stays as it is."""
    assert f"script-src 'self' {SCRIPT_SOURCE}; connect-src 'self'" in still.get("/no.html")[2].decode()
    own = b"<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\"><p>a; script-src b"
    assert with_reload(own, "x").startswith(own)


@given(content=st.binary(max_size=200))
def test_a_page_is_otherwise_as_it_was(content: bytes) -> None:
    """Without a policy, all bytes of the file come ahead of the script."""
    if b"http-equiv" not in content.lower():
        assert with_reload(content, "x").startswith(content)
    assert SCRIPT.encode() in with_reload(content, "x")


def test_a_page_hears_of_its_own_changes_alone(tmp_path: Path) -> None:
    """A page reloads when its own file is another, and not when only others are."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        with shown.following("/tag/tea/") as tea, shown.following("/tag/coffee/") as coffee:
            lay(site, {"posts/a.md": post("First, edited", tags="[tea, 茶]", date="2024-01-01")})
            assert event(tea) == b"data: changed"
            with shown.following("/tag/coffee/") as anew:
                lay(site, {"posts/b.md": post("Second, edited", tags="[coffee]", date="2024-01-02")})
                assert event(coffee) == event(anew) == b"data: changed"
            # one event and an end: it had none before
            assert coffee.read() == b"\n"


@heavy
def test_a_page_that_missed_a_change_hears_of_it_at_once(tmp_path: Path) -> None:
    """Neither a rebuild between the page and its script nor another start of the preview leaves an old page."""
    site = site_in(tmp_path)
    with preview(site) as shown:
        shown.line(BUILT)
        with shown.following("/", seen="0" * 64) as answer:
            assert event(answer) == b"data: changed"
        with shown.following("/tag/new/") as answer:
            lay(site, {"posts/c.md": post("Third", tags="[new]")})
            assert event(answer) == b"data: changed"
        assert b"Third" in shown.get("/tag/new/")[2]


@heavy
def test_tabs_that_close_leave_nothing(tmp_path: Path) -> None:
    """As many files are open as before, however many pages came and went."""
    handles = Path("/proc") / "{}" / "fd"
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not tell which files a process has open")
    site = site_in(tmp_path)
    with preview(site) as shown:
        shown.line(BUILT)
        place = Path(str(handles).format(shown.process.pid))
        shown.get("/")
        for _ in range(40):
            with shown.following("/"):
                pass
        with shown.following("/") as last:
            lay(site, {"posts/a.md": post("Edited")})
            assert event(last) == b"data: changed"
        until = time.monotonic() + PATIENCE
        while sum(one.is_symlink() and os.path.lexists(one) and "socket:" in link(one) for one in place.iterdir()) > 6:
            assert time.monotonic() < until
            shown.get("/")


def link(path: Path) -> str:
    """Return what a link says, "" where it went away."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def test_files_are_followed_however_they_change(tmp_path: Path) -> None:
    """Written, saved by a rename, in a new folder, moved with their folder, removed: each is told by name."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        (site / "posts" / ".a.md.swp").write_text(post("Swap"))
        (site / "posts" / "a.md~").write_text(post("Saved by rename", date="2024-01-01"))
        (site / "posts" / "a.md~").replace(site / "posts" / "a.md")
        assert "edited posts/a.md; " in shown.line(BUILT)
        assert b"Saved by rename" in shown.get("/atom.xml")[2]
        lay(site, {"posts/deep/er/c.md": post("Deep")})
        shown.line("added posts/deep/er/c.md; ")
        (site / "posts" / "deep").rename(site / "posts" / "shallow")
        shown.line("added posts/shallow/er/c.md; removed posts/deep/er/c.md; ")
        lay(site, {"posts/shallow/er/c.md": post("Still followed")})
        shown.line("edited posts/shallow/er/c.md; ")
        (site / "posts" / "b.md").unlink()
        shown.line("removed posts/b.md; ")
        assert b"Second" not in shown.get("/atom.xml")[2]


@heavy
def test_a_posts_folder_may_come_and_go(tmp_path: Path) -> None:
    """Without posts what was built last stays; with the folder back, it is followed as before."""
    site = site_in(tmp_path)
    (site / "posts").rename(site / "elsewhere")
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line("no-folder")
        assert shown.get("/")[0] == 404
        with shown.following("/") as answer:
            (site / "elsewhere").rename(site / "posts")
            assert event(answer) == b"data: changed"
        shown.line("2 problems are solved")
        (site / "posts").rename(site / "away")
        assert "removed posts/a.md, posts/b.md; 0 files written" in shown.line(BUILT)
        shown.line("nothing-to-build")
        assert b"Second" in shown.get("/")[2]
        lay(site, {"posts/n.md": post("Anew")})
        shown.line("1 post; ")
        lay(site, {"posts/n.md": post("Followed")})
        shown.line("edited posts/n.md")


@heavy
@pytest.mark.parametrize("count", sampled([100, 1000], 100))
def test_many_files_are_one_change(tmp_path: Path, count: int) -> None:
    """What changes together is built together, or nearly, and all of it."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL, jobs="0") as shown:
        shown.line(BUILT)
        lay(site, {f"posts/{n % 7}/{n}.md": post(f"Post {n}") for n in range(count)})
        builds, added = 0, 0
        while added < count:
            line, builds = shown.line(BUILT), builds + 1
            names = re.search(r"added (.*?)(?: and (\d+) more)?;", line)
            if names:
                added += len(names[1].split(", ")) + int(names[2] or 0)
        assert (added, builds <= 3) == (count, True)
        assert shown.ended(signal.SIGINT)[0] == 0
    assert "0 written" in build(cwd=site).out


@heavy
def test_what_changes_during_a_build_is_built_next(tmp_path: Path) -> None:
    """The last words of a post are shown in the end, however fast it is edited."""
    site = site_in(tmp_path, **{f"posts/{n}.md": post(f"Post {n}", tags=f"[t{n % 9}]") for n in range(60)})
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        for n in range(40):
            lay(site, {"posts/a.md": post(f"Edit {n}", date="2024-05-05")})
            time.sleep(0.03)  # as one types
        until = time.monotonic() + PATIENCE
        while b"Edit 39" not in shown.get("/")[2]:
            assert time.monotonic() < until
            with shown.following("/") as answer:
                event(answer)


def configure(site: Path, text: str) -> None:
    """Replace the configuration at once, so that no build sees a part of it."""
    (site / ".new").write_text(text, encoding="utf-8")
    (site / ".new").replace(site / "feedtool.toml")


def test_a_configuration_is_followed_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    """It is read anew; a mistake in it is told once, and the last one that was right stays until it is mended."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        configure(site, '[site]\ntitle = "Renamed"\n')
        shown.line("feedtool.toml changed; ")
        assert b"<title>Renamed</title>" in shown.get("/")[2]
        configure(site, '[site\ntitle = "Broken"\n')
        shown.line("config-syntax")
        shown.line("the last build is kept until the configuration is corrected")
        lay(site, {"posts/a.md": post("Not yet")})
        lay(site, {"posts/b.md": post("Nor this")})
        configure(site, '[site]\ntitle = "Mended"\noutput = 1\n')
        shown.line("unknown-key")
        assert b"<title>Renamed</title>" in shown.get("/")[2]
        configure(site, 'output = "elsewhere"\n[site]\ntitle = "Mended"\n[posts]\ndirs = ["posts", "more"]\n')
        shown.line("the configuration is valid again")
        shown.line("feedtool.toml changed; ")
        assert b"<title>Mended</title>" in shown.get("/")[2]
        assert (site / "elsewhere" / "index.html").exists()
        lay(site, {"more/c.md": post("In another folder")})
        shown.line("added more/c.md")
        (site / "feedtool.toml").unlink()
        shown.line("feedtool.toml changed; ")


@heavy
def test_what_a_build_writes_is_no_change(tmp_path: Path) -> None:
    """Where the cache lies within the posts' folder, one edit is one build."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL, "--cache", "posts/cache") as shown:
        shown.line(BUILT)
        for n in range(4):
            lay(site, {"posts/a.md": post(f"Edit {n}", date="2024-01-01")})
            assert "edited posts/a.md; " in shown.line(BUILT)


@pytest.mark.parametrize(
    ("path", "is_news"),
    [
        ("posts/a.md", True),
        ("posts/gone", True),
        ("posts/_drafts/a.md", False),
        ("posts/.a.md.swp", False),
        ("posts/.git/index.md", False),
        ("posts/picture.png", False),
        ("templates/base.html", True),
        ("templates/.base.html.swp", False),
        ("feedtool.toml", True),
        ("posts/output/a.md", False),
        ("other/a.md", False),
    ],
)
def test_only_what_may_be_built_matters(tmp_path: Path, path: str, is_news: bool) -> None:  # noqa: FBT001
    """Editors' own files, drafts, pictures and what a build writes wake nobody."""
    site = lay(tmp_path.resolve(), {"posts/picture.png": b"", "feedtool.toml": ""})
    those = Watched(
        posts=[site / "posts"], others=[site / "templates"], files=[site / "feedtool.toml"],
        ignored=[site / "posts" / "output"],
    ).spelled(str)  # fmt: skip
    assert matters(str(site / path), those) is is_news


def test_a_name_that_is_no_text_is_a_change_all_the_same(tmp_path: Path) -> None:
    """The system's words for it cannot be read; that something changed is known."""
    site = lay(tmp_path, {"posts/a.md": ""})
    those = Watched(posts=[site / "posts"])
    watcher = Watcher(those)
    try:
        (site / "posts" / os.fsdecode(b"\xff.md")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    watcher.wait(those)
    (site / "posts" / "b.md").write_bytes(b"")
    watcher.wait(those)


@heavy
def test_changes_are_found_where_nothing_tells_of_them(tmp_path: Path) -> None:
    """On a file system that does not, files are looked at every second."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL, WATCHFILES_FORCE_POLLING="1") as shown:
        shown.line("checked every second")
        lay(site, {"posts/a.md": post("Edited")})
        shown.line("edited posts/a.md; ")
        assert shown.ended(signal.SIGINT)[::2] == (0, "")


@pytest.mark.parametrize("number", sampled([signal.SIGINT, signal.SIGTERM], signal.SIGTERM))
def test_it_ends_when_asked_to(tmp_path: Path, number: int) -> None:
    """At once and without complaint, also while pages wait to reload; and its port is free again."""
    site = site_in(tmp_path)
    with preview(site) as shown:
        shown.line(BUILT)
        with shown.following("/"), shown.following("/tag/tea/") as answer, closing(socket.socket()) as idle:
            idle.connect(("127.0.0.1", shown.port))
            status, took, rest = shown.ended(number)
            assert (status, rest) == (0, "")
            assert took < 5  # a second, where nothing else is to do
            assert answer.read() in (b"", b"\n")
    with closing(socket.socket()) as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", shown.port))


@heavy
@pytest.mark.parametrize("jobs", sampled(["1", "2"], "2"))
def test_it_ends_in_the_midst_of_a_build(tmp_path: Path, jobs: str) -> None:
    """Nothing is torn: no file is half written, and the next build makes what it would have made."""
    posts = {f"posts/{n}.md": post(f"Post {n}", tags=f"[t{n % 9}]", body="Words. " * 500) for n in range(400)}
    site, other = site_in(tmp_path / "one", **posts), site_in(tmp_path / "two", **posts)
    with preview(site, "--site-url", SITE_URL, jobs=jobs) as shown:
        until = time.monotonic() + PATIENCE
        while not (site / ".feedtool" / "cache.sqlite").exists():
            assert time.monotonic() < until
        status, took, rest = shown.ended(signal.SIGINT)
    assert (status, "Traceback" in rest, took < 5) == (0, False, True)
    assert [name for name in tree(site / "output") if name.endswith(".tmp")] == []
    assert build(cwd=site).status == build(cwd=other).status == 0
    assert tree(site / "output") == tree(other / "output")


def test_a_port_in_use_is_told_before_anything_is_built(tmp_path: Path) -> None:
    """One sentence, and no file."""
    site = site_in(tmp_path)
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = process("serve", "--port", str(port), cwd=site)
    assert (done.status, done.err) == (1, f"feedtool: port {port} is in use; choose another with --port\n")
    assert not (site / "output").exists()


def test_missing_libraries_are_told(tmp_path: Path) -> None:
    """One sentence with what to install."""
    done = process("serve", cwd=site_in(tmp_path), before="sys.modules['uvicorn'] = None")
    assert (done.status, done.out) == (2, "")
    assert "pip install 'feedtool[serve]'" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_wrong_configuration_at_the_start_is_refused(tmp_path: Path) -> None:
    """There is nothing to show yet that could stay."""
    done = process("serve", "--port", "0", cwd=site_in(tmp_path, **{"feedtool.toml": "x = 1\n"}))
    assert (done.status, "unknown-key" in done.err) == (2, True)


@heavy
def test_a_build_that_fails_is_told_once_and_the_page_stays(tmp_path: Path) -> None:
    """When the cause is gone, the next change is built."""
    site = site_in(tmp_path)
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(BUILT)
        (site / "output" / "tag").rename(site / "tag")
        (site / "output" / "tag").symlink_to(site / "tag")
        lay(site, {"posts/a.md": post("First, edited", tags="[tea]", date="2024-01-01")})
        shown.line("feedtool: .*a symbolic link is in the output folder")
        assert b"Second" in shown.get("/")[2]
        (site / "output" / "tag").unlink()
        (site / "tag").rename(site / "output" / "tag")
        lay(site, {"posts/b.md": post("Second, edited", tags="[coffee]", date="2024-01-02")})
        assert "edited posts/b.md" in shown.line(BUILT)
        assert b"First, edited" in shown.get("/")[2]


@heavy
def test_problems_are_told_when_they_come_and_counted_when_they_go(tmp_path: Path) -> None:
    """What was said before is not said again."""
    site = site_in(tmp_path, **{"posts/bad.md": post("Bad", date="01/02/03")})
    with preview(site, "--site-url", SITE_URL) as shown:
        shown.line(r"posts/bad.md:3: .*\[ambiguous-date\]|posts/bad.md.*\[")
        lay(site, {"posts/worse.md": post("Worse", date="whenever")})
        shown.line("added posts/worse.md")
        assert "posts/worse.md" in shown.line(r"posts/.*\[")
        lay(site, {"posts/bad.md": post("Good")})
        shown.line("edited posts/bad.md")
        shown.line(r"\d problems? (is|are) solved")


@heavy
def test_quiet_tells_of_errors_alone(tmp_path: Path) -> None:
    """Nothing else is printed, from start to end."""
    site = site_in(tmp_path)
    with preview(site, "--quiet") as shown:
        until = time.monotonic() + PATIENCE
        while not (site / "output" / "feeds.json").exists():
            assert time.monotonic() < until
        lay(site, {"feedtool.toml": "x = 1\n"})
        assert "unknown-key" in shown.said.get(timeout=PATIENCE)
        shown.line("kept until")
        assert shown.ended(signal.SIGINT)[::2] == (0, "")


@heavy
def test_requests_are_printed_when_asked_for(tmp_path: Path) -> None:
    """Method, path as sent, and status."""
    with preview(site_in(tmp_path), "-v") as shown:
        shown.line(BUILT)
        shown.get("/atom.xml?x")
        shown.get("/%1b[31m")
        shown.line(r"  GET /atom.xml 200$")
        shown.line(r"  GET /%1b\[31m 404$")


def test_what_is_printed_cannot_steer_the_terminal() -> None:
    """Names of files are strangers' words."""
    differences = Differences(added=("a\x1b[31m", "b", "c", "d", "e"), removed=("\u202ex",))
    line = build_line("12:00:00", 0.25, Outcome(written=1), differences)
    assert line == "12:00:00  0.25 s  added a\\x1b[31m, b, c and 2 more; removed \\x202ex; 1 file written"


def test_a_problem_that_moved_is_not_new() -> None:
    """Words written above it change its line, and nothing else."""
    problem = Problem(path="a.md", line=3, code="x", level="error", message="m")
    moved = Problem(path="a.md", line=9, code="x", level="error", message="m")
    assert news([moved], [problem]) == ([], 0)
    assert news([moved, moved], [problem]) == ([moved], 0)
    assert news([], [problem, moved]) == ([], 2)


def test_archive_documents_are_feeds_by_their_place() -> None:
    """The media type is that of the format, also where a period is in the name."""
    assert media_type("tag/x/archive/2023.json") == "application/feed+json; charset=utf-8"
    assert media_type("archive/2023-01.atom.xml") == "application/xml; charset=utf-8"
    assert media_type("tag/x/feeds.json") == "application/json; charset=utf-8"
    assert media_type("sheets/own.xsl") == "application/xml; charset=utf-8"
    assert media_type("atom.xml.gz") == media_type("strange") == media_type("png") == "application/octet-stream"


@given(host=st.text(max_size=30))
def test_no_other_host_is_taken_for_this_machine(host: str) -> None:
    """Only three names are, with a port or without."""
    if is_local(host):
        assert re.sub(r":[0-9]+$", "", host).lower() in ("localhost", "127.0.0.1", "[::1]")


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome is installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield running
        running.close()


@heavy
def test_a_browser_shows_the_new_words_by_itself(tmp_path: Path, browser: Any) -> None:
    """A post is edited, and every open tab shows it, without a hand on it and without a word on the console."""
    site = site_in(tmp_path)
    with preview(site) as shown:
        shown.line(BUILT)
        said: list[str] = []
        pages = [browser.new_page() for _ in range(3)]
        for page, path in zip(pages, ("", "tag/tea/", "tag/nothing/"), strict=True):
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto(f"http://localhost:{shown.port}/{path}")
        pages[0].wait_for_selector("text=Second", timeout=PATIENCE * 1000)
        said.clear()  # that the third page is not there yet
        for title in ("Third & new", "Fourth"):
            lay(site, {"posts/c.md": post(title, tags="[tea, nothing]", date="2024-02-01")})
            for page in pages:
                page.wait_for_selector(f"text={title}", timeout=PATIENCE * 1000)
        assert said == []
        assert pages[0].evaluate("document.compatMode") == "CSS1Compat"


def test_what_comes_between_a_build_and_a_new_watch_is_not_lost(tmp_path: Path) -> None:
    """A folder that a changed configuration names may be filled before it is watched: a build looks once more."""
    before = Watched(posts=[tmp_path / "posts"])
    after = Watched(posts=[tmp_path / "posts", tmp_path / "more"])
    watcher = Watcher(before)
    lay(tmp_path, {"more/c.md": post("Early")})
    waiting = threading.Thread(target=watcher.wait, args=[after], daemon=True)
    waiting.start()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
