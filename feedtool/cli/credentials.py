"""Where tokens and keys come from: the environment, and the files that a store's own tools keep. Printed nowhere."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from feedtool.cli.console import refuse
from feedtool.model import Purge
from feedtool.publish.purge import APIS, Cdn

#: what says that credentials come from elsewhere than a profile: the library looks there by itself
_ELSEWHERE = (
    "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE",
)  # fmt: skip
_PROFILE_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def store_settings(target: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the library does not find by itself: keys and region of a profile in ~/.aws.

    It reads the environment, Google's and Azure's files, and the tokens of machines in those clouds. Exits with 2 where
    a profile is asked for that holds no keys.
    """
    if not target.startswith("s3:"):
        return {}
    name = environment.get("AWS_PROFILE", "")
    if not name and any(environment.get(key) for key in _ELSEWHERE):
        return {}
    keys, settings = _profile(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials", name or "default")
    rest, general = _profile(environment, "AWS_CONFIG_FILE", "config", name or "default")
    found = {**rest, **keys}
    region = settings or general
    if region and not (environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")):
        found["region"] = region
    if name and "aws_access_key_id" not in found:
        refuse(
            f"AWS_PROFILE={name}: there are no keys of that profile in ~/.aws. Where they come from a sign-in, "
            "run: eval $(aws configure export-credentials --format env)"
        )
    if environment.get("AWS_ACCESS_KEY_ID") == "" and "aws_access_key_id" not in found:
        # as CI leaves it where a secret is not there
        refuse("AWS_ACCESS_KEY_ID is empty, and there are no keys in ~/.aws")
    return found


def cdn(purge: Purge, environment: Mapping[str, str]) -> Cdn | None:
    """Return the CDN to tell; exit with 2 where one is named whose token is not in the environment."""
    has_cloudflare = bool(environment.get("CLOUDFLARE_API_TOKEN") and environment.get("CLOUDFLARE_ZONE_ID"))
    if purge == "cloudflare" or (purge == "auto" and has_cloudflare):
        if not has_cloudflare:
            refuse("--purge cloudflare needs CLOUDFLARE_API_TOKEN and CLOUDFLARE_ZONE_ID in the environment")
        zone = environment["CLOUDFLARE_ZONE_ID"]
        if not (zone.isascii() and zone.isalnum()):
            refuse("CLOUDFLARE_ZONE_ID is no id of a zone, which is 32 letters and digits")
        token = _token(environment, "CLOUDFLARE_API_TOKEN")
        return Cdn(service="cloudflare", token=token, zone=zone, api=APIS["cloudflare"])
    if purge == "fastly" or (purge == "auto" and environment.get("FASTLY_API_TOKEN")):
        if not environment.get("FASTLY_API_TOKEN"):
            refuse("--purge fastly needs FASTLY_API_TOKEN in the environment")
        return Cdn(service="fastly", token=_token(environment, "FASTLY_API_TOKEN"), api=APIS["fastly"])
    return None


def _token(environment: Mapping[str, str], name: str) -> str:
    """Return a token as it may stand in a header."""
    token = environment[name].strip()
    if not (token.isascii() and token.isprintable()):
        refuse(f"{name} holds characters that no token has")
    return token


def _profile(environment: Mapping[str, str], variable: str, file: str, name: str) -> tuple[dict[str, str], str]:
    """Return the keys of a profile, and its region or ""."""
    place = Path(environment.get(variable) or Path(environment.get("HOME") or os.path.expanduser("~")) / ".aws" / file)  # noqa: PTH111
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}, ""
    except configparser.Error:
        refuse(f"{place} cannot be read: it is not as the AWS tools write it")
    section = next((title for title in (name, f"profile {name}") if parser.has_section(title)), "")
    if not section:
        return {}, ""
    values = dict(parser.items(section))
    return {key: values[key] for key in _PROFILE_KEYS if values.get(key)}, values.get("region", "")
