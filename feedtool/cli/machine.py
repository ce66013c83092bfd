"""What only this machine knows: the key of the user's caches, git's history of posts, names for processes, credentials.

Credentials of stores and CDNs come from the environment and from ~/.aws. Secrets are often stored with a line end,
which no header may have, so values are stripped. The name of a variable that is wrong is said, and never its value.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from feedtool.cli.console import refuse
from feedtool.disk import read_regular

if TYPE_CHECKING:
    from feedtool.model import Purge
    from feedtool.publish.http import Cdn, Service

#: more files than people edit between two builds: if so many entries changed, it was not by their files
_MOST = 50
#: seconds
_PATIENCE = 20
#: git runs no other program for us, writes no index, and downloads nothing
_OPTIONS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}

#: environment variables that name other sources of credentials than ~/.aws: the store's library reads them by itself
_ELSEWHERE = (
    "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE",
)  # fmt: skip
_PROFILE_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region")

#: environment variables with the token, and the site, for each CDN
_SECRETS: dict[Service, tuple[str, ...]] = {
    "cloudflare": ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ZONE_ID"),
    "fastly": ("FASTLY_API_TOKEN",),
}
#: prefixes of what the stores' library reads from the environment
_STORES = ("AWS_", "AZURE_", "GOOGLE_")
_ADDRESSES = re.compile(r"AWS_ENDPOINT(_URL)?(_S3)?|AZURE_(STORAGE_)?ENDPOINT|GOOGLE_(BASE|SERVICE)_URL")
_REGION = re.compile(r"[a-z0-9-]+")


def secret() -> bytes:
    """Return the key of the user's caches, made at the first use; where it cannot be kept, one for this run.

    By it a build knows the entries again that an earlier one left there. No cache holds it: whoever hands in a cache
    must not know it.
    """
    given = os.environ.get("FEEDTOOL_CACHE_KEY", "").strip()
    if not given:
        try:
            state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
            given = _kept(state / "feedtool/key")
        except (OSError, RuntimeError, ValueError):  # no home, or one that cannot be written
            given = ""
    return hashlib.blake2b((given or os.urandom(32).hex()).encode("utf-8", "surrogateescape")).digest()


def _kept(place: Path) -> str:
    with suppress(FileNotFoundError):
        return read_regular(place, most=1000).decode("ascii").strip()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = os.urandom(32).hex()
    try:
        # another process may be at it
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new)
    except FileExistsError:
        return read_regular(place, most=1000).decode("ascii").strip()
    return new


def committed(base: Path, paths: Sequence[str]) -> Mapping[str, int]:
    """Return when files were committed last, in milliseconds since 1970.

    Nothing in a shallow clone, where every file seems to be of one commit; nothing of a file that was changed since.
    """
    if len(paths) > _MOST or _git(base, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    times = {path: _git(base, "log", "-1", "--format=%ct", "--", os.path.abspath(path)) for path in paths}  # noqa: PTH100
    return {
        path: int(seconds) * 1000
        for path, seconds in times.items()
        if seconds and seconds.isdecimal() and _git(base, "status", "--porcelain", "--", os.path.abspath(path)) == ""  # noqa: PTH100
    }


def _git(base: Path, *arguments: str) -> str | None:
    """Return what git says, or None where it cannot tell."""
    import subprocess  # a build that finds nothing to do needs none

    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(base), *_OPTIONS, *arguments],  # noqa: S607 - the user's own
            capture_output=True,
            check=True,
            env={**os.environ, **_ENVIRONMENT},
            timeout=_PATIENCE,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def this_process() -> str:
    """Return the name of this process, by which it is known that it ended when it was killed; "" where it has none.

    Linux only: there, the boot, the process namespace (containers have their own), the id and the time of the start are
    one process for certain. Elsewhere no name is given, and nothing is known to have ended.
    """
    machine, pid = _machine(), os.getpid()
    return f"{machine}:{pid}:{started}" if machine and (started := _started(pid)) else ""


def has_ended(process: str) -> bool:
    """Return whether the process of that name was one of this machine, and has ended."""
    machine, _, rest = process.partition(":")
    pid, _, started = rest.partition(":")
    if not machine or machine != _machine() or not (pid.isdecimal() and pid.isascii() and len(pid) < 20):
        return False
    return _started(int(pid)) != started


def _machine() -> str:
    """Return a digest of what this boot and this container are."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the boot; "" if it does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # the second field, a name in parentheses, may contain anything
    state, *fields = status.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]


