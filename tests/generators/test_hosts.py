"""The files that hosts are configured by, tried on nginx and Apache themselves where they are installed."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import quote

import pytest
from samples import BY_ID, FEED, group
from webservers import APACHE, NGINX, Cloudflare, Netlify, Real, Server, Vercel, apache, nginx

from feedtool.generators import (
    compressed_copies,
    is_made_by,
    published_site,
    render_entry,
    render_feed,
    render_host_files,
)
from feedtool.model import Document, Feed, Host, Twin
from feedtool.problems import Problem

SITE = "https://feeds.example.org/feeds/"
HUB = "https://hub.example.org/?a=1&b=2"
NEWS = "category/%E6%96%B0%E8%81%9E/"
FEED_TYPES = {"xml": "application/xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}
FRESH = "public, max-age=600, must-revalidate"
CLOSED = "public, max-age=31536000, immutable"


def _placed(feed: Feed, **fields: object) -> Feed:
    """Return a feed as it is at SITE."""
    url = feed.url.replace("https://feeds.example.org/", SITE)
    return replace(feed, url=url, **fields)  # type: ignore[arg-type]


ALL = _placed(FEED, is_archived=True, older="2023")
CATEGORY = _placed(group("category", "新聞", "新聞", "%E6%96%B0%E8%81%9E"), is_archived=True, older="2023-02")
#: its folder is called as those of archive documents are
TRAP = _placed(group("tag", "Archive", "archive", "archive"))
FEEDS = (ALL, CATEGORY, TRAP)
PAST = (
    replace(ALL, period="2023", older="2022"),
    replace(ALL, period="2022", newer="2023", older="2021"),
    replace(CATEGORY, period="2023-02", older="2021-05"),
    replace(CATEGORY, period="2021-05", newer="2023-02", older=""),
)
#: addresses of the site's feeds before, as paths on the host
OLD_FEEDS = {
    "/feed.xml": "atom.xml",
    "/tags/茶 & rain/index.xml": "category/新聞/rss.xml",
    "/feeds/all.atom.xml": "atom.xml",
    "/a:b*c(d)/feed": "feed.json",
}
FRAGMENTS = [render_entry(entry, ("atom", "rss", "json")) for entry in BY_ID.values()]


def rendered_with_problems(
    hosts: Sequence[Host], **changes: object
) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the files of hosts for our feeds, and what is missing in them."""
    values: dict[str, object] = {
        "site_url": SITE,
        "feeds": (*FEEDS, *PAST),
        "hub": HUB,
        "redirects": {"category/舊聞/": "category/新聞/"},
        "replaced": OLD_FEEDS,
        "generator": "feedtool",
    }
    return render_host_files(hosts, published_site(**(values | changes)))  # type: ignore[arg-type]


def rendered(hosts: Sequence[Host], **changes: object) -> tuple[Document, ...]:
    """Return the files of hosts for our feeds."""
    return rendered_with_problems(hosts, **changes)[0]


def laid(folder: Path, files: Sequence[Document], kinds: Sequence[Twin] = ()) -> None:
    """Write the output as a build does: feeds, archive documents, lists, twins and the files of hosts."""
    feeds = [
        render_feed(feed, form, FRAGMENTS, generator="feedtool", hub=HUB)
        for feed in (*FEEDS, *PAST)
        for form in feed.formats
    ]
    lists = [Document(path=f"feeds.{end}", media_type="", content=b"{}" * 99) for end in ("opml", "json")]
    for document in [*feeds, *lists, *(twin for feed in feeds for twin in compressed_copies(feed, kinds)), *files]:
        place = folder / document.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(document.content)


@contextmanager
def _serving(host: Host, files: Sequence[Document], kinds: Sequence[Twin] = ()) -> Iterator[Server]:
    """Serve the output as the host does, or as its documentation says."""
    if not {"nginx": NGINX, "apache": APACHE}.get(host, "ours"):
        pytest.skip(f"{host} is not installed")
    with ExitStack() as stack:
        # servers give up their rights, and pytest's own folders are for one user
        root, work = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))) for _ in range(2)
        )
        root.chmod(0o755)
        work.chmod(0o755)
        laid(root / "feeds", files, kinds)
        if host == "nginx":
            yield stack.enter_context(nginx(root, work))
        elif host == "apache":
            yield stack.enter_context(apache(root, work))
        else:
            models: dict[Host, Callable[[Path], Server]] = {"netlify": Netlify, "vercel": Vercel}
            yield models.get(host, Cloudflare)(root / "feeds")


