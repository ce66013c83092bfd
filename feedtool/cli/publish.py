"""`feedtool publish`, with credentials for stores and CDNs, which come from the environment and from ~/.aws.

Secrets are often stored with a line end, which no header may have, so values are stripped. The name of a variable that
is wrong is said, and never its value.
"""

from __future__ import annotations

import os
import re
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from configparser import Error, RawConfigParser
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from feedtool import report
from feedtool.build import Outcome
from feedtool.build.run import Workspace
from feedtool.cli import console
from feedtool.cli.building import BUILDING, Common, built
from feedtool.cli.console import any_serious, bars, complain, fail, print_problems, refuse, say_waiting
from feedtool.cli.options import Prune, shared
from feedtool.config import Config, minutes
from feedtool.model import Purge
from feedtool.output import MANIFEST, locked
from feedtool.syntax import is_web

if TYPE_CHECKING:
    from feedtool.publish import Done, World
    from feedtool.publish.http import Cdn, Service
    from feedtool.publish.places import Store

#: failures that are printed; the rest is counted
_MOST_FAILURES = 20
#: names of files that a trial run lists on a terminal
_MOST_LINES = 10
_Purge = Annotated[
    Purge | None,
    typer.Option(help="CDN to purge; list prints the changed addresses. (default: the one whose token is set)"),
]
_FORCE = "Overwrite objects that are newer, belong to another site URL, or were not written by feedtool."
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


@shared(*BUILDING)
def publish(
    common: Common,
    target: Annotated[
        str | None, typer.Argument(metavar="TARGET", help="s3://BUCKET/PREFIX, gs://…, az://…, or file:///FOLDER.")
    ] = None,
    no_build: Annotated[bool, typer.Option("--no-build", help="Publish the output folder without building.")] = False,
    grace: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Keep files that are gone from the output this long. (default: 7d)"),
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", help="Number of parallel uploads. (default: 8)")
    ] = None,
    purge: _Purge = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build, and list what would be uploaded and removed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help=_FORCE)] = False,
    prune: Prune = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was uploaded and removed, and the changed addresses, as JSON.")
    ] = False,
) -> None:
    """Build, upload what changed, and notify the CDN and the hub."""
    from feedtool.publish.store import PublishError

    started = time.monotonic()
    clean(os.environ)
    own = {"target": target, "grace": grace, "concurrency": concurrency, "purge": purge}
    given = {f"publish.{name}": value for name, value in own.items()}
    settings, workspace = common.load(given, is_new=no_build)
    _require_target(settings, workspace)
    try:
        store = _opened(settings.publish.target)
        outcome = None if no_build else _built_for(settings, workspace, store, common, prune=prune)
        done = _uploaded(settings, workspace, store, is_dry=dry_run, force=force, quiet=common.quiet)
    except PublishError as error:
        fail(str(error))
    _print(settings, done, outcome, common, time.monotonic() - started, is_dry=dry_run, as_json=as_json)
    raise typer.Exit(1 if done.failures or (common.strict and any_serious(done.problems)) else 0)


def _require_target(settings: Config, workspace: Workspace) -> None:
    """Exit with 2 where there is no target, or it cannot be used."""
    target = settings.publish.target
    if not target:
        refuse('no target: name a bucket or a folder, or write target = "s3://…" under [publish] in feedtool.toml.')
    is_folder = target.startswith("file:")
    if not is_folder and find_spec("obstore") is None:
        refuse("publish needs a library that is not installed; `pip install 'feedtool[publish]'` brings it")
    if is_folder:
        from feedtool.publish.places import folder_of

        folder, output = folder_of(target).resolve(), workspace.output.resolve()
        if folder == output or folder in output.parents or output in folder.parents:
            refuse(f"{target} and the output folder {output} overlap")


def _opened(target: str) -> Store:
    from feedtool.publish.places import Bucket, Folder

    return Folder(target) if target.startswith("file:") else Bucket(target, store_settings(target, os.environ))


def _built_for(settings: Config, workspace: Workspace, store: Store, common: Common, *, prune: bool) -> Outcome:
    """Build as `feedtool build` does; the published manifest serves where the output folder has none."""
    from feedtool.generators import ManifestError, read_published

    found: dict[str, bytes] = {}

    def read(path: str) -> bytes:
        stored = store.read(path)
        found[path] = stored[0] if stored else b""
        return found[path]

    if not (workspace.output / MANIFEST).exists():
        with suppress(ManifestError):  # reported when it is to be replaced
            read_published(read)
            workspace = replace(workspace, published=found)
    outcome = built(settings, workspace, common, prune=prune)
    print_problems(outcome.problems, quiet=common.quiet, verbose=common.verbose)
    if not outcome.is_built or outcome.refused or (common.strict and any_serious(outcome.problems)):
        fail("nothing was published, because of the problems above.")
    return outcome


