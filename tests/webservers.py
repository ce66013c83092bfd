"""Hosts to try files on: nginx and Apache themselves, and what the documentation of others says of their files.

Each takes the path of a request, and returns status and headers as a client gets them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """A response; `headers` by lower-case name, several of one name joined as RFC 9110 section 5.3 has it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Server(Protocol):
    """Whatever answers requests."""

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:
        """Return the answer to a GET."""


@dataclass(frozen=True)
class Real:
    """A server that listens on this machine."""

    port: int

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:
        """Return the answer to a GET."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=dict(headers))
            response = connection.getresponse()
            joined: dict[str, str] = {}
            for name, value in response.getheaders():
                joined[name.lower()] = f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
            return Answer(response.status, joined, response.read())
        finally:
            connection.close()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


NGINX = shutil.which("nginx")
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
APACHE = shutil.which("apache2") if _APACHE_MODULES.is_dir() else None


@contextmanager
def nginx(root: Path, work: Path, *, port: int = 0, log: str = "off", more: str = "") -> Iterator[Real]:
    """Serve a folder with its feedtool.nginx.conf, wherever that lies below it.

    `log` is what nginx' access_log takes, `more` stands beside the server.
    """
    port = port or free_port()
    (snippet,) = root.rglob("feedtool.nginx.conf")
    config = work / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""}
        worker_processes 1; pid {work}/nginx.pid; error_log {work}/error.log; events {{ }}
        http {{
            {temporary}
            log_format told '$status $server_port $request_uri'; access_log {log};
            types {{ text/html html; application/xml xml; application/json json; }}
            {more}
            server {{ listen 127.0.0.1:{port}; root {root}; include {snippet}; }}
        }}""")
    command = (str(NGINX), "-p", str(work), "-e", f"{work}/error.log", "-c", str(config))
    _run(*command, "-t")
    _run(*command)
    try:
        yield Real(port)
    finally:
        _run(*command, "-s", "stop")


@contextmanager
def apache(root: Path, work: Path) -> Iterator[Real]:
    """Serve a folder with the .htaccess that lie in it."""
    port = free_port()
    modules = "authz_core mpm_event alias mime headers setenvif rewrite dir negotiation".split()
    load = "\n".join(f"LoadModule {name}_module {_APACHE_MODULES}/mod_{name}.so" for name in modules)
    config = work / "apache.conf"
    config.write_text(f"""
{load}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {work}/apache.pid
Mutex file:{work}
ErrorLog {work}/error.log
{"User www-data" if os.geteuid() == 0 else ""}
TypesConfig /dev/null
AddType application/xml .xml
AddType application/x-gzip .gz
AddLanguage br .br
DocumentRoot {root}
<Directory {root}>
    Require all granted
    Options FollowSymLinks
    AllowOverride FileInfo
</Directory>
""")
    command = (str(APACHE), "-f", str(config))
    _run(*command, "-t")
    _run(*command, "-k", "start")
    try:
        yield Real(port)
    finally:
        _run(*command, "-k", "stop")


class Cloudflare:
    """Cloudflare Pages: the rules of its _headers and _redirects, with its limits."""

    def __init__(self, folder: Path) -> None:
        self._rules = _blocks(folder / "_headers")
        assert len(self._rules) <= 100
        assert all(len(line) <= 2000 for line in (folder / "_headers").read_text().splitlines())
        self._redirects = _lines(folder / "_redirects")

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:  # noqa: ARG002
        """Return what the host adds; of rules that match, all headers, joined."""
        for source, target, status in self._redirects:
            if found := re.fullmatch(self._expression(source), path):
                return Answer(int(status), {"location": self._filled(target, found)})
        told: dict[str, str] = {}
        for pattern, pairs in self._rules:
            if found := re.fullmatch(self._expression(pattern), path):
                for name, value in pairs:
                    filled = self._filled(value, found)
                    told[name] = f"{told[name]}, {filled}" if name in told else filled
        return Answer(200, told)

    @staticmethod
    def _expression(pattern: str) -> str:
        """One "*" in a rule, for anything; ":name" for anything but "/"."""
        assert pattern.count("*") <= 1
        parts = re.split(r":([A-Za-z]\w*)", "(?P<splat>.*)".join(map(re.escape, pattern.split("*"))))
        return "".join(f"(?P<{part}>[^/]+)" if odd % 2 else part for odd, part in enumerate(parts))

    @staticmethod
    def _filled(value: str, found: re.Match[str]) -> str:
        for name, part in found.groupdict().items():
            value = value.replace(f":{name}", part)
        return value


