"""Credentials of stores and CDNs, from the environment and from ~/.aws.

Secrets are often stored with a line end, which no header may have, so values are stripped. The name of a variable that
is wrong is said, and never its value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from feedtool.cli.console import refuse
from feedtool.model import Purge
from feedtool.syntax import is_web

if TYPE_CHECKING:
    from feedtool.publish.http import Cdn, Service

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


def clean(environment: MutableMapping[str, str]) -> None:
    """Strip what the stores' library reads by itself; exit with 2 where a value cannot be used."""
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
    """Return the keys of a profile, and its region."""
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
