"""feedtool.toml -> Config, with everything that is wrong with it; and the folder of the user's own templates.

A file comes in, and values of the command line that replace those of the file. A Config goes out, and problems, each
with its dotted key and its line; for an unknown key also with the most similar known one. Where a value is wrong, the
Config has the default. Never guesses, never raises for what a user wrote. Of the folder of templates, only files with
known names are read; the generators check their contents.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from posixpath import normpath
from typing import Any, TypeAlias, TypeVar

from feedtool.config import TEMPLATE_NAMES, Config, Feeds, Group, Site, SiteRules, Templates, checks, history_of
from feedtool.config.placeholders import GENERATORS, permalink_error
from feedtool.config.podcast_table import LONGEST, spoken_fault
from feedtool.config.tables import Key, Podcast, Table, declared
from feedtool.disk import is_linked, read_regular
from feedtool.model import Kind
from feedtool.problems import Code, Problem, printable_path

T = TypeVar("T")
#: a key and the tables around it, outermost first
Keys = tuple[str, ...]
#: a key to change, the mistake, the remedy, and the line from which on the key is meant
Clash: TypeAlias = tuple[Keys, str, str] | tuple[Keys, str, str, int]

CONFIG_UNREADABLE = Code.error("config-unreadable")(
    "The configuration file is missing or cannot be read. Nothing is built, since the defaults may be wrong.",
    "Check the path and the permissions.",
)
CONFIG_SYNTAX = Code.error("config-syntax")("The configuration file is not valid TOML. Nothing is built.")
UNKNOWN_KEY = Code.error("unknown-key")(
    "The configuration has an unknown key: it is misspelt, or in the wrong table. Nothing is built, since the intended"
    " setting would be missing."
)
WRONG_TYPE = Code.error("wrong-type")("A value of the configuration has the wrong type, e.g. text for a number.")
BAD_VALUE = Code.error("bad-value")("A value of the configuration is not allowed, e.g. an unknown time zone.")
UNKNOWN_TEMPLATE = Code.warning("unknown-template")(
    "The folder of templates contains a file that is not a template. It is ignored.",
    f"Known names: {', '.join(TEMPLATE_NAMES)}. Keep other files elsewhere.",
)
UNREADABLE_TEMPLATE = Code.error("unreadable-template")(
    "A template of yours, or their folder, cannot be read. The built-in template is used instead.",
    "Check the path and the permissions, and save templates as UTF-8.",
)

#: bytes of a configuration file; and of a template, of which a built-in one has a hundredth
_LARGEST, _LARGEST_TEMPLATE = 10_000_000, 1_000_000
#: unknown keys of a table for which a similar one is looked for, which takes time
_MOST_HINTS = 100
#: number of tables within tables, more than any configuration has: deeper keys are not looked for
_DEEPEST = 8
#: what may hold a line end or a bracket that ends nothing, and what ends a statement: line ends outside of brackets
_TOKEN = re.compile(
    r"""
      \#[^\n]*
    | \"\"\" (?: [^"\\] | \\. | "{1,2}(?!") )* "{3,5} | ''' (?: [^'] | '{1,2}(?!') )* '{3,5}
    | " (?: [^"\\\n] | \\. )* " | ' [^'\n]* '
    | [\[\]{}\n]
    """,
    re.VERBOSE | re.DOTALL,
)


def load_config(
    path: str | None, *, overrides: Mapping[str, object] | None = None
) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration of a file, or the default if path is None, and all its problems, sorted."""
    if path is None:
        return parse_config("", overrides=overrides)
    try:
        text = read_regular(Path(path), most=_LARGEST, within=Path(path).parent).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = CONFIG_SYNTAX.at(path, checks.reason_of(error), line=line, fix="Save the file as UTF-8.")
        return Config(path=path), (problem,)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return Config(path=path), (CONFIG_UNREADABLE.at(path, f"cannot be read: {checks.reason_of(error)}"),)
    return parse_config(text, path=path, overrides=overrides)