class Netlify:
    """Netlify: the rules of its _headers and _redirects."""

    def __init__(self, folder: Path) -> None:
        self._rules = _blocks(folder / "_headers")
        self._redirects = _lines(folder / "_redirects")

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:  # noqa: ARG002
        """Return what the host adds; rules that match and say different things of a header are a mistake of ours."""
        for source, target, status in self._redirects:
            if found := re.fullmatch(self._expression(source), path):
                splat = found[1] if found.re.groups else ""
                return Answer(int(status.removesuffix("!")), {"location": target.replace(":splat", splat)})
        told: dict[str, str] = {}
        for pattern, pairs in self._rules:
            if re.fullmatch(self._expression(pattern), path):
                again = {name for name, _ in pairs} & told.keys()
                assert not again, f"{path}: {pattern} says once more what {again} are"
                told |= dict(pairs)
        return Answer(200, told)

    @staticmethod
    def _expression(pattern: str) -> str:
        """A part that begins with ":" is one part, "*" alone any number of parts, "*" within a part anything."""
        parts = [
            "([^/]+)" if part.startswith(":") else "?(.*)" if part == "*" else re.escape(part).replace(r"\*", "(.*)")
            for part in pattern.split("/")
        ]
        return "/".join(parts) + "/?"


class Vercel:
    """Vercel: headers and redirects of its vercel.json."""

    def __init__(self, folder: Path) -> None:
        self._config = json.loads((folder / "vercel.json").read_text(encoding="utf-8"))
        assert self._config.keys() <= {"$schema", "headers", "redirects"}

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:  # noqa: ARG002
        """Return what the host adds."""
        for each in self._config["redirects"]:
            if found := re.fullmatch(self._expression(each["source"]), path):
                rest = found[1] if found.re.groups else ""
                return Answer(each["statusCode"], {"location": each["destination"].replace("$1", rest)})
        told: dict[str, str] = {}
        for each in self._config["headers"]:
            if re.fullmatch(self._expression(each["source"]), path):
                for pair in each["headers"]:
                    name = pair["key"].lower()
                    told[name] = f"{told[name]}, {pair['value']}" if name in told else pair["value"]
        return Answer(200, told)

    @staticmethod
    def _expression(source: str) -> str:
        r"""Parentheses hold expressions, "\\" makes the next character plain, everything else is."""
        found, depth = "", 0
        for escaped, plain in re.findall(r"\\(.)|(.)", source):
            depth += (plain == "(") - (plain == ")")
            found += plain if plain and (depth or plain == ")") else re.escape(escaped or plain)
        return found


def _blocks(file: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return pattern and headers of each rule of a _headers file."""
    rules: list[tuple[str, list[tuple[str, str]]]] = []
    for line in file.read_text(encoding="utf-8").split("\n"):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("/"):
            rules.append((text, []))
        else:
            name, colon, value = text.partition(":")
            assert (colon, bool(value.strip()), " " in name) == (":", True, False), line
            rules[-1][1].append((name.lower(), value.strip()))
    return rules


def _lines(file: Path) -> list[tuple[str, str, str]]:
    """Return source, target and status of each redirect of a _redirects file."""
    if not file.exists():
        return []
    lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    return [(source, target, status) for source, target, status in map(str.split, lines)]
