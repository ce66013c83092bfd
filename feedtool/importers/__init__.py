"""The first hour: the generator of a site is recognised and its settings are taken over; a first post is written.

Each generator has a pure function `recognise`: the names of a site's files, with the texts of those that are settings,
come in; a Recognised goes out, or None. Only `look`, `sample` and `rendered` read files. Nothing of the site is run.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import yaml

from feedtool import reader, sanitiser
from feedtool.disk import LARGEST_POST, read_regular
from feedtool.frozen import positional
from feedtool.model import Post

#: by path below the site's folder, with "/" between folders: the text of a file of settings, up to a limit; "" for any
#: other file
Files: TypeAlias = Mapping[str, str]
#: settings of a site by key, each value with its origin, such as "_config.yml: title"
Settings: TypeAlias = dict[str, tuple[Any, str]]

#: stands for an address that is not known (RFC 2606)
PLACEHOLDER = "https://example.org/"
#: number of files; of a larger site the rest is ignored
_MOST = 100_000
#: bytes of a file of settings; the rest is ignored
_LONGEST = 200_000
#: endings of posts of Eleventy and Hugo
POSTS = (".md", ".markdown", ".html")
#: folders made by programs, or of other people
_OTHERS = {
    "node_modules", "vendor", "venv", "themes", "bower_components", "__pycache__", "_site", "public", "target",
    "fixtures", "__fixtures__", "__tests__", "testdata",
}  # fmt: skip
#: folders of a program's tests, where they are next to the settings
_TESTS = {"test", "tests", "spec", "e2e", "cypress"}
_SETTINGS = re.compile(
    r"_config\.(ya?ml|toml)|(hugo|config|zola)\.(toml|ya?ml|json)|config/(_default|production)/[^/]+\.(toml|ya?ml|json)"
    r"|\.eleventy\.([cm]?js|ts)|eleventy\.config\.(js|mjs|cjs|ts)|package\.json"
    r"|(.*/)?_?data/(metadata|site|meta|config|global)\.(json|ya?ml|[cm]?js|ts)"
    r"|(.*/)?((_?11ty|eleventy|_?filters?)/.+|_?filters?)\.[cm]?[jt]s"
    r"|(.*/)?[^/]+\.11tydata\.(json|[cm]?js|ts)|(.*/)?(?P<folder>[^/]+)/(?P=folder)\.(json|[cm]?js)|(.*/)?_(includes|layouts)/.*"
    r"|(pelican|publish)conf\.py|_config\.[jt]s|Gemfile|(.*/)?CNAME|content/.+/_index\.md"
    r"|(.*/)?[^/]*(feed|rss|atom)[^/]*\.(njk|liquid|[cm]?js|ts|html|webc|vto|hbs|md|xml|json)|(.*/)?feeds?/[^/]+\.njk"
    r"|(src/)?_?config/.+\.[cm]?[jt]s|((src/)?app/[^/]+|src/(content|utils|lib|helpers)/[^/]+|src/content\.config|(astro|next|svelte|gatsby-)\.?config|(src/)?(site\.)?(site|config|consts))\.[cm]?[jt]s"
)
#: a hidden folder that Jekyll takes for the site's source
_SOURCE = re.compile(r"^source:\s*[\"']?(?:\./)?(\.[^\s\"'/.][^\s\"'/]*)", re.MULTILINE)
#: posts that are looked at, and how many of them have to name keywords
_SAMPLE, _LEAST = 60, 3
#: the setting that names the folder of a generator's pages, and its default
_RENDERED = {
    "Jekyll": ("destination", "_site"), "Hugo": ("publishdir", "public"), "Zola": ("output_dir", "public"),
    "Hexo": ("public_dir", "public"),
}  # fmt: skip
#: kinds of feeds by the usual names of taxonomies
TAXONOMIES = {"tags": "tag", "categories": "category", "authors": "author"}
#: text that a template language, a shell or a script fills in
_UNFILLED = re.compile(r"\{\{|\{%|\$\{|<%|process\.env|\$[A-Z_]{3,}")


def look(folder: Path, *, but: Iterable[str] = ()) -> Files:
    """Return the files below a folder. Hidden and generated folders, and what cannot be read, are left out.

    `but`: names of folders that are taken all the same.
    """
    others = _OTHERS - set(but)
    found: dict[str, str] = {}
    source = _SOURCE.search(_text(folder / "_config.yml"))
    for where, folders, names in os.walk(folder):
        above = Path(where).relative_to(folder).as_posix()
        named = source[1] if source and above == "." else ""
        folders[:] = sorted(
            name
            for name in folders
            if (name[0] != "." or name == named) and name not in (others | _TESTS if above == "." else others)
        )
        for name in sorted(names):
            path = name if above == "." else f"{above}/{name}"
            found[path] = _text(Path(where, name)) if _SETTINGS.fullmatch(path) else ""
            if len(found) >= _MOST:
                return found
    return found


def rendered(folder: Path, site: Recognised) -> Found | None:
    """Return the folder where the site's generator has left its pages, as the value for `posts.rendered`, or None."""
    key, usual = _RENDERED.get(site.tool, ("", "_site public dist out"))
    names = [folder_name(site.text(key))] if site.text(key) else usual.split()
    if site.tool in ("Eleventy", "Pelican") and "output" in site.values:  # which say so to `output`
        names = [str(site.values["output"].value).removesuffix("/feeds")]
    for name in filter(None, names):
        path = folder / name
        is_ours = (path / "feeds.json").exists() or name in site.values["posts.dirs"].value
        if not is_ours and (path / "index.html").is_file() and next(path.glob("*/**/*.html"), None):
            return Found(name, "the rendered site is here: its pages settle addresses of posts")
    return None


