"""Functions of the site's owner that read files, change posts and entries, and make files, as `[plugins]` names them.

They are programs with all rights of the build, so only the configuration can name them. A function takes a value of
`feedtool.model` and returns one, or None to leave it out. It must be pure: its result is kept until its source, the
post or the configuration changes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, NoneType
from typing import Any, TypeVar

from feedtool.config import Config
from feedtool.config.tables import PluginCode, Plugins
from feedtool.disk import read_regular
from feedtool.model import Author, Document, Enclosure, Entry, Fact, Feed, Post
from feedtool.problems import Code, Problem
from feedtool.syntax import NOT_XML, is_web

T = TypeVar("T", Post, Entry)

BAD_PLUGIN = Code.error("bad-plugin")(
    "A function that the configuration names under [plugins] cannot be loaded. Nothing is built, since posts would be "
    "published as they should not be.",
    'Write "module:function", for a file module.py beside feedtool.toml, or for an installed package.',
)
PLUGIN_FAILED = Code.error("plugin-failed")(
    "A function under [plugins] raised an error, or returned something that cannot be published. That post, entry or "
    "file is left out.",
    "Correct the function. `feedtool explain POST` calls it again.",
)

#: bytes of a source file
_LARGEST = 10_000_000
#: where installed packages name their functions, by key
_GROUPS = {"readers": "feedtool.readers", "formats": "feedtool.formats"}
_TRANSFORMS = "feedtool.transforms"
#: what decides which story a post tells and which id it has, and what subscribers know an entry by
_KEPT = {
    Post: "path published_ms identity_ms source permalink slug declared_id old_id".split(),
    Entry: "id published_ms updated_ms".split(),
}
#: fields of several values, with the type of each
_MANY: dict[str, type] = {
    **dict.fromkeys(("categories", "tags", "keywords"), str),
    "authors": Author,
    "enclosures": Enclosure,
    "podcast": Fact,
}


def load(config: Config) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration with the code of its functions, and a problem for each that cannot be loaded."""
    found: list[PluginCode] = []
    problems = []
    for key, file_name, name in _named(config.plugins):
        try:
            code = _code_of(key, file_name, name, Path(config.path).parent)
            _function(code)
        except Exception as error:  # noqa: BLE001 - importing it runs it
            message = f"{name}: {_reason(error)}"
            problems.append(BAD_PLUGIN.at(config.path, message, field=f"plugins.{key}"))
        else:
            found.append(code)
    return replace(config, plugins=replace(config.plugins, code=tuple(found))), tuple(problems)


def _named(plugins: Plugins) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the ending or name of files, and the name of each function."""
    for key in ("transform", "transform_posts"):
        yield from ((key, "", name) for name in getattr(plugins, key))
    for key in _GROUPS:
        yield from ((key, file_name, name) for file_name, name in getattr(plugins, key).items())


def as_post(config: Config, content: bytes, path: str) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the text of a post that a function makes of a file of its type; of other files their content."""
    for code in config.plugins.code:
        if code.key == "readers" and path.lower().endswith(code.file_name):
            text, fault = _result(code, (str,), content, path)
            return text.encode("utf-8", "replace"), (PLUGIN_FAILED.at(path, f"{code.name}: {fault}"),) if fault else ()
    return content, ()