def parse_config(
    text: str, *, path: str = "", overrides: Mapping[str, object] | None = None
) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration in a TOML text, and all its problems, sorted.

    `overrides` has values by dotted key, such as {"site.url": "https://example.org/"}, that replace those of the text
    and are checked like them; None means no value. Their problems have no path.
    """
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Config(path=path), (_syntax_problem(text, path, error),)
    reading = _Reading(path, Positions(text))
    for name, value in (overrides or {}).items():
        if value is not None:
            reading.override(raw, tuple(name.split(".")), value)
    config = reading.table(raw, Config(path=path))
    for keys, message, fix, *line in _clashes(config, reading.positions):
        reading.since = line[0] if line else 0
        reading.report(BAD_VALUE, keys, message, fix=fix)
    return config, tuple(sorted(reading.problems))


def _syntax_problem(text: str, path: str, error: Exception) -> Problem:
    position = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    reason = str(error)[: position.start()] if position else "a number is too long"
    if isinstance(error, RecursionError):
        reason = "lists or tables are nested too deeply"
    line = int(position[1]) if position and position[1] else text.rstrip().count("\n") + 1
    column = f" at column {position[2]}" if position and position[2] else ""
    fixes = {
        "Invalid value": 'Put text in quotes: title = "Notes".',
        "Cannot overwrite a value": "Write each key once in its table.",
        "Unclosed array": 'End the list with "]".',
    }
    return CONFIG_SYNTAX.at(path, f"not valid TOML{column}: {reason}", line=line, fix=fixes.get(reason, ""))


def _homes(of: type = Config, parent: Keys = ()) -> dict[str, Keys]:
    """Return the first table that has a key or table of each name, except tables that may occur several times."""
    homes: dict[str, Keys] = {}
    for name, rule in declared(of).items():
        inner = _homes(rule.of, (*parent, name)) if isinstance(rule, Table) and not rule.each else {}
        homes = inner | {name: parent} | homes
    return homes


@dataclass(slots=True)
class _Reading:
    path: str
    positions: Positions
    problems: list[Problem] = field(default_factory=list)
    #: the line of the table of an array that is being read
    since: int = 0
    #: by key, the table that it belongs to
    homes: Mapping[str, Keys] = field(default_factory=_homes)
    #: keys whose values do not come from the file
    overridden: set[Keys] = field(default_factory=set)

    def report(self, code: Code, keys: Keys, message: str, *, fix: str = "") -> None:
        path, line = ("", 0) if keys in self.overridden else (self.path, self.positions.line(keys, self.since))
        self.problems.append(code.at(path, message, line=line, field=_dotted(keys), fix=fix))

    def override(self, raw: dict[str, Any], keys: Keys, value: object) -> None:
        for key in keys[:-1]:
            raw = raw.setdefault(key, {})
            if not isinstance(raw, dict):
                return  # reported as the wrong type
        raw[keys[-1]] = value
        self.overridden.add(keys)

    def table(self, raw: object, defaults: T, keys: Keys = ()) -> T:
        """Return a dataclass of keys with the values of a TOML table; wrong and missing values keep their defaults."""
        raw = self.as_dict(raw, keys)
        known: dict[str, Any] = declared(type(defaults))
        for number, key in enumerate(key for key in raw if key not in known):
            self.unknown((*keys, key), raw[key], tuple(sorted(known)), is_one_of_many=number >= _MOST_HINTS)
        values: dict[str, Any] = {}
        for name, rule in known.items():
            here = (*keys, name)
            if name not in raw:
                continue
            if isinstance(rule, Key):
                values |= self.value(raw[name], rule.check, here)
            elif rule.of is SiteRules:
                values[name] = self.sites(raw[name], here)
            elif rule.each:
                values[name] = self.items(raw[name], rule.of, here)
            else:
                values[name] = self.table(raw[name], getattr(defaults, name), here)
        return replace(defaults, **values)  # type: ignore[type-var]

    def as_dict(self, raw: object, keys: Keys) -> dict[str, Any]:
        """Return a TOML table; an empty one for any other value, which is reported."""
        if isinstance(raw, dict):
            return raw
        fix = f"Write a table: [{_dotted(keys)}]"
        self.report(WRONG_TYPE, keys, f"expected a table, read {checks.shown(raw)}", fix=fix)
        return {}

    def value(self, raw: object, rule: checks.Check, keys: Keys) -> dict[str, Any]:
        """Return the key with its checked value, or nothing if the value is wrong."""
        try:
            return {keys[-1]: rule(raw)}
        except checks.BadValueError as error:
            code = WRONG_TYPE if isinstance(error, checks.WrongTypeError) else BAD_VALUE
            self.report(code, keys, error.message, fix=error.fix)
        return {}

    def unknown(self, keys: Keys, value: object, known: tuple[str, ...], *, is_one_of_many: bool) -> None:
        """Report an unknown key, with the table that it may belong to, or unless it `is_one_of_many`, a similar key."""
        hint = "" if is_one_of_many else checks.did_you_mean(keys[-1], known)
        if (home := self.homes.get(keys[-1])) is not None:
            hint = f"It belongs in [{_dotted(home)}].  " if home else "It belongs above the first [table].  "
        if keys[:2] == ("sanitiser", "sites") and isinstance(value, dict):
            hint = 'Put the host in quotes: [sanitiser.sites."news.example.org"].  '
        self.report(UNKNOWN_KEY, keys, "unknown key", fix=f"{hint}Known keys: {', '.join(known)}.")

    def sites(self, raw: object, keys: Keys) -> dict[str, SiteRules]:
        sites: dict[str, SiteRules] = {}
        for name, rules in self.as_dict(raw, keys).items():
            here = (*keys, name)
            checked = self.table(rules, SiteRules(line=self.positions.line(here)), here)
            host = self.value(name, checks.host, here).get(name, "")
            if host in sites:
                message = f"{host} has rules already, in line {sites[host].line}"
                self.report(BAD_VALUE, here, message, fix="Write one table.")
            elif host:
                sites[host] = checked
        return sites

    def items(self, raw: object, of: Callable[..., T], keys: Keys) -> tuple[T, ...]:
        """Return the tables of an array; of podcasts, also a single table."""
        if of is Podcast and isinstance(raw, dict):
            raw = [raw]
        if not isinstance(raw, list):
            fix = f"Write a table of an array: [[{_dotted(keys)}]]"
            self.report(WRONG_TYPE, keys, f"expected an array of tables, read {checks.shown(raw)}", fix=fix)
            return ()
        lines = self.positions.headers.get(keys, [])
        if len(lines) != len(raw):  # an inline array, or a value of the command line
            lines = [self.positions.line(keys)] * len(raw)
        found = []
        for item, line in zip(raw, lines, strict=True):
            self.since = line
            found.append(self.table(item, of(line=line), keys))
        self.since = 0
        return tuple(found)


def _dotted(keys: Keys) -> str:
    """Return the key as TOML writes it."""
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else checks.shown(key) for key in keys)


def _clashes(config: Config, positions: Positions) -> Iterator[Clash]:
    """Yield values that are valid alone but not together."""
    yield from _shared_folders(config.feeds, positions)
    for clashes in (_custom_feeds, _podcasts, _histories, _blogroll, _ids):
        yield from clashes(config)
    output = normpath(config.output)
    for folder in map(normpath, config.posts.dirs):
        is_in_all = folder == "." and not output.startswith(("/", "../"))
        if is_in_all or output == folder or output.startswith(folder.rstrip("/") + "/"):
            message = f"{checks.shown(config.output)} is inside the posts folder {checks.shown(folder)}"
            yield ("output",), message, "Choose a folder outside the posts folders."


def _shared_folders(feeds: Feeds, positions: Positions) -> Iterator[Clash]:
    taken: dict[str, Keys] = {}
    for kind, group in feeds.groups.items():
        keys, folder = ("feeds", kind, "path"), unicodedata.normalize("NFC", group.path).casefold()
        if kind != "custom" and group.enabled and (other := taken.setdefault(folder, keys)) != keys:
            message = f"{_dotted(other)} and {_dotted(keys)} are both {checks.shown(group.path)}"
            yield max(keys, other, key=positions.line), message, "Use a different folder for each."


def _custom_feeds(config: Config) -> Iterator[Clash]:
    """Yield feeds of one's own without a name, and with one that is taken."""
    names: set[str] = set()
    folders: set[str] = set()
    for feed in config.feeds.custom:
        if not feed.name:
            yield ("feeds", "custom"), "a feed has no name", 'Write name = "…" in each [[feeds.custom]].', feed.line
        if feed.name in names or (feed.path and feed.path.casefold() in folders):
            message = f"two feeds have the name or the path of {checks.shown(feed.name)}"
            yield ("feeds", "custom"), message, "Give each its own.", feed.line
        if feed.path.casefold() in config.plugins.formats:
            message = f"{checks.shown(feed.path)} is a file under [plugins] formats"
            yield ("feeds", "custom", "path"), message, "Choose another path for the feed.", feed.line
        names.add(feed.name)
        folders.add(feed.path.casefold())