def _text(path: Path) -> str:
    try:
        return read_regular(path, most=50 * _LONGEST)[:_LONGEST].decode("utf-8-sig", "replace")
    except OSError:
        return ""


@positional
class Found:
    """A value that was found."""

    value: Any
    #: file and key, such as "_config.yml: title"; or the reason for the value
    origin: str


@dataclass(slots=True)
class Recognised:
    """A site of a generator: the values and notes that were collected from its files."""

    #: such as "Jekyll"; "" for none
    tool: str
    #: files that show it, strongest first, each with its weight
    evidence: list[tuple[str, int]]
    #: those of the generator
    settings: Settings = field(default_factory=dict)
    #: by dotted key of feedtool.toml
    values: dict[str, Found] = field(default_factory=dict)
    #: address of the site, with "/" at the end; or ""
    home: str = ""
    #: a placeholder stands for the address
    is_home_unknown: bool = False
    #: address of the feed that the site has now; or ""
    old_feed: str = ""
    #: addresses of the site's feeds, below its own, by the kind of feed that replaces them: see `feeds.replaces`
    feeds: dict[str, list[str]] = field(default_factory=dict)
    #: what could not be taken over, in whole sentences
    notes: list[str] = field(default_factory=list)

    def get(self, key: str, default: object = "") -> tuple[Any, str]:
        """Return a setting with its origin, or the default of the generator."""
        return self.settings.get(key, (default, f"the default of {self.tool}"))

    def text(self, key: str, default: str = "") -> str:
        """Return a setting that is a text; "" for any other."""
        return plain_text(self.get(key, default)[0])

    def take(self, key: str, value: object, origin: str) -> None:
        """Keep a value for a key of feedtool.toml, unless it has one, or the value is empty or has to be filled in."""
        if value is None or value in ("", [], {}) or key in self.values:
            return
        if isinstance(value, str) and _UNFILLED.search(value):
            self.note(f"{origin} is filled in elsewhere ({value[:60]}); set {key} by hand.")
            return
        self.values[key] = Found(value, origin)

    def take_setting(self, key: str, theirs: str, clean: Callable[[Any], object], default: object = "") -> None:
        """Keep a setting of the generator, or its default, in the form that `clean` gives."""
        value, origin = self.get(theirs, default)
        self.take(key, clean(value), origin)

    def take_texts(self, table: Mapping[str, str], values: Mapping[str, Any] | None = None, above: str = "") -> None:
        """Keep the first text of several settings: key of feedtool.toml -> keys of the generator, with spaces between.

        The settings are those of the site, or `values`, of which `above` is the origin. A person may be a table with a
        name.
        """
        settings = self.settings if values is None else named(values, above)
        for key, theirs in table.items():
            for name in theirs.split():
                value, origin = settings.get(name, ("", ""))
                if key == "site.author" and isinstance(value, dict):
                    value = lowered(value).get("name")
                text = plain_text(value)
                self.take(key, language(text) if key == "site.language" else text, origin)

    def note(self, sentence: str) -> None:
        """Keep something that could not be taken over."""
        self.notes.append(sentence)

    def replace_feeds(self, kind: str, *templates: str) -> None:
        """Keep addresses of feeds that the feed of each term of a kind replaces, or for "all" that of all entries."""
        own = self.feeds.setdefault(kind, [])
        own += [path for each in templates if (path := each.lstrip("/")) and path not in own]
        if own and kind not in ("all", "category", "tag"):
            self.take(f"feeds.{kind}.enabled", value=True, origin=f"{self.tool} has such feeds")

    def leave_feeds(self, *templates: str, why: str) -> None:
        """Keep addresses of feeds that no feed replaces."""
        names = [f"/{each.lstrip('/')}" for each in templates]
        if names:
            self.note(f"Feeds that stay as they are, because {why}: {', '.join(names[:6])}{' …' * (len(names) > 6)}.")

    def read(self, name: str, text: str) -> None:
        """Take the settings in a file of TOML, YAML or JSON; of one that is not valid, none."""
        table = parsed(name, text)
        if table is None:
            self.note(f"{name} cannot be read, so that nothing in it was taken over.")
        self.settings = named(table or {}, f"{name}: ")

    def unknown_home(self, files: Files, what: str) -> str:
        """Return the address of a site whose settings name none: that in a file CNAME, else one to be replaced."""
        for home in named_hosts(files):
            return home
        self.note(
            f"{what} names the site's address. {PLACEHOLDER} stands for it in ids and addresses: write the real one "
            "under [posts] ids_url before you publish."
        )
        self.is_home_unknown = True
        return PLACEHOLDER

    def published(self, home: str, feed: str, output: str = "") -> Recognised:
        """Set the address of the site, the path of its feed below that, if any, and a folder that it copies."""
        is_known = home and not self.is_home_unknown
        self.home, self.old_feed = (home, home + feed.lstrip("/") if feed else "") if is_known else ("", "")
        self.feeds["all"] = list(dict.fromkeys(filter(None, (feed.lstrip("/"), *self.feeds.get("all", ())))))
        base = unquote(re.sub(r"^\w+://[^/]*", "", home)) or "/"
        for kind, paths in self.feeds.items():
            key = "feeds.replaces" if kind == "all" else f"feeds.{kind}.replaces"
            self.take(key, [base + path for path in paths], f"feeds of {self.tool}")
        self.take("site.url", f"{home}feeds/" if is_known else "", f"below the address of the {self.tool} site")
        self.take("site.home", home if is_known else "", f"the address of the {self.tool} site")
        if "posts.permalink" in self.values:
            self.take("posts.link", "page", f"as in the feed of {self.tool}")
        self.take("output", output, f"{self.tool} publishes this folder unchanged")
        return self