def _uploaded(settings: Config, workspace: Workspace, store: Store, *, is_dry: bool, force: bool, quiet: bool) -> Done:
    from feedtool.publish import Options
    from feedtool.publish import publish as upload
    from feedtool.publish.objects import check_address, read_output

    grace_ms, purged = minutes(settings.publish.grace) * 60_000, cdn(settings.publish.purge, os.environ)
    options = Options(grace_ms=grace_ms, force=force, is_dry=is_dry, cdn=purged, hub=settings.site.hub)
    with locked(workspace.output, partial(say_waiting, str(workspace.output))):
        output = read_output(workspace.output)
        check_address(output, settings.site.url)
        with _world(settings.publish.concurrency, settings.publish.target, quiet=quiet) as world:
            return upload(store, output, options, world)


@contextmanager
def _world(concurrency: int, target: str, *, quiet: bool) -> Iterator[World]:
    """Give clock, threads and progress; at the end no thread is left, and what has not begun is cancelled."""
    from feedtool.publish import World

    executor = ThreadPoolExecutor(concurrency)
    try:
        with bars(quiet=quiet) as progress:
            yield World(
                each=executor.map, now_ms=lambda: time.time_ns() // 1_000_000, pause=time.sleep,
                name=uuid.uuid4().hex, progress=progress, waiting=partial(say_waiting, target),
            )  # fmt: skip
    finally:
        executor.shutdown(cancel_futures=True)


def _print(
    settings: Config, done: Done, outcome: Outcome | None, common: Common, seconds: float,
    *, is_dry: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print the result: for people, or for a program on standard output and the rest on standard error."""
    print_problems(done.problems, quiet=common.quiet, verbose=common.verbose)
    for failure in done.failures[:_MOST_FAILURES]:
        complain(failure)
    if more := len(done.failures[_MOST_FAILURES:]):
        complain(f"and {report.counted(more, 'more failure')}.")
    is_list = settings.publish.purge == "list"
    if is_dry:
        lines = [f"would upload {one.path}" for step in done.plan.puts for one in step]
        lines += [f"would remove {path}" for step in done.plan.removals for path in step]
        lines += [f"would notify {settings.site.hub} of {topic}" for topic in done.topics]
        most = _MOST_LINES if sys.stdout.isatty() and not common.verbose else len(lines)
        for line in lines[:most] + ([f"and {len(lines) - most:,} more; -v lists all"] if len(lines) > most else []):
            typer.echo(report.printable(line), err=is_list or as_json)
    console.print_summary(_rows(settings, done, seconds, is_dry=is_dry), quiet=common.quiet, err=is_list or as_json)
    if as_json:
        target, url = settings.publish.target, settings.site.url
        typer.echo(report.published_json(done, outcome, target=target, site_url=url, is_dry=is_dry, seconds=seconds))
    elif is_list:
        typer.echo("".join(f"{address}\n" for address in done.changed), nl=False)


def _rows(settings: Config, done: Done, seconds: float, *, is_dry: bool) -> Sequence[tuple[str, str]]:
    plan = done.plan
    put, removed = (sum(map(len, plan.puts)), sum(map(len, plan.removals))) if is_dry else (done.put, done.removed)
    rows = [
        ("would publish to" if is_dry else "published", settings.publish.target),
        ("objects to upload" if is_dry else "objects uploaded", f"{put:,}"),
        ("bytes to upload" if is_dry else "bytes uploaded", f"{done.bytes_put:,}"),
        ("unchanged", f"{plan.unchanged:,}"),
        ("removed", f"{removed:,}"),
    ]
    if settings.site.hub:
        rows.append(("hub notified of", report.counted(len(done.topics if is_dry else done.announced), "feed")))
    return [*rows, ("seconds", f"{seconds:.2f}")]


def clean(environment: MutableMapping[str, str]) -> None:
    """Strip what the stores' library reads by itself; exit with 2 where a value cannot be used."""
    for name in [name for name in environment if name.startswith(_STORES)]:
        environment[name] = value = environment[name].strip()
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
    found = _profile(environment, name or "default")
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


def _profile(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the keys of a profile; what the file of credentials says counts more than the general one."""
    parser = RawConfigParser()
    for variable, usual in (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")):
        path = environment.get(variable) or os.path.expanduser(f"~/.aws/{usual}")  # noqa: PTH111 - fails without a home
        try:
            parser.read(path, encoding="utf-8")
        except (Error, UnicodeDecodeError):
            refuse(f"{path} is not a valid AWS configuration file")
    titles = filter(parser.has_section, (f"profile {name}", name))
    return {key: value for title in titles for key, value in parser.items(title) if key in _PROFILE_KEYS and value}


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