HOSTS: tuple[Host, ...] = ("nginx", "apache", "cloudflare-pages", "netlify", "vercel")
REAL: tuple[Host, ...] = ("nginx", "apache")


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[tuple[Host, Server]]:
    """Return each host with our output."""
    with _serving(request.param, rendered([request.param])) as server:
        yield request.param, server


@pytest.fixture(scope="module", params=REAL)
def real(request: pytest.FixtureRequest) -> Iterator[Real]:
    """Return each server that we can run, with twins beside our files."""
    files = rendered([request.param], twins=["gz", "br"])
    with _serving(request.param, files, ["gz"]) as server:
        assert isinstance(server, Real)
        yield server


SUBSCRIBED = [folder + name for folder in ("", NEWS, "tag/archive/") for name in ("atom.xml", "rss.xml", "feed.json")]
OPEN_ARCHIVES = ["archive/2023.atom.xml", "archive/2023.json", NEWS + "archive/2023-02.rss.xml"]
CLOSED_ARCHIVES = [
    "archive/2022.atom.xml",
    "archive/2022.json",
    NEWS + "archive/2021-05.rss.xml",
    NEWS + "archive/2021-05.json",
]


@pytest.mark.parametrize("path", [*SUBSCRIBED, *OPEN_ARCHIVES, *CLOSED_ARCHIVES])
def test_a_feed_says_what_it_is_and_is_open_to_all(host: tuple[Host, Server], path: str) -> None:
    """Every feed and archive document, in any script: its type with its charset, for any page to read, no guessing."""
    answer = host[1].get("/feeds/" + path)
    expected = (200, FEED_TYPES[path.rpartition(".")[2]], "*", "nosniff")
    told = [answer.headers[name] for name in ("content-type", "access-control-allow-origin", "x-content-type-options")]
    assert expected == (answer.status, *told)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("feeds.opml", "text/x-opml; charset=utf-8"), ("feeds.json", "application/json; charset=utf-8")],
)
def test_a_list_says_what_it_is(host: tuple[Host, Server], path: str, media_type: str) -> None:
    """The lists of feeds, likewise."""
    answer = host[1].get("/feeds/" + path)
    assert (media_type, "*", FRESH) == tuple(
        answer.headers[name] for name in ("content-type", "access-control-allow-origin", "cache-control")
    )
    assert "link" not in answer.headers


@pytest.mark.parametrize("path", SUBSCRIBED)
def test_news_are_not_kept_from_readers(host: tuple[Host, Server], path: str) -> None:
    """A feed may be kept for ten minutes: less than readers wait between two looks."""
    assert FRESH == host[1].get("/feeds/" + path).headers["cache-control"]


@pytest.mark.parametrize("path", CLOSED_ARCHIVES)
def test_a_closed_archive_document_is_fetched_once(host: tuple[Host, Server], path: str) -> None:
    """It may be kept for a year, and nobody has to ask again."""
    assert CLOSED == host[1].get("/feeds/" + path).headers["cache-control"]


@pytest.mark.parametrize("path", OPEN_ARCHIVES)
def test_an_open_archive_document_is_not_kept(host: tuple[Host, Server], path: str) -> None:
    """What leaves the feed tomorrow goes there: whoever kept it for a year would miss that."""
    assert host[1].get("/feeds/" + path).headers.get("cache-control", FRESH) == FRESH


@pytest.mark.parametrize("path", SUBSCRIBED)
def test_a_feed_leads_to_its_hub(host: tuple[Host, Server], path: str) -> None:
    """With its exact address as topic, where the host can say it (WebSub section 4), else without a topic."""
    hub, own = f'<{HUB}>; rel="hub"', f', <{SITE}{path}>; rel="self"'
    name, server = host
    knows_all = name in ("nginx", "apache", "cloudflare-pages")
    expected = hub + own if knows_all or (name == "vercel" and "/" not in path) else hub
    assert expected == server.get("/feeds/" + path).headers["link"]


