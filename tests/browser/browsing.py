"""A real browser before real files: opens pages of a server on this machine, and takes down what goes wrong in them."""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync --disable-extensions --host-resolver-rules=MAP%*%~NOTFOUND%,%EXCLUDE%127.0.0.1"
).split()
#: takes down what the page's policy forbids
_WATCH = (
    "addEventListener('securitypolicyviolation', event => console.error('POLICY', event.violatedDirective, event.blockedURI,"
    " event.sample));"
    # how far things moved after they were shown (Layout Instability API)
    "window.shifted = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => { if (!entry.hadRecentInput)"
    " window.shifted += entry.value; })).observe({type: 'layout-shift', buffered: true});"
)


#: the machine's own font, and others of which letters differ as much in height and width as fonts do
FONTS = {
    "own": "",
    "flat and narrow": "ascent-override: 55%; descent-override: 10%; line-gap-override: 0%; size-adjust: 70%",
    "high and wide": "ascent-override: 130%; descent-override: 60%; line-gap-override: 40%; size-adjust: 125%",
}
#: what some system has of these serves to make others of
_FAMILIES = (
    "DejaVu Sans, Liberation Sans, Noto Sans, Noto Sans CJK JP, Arial, Helvetica, Ubuntu, Roboto, FreeSans".split(", ")
)


@dataclass
class Visit:
    """A page in a browser, and what went wrong in it."""

    page: Any
    #: errors and warnings of the console, with what the policy forbade
    errors: list[str] = field(default_factory=list)
    #: addresses on other machines that were asked for, with what they were wanted as
    outside: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, said: Any) -> None:
        """Take down what the console says."""
        if said.type in ("error", "warning"):
            self.errors.append(said.text)


def in_font(page: Any, name: str) -> None:
    """Show all words of a page, which may not forbid it, in one of FONTS; skips where no font is there to make it of."""
    if not FONTS[name]:
        return
    sources = ", ".join(f"local('{family}')" for family in _FAMILIES)
    page.add_style_tag(
        content=f"@font-face {{ font-family: '{name}'; src: {sources}; {FONTS[name]} }}"
        f" :is(body, body *):not(svg *) {{ font-family: '{name}' !important }}"
    )
    loaded = f"document.fonts.load(\"16px '{name}'\").then(found => found.length, () => 0)"
    if not page.evaluate(loaded):
        pytest.skip("none of the usual fonts is installed")


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Give a browser; skips where there is none."""
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM, args=[option.replace("%", " ") for option in _OPTIONS]
        )
        try:
            yield opened
        finally:
            opened.close()


@contextlib.contextmanager
def visiting(browser: Any, address: str, *, width: int = 1280, **options: Any) -> Iterator[Visit]:
    """Open an address in a window of its own; options are those of Playwright's `new_context`."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    try:
        visit = Visit(context.new_page())
        visit.page.add_init_script(_WATCH)
        visit.page.on("console", visit.hear)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        home = "/".join(address.split("/")[:3]) + "/"

        def route(asked: Any) -> None:
            url = asked.request.url
            if url.startswith((home, "data:")):
                asked.continue_()
            else:
                visit.outside.append((url, asked.request.resource_type))
                asked.abort()

        context.route("**/*", route)
        visit.page.goto(address)
        yield visit
    finally:
        context.close()


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files as static hosts serve them: feeds in XML are application/xml."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".xml": "application/xml"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # which a browser asks for by itself beside a document that is no HTML
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


class _Quiet(http.server.ThreadingHTTPServer):
    """A server that a browser may leave at any time."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that the browser dropped."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, and give its address, with "/" at the end."""
    server = _Quiet(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _from_npm(path: str, variable: str) -> Path:
    """Return a file of a package, which a variable of the environment may name; skips where it is not to be had."""
    named = [Path(os.environ[variable])] if os.environ.get(variable) else []
    for place in [*named, *(folder / "node_modules" / path for folder in Path(__file__).resolve().parents)]:
        if place.is_file():
            return place
    package, name = path.split("/", maxsplit=1)[0], path.rsplit("/", maxsplit=1)[-1]
    pytest.skip(f"no {package}: npm install {package}, and {variable} names its {name}")


def axe() -> str:
    """Return the source of axe-core, which judges how accessible a page is."""
    return _from_npm("axe-core/axe.min.js", "FEEDTOOL_AXE").read_text(encoding="utf-8")


def invalid(folder: Path) -> list[str]:
    """Return the errors of all HTML files below a folder, by the W3C's checker; skips without it or Java."""
    jar = _from_npm("vnu-jar/build/dist/vnu.jar", "FEEDTOOL_VNU")
    if not shutil.which("java"):
        pytest.skip("no java")
    command = ["java", "-Xss8m", "-jar", str(jar), "--errors-only", "--skip-non-html", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines()


def violations(page: Any, source: str) -> list[str]:
    """Return what axe-core finds, at any level, each with the element that it is about."""
    page.evaluate(f"() => {{ {source}\n }}")
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}" for one in found for node in one["nodes"]
    ]