def _podcasts(config: Config) -> Iterator[Clash]:
    """Yield podcasts that are the same feed, or a feed that the configuration does not have."""
    seen: set[tuple[Kind, str]] = set()
    for podcast in config.podcast:
        if (podcast.kind, podcast.term) in seen:
            message = f"two podcasts are the same feed, {checks.shown(podcast.term)}"
            yield ("podcast",), message, "Keep one of them.", podcast.line
        seen.add((podcast.kind, podcast.term))
        yield from _lent(podcast, config.site)
        names = tuple(feed.name for feed in config.feeds.custom)
        if podcast.custom and podcast.custom not in names:
            fix = f"{checks.did_you_mean(podcast.custom, names)}Name a feed under [[feeds.custom]]."
            yield ("podcast",), f"no feed has the name {checks.shown(podcast.custom)}", fix, podcast.line


def _lent(podcast: Podcast, site: Site) -> Iterator[Clash]:
    """Yield what a podcast would have of the site, and no directory takes."""
    key, name = ("author", site.author) if site.author else ("title", site.title)
    if not podcast.author and len(name) > LONGEST:
        message = f"it has {len(name)} characters, and names the author of a podcast, of which readers show {LONGEST}"
        yield ("site", key), message, "Shorten it, or write author under [podcast]."
    if site.language and not podcast.language and (fault := spoken_fault(site.language)):
        message = f"{checks.shown(site.language)} {fault}"
        yield ("site", "language"), message, "Write a code such as en, or language under [podcast]."


