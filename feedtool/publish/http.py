"""A request that makes somebody act: sent, and sent again where that may help. For hubs and for CDNs.

An answer of success is all that is asked for; its content is not read. Redirects are not followed: what a request says
to one host, and its token, are not for another.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: seconds without an answer
PATIENCE = 10
#: seconds before the second and the third attempt
_PAUSES = (1, 4)
#: seconds; who asks for more patience is asked again by the next publication
_LONGEST_PAUSE = 30


class PostError(Exception):
    """It was not done; the text says why. `is_lasting`: nor would another request to that host be."""

    def __init__(self, reason: str, *, is_lasting: bool = False) -> None:
        super().__init__(reason)
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent. `headers` may hold a token, so that no message shows them."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stays)


def send(request: Request, *, pause: Callable[[float], None], patience_s: float = PATIENCE) -> None:
    """POST it, three times at most: where there is no answer, or the server says that it is at fault, or busy.

    `pause` waits so many seconds. Raises PostError.
    """
    for seconds in (*_PAUSES, None):
        try:
            _send(request, patience_s)
        except _AgainError as error:
            if seconds is None:
                raise PostError(str(error), is_lasting=error.is_silent) from None
            pause(min(max(seconds, error.after_s), _LONGEST_PAUSE))
        else:
            return


class _AgainError(Exception):
    """It may succeed another time."""

    def __init__(self, reason: str, *, after_s: int = 0, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.after_s = after_s
        self.is_silent = is_silent


def _send(request: Request, patience_s: float) -> None:
    headers = {"User-Agent": "feedtool", **request.headers}
    message = urllib.request.Request(request.url, data=request.body, headers=headers, method="POST")  # noqa: S310
    try:
        with _OPENER.open(message, timeout=patience_s):
            return
    except urllib.error.HTTPError as error:
        with error:
            reason = f"it answers {error.code}"
            after = error.headers.get("Retry-After") or ""
        if error.code in (408, 429) or error.code >= 500:
            raise _AgainError(reason, after_s=int(after) if after.isdecimal() else 0) from None
        raise PostError(reason, is_lasting=error.code in (401, 403)) from None
    except TimeoutError:
        raise _AgainError(f"no answer within {patience_s:g} seconds", is_silent=True) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        if isinstance(cause, TimeoutError):
            raise _AgainError(f"no answer within {patience_s:g} seconds", is_silent=True) from None
        said = getattr(cause, "strerror", None) or type(cause).__name__
        raise _AgainError(f"it cannot be reached: {said}", is_silent=True) from None
