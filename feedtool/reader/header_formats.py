"""Front matter in YAML, TOML and JSON, and in Pelican's lines -> fields, each with its line. Pure.

A value of YAML stays text: what `no`, `010`, `10:30` and `2023-02-30` mean in YAML is not applied, since a title or a
tag is text. Pelican's articles in reStructuredText have a title with its line, and fields such as `:date: 2024-01-02`
before or behind it; to read these needs no library.
"""

from __future__ import annotations

import json
import re
import tomllib

import yaml

from feedtool.reader.keys import Field, Value, typed
from feedtool.syntax import NOT_TEXT, later

#: key, field and line; the field is None where it is too complex
Found = list[tuple[str, Field | None, int]]

#: a key in any script, in quotes or not; then a colon, and a blank, an opening quote or a bracket
KEY_LINE = later(r"[\"']?([^\W\d][\w.-]*)[\"']?[ \t]*:(?:[ \t]+(.*)|(?=[\"'\[])(.*))?$")
#: A line that means the same in YAML as at first sight: key, text in quotes, list of words, or bare text.
#: No quantifier backtracks, so that the time grows with the length of the line alone.
_SIMPLE_LINE = later(
    r"""([A-Za-z][A-Za-z0-9_-]{0,60}+):(?:\ ++(
        "[^"\\]*+" | '[^']*+'
        | \[\ *+(?:
            (?:\w[^,:?\#\[\]{}"']*+ | "[^"\\]*+"\ *+ | '[^']*+'\ *+)
            (?:,\ *+(?:\w[^,:?\#\[\]{}"']*+ | "[^"\\]*+"\ *+ | '[^']*+'\ *+))*+
          )?+\]
        | \w[^:\#]*+(?::(?=\S)[^:\#]*+)*+
        )?+)?+\ *+""",
    re.VERBOSE,
)
#: of a list, in quotes of one kind or the other, or bare
_ITEM = later(r"""\ *+(?:"([^"]*+)"|'([^']*+)'|([^,"']++))\ *+,?""")
#: not meant in any header: an escape that gives one of these, as in "C:\\recipes", was not meant as an escape
_CONTROLS = later(f"[{NOT_TEXT}\r]")
_LETTER_ESCAPE = later(r"\\[abefrv0]")
#: a text in quotation marks; in double ones a backslash begins an escape
_QUOTED = later(r"""(?<!\w)'(?:[^'\n]|'')*+'|"(?:[^"\\]|\\.)*+["]""", re.DOTALL)
#: a character of another plane, as JSON escapes it; YAML has another escape for it
_SURROGATES = later(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_NULLS = {"", "~", "null", "Null", "NULL"}
#: Bounds of every header, so that none takes half a second: characters, keys, values of a key and of all.
LONGEST, MOST_KEYS, _MOST_VALUES, _MOST_IN_ALL = 65_536, 500, 2000, 20_000
_DEEPEST = 6
#: a key of a hundred parts, since the parser of TOML keeps each part with all before it
_LONG_KEY = later(
    r"""(?:^|[\[{,])[ \t]*+(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""", re.MULTILINE
)
_DEEP_INDENT = later(r"^[ \t]{200}", re.MULTILINE)
_TOML_KEY = later(r"\s*+\[{0,2}\s*+([\w-]++)\s*+[=\]]")
_JSON_KEY = later(r'\s*+\{?\s*+"([^"\\]++)"\s*+:')
_JSON_TITLE = later(r'"(?:title|date)"\s*:', re.IGNORECASE)
_JSON_END = later(r"^\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_LINE_END = later(r"[ \t]*(?:\n|\Z)")
#: a table in braces, with a key in quotes
_JSON_START = later(r'\{\s*"[^"\\\n]+"\s*:')
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_PELICAN_LINE = later(r" {0,3}([A-Za-z][A-Za-z0-9_-]*):(?!//)[ \t]*(.*)")
_PELICAN_MORE = later(r"(?: {4,}|\t)\s*(\S.*)")
_PELICAN_END = later(r"-{2,}[ 	]*|\.{3}[ 	]*")
#: keys with a list
_PELICAN_LISTS = frozenset({"tags", "authors"})
#: more lines than any header has
_MOST_LINES = 200
_DOTTED_LINE = later(r"\.\. ([a-z_]{1,40}):(.*)")
#: of reStructuredText: the line below or above a title, and a field
_RST_RULE = later(r"([!-/:-@\[-`{-~])\1*[ \t]*")
_RST_FIELD = later(r":([\w][\w .-]{0,60}):(?:[ \t]+(.*))?")
_RST_LISTS = frozenset({"tags", "authors", "keywords"})


def read_yaml(text: str, first_line: int) -> Found | None:
    """Return the fields of a YAML mapping; None for a text that is not one."""
    simple = read_simple(text, first_line)
    return _read_composed(text, first_line) if simple is None and _is_tame(text) else simple


def _is_tame(text: str) -> bool:
    """Return whether a text is safe for the YAML parser, which recurses in C."""
    # No line has more than all have together.
    if _nestings(text) >= 100 and any(_nestings(line) >= 100 for line in text.split("\n")):
        return False
    return len(text) < 200 or not _DEEP_INDENT.search(text)


def _nestings(text: str) -> int:
    return text.count("[") + text.count("{") + text.count("- ") + text.count("? ") + text.count(": ")


def _read_composed(text: str, first_line: int) -> Found | None:
    try:
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        joined = _QUOTED.sub(
            lambda quoted: _SURROGATES.sub(_joined, quoted[0]) if quoted[0][0] == '"' else quoted[0], text
        )
        return _read_composed(joined, first_line) if joined != text else None
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        return None
    lines = text.split("\n")
    found: Found = []
    in_all = [_MOST_IN_ALL]
    for key, value in root.value:
        if not isinstance(key, yaml.ScalarNode):
            return None
        line = key.start_mark.line
        field = _field(value, in_all, first_line + line, behind_key(lines[line].strip()).strip())
        found.append((key.value, field, first_line + line))
    return found


def _joined(pair: re.Match[str]) -> str:
    """Return the escape of one character for those of its two halves, as JSON writes it."""
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def read_simple(text: str, first_line: int) -> Found | None:
    """Return the fields of simple lines, in a third of the time; None for other lines."""
    # In YAML some characters beyond ASCII end a line, and others are errors: none of these is printable.
    if not text.replace("\n", "").isprintable() or text.count(",") >= _MOST_VALUES:
        return None
    found: Found = []
    for number, line in enumerate(text.split("\n"), first_line):
        simple = _SIMPLE_LINE.fullmatch(line)
        if simple:
            raw = (simple[2] or "").rstrip()
            is_bare = raw[:1] not in ('"', "'", "[")
            value = _or_null(raw) if is_bare else _items(raw[1:-1]) if raw[0] == "[" else raw[1:-1]
            found.append((simple[1], Field(value, number, raw, is_bare), number))
        elif line:
            return None
    return found


def _items(text: str) -> tuple[Value, ...]:
    if '"' in text or "'" in text:
        return tuple([_or_null(bare.rstrip()) if bare else one or two for one, two, bare in _ITEM.findall(text)])
    return tuple([_or_null(item.strip()) for item in text.split(",")]) if text.strip() else ()


def _or_null(bare: str) -> str | None:
    return None if bare in _NULLS else bare


def behind_key(line: str) -> str:
    """Return the text behind the key of a line, or ""."""
    found = KEY_LINE.match(line)
    return (found[2] or found[3] or "") if found else ""


def _field(node: yaml.Node, in_all: list[int], line: int, raw: str) -> Field | None:
    budget = [most := min(_MOST_VALUES, in_all[0])]
    try:
        value = _value(node, budget, _DEEPEST)
    except OverflowError:
        return None
    finally:
        in_all[0] -= most - budget[0]
    is_quoted = len(raw) > 1 and raw[0] == raw[-1] == '"' and '"' not in raw[1:-1]
    if is_quoted and isinstance(value, str) and _CONTROLS.search(value) and _LETTER_ESCAPE.search(raw):
        value = unquote(raw)
    return Field(value, line, raw, is_bare=isinstance(node, yaml.ScalarNode) and not node.style)


def _value(node: yaml.Node, budget: list[int], depth: int) -> Value:
    budget[0] -= 1
    if budget[0] < 0 or depth < 0:
        raise OverflowError
    if isinstance(node, yaml.ScalarNode):
        text: str = node.value
        return text if node.style else _or_null(text)
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(child, budget, depth - 1) for child in node.value)
    if any(not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
        raise OverflowError
    return {key.value: _value(child, budget, depth - 1) for key, child in node.value}


def unquote(raw: str) -> str:
    """Return a text without its quotes; bots escape nothing but these."""
    if len(raw) < 2 or raw[0] != raw[-1] or raw[0] not in "\"'":
        return raw
    return raw[1:-1].replace('\\"', '"') if raw[0] == '"' else raw[1:-1].replace("''", "'")


def read_table(text: str, first_line: int, *, is_toml: bool) -> Found:
    """Return the fields of a table of TOML or JSON. Raises ValueError, to be shown, and OverflowError if too large."""
    if is_toml and text.count(".") >= 100 and _LONG_KEY.search(text):
        raise OverflowError("a key has more than 100 parts")
    try:
        table = tomllib.loads(text) if is_toml else _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the {'TOML' if is_toml else 'JSON'} front matter cannot be read: {error}") from None
    if not isinstance(table, dict):
        raise ValueError("the JSON front matter is not a table in braces")  # noqa: TRY004 - as for all bad texts
    if len(table) > MOST_KEYS:
        raise OverflowError(f"it has {len(table):,} keys")
    key_line = _TOML_KEY if is_toml else _JSON_KEY
    lines: dict[str, int] = {}
    for number, row in enumerate(text.split("\n"), first_line):
        if written := key_line.match(row):
            lines.setdefault(written[1], number)
    found: Found = []
    for key, value in table.items():
        line = lines.get(key, first_line)
        try:
            found.append((key, Field(typed(value), line, str(value)[:200]), line))
        except OverflowError:
            found.append((key, None, line))
    return found


def json_end(text: str, start: int) -> int:
    """Return the end of front matter in JSON without a fence, or 0; a broken table ends at a line with "}"."""
    if not _JSON_START.match(text, start):
        return 0
    try:
        table, end = _DECODER.raw_decode(text[: start + 16 * LONGEST], start)
        is_header = not {"title", "date"}.isdisjoint(map(str.lower, table))
        return end if is_header and _LINE_END.match(text, end) else 0
    except (ValueError, RecursionError):
        end_line = _JSON_END.search(text, start)
        end = end_line.start() + 1 if end_line else 0
        # a body may be a large table
        return end if end - start <= LONGEST or _JSON_TITLE.search(text, start, start + LONGEST) else 0


def read_lines(text: str, first_line: int) -> tuple[list[tuple[str, Field]], str]:
    """Return the fields of Pelican's header, none for a text without, and the text below them.

    Its lines are `Key: value`, up to a blank line or a line of hyphens. A text has one only if its first block is
    nothing but such lines and one is a title, so that prose that begins with "Note: …" stays prose.
    """
    if not _PELICAN_LINE.match(text):
        return [], text
    lines = text.split("\n", _MOST_LINES)
    found: list[tuple[str, list[str], int]] = []
    size = 0
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            break
        if _PELICAN_END.fullmatch(line):
            size += len(line) + 1
            break
        if key := _PELICAN_LINE.fullmatch(line):
            found.append((key[1], [key[2].strip()], number))
        elif more := _PELICAN_MORE.fullmatch(line):
            found[-1][1].append(more[1].strip())
        else:
            return [], text
        size += len(line) + 1
    if not any(key.lower() == "title" and any(values) for key, values, _ in found):
        return [], text
    fields: list[tuple[str, Field]] = []
    for name, values, at in found:
        written = " ".join(filter(None, values))
        is_list = written and name.lower() in _PELICAN_LISTS
        fields.append((name, Field(listed(written) if is_list else written or None, at, written)))
    return fields, text[size:]


def read_dotted(text: str, first_line: int) -> tuple[list[tuple[str, Field]], str] | None:
    """Return the fields of Nikola's header, and the text below it; None for a text without.

    Its lines are `.. key: value`, up to a blank line, in a comment of HTML or not.
    """
    is_comment = text.startswith("<!--")
    if not is_comment and not text.startswith(".. title:"):
        return None
    lines = text.split("\n", _MOST_LINES)
    fields: list[tuple[str, Field]] = []
    at = start = int(is_comment)
    while at < len(lines) and (found := _DOTTED_LINE.fullmatch(lines[at])):
        key, written = found[1], found[2].strip()
        value = listed(written) if written and key == "tags" else written or None
        if key != "link":  # elsewhere the address of the page; in Nikola one that the post is about
            fields.append((key, Field(value, first_line + at, written)))
        at += 1
    is_closed = not is_comment or (at < len(lines) and lines[at].strip() == "-->")
    if at == start or not is_closed or not any(key == "title" for key, _ in fields):
        return None
    return fields, "\n".join(lines[at + is_comment :])


def read_rst(text: str, first_line: int) -> tuple[list[tuple[str, Field]], str]:
    """Return the fields of a text, with that of its title, and the text below them."""
    lines = text.split("\n")
    found: list[tuple[str, Field]] = []
    at, title = _rst_fields(lines, 0, first_line, found), ""
    if title_end := _rst_title_end(lines, at):
        title = lines[title_end - 2].strip()
        found.insert(0, ("title", Field(_rst_plain(title), first_line + title_end - 2, title)))
        at = _rst_fields(lines, title_end, first_line, found)
    return found, "\n".join(lines[at:])


def _rst_title_end(lines: list[str], at: int) -> int:
    """Return the number of lines up to the end of a title with its line; 0 without one."""
    over = at < len(lines) and _RST_RULE.fullmatch(lines[at])
    under = at + (2 if over else 1)
    if under >= len(lines) or not _RST_RULE.fullmatch(lines[under]):
        return 0
    title = lines[under - 1].strip()
    return under + 1 if title and len(lines[under].rstrip()) >= min(len(title), 4) else 0


def _rst_fields(lines: list[str], at: int, first_line: int, found: list[tuple[str, Field]]) -> int:
    """Add the fields from a line on, and return the line below them."""
    end = at
    while end < len(lines):
        line = lines[end]
        if key := _RST_FIELD.fullmatch(line):
            parts = [key[2] or ""]
            start, end = end, end + 1
            while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
                parts.append(lines[end].strip())
                end += 1
            written = " ".join(filter(None, parts)).strip()
            is_list = written and key[1].lower() in _RST_LISTS
            value = listed(written) if is_list else _rst_plain(written) or None
            found.append((key[1], Field(value, first_line + start, written)))
        elif not line.strip():
            end += 1
        else:
            break
    return end


def listed(written: str) -> tuple[str, ...]:
    """Return the parts of a list, which Pelican splits at semicolons if there are any, else at commas."""
    return tuple(filter(None, map(str.strip, written.split(";" if ";" in written else ","))))


def _rst_plain(written: str) -> str:
    """Return a line without the markup of literals, emphasis and links."""
    bare = re.sub(r"``(.+?)``|\*\*(.+?)\*\*|\*(.+?)\*", lambda found: found[1] or found[2] or found[3], written)
    return re.sub(r"`([^`<]+?)(?:\s*<[^<>`]*>)?`_{0,2}", r"\1", bare).replace("\\", "")