def _blogroll(config: Config) -> Iterator[Clash]:
    """Yield blogs without a title or a feed, and feeds that come twice."""
    seen: set[str] = set()
    for blog in config.blogroll:
        if not (blog.title and blog.feed):
            yield ("blogroll",), "a blog has no title or no feed", "Write both in each [[blogroll]].", blog.line
        elif blog.feed in seen:
            yield ("blogroll",), f"two blogs have the feed {checks.shown(blog.feed)}", "Remove one of them.", blog.line
        seen.add(blog.feed)


def _histories(config: Config) -> Iterator[Clash]:
    """Yield feeds that would be both complete and archived (RFC 5005 section 2 forbids it)."""
    groups: dict[Kind, Group | None] = {"all": None, **config.feeds.groups}
    for kind, group in groups.items():
        is_own = group is None or group.archives is not None or group.complete is not None
        if is_own and history_of(group, config.feeds) == (True, True):
            keys = ("feeds", "complete") if kind == "all" else ("feeds", kind, "complete")
            yield keys, "a complete feed cannot have archives", "Set one of archives and complete to false."


def _ids(config: Config) -> Iterator[Clash]:
    """Yield settings that the chosen kind of id needs or does not use."""
    posts, keys = config.posts, ("posts", "ids_permalink")
    named = [name for name in (posts.ids, posts.permalink) if name in GENERATORS]
    if len(set(named)) > 1:
        message = f'ids are set to "{posts.ids}", but addresses to "{posts.permalink}"'
        yield ("posts", "permalink"), message, "Use the same generator for both."
    elif named:
        if error := permalink_error(named[0], posts.ids_permalink):
            yield keys, f"{checks.shown(posts.ids_permalink)}: {error}", ""
    elif posts.ids_permalink:
        yield keys, f'not used when ids = "{posts.ids}"', 'Use it with "jekyll" or "hugo", or remove it.'
    if (named or "{site}" in posts.ids) and not (posts.ids_url or config.site.url):
        fix = 'Write ids_url = "https://…" under [posts]: the old site\'s address.'
        key = "permalink" if posts.ids not in named and named else "ids"
        yield ("posts", key), "such ids and addresses begin with the address of the site, which is not set", fix


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each header, and of each key with its value."""
    start, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(text + "\n"):
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
        if token[0] == "\n" and depth <= 0:
            yield line, text[start : token.end()]
            line += text.count("\n", start, token.end())
            start, depth = token.end(), 0


class Positions:
    """The lines, from 1, of the tables and keys of a text that tomllib has accepted, which does not report them.

    A value over several lines counts as on its first. Takes time linear in the length of the text.
    """

    def __init__(self, text: str) -> None:
        #: of each mention of a table or key
        self.mentions: dict[Keys, list[int]] = {}
        #: by table, of each of its headers, such as those of the items of an array
        self.headers: dict[Keys, list[int]] = {}
        table: Keys = ()
        for line, statement in _statements(text):
            try:
                found = tomllib.loads(statement)
            except (ValueError, RecursionError):
                continue
            if statement.lstrip().startswith("["):
                table = ()
                self._note(found, table, line)
                while found:
                    ((name, inner),) = found.items()
                    table, found = (*table, name), inner[0] if isinstance(inner, list) else inner
                self.headers.setdefault(table, []).append(line)
            else:
                self._note(found, table, line)

    def line(self, keys: Keys, since: int = 0) -> int:
        """Return the line of the first mention of a key in or after a line, or 0."""
        return next((line for line in self.mentions.get(keys, ()) if line >= since), 0)

    def _note(self, value: object, above: Keys, line: int) -> None:
        """Note the line of all keys that a value holds, also in lists."""
        for each in value if isinstance(value, list) else ():
            self._note(each, above, line)
        for name, inner in value.items() if isinstance(value, dict) and len(above) < _DEEPEST else ():
            self.mentions.setdefault((*above, name), []).append(line)
            self._note(inner, (*above, name), line)


def load_templates(config: Config, base: Path) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration with the texts of the user's templates, and the problems of their folder.

    `base` is the folder of the configuration file. A missing folder is a problem only if its name was configured.
    """
    name = config.site.templates
    if not name:
        return config, ()
    folder = base / name
    if is_linked(folder, base):
        return config, (UNREADABLE_TEMPLATE.at(printable_path(name), "it is a symbolic link", field="site.templates"),)
    try:
        there = sorted(place.name for place in folder.iterdir() if not place.name.startswith("."))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if is_missing and name == Site().templates:
            return config, ()
        reason = "the folder does not exist" if is_missing else checks.reason_of(error)
        return config, (UNREADABLE_TEMPLATE.at(printable_path(name), reason, field="site.templates"),)
    problems = list(_unknown(name, [each for each in there if each not in TEMPLATE_NAMES]))
    texts = []
    for each in [each for each in there if each in TEMPLATE_NAMES]:
        try:
            texts.append((each, read_regular(folder / each, most=_LARGEST_TEMPLATE).decode("utf-8-sig")))
        except (OSError, ValueError) as error:  # a link, a large file, or not UTF-8
            problems.append(UNREADABLE_TEMPLATE.at(printable_path(f"{name}/{each}"), checks.reason_of(error)))
    found = Templates(folder=printable_path(name.rstrip("/")), texts=tuple(texts)) if texts else Templates()
    return replace(config, templates=found), tuple(problems)


def _unknown(folder: str, names: list[str]) -> Iterator[Problem]:
    """Yield a problem for each name that is similar to a known one, and one for all others."""
    others = []
    for name in names:
        if ask := checks.did_you_mean(name, TEMPLATE_NAMES):
            fix = ask + UNKNOWN_TEMPLATE.fix
            yield UNKNOWN_TEMPLATE.at(printable_path(f"{folder}/{name}"), "is not a known template", fix=fix)
        else:
            others.append(name)
    if others:
        some = ", ".join(printable_path(name) for name in others[:3]) + (", …" if others[3:] else "")
        yield UNKNOWN_TEMPLATE.at(printable_path(folder), f"contains files that are not templates: {some}")