def clean(environment: MutableMapping[str, str]) -> None:
    """Strip what the stores' library reads by itself; exit with 2 where a value cannot be used."""
    from feedtool.syntax import is_web  # a build that finds nothing to do needs none

    for name in [name for name in environment if name.startswith(_STORES)]:
        value = environment[name].strip()
        if value != environment[name]:
            environment[name] = value
        if not value:
            continue
        is_secret = not name.endswith(("_FILE", "_CREDENTIALS", "_PATH"))
        if not value.isprintable() or (is_secret and not value.isascii()):
            refuse(f"{name} contains a line end, or a character that it cannot have. Store it again, in one line.")
        if _ADDRESSES.fullmatch(name) and not is_web(value):
            refuse(f"{name} is not an address. Write it as https://HOST.")
        if name in ("AWS_REGION", "AWS_DEFAULT_REGION") and not _REGION.fullmatch(value):
            refuse(f"{name} is not the name of a region, such as eu-central-1 or auto.")


def store_settings(target: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the keys and the region of a profile in ~/.aws, which the store's library does not read.

    It reads the environment, Google's and Azure's files, and the tokens of machines in those clouds. Exits with 2 if a
    profile is asked for that has no keys.
    """
    if not target.startswith("s3:"):
        return {}
    name = environment.get("AWS_PROFILE", "")
    if not name and any(environment.get(key) for key in _ELSEWHERE):
        return {}
    general = _profile(environment, "AWS_CONFIG_FILE", "config", name or "default")
    found = general | _profile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials", name or "default")
    if environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"):
        found.pop("region", "")
    if name and "aws_access_key_id" not in found:
        refuse(
            f"AWS_PROFILE={name}: ~/.aws has no keys for that profile. If you sign in to get them, "
            "run: eval $(aws configure export-credentials --format env)"
        )
    if environment.get("AWS_ACCESS_KEY_ID") == "" and "aws_access_key_id" not in found:
        # as CI leaves it where the secret is missing
        refuse("AWS_ACCESS_KEY_ID is empty, and ~/.aws has no keys")
    return found


def _profile(environment: Mapping[str, str], variable: str, file: str, name: str) -> dict[str, str]:
    from configparser import Error, RawConfigParser

    path = Path(environment.get(variable) or Path(environment.get("HOME") or os.path.expanduser("~")) / ".aws" / file)  # noqa: PTH111
    parser = RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}
    except Error:
        refuse(f"{path} is not a valid AWS configuration file")
    section = next((title for title in (name, f"profile {name}") if parser.has_section(title)), "")
    values = dict(parser.items(section)) if section else {}
    return {key: values[key] for key in _PROFILE_KEYS if values.get(key)}


def cdn(purge: Purge, environment: Mapping[str, str]) -> Cdn | None:
    """Return the CDN to purge; exit with 2 where one is named whose token is not in the environment."""
    from feedtool.publish.http import APIS, Cdn

    for service, names in _SECRETS.items():
        is_set = all(environment.get(name) for name in names)
        if purge == service and not is_set:
            refuse(f"--purge {service} needs {' and '.join(names)} in the environment")
        if purge == service or (purge == "auto" and is_set):
            token, *zone = (_secret(environment, name) for name in names)
            return Cdn(service=service, token=token, zone="".join(zone), api=APIS[service])
    return None


def _secret(environment: Mapping[str, str], name: str) -> str:
    """Return a token for a header, or a zone for an address."""
    secret = environment[name].strip()
    if not (secret.isascii() and secret.isprintable()):
        refuse(f"{name} contains characters that a token cannot have")
    if name.endswith("_ID") and not secret.isalnum():
        refuse(f"{name} is not a zone id, which has 32 letters and digits")
    return secret