def documents(config: Config, feed: Feed, entries: Sequence[Entry]) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the files that functions make for a feed, and a problem for each function that failed."""
    made, problems = [], []
    for code in config.plugins.code:
        if code.key == "formats":
            path = feed.folder + code.file_name
            content, fault = _result(code, (str, bytes), feed, tuple(entries))
            content = content.encode("utf-8", "replace") if isinstance(content, str) else content
            made += [] if fault else [Document(path=path, media_type="", content=content)]
            problems += [PLUGIN_FAILED.at(path, f"{code.name}: {fault}")] if fault else []
    return tuple(made), tuple(problems)


def _result(code: PluginCode, kinds: tuple[type, ...], *values: object) -> tuple[Any, str]:
    """Return what a function returns, and "", or "" and why that is of no use."""
    try:
        result = _function(code)(*values)
    except Exception as error:  # noqa: BLE001 - it is not our program
        return "", _reason(error, code.file)
    if not isinstance(result, kinds):
        names = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
        return "", f"it returned {type(result).__name__}, not {names}"
    return result, ""


def changed(
    config: Config, value: T, path: str, faults_of: Callable[[T], Iterator[str]] = lambda _: iter(())
) -> tuple[T | None, tuple[Problem, ...]]:
    """Return what the functions of posts, or of entries, make of one, None if one leaves it out; and a problem.

    `path` is the post's. `faults_of` yields why what they made cannot be published.
    """
    key = "transform_posts" if isinstance(value, Post) else "transform"
    for code in config.plugins.code:
        if code.key != key:
            continue
        result, fault = _result(code, (type(value), NoneType), value)
        if result is None and not fault:
            return None, ()
        if result == value:
            continue
        try:
            fault = fault or _fault(value, result) or next(faults_of(result), "")
        except Exception as error:  # noqa: BLE001 - it is not our program
            fault = _reason(error, code.file)
        if fault:
            return None, (PLUGIN_FAILED.at(path, f"{code.name}: {fault}"),)
        value = result
    return value, ()


def _code_of(key: str, file_name: str, name: str, folder: Path) -> PluginCode:
    """Return the code of a function. Raises LookupError and OSError."""
    target = name
    if ":" not in name:
        from importlib.metadata import entry_points  # noqa: PLC0415 - most sites have no plug-ins

        group = _GROUPS.get(key, _TRANSFORMS)
        target = next((point.value for point in entry_points(group=group) if point.name == name), "")
        if not target:
            raise LookupError(f"no installed package has a function of that name under {group}")
    module = target.partition(":")[0]
    beside = folder.joinpath(*module.split(".")).with_suffix(".py")
    file = str(beside)
    if target is not name or not beside.exists():
        spec = find_spec(module)
        file = (spec and spec.origin) or ""
        if not file:
            raise LookupError("there is no such file beside the configuration, and no such package")
    digest = hashlib.sha256(read_regular(Path(os.path.realpath(file)), most=_LARGEST)).hexdigest()
    return PluginCode(key, file_name, name, target, file, digest)


class _Source(SourceFileLoader):
    """Loads what the file says now: Python's compiled copy is told from it by its size and second alone."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - its caller passes it
        return self.source_to_code(self.get_data(self.path), self.path)


@lru_cache(maxsize=64)
def _function(code: PluginCode) -> Callable[..., Any]:
    """Return a function; a changed source is loaded again."""
    module, _, attribute = code.target.partition(":")
    if Path(code.file).stem == module.rpartition(".")[2]:
        name = f"feedtool_plugin_{code.digest[:12]}"
        spec = spec_from_file_location(name, code.file, loader=_Source(name, code.file))
        if spec is None or spec.loader is None or not code.file.endswith(".py"):
            raise LookupError("it is not a Python file")
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
    else:
        loaded = import_module(module)
    function = getattr(loaded, attribute, None)
    if not callable(function):
        raise TypeError(f"{module} has no function {attribute!r}")
    return function  # type: ignore[no-any-return]


def _reason(error: Exception, file: str = "") -> str:
    """Return an error in one line, with the line of the file where it was raised."""
    import traceback  # noqa: PLC0415 - most builds have no error to explain

    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if file and Path(frame.filename).name == Path(file).name
    ]
    place = f" (line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}"[:300] + place


def _fault(before: Post | Entry, after: Post | Entry) -> str:
    """Return why a value cannot take the place of another, or ""."""
    for name in _KEPT[type(before)]:
        if getattr(before, name) != getattr(after, name):
            return f"it changed {name}, by which subscribers and builds know the {type(before).__name__.lower()}"
    return next(_faults(before, after), "")


def _faults(before: Post | Entry, after: Any) -> Iterator[str]:  # noqa: ANN401 - checked here
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if kind := _MANY.get(each.name):
            if not (isinstance(new, tuple) and all(isinstance(one, kind) for one in new)):
                yield f"{each.name} is not a tuple of {kind.__name__}"
        elif isinstance(old, str) and not (isinstance(new, str) and not NOT_XML.search(new)):
            yield f"{each.name} is not text, or has characters that XML forbids"
    if not after.title.strip():
        yield "the title is empty"
    if isinstance(after, Entry) and not is_web(after.url):
        yield "url is not an absolute web address"
