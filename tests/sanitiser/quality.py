"""How clean articles come out, beside other programs: `python tests/sanitiser/quality.py`.

Tries feedtool's sanitiser, and readability-lxml and trafilatura where they are installed, on the pages in
`tests/sanitiser/cases`, which say of themselves what is article and what is navigation, and prints a table. The pages
are ours, and feedtool passes them all, since its tests demand it: the table tells what the others do to pages of this
kind, not how feedtool fares on pages that it has never seen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from itertools import chain

from designs import NAMES, Case, case, there

from feedtool.config import Sanitiser
from feedtool.sanitiser import clean, load_rules


def _feedtool(page: Case) -> str:
    return clean(page.html, page.facts, rules=load_rules(Sanitiser())[0]).html


def _readability(page: Case) -> str:
    document = import_module("readability").Document(_whole(page), url=page.facts.base_url)
    return str(document.summary(html_partial=True))


def _trafilatura(page: Case) -> str:
    extract = import_module("trafilatura").extract
    options = {"include_links": True, "include_images": True, "favor_recall": True, "output_format": "html"}
    return extract(_whole(page), url=page.facts.base_url, **options) or ""


def _whole(page: Case) -> str:
    return f"<html><head><title>{page.facts.title}</title></head><body>{page.html}</body></html>"


PROGRAMS: dict[str, tuple[str, Callable[[Case], str]]] = {
    "untouched": ("feedtool", lambda page: page.html),
    "readability-lxml": ("readability", _readability),
    "trafilatura, for recall": ("trafilatura", _trafilatura),
    "feedtool": ("feedtool", _feedtool),
}


def shares(program: Callable[[Case], str]) -> list[float]:
    """Return in percent: texts and addresses kept that must stay, removed that must go, and pages that lost nothing."""
    pages = [case(name) for name in NAMES]
    found = [there(page, program(page)) for page in pages]
    kept = {sign: list(chain.from_iterable(each[sign] for each in found)) for sign in ("+", "+@", "-", "-@")}
    whole = [all(each["+"]) and all(each["+@"]) for each in found]
    gone = [not there for sign in ("-", "-@") for there in kept[sign]]
    return [100 * sum(each) / len(each) for each in (kept["+"], kept["+@"], gone, whole)]


def table() -> str:
    """Return the table."""
    rows = [f"| {len(NAMES)} pages | text kept | links and pictures kept | navigation gone | pages whole |"]
    rows.append("|---|---|---|---|---|")
    for name, (package, program) in PROGRAMS.items():
        if find_spec(package):
            rows.append(f"| {name} | " + " | ".join(f"{share:.0f} %" for share in shares(program)) + " |")
        else:
            rows.append(f"| {name} | not installed | | | |")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.stdout.write(table())