def named(table: Mapping[str, Any], above: str) -> Settings:
    """Return the settings in a table; `above` is the beginning of their origins, such as "_config.yml: "."""
    return {key: (value, f"{above}{key}") for key, value in table.items()}


def parsed(name: str, text: str) -> dict[str, Any] | None:
    """Return the table in a file of settings in TOML, YAML or JSON; None if it is not valid."""
    try:
        if name.endswith(".toml"):
            value: Any = tomllib.loads(text)
        elif name.endswith(".json"):
            value = json.loads(text or "{}")
        else:
            value = yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return value if isinstance(value, dict) else {}


def header(text: str) -> dict[str, Any]:
    """Return the table at the head of a text, between lines of hyphens; an empty one without, or if it is not valid."""
    found = re.match(r"\s*---(json)?[ \t]*\r?\n(.*?)\n---", text, re.DOTALL)
    return parsed(f"header.{found[1] or 'yaml'}", found[2]) or {} if found else {}


def plain_text(value: object) -> str:
    """Return a text without outer blanks; "" for any other value."""
    return value.strip() if isinstance(value, str) else ""


def whole(value: object) -> int:
    """Return a whole number from 0 on; 0 for any other value."""
    return max(value, 0) if isinstance(value, int) else 0


def lowered(table: object) -> dict[str, Any]:
    """Return a table with its keys in lower case; an empty one for any other value."""
    return {str(key).lower(): value for key, value in table.items()} if isinstance(table, dict) else {}


