"""How kramdown's blocks begin and end: patterns for a place at the beginning of a line."""

from __future__ import annotations

import re

from feedtool.reader.markdown.kramdown import attribute_lists as lists
from feedtool.reader.markdown.kramdown import elements

BLANK = re.compile(r"(?:[ \t\f\v]*+\n)+")
END_OF_BLOCK = re.compile(r"\^[ \t]*\n")
RULE = re.compile(r" {0,3}([*_-])[ \t]*\1[ \t]*\1(?:\1|[ \t])*+\n")
LINE = re.compile(r".*\n")
UNDERLINED = re.compile(r" {0,3}([^ \t\n].*)\n([-=])[-=]*[ \t]*\n")
HEADING = re.compile(r"(#{1,6})[\t ]*([^ \t\n].*)\n")
HEADING_GITHUB = re.compile(r"(#{1,6})[\t ]+(.*)\n")
HEADING_ID = re.compile(r"[\t ]\{#([A-Za-z_:][\w.:-]*)\}\Z")
FENCE = re.compile(r" {0,3}(~{3,}|`{3,})[ \t]*((\S+?)(?:\?\S*)?)?[ \t]*\n")
QUOTE = re.compile(r" {0,3}> ?", re.MULTILINE)
DEFINITION = re.compile(r"( {0,3}:)([ \t].*\n)")
ITEM = re.compile(r"( {0,3}[+*-]|( {0,3}\d+\.))([ \t|].*\n)", re.ASCII)
_TAG_LINE = rf" {{0,3}}(?:{elements.BLOCK_TAG})"
#: what no list item nor indented code goes on with
NOT_LAZY = re.compile(rf" {{0,3}}{lists.BLOCK}|{_TAG_LINE}", re.ASCII)
_LAZY_END = rf"[ \t\f\v]*\n| {{0,3}}{lists.BLOCK}|\^[ \t]*\n|{_TAG_LINE}|\Z"
QUOTE_ENDS = re.compile(_LAZY_END, re.ASCII)
TEXT_ENDS = re.compile(rf"{_LAZY_END}|{DEFINITION.pattern}", re.ASCII)
TEXT_ENDS_GITHUB = re.compile(
    rf"{_LAZY_END}|{ITEM.pattern}|{HEADING_GITHUB.pattern}|{DEFINITION.pattern}|{QUOTE.pattern}| {{0,3}}[~`]{{3,}}",
    re.ASCII,
)
INDENT = re.compile(r"^(?:\t| {4})", re.MULTILINE)
INDENTED = re.compile(r"(?:(?:\t| {4})[ \t]*\S.*\n)+")
WORDS = re.compile(r"[ \t]*\S.*\n")
BOUNDARY = re.compile(rf"[ \t\f\v]*\n|\^[ \t]*\n| {{0,3}}{lists.BLOCK}|\Z", re.ASCII)
MATH = re.compile(r" {0,3}(\\)?\$\$")
FOOTNOTE = re.compile(rf" {{0,3}}\[\^({lists.NAME})\]:(.*\n)", re.ASCII)
LINK = re.compile(
    r""" {0,3}\[([^\n\]]+)\]:[ \t]*(?:<(.*?)>|([^\n]*?\S[^\n]*?))"""
    r"""(?:(?:[ \t]*?\n|[ \t]+?)[ \t]*?(["'])(.+?)\4)?[ \t]*?\n"""
)
ABBREVIATION = re.compile(r" {0,3}\*\[(.+?)\]:(.*)\n")
EXTENSION = re.compile(rf"\{{::(\w+)(?:\s((?:\\\}}|[^}}]){{0,500}}?))?(/)?\}}|\{{:/(?:{lists.NAME})?\}}", re.ASCII)
EXTENSION_LINE = re.compile(rf" {{0,3}}(?:{EXTENSION.pattern})[ \t]*\n", re.ASCII)
