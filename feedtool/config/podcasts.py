"""Checks of the addresses of pictures and of values about podcasts. Pure."""

from __future__ import annotations

import re

from feedtool.config.checks import WEB, BadValueError, shown, takes, web_address

_NOT_SHOWN = r"\.([sS][vV][gG]|[iI][cC][oO]|[wW][eE][bB][pP]|[aA][vV][iI][fF])$"


@takes("a web address", {**WEB, "not": {"pattern": _NOT_SHOWN}})
def picture(value: object) -> str:
    """Return the address of a picture in one of the formats that RSS allows; or ""."""
    url = web_address(value)
    if re.search(_NOT_SHOWN, url):
        raise BadValueError(f"{shown(url)} is not a PNG, GIF or JPEG", "Many readers show no other pictures of a feed.")
    return url