def address(*parts: str) -> str:
    """Return the address of a folder, with one "/" between its parts and at the end; "" if it is not a public one."""
    joined = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return f"{joined}/" if re.match(r"https?://(?!localhost|127\.)[^/]", joined) else ""


def named_hosts(files: Files) -> Iterator[str]:
    """Yield the addresses in files called CNAME, by which hosts know the name of a site."""
    for name in sorted(files, key=len):
        if name.rpartition("/")[2] == "CNAME" and (home := address(f"https://{files[name].strip()}")):
            yield home


def language(tag: object) -> str:
    """Return a locale as a language tag: "en-US" for "en_US.UTF-8"."""
    return str(tag).partition(".")[0].replace("_", "-")


def below(names: Iterable[str], folder: str) -> list[str]:
    """Return the names below a folder, relative to it; all for ""."""
    prefix = f"{folder}/" if folder else ""
    return [name[len(prefix) :] for name in names if name.startswith(prefix)]


def folder_name(*parts: str) -> str:
    """Return parts of settings as the path of a folder, without "./" and outer "/"; "" for the site's own folder."""
    return "/".join(part for each in parts if (part := re.sub(r"\A(?:\.{0,2}/)+|\A\.{1,2}\Z|/\.?\Z", "", each.strip())))


def sample(folder: Path, names: Iterable[str], dirs: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return some of the posts below a folder, each with its name and its content.

    `names` are the site's files; `dirs` its folders of posts.
    """
    below = tuple(f"{each.rstrip('/')}/" for each in dirs)
    own = sorted(name for name in names if name.lower().endswith(POSTS) and ("./" in below or name.startswith(below)))
    found: list[tuple[str, bytes]] = []
    for name in own[:: max(1, len(own) // _SAMPLE)][:_SAMPLE]:
        with suppress(OSError):
            found.append((name, read_regular(folder / name, most=LARGEST_POST)))
    return found


def undated(posts: Iterable[tuple[str, bytes]]) -> str:
    """Return what to say of posts of which none has a date; or ""."""
    read = [reader.read_post(content, name) for name, content in posts]
    if not read or any(each.post or each.kept_out for each in read):
        return ""
    return (
        f"No feed will hold a post: none of {len(read)} that were looked at has a date. Write `date: 2024-01-31` into "
        "their headers, or name the files 2024-01-31-title.md; "
        "`git log --diff-filter=A --format=%as -- FILE` says when a file was added."
    )


def offer(posts: Iterable[tuple[str, bytes]]) -> Found | None:
    """Return the value for `posts.keywords` where posts carry no tags but those of author and category, or None."""
    read = [found for name, content in posts if (found := _taken(content, name))]
    if any({*map(str.casefold, post.tags)} - _named_in(post) for post, _ in read):
        return None
    count = sum(bool(words) for _, words in read)
    origin = f"{count} of {len(read)} articles that were looked at name keywords, and have no other tags"
    return Found("tags", origin) if count >= _LEAST else None


def _named_in(post: Post) -> set[str]:
    return {name.casefold() for name in (*post.categories, *(author.name for author in post.authors))}


def _taken(content: bytes, name: str) -> tuple[Post, tuple[str, ...]] | None:
    """Return a post that was taken from elsewhere, with the keywords of its article."""
    post = reader.read_post(content, name).post
    if post is None or not post.source:
        return None
    known = sanitiser.Context(base_url=post.source, title=post.title, terms=tuple(_named_in(post)) + post.tags)
    return post, tuple(sanitiser.keywords(reader.render(reader.read_body(content, name)), known))
