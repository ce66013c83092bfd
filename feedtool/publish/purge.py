"""Changed addresses -> requests to a CDN to let go of its copies.

Done ahead of the hub's being told, for a hub that asks the CDN would else be given the old copy. Copies go at once,
not "soft", which may serve them once more to who asks first: that would be the hub.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from feedtool.publish.http import Request

Service = Literal["cloudflare", "fastly"]

#: where the services' interfaces are
APIS: dict[Service, str] = {"cloudflare": "https://api.cloudflare.com", "fastly": "https://api.fastly.com"}
#: addresses in one request: what Cloudflare takes on every plan
#: (https://developers.cloudflare.com/cache/how-to/purge-cache/)
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdn:
    """A CDN that can be told."""

    service: Service
    #: may purge; is shown to nobody
    token: str = field(repr=False)
    #: Cloudflare's, of the site
    zone: str = ""
    #: of its interface
    api: str


def requests(cdn: Cdn, addresses: Sequence[str]) -> Iterator[tuple[Request, tuple[str, ...]]]:
    """Yield each request with the addresses that it lets the CDN forget."""
    if cdn.service == "fastly":
        # POST /purge/{host and path}: of one address
        for address in addresses:
            parts = urlsplit(address)
            url = f"{cdn.api}/purge/{parts.netloc}{parts.path}"
            yield Request(url=url, headers={"Fastly-Key": cdn.token, "Accept": "application/json"}), (address,)
        return
    # POST /client/v4/zones/{zone}/purge_cache, with {"files": [...]}
    for start in range(0, len(addresses), _MOST):
        some = tuple(addresses[start : start + _MOST])
        headers = {"Authorization": f"Bearer {cdn.token}", "Content-Type": "application/json"}
        url = f"{cdn.api}/client/v4/zones/{cdn.zone}/purge_cache"
        yield Request(url=url, body=json.dumps({"files": some}).encode(), headers=headers), some