def test_self_links_are_those_of_the_documents() -> None:
    """The header and the document name one topic."""
    named = [feed.self_url(form) for feed in FEEDS for form in feed.formats]
    assert sorted(named) == sorted(SITE + path for path in SUBSCRIBED)


@pytest.mark.parametrize(
    "path",
    ["//feeds/atom.xml", "/feeds/%61tom.xml", "/feeds/./atom.xml", "/feeds/category/%e6%96%b0%e8%81%9e/atom.xml"],
)
def test_another_spelling_is_no_topic(real: Real, path: str) -> None:
    """Who asks for a feed by another spelling of its address gets it, and is told no topic that nobody publishes."""
    answer = real.get(path)
    assert (200, None) == (answer.status, answer.headers.get("link"))


def test_a_question_is_no_part_of_the_topic(real: Real) -> None:
    """What readers append to get past caches changes nothing."""
    assert real.get("/feeds/atom.xml").headers["link"] == real.get("/feeds/atom.xml?x=//").headers["link"]


def test_what_did_not_change_is_not_sent(real: Real) -> None:
    """A conditional GET is answered with 304, no body, and how long it may be kept from now on."""
    first = real.get("/feeds/atom.xml")
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = real.get("/feeds/atom.xml", condition)
        assert (304, b"", FRESH) == (again.status, again.body, again.headers["cache-control"])


