"""The shape of the code: stages know nothing of each other, and only the command line touches the world."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

from feedtool.reader.keys import KEYS
from feedtool.report import all_codes
from feedtool.sanitiser import media

ROOT = Path(__file__).parents[1] / "feedtool"
FILES = sorted(ROOT.rglob("*.py"))
STAGES = ("reader", "feeds", "sanitiser", "generators", "output")
#: may know several stages: what runs them, one wing for each command, and what programs are given, which is the package
ABOVE = ("", "api", "build", "check", "cli", "explain", "importers", "learn", "publish", "report", "serve", "__main__")


def module(path: Path) -> str:
    """Return the dotted name of a file below the package, "" for the package itself."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


@cache
def parsed(path: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return all nodes of the file's syntax tree."""
    return tuple(ast.walk(parsed(path)))


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the dotted names of what a file imports, wherever in the file."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ROOT.name + "." + ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            base = ".".join(part for part in (package.rstrip("."), node.module) if part)
            found |= {base} | {f"{base}.{name.name}" for name in node.names}
    return frozenset(found)


def wing(path: Path) -> str:
    """Return the first part of a file's dotted name."""
    return module(path).split(".")[0]


def found(look: Callable[[Path], Collection[object] | bool]) -> dict[str, Collection[object] | bool]:
    """Return what is found in each file in which something is."""
    return {module(path): fault for path in FILES if (fault := look(path))}


def stage(name: str) -> str:
    """Return the stage that a dotted name belongs to, or ""."""
    parts = name.split(".")
    return parts[1] if parts[0] == "feedtool" and len(parts) > 1 and parts[1] in STAGES else ""


def test_stages_do_not_know_each_other() -> None:
    """A stage imports the values that all share and itself, no other stage; so each can be read alone."""

    def others(path: Path) -> set[str]:
        return {stage(name) for name in imports(path)} - {"", wing(path)} if wing(path) not in ABOVE else set()

    assert found(others) == {}


def test_nothing_below_imports_the_pipeline() -> None:
    """Only the command line, the library, the frame round a build and `explain` call the pipeline, and nobody calls the command line."""
    allowed = {
        "": {"build"}, "api": {"build"}, "build": {"build"}, "check": {"build"}, "cli": {"build", "cli"},
        "explain": {"build"}, "serve": {"build"}, "__main__": {"cli"},
    }  # fmt: skip
    above = ("feedtool.build.pipeline", "feedtool.build.run", "feedtool.cli")

    def forbidden(path: Path) -> set[str]:
        return {name.split(".")[1] for name in imports(path) if name.startswith(above)} - allowed.get(wing(path), set())

    assert found(forbidden) == {}


def test_feedgen_is_known_to_one_file() -> None:
    """A library that nobody maintains is kept behind one module."""
    assert [module(path) for path in FILES if "feedgen" in {name.split(".")[0] for name in imports(path)}] == [
        "generators.xml"
    ]


def test_obstore_is_known_to_one_file() -> None:
    """Buckets are reached by one module, whose errors are sentences; it loads the library when it opens a store."""
    named = [
        module(path) for path in FILES if re.search(r'"obstore[".]|import obstore', path.read_text(encoding="utf-8"))
    ]
    assert sorted(named) == ["cli.publish", "publish.places"]


def calls(path: Path) -> Iterator[str]:
    """Return what is called or read, as written: `time.time`, `print`, `os.environ`."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)


def touched(path: Path) -> set[str]:
    """Return what a file uses of the world that it may not."""
    if wing(path) == "cli" or module(path) == "build.executors":
        return set()
    forbidden_names = {
        "print", "input", "os.environ", "os.getenv", "sys.argv", "sys.exit", "exit", "sys.stdout", "sys.stderr",
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
        "os.system", "os.getcwd", "Path.cwd", "uuid.uuid1", "uuid.uuid4",
    }  # fmt: skip
    forbidden_modules = {
        "time", "random", "secrets", "subprocess", "socket", "multiprocessing", "threading", "logging", "locale",
        "concurrent", "asyncio", "http", "requests", "httpx", "typer", "rich", "warnings",
    } | {"urllib.request", "urllib.error"}  # fmt: skip
    if module(path) == "api":
        forbidden_modules -= {"time"}  # stands beside the command line: a program need not tell it the time
    if module(path) == "publish.http":
        # downloads, and notifies hubs and CDNs; a thread for a request gives up after a time
        forbidden_modules -= {"http", "urllib.request", "urllib.error", "threading", "concurrent"}
    if module(path) == "build.parallel":
        forbidden_modules -= {"concurrent"}  # takes executors, and starts none
    if module(path) == "serve":
        # answers requests while the command line builds, and holds the connections of pages that wait
        forbidden_modules -= {"asyncio", "socket", "threading"}
    if module(path) == "generators":
        forbidden_modules -= {"locale"}  # feedgen writes dates with setlocale; xml.py guards it
    used = set(calls(path)) & forbidden_names
    known = {name for name in imports(path) if name in forbidden_modules or name.split(".")[0] in forbidden_modules}
    if module(path) == "generators.xml":
        known -= {"locale"}  # undoes what feedgen does to the locale of the whole process
    return used | known


def test_only_the_command_line_touches_the_world() -> None:
    """Below it nobody prints, reads a clock or the environment, draws lots, starts processes or opens the network."""
    assert found(touched) == {}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Return name and number of lines of each function of a file, without its docstring."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            lines = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None and first.end_lineno:
                lines -= first.end_lineno - first.lineno + 1
            yield f"{module(path)}.{node.name}", lines


@pytest.fixture(scope="module")
def lengths() -> dict[str, int]:
    """Return how long each function is."""
    return {name: lines for path in FILES for name, lines in functions(path)}


def test_no_function_is_longer_than_a_screen(lengths: dict[str, int]) -> None:
    """40 lines at most, its docstring not counted."""
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}


def test_nine_functions_in_ten_are_short(lengths: dict[str, int]) -> None:
    """25 lines at most."""
    assert sum(lines <= 25 for lines in lengths.values()) >= 0.9 * len(lengths)


def test_no_module_is_longer_than_can_be_held_in_the_head() -> None:
    """Under 480 lines; what grows beyond is split by idea."""
    assert found(lambda path: path.read_text(encoding="utf-8").splitlines()[479:]) == {}


def test_every_module_says_what_it_is() -> None:
    """A module opens with its contract, and is named for an idea."""
    assert found(lambda path: not ast.get_docstring(parsed(path)) and path.stat().st_size >= 200) == {}
    assert not {path.stem for path in FILES} & {"utils", "util", "helpers", "common", "misc", "manager"}


#: module names of two wings, which do the same for each
SHARED_NAMES = {
    "entries": {"cache", "reader"},  # the cache keeps what the reader makes
}


def test_a_name_means_one_thing() -> None:
    """No two wings have modules of one name, unless they do the same for another wing."""
    wings: dict[str, set[str]] = {}
    for path in FILES:
        if path.stem != "__init__":
            wings.setdefault(path.stem, set()).add(module(path).split(".")[0])
    assert {name: wings for name, wings in wings.items() if len(wings) > 1} == SHARED_NAMES


def test_few_rooms_are_at_the_top() -> None:
    """25 at most; no loose module but values, what makes them, problems, addresses, syntax, files of strangers, and the interface for programs."""
    rooms = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert len(rooms) <= 25
    assert {room for room in rooms if room.endswith(".py")} == {
        "__init__.py", "__main__.py", "api.py", "disk.py", "frozen.py", "model.py", "problems.py", "syntax.py", "urls.py",
    }  # fmt: skip


def test_the_map_for_contributors_is_right() -> None:
    """CONTRIBUTING.md names every room, and each file, table and function that it sends somebody to is there."""
    text = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(ROOT).parts[0] for path in FILES} - {"__init__.py", "__main__.py"}
    named = {
        name.rstrip("/")
        for line in re.findall(r"(?m)^\| (`[a-z].*?) \|", text)
        for name in re.findall("`([a-z_/.]+)`", line)
    }
    assert named == rooms
    files = {name for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text) if not name.startswith("tests/")}
    assert {name for name in files if not (ROOT / name).is_file()} == set()
    sent = re.findall(r"`(\w+)(?:\(\))?`\s+(?:of|in)\s+`((?:[a-z_]+/)+[a-z_]+\.py)`", text)
    assert len(sent) > 2
    assert [(name, file) for name, file in sent if not re.search(rf"\b{name}\b", (ROOT / file).read_text())] == []


def test_every_public_function_says_what_it_promises() -> None:
    """Its docstring is the contract."""

    def bare(path: Path) -> list[str]:
        public = (node for node in parsed(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        return [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)]

    assert found(bare) == {}


def test_every_test_says_what_it_promises() -> None:
    """A test's docstring is the promise to a user; a test without one promises nothing."""
    bare = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(__file__).parent.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert bare == []


@cache
def used_names(path: Path) -> frozenset[str]:
    """Return the names and attributes that a file reads."""
    names = (node for node in nodes(path) if isinstance(node, ast.Name | ast.Attribute))
    read = (node for node in names if isinstance(node.ctx, ast.Load))
    return frozenset(node.id if isinstance(node, ast.Name) else node.attr for node in read)


def test_every_code_is_declared_where_it_is_used() -> None:
    """A kind of problem is a constant of the module that finds it, or of its wing's `codes`."""

    def unused(path: Path) -> set[str]:
        declared = {
            target.id
            for node in parsed(path).body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func).startswith("Code.")
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        users = [other for other in FILES if other.parent == path.parent] if path.stem == "codes" else [path]
        return declared.difference(*map(used_names, users)) if declared else set()

    assert found(unused) == {}


def test_every_code_has_its_own_name_and_explain_knows_it() -> None:
    """No code is declared twice, and none is declared in a module that `explain` does not look into."""
    declared = [
        ast.literal_eval(node.args[0])
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "Code"
    ]
    assert sorted(declared) == sorted({code.name for code in all_codes()})


def literals(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Return the texts that stand in each tuple, list, set and table of a file, with the name that it is given."""
    named = {
        id(node.value): ast.unparse(node.targets[0])
        for node in nodes(path)
        if isinstance(node, ast.Assign) and len(node.targets) == 1
    }
    for node in nodes(path):
        items = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
        items = [key for key in node.keys if key] if isinstance(node, ast.Dict) else items
        if words := {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}:
            yield named.get(id(node), ""), words


#: lists of other facts that have two such words in them: keys within a picture's table, arguments of shortcodes
OTHER_KEYS = {"_IMAGE_PARTS", "_LINK_PARTS"}
#: wings whose words are not keys of headers: elements of feeds, columns of a report, settings of other generators
FOREIGN = ("check", "report", "importers")


def test_no_second_list_says_which_keys_mean_the_same() -> None:
    """`reader.keys.KEYS` is the only one: no other list in the code holds two keys of one field."""

    def second(path: Path) -> list[tuple[str, set[str]]]:
        if module(path) == "reader.keys" or wing(path) in FOREIGN:
            return []
        plain = [(name, {word.lower().replace("-", "_") for word in words}) for name, words in literals(path)]
        both = [(name, words & set(keys)) for name, words in plain for keys in KEYS.values() if name not in OTHER_KEYS]
        return [(name, words) for name, words in both if len(words) > 1]

    assert found(second) == {}


def test_there_is_one_list_of_lazy_attributes() -> None:
    """No other module holds two of the names in one literal, or two of those that mean nothing else at all."""
    lazy = {*media.LAZY, *media.LAZY_SETS}

    def second(path: Path) -> list[set[str]]:
        if path == Path(media.__file__):
            return []
        texts = [node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        split = [{*re.split(r"[\s,|]+", text)} & lazy for text in texts]
        lists = split + [words & lazy for _, words in literals(path)]
        telling = {name for names in split for name in names if re.match("data-|.*(?:lazy|src)", name)}
        return [names for names in lists if len(names) > 1] + ([telling] if len(telling) > 1 else [])

    assert found(second) == {}
