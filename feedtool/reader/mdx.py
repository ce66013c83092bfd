"""Markdown with components, as Astro, Docusaurus and Next.js read it -> Markdown. Pure; nothing is run.

Imports, exports, comments and the tags of components go; the words between two tags stay, and so does the picture or
the web address that a component names. Code is left as it is.
"""

from __future__ import annotations

import re

from feedtool.reader.shortcodes import kept

#: an expression, with braces in braces, and the values of attributes
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}\}){0,500}\}){0,2000}\}"
_VALUES = rf"""(?:"[^"]{{0,2000}}"|'[^']{{0,2000}}'|{_BRACES}|[^<>"'{{}}]){{0,200}}"""
_TOKEN = re.compile(
    rf"""
      ^[ ]*(?P<fence>`{{3,}}|~{{3,}})[^\n]*(?:\n.*?^[ ]*(?P=fence)[ ]*$|.*\Z)
    | (?P<ticks>`+)(?!`)[^\n]{{0,2000}}?(?<!`)(?P=ticks)(?!`)
    | (?P<indent>(?<=\n\n)[ ]{{4,}}(?=[^\s`~*+<-]))
    | ^(?:import[ ](?:[^\n]*["']|\{{)|export[ ](?:const|let|var|default|function|async)\b)[^\n]*(?:\n(?![ ]*$)[^\n]+)*
    | (?P<comment>\{{/\*(?:[^*{{]|\*(?!/)|\{{(?!/\*)){{0,5000}}+\*/\}})
    | </?>
    | <(?P<close>/?)(?P<name>[A-Z][\w.]{{0,100}})(?P<given>{_VALUES})>
    | (?P<plain><[a-z][\w-]{{0,100}}(?=\s){_VALUES}>)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_GIVEN = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{\s*["'`]([^"'`{}]*)["'`]\s*\})""")
_EXPRESSION = re.compile(r"\s[\w:-]+=\{(?:[^{}]|\{[^{}]*\})*\}")
_TRUNCATED = re.compile(r"\{/\*\s*(?:truncate|more)\s*\*/\}")


def without_components(text: str) -> tuple[str, list[str]]:
    """Return the Markdown of a text, and the tags of the components that are left out, as written."""
    missing: list[str] = []
    depth = 0

    def replaced(token: re.Match[str]) -> str:
        nonlocal depth
        if token["fence"] or token["ticks"]:
            return token[0]
        if token["indent"]:  # between two tags it is not code
            return "" if depth > 0 else token[0]
        if token["comment"]:
            return "<!-- more -->" if _TRUNCATED.fullmatch(token[0]) else ""
        if token["plain"]:
            return _EXPRESSION.sub("", token[0])
        if not token["name"] or token["close"]:
            depth -= bool(token["close"])
            return ""
        missing.append(f"<{token['name']}>")
        depth += not token["given"].endswith("/")
        return kept({name: next(filter(None, values), "") for name, *values in _GIVEN.findall(token["given"])})

    return _TOKEN.sub(replaced, text), missing