def test_twins_are_sent_to_whoever_takes_them(real: Real) -> None:
    """The same feed under the same type, compressed; caches are told that there are two."""
    plain, packed = (
        real.get("/feeds/" + NEWS + "atom.xml", {"Accept-Encoding": each}) for each in ("identity", "gzip, br")
    )
    assert (None, "gzip") == (plain.headers.get("content-encoding"), packed.headers["content-encoding"])
    assert gzip.decompress(packed.body) == plain.body
    for name in ("content-type", "cache-control", "link", "access-control-allow-origin"):
        assert plain.headers[name] == packed.headers[name]
    assert "accept-encoding" in plain.headers["vary"].lower()
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.headers["etag"] != plain.headers["etag"]
    again = real.get(
        "/feeds/" + NEWS + "atom.xml", {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
    )
    assert (304, b"") == (again.status, again.body)


def test_twins_are_not_sent_to_who_refuses_them(real: Real) -> None:
    """A quality of nought is a refusal (RFC 9110 section 12.5.3)."""
    answer = real.get("/feeds/atom.xml", {"Accept-Encoding": "gzip;q=0, identity"})
    assert (None, 200) == (answer.headers.get("content-encoding"), answer.status)
    assert answer.body.startswith(b"<?xml")


def test_apache_sends_brotli_where_there_is_one() -> None:
    """The smaller twin first, with the type of its document, and not as a text in Breton."""
    with _serving("apache", rendered(["apache"], twins=["gz", "br"])) as server:
        assert isinstance(server, Real)
        missing = server.get("/feeds/atom.xml", {"Accept-Encoding": "br"})
        assert missing.headers.get("content-encoding") is None
    files = [*rendered(["apache"], twins=["gz", "br"]), Document(path="atom.xml.br", media_type="", content=b"packed")]
    with _serving("apache", files, ["gz"]) as server:
        packed = server.get("/feeds/atom.xml", {"Accept-Encoding": "gzip, br"})
    assert (b"packed", "br", FEED_TYPES["xml"], None) == (
        packed.body,
        packed.headers["content-encoding"],
        packed.headers["content-type"],
        packed.headers.get("content-language"),
    )


@pytest.mark.parametrize("name", ["", "atom.xml", "feed.json", "archive/2022-05.rss.xml"])
def test_an_alias_leads_to_the_same_file_of_the_new_folder(host: tuple[Host, Server], name: str) -> None:
    """For good, so that readers move their subscription."""
    answer = host[1].get("/feeds/category/%E8%88%8A%E8%81%9E/" + name)
    target = answer.headers["location"]
    assert (301, f"{SITE}{NEWS}{name}") == (
        answer.status,
        "https://feeds.example.org" * target.startswith("/") + target,
    )


@pytest.mark.parametrize("old", OLD_FEEDS)
def test_the_address_of_an_old_feed_leads_to_the_feed_that_replaces_it(host: tuple[Host, Server], old: str) -> None:
    """Wherever on the site it was, and whatever it was called; nothing else is led away."""
    asked = quote(old, safe="/&")  # as generators write it in their pages
    answer = host[1].get(asked)
    target = answer.headers["location"]
    assert (301, SITE + quote(OLD_FEEDS[old])) == (
        answer.status,
        "https://feeds.example.org" * target.startswith("/") + target,
    )
    assert 301 not in (host[1].get(asked + "x").status, host[1].get("/x" + asked).status)


@pytest.mark.parametrize("evil", ["%0d%0aX-Evil:%20yes", "%0aX-Evil:%20yes/atom.xml", "a%22%3e/atom.xml"])
def test_a_redirect_takes_no_line_from_strangers(real: Real, evil: str) -> None:
    """Whoever asks for an old address with a line break in it adds no header to the answer."""
    answer = real.get("/feeds/category/%E8%88%8A%E8%81%9E/" + evil)
    assert "x-evil" not in answer.headers
    assert '"' not in answer.headers.get("location", "")


def test_a_site_at_the_root_needs_no_folder() -> None:
    """Where the output is the whole site, patterns begin at its root."""
    for name in HOSTS:
        files = rendered([name], site_url="https://feeds.example.org/", replaced={})
        if name in REAL:
            assert not any(b"/feeds/" in file.content for file in files)
            continue
        with _serving(name, files) as server:
            for path in ("/atom.xml", "/tag/archive/feed.json", "/archive/2022.json"):
                assert server.get(path).headers["x-content-type-options"] == "nosniff"


def test_a_year_is_closed_when_it_is_for_every_feed() -> None:
    """One feed whose oldest entries are of that year keeps it open, for hosts tell years and not documents apart."""
    quiet = replace(TRAP, is_archived=True, older="2022-11")
    for name in HOSTS:
        with _serving(name, rendered([name], feeds=[*FEEDS, *PAST, quiet])) as server:
            assert server.get("/feeds/archive/2022.atom.xml").headers.get("cache-control", FRESH) == FRESH
            assert server.get(f"/feeds/{NEWS}archive/2021-05.rss.xml").headers["cache-control"] == CLOSED


def test_feeds_in_a_folder_called_archive_stay_fresh() -> None:
    """A path template may put a feed of a year where others have archive documents of that year."""
    trap = _placed(group("category", "2022", "2022", "2022"), folder="archive/2022/")
    for name in HOSTS:
        if name in REAL:
            continue
        with _serving(name, rendered([name], feeds=[*FEEDS, *PAST, trap])) as server:
            for file in ("atom.xml", "feed.json"):
                assert server.get(f"/feeds/archive/2022/{file}").headers["cache-control"] == FRESH


def test_no_hub_no_links() -> None:
    """Nothing is said of a hub that there is not."""
    for file in rendered(get_args(Host), hub=""):
        assert b"rel=" not in file.content


def test_one_file_serves_cloudflare_and_netlify() -> None:
    """Asked for both, the file says only what both read alike: nothing wrong on either, and less on both."""
    files = rendered(["cloudflare-pages", "netlify"])
    assert ["_headers", "_redirects"] == [file.path for file in files]
    both: tuple[Host, ...] = ("cloudflare-pages", "netlify")
    for name in both:
        with _serving(name, files) as server:
            for path in SUBSCRIBED:
                answer = server.get("/feeds/" + path)
                assert (FRESH, f'<{HUB}>; rel="hub"') == (answer.headers["cache-control"], answer.headers["link"])
            assert server.get("/feeds/archive/2022.atom.xml").headers["cache-control"] == FRESH
            assert server.get("/feeds/category/%E8%88%8A%E8%81%9E/atom.xml").status == 301


def test_cloudflare_takes_any_number_of_feeds_and_years() -> None:
    """At most 100 rules, whatever there is; the newest years are those that have one."""
    many = [_placed(group("tag", f"t{n}", f"t{n}", f"t{n}")) for n in range(3000)]
    past = [replace(ALL, period=f"{year}-12-31-24", newer=f"{year + 1}-12-31-24") for year in range(1900, 2023)]
    with _serving("cloudflare-pages", rendered(["cloudflare-pages"], feeds=[ALL, *many, *past])) as server:
        assert server.get("/feeds/archive/2022.atom.xml").headers["cache-control"] == CLOSED
        assert "cache-control" not in server.get("/feeds/archive/1900.atom.xml").headers


def test_aliases_beyond_a_host_s_limits_are_said() -> None:
    """Cloudflare takes 100 redirects of folders and 2,000 of files; what has no place is counted and not hidden."""
    redirects = {f"tag/a{n}/": "tag/archive/" for n in range(900)} | {f"tag/{'x' * 990}/": "tag/archive/"}
    files, (problem,) = rendered_with_problems(["cloudflare-pages"], redirects=redirects, replaced={})
    (file,) = (each for each in files if each.path == "_redirects")
    lines = [line.split() for line in file.content.decode().splitlines() if not line.startswith("#")]
    dynamic = [source for source, *_ in lines if "*" in source]
    assert (100, 2000) == (len(dynamic), len(lines) - len(dynamic))
    assert all("*" in source for source, *_ in lines[2000:])
    assert ("too-many-redirects", "_redirects") == (problem.code, problem.path)
    assert problem.message.startswith("301 of 901 ")
    assert () == rendered_with_problems(["netlify", "nginx", "apache"], redirects=redirects)[1]
    redirects |= {f"{n}/": "x/" for n in range(200)}
    _, (problem,) = rendered_with_problems(["vercel"], redirects=redirects)
    assert (problem.path, problem.message.startswith("105 of 1,105 ")) == ("vercel.json", True)


HOSTILE: Mapping[str, object] = {
    "hub": 'https://hub.example.org/"$uri;}\\%{x}e`<>,\r\nX-Evil: yes?a=$1&b={}',
    "site_url": "https://feeds.example.org/fe\"e$d'*:s (1)/",
    "replaced": {'/a"b\n}\\$1 #;/': "atom.xml", "/${HOME} *:x": "tag/%0a\r\n$1/rss.xml"},
    "redirects": {'tag/a"b\n}\\$1 #;/': "tag/new\n/", "tag/${HOME} *:x/": "tag/%0a\r\n$1/", "/": "x/"},
}


@pytest.mark.parametrize("name", HOSTS)
def test_nothing_of_strangers_ends_a_line_or_a_word(name: Host) -> None:
    """Quotes, dollars, braces and line breaks in addresses are neither syntax nor headers of any host."""
    with _serving(name, rendered([name], **HOSTILE)) as server:
        for path in ("/feeds/atom.xml", "/fe%22e$d'*:s%20(1)/atom.xml"):
            answer = server.get(path)
            assert answer.status < 500
            assert "x-evil" not in answer.headers
            assert not set("\r\n$\\{}`") & set(answer.headers.get("link", ""))


def test_our_files_are_known_as_ours() -> None:
    """The next build may replace them; vercel.json cannot say it, for Vercel refuses keys that it does not know."""
    files = rendered(get_args(Host))
    assert [".htaccess", ".nojekyll", "_headers", "_redirects", "feedtool.nginx.conf", "vercel.json"] == [
        file.path for file in files
    ]
    assert {"vercel.json"} == {file.path for file in files if not is_made_by("feedtool", file.content)}


def test_the_same_feeds_give_the_same_files() -> None:
    """In whichever order hosts and aliases are given."""
    aliases = {"tag/b/": "tag/archive/", "tag/a/": "tag/archive/"}
    turned = dict(reversed(aliases.items()))
    hosts = get_args(Host)
    assert rendered(hosts, redirects=aliases) == rendered(hosts[::-1], redirects=turned)


def test_only_what_is_asked_for_is_written() -> None:
    """No host, no file; no alias, no redirects."""
    assert () == rendered([])
    assert ["_headers"] == [file.path for file in rendered(["netlify"], redirects={}, replaced={})]
    assert [".nojekyll"] == [file.path for file in rendered(["github-pages"])]
