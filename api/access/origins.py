"""Where a request comes from: this machine or another, one of our pages or somebody else's."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from api.problems import ProblemError

__all__ = ["address_of", "check_same_origin", "check_this_machine", "own_path"]

FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers of a proxy: whoever asks through one is not on this machine."""

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


def address_of(scope: Scope) -> str:
    """Address that counts as one asker; of IPv6 the part that a provider gives to one customer."""
    client = scope.get("client")
    host = str(client[0]) if client else "this machine"
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def check_this_machine(scope: Scope) -> None:
    """Let in only who asks from this machine, by a name of this machine.

    The name matters: a page elsewhere can have its own name lead here (DNS rebinding), and would
    then be as free as the person before the browser.

    Raises
    ------
    ProblemError
        If the request comes from elsewhere.
    """
    headers = Headers(scope=scope)
    client = scope.get("client")
    # Without an address it came through a socket in the file system.
    is_near = client is None or _is_loopback(str(client[0]))
    is_named_so = _is_loopback(_host_name(headers.get("host", "")))
    if not is_near or not is_named_so or any(name in headers for name in FORWARDED):
        raise ProblemError(
            403,
            "this_machine_only",
            "without keys the service answers only this machine, by the name localhost. "
            "Maybe make a key (allocator keys add NAME --role planner) and serve with --keys.",
        )


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return host == "localhost" if address is None else address.is_loopback


def check_same_origin(scope: Scope, *, must_say: bool) -> None:
    """Refuse what somebody else's page has a browser do with our cookie, or on this machine.

    Parameters
    ----------
    scope
        The request.
    must_say
        Whether a request that says nothing of where it comes from is refused, too: browsers say
        it, other programs need not where no cookie is at stake.

    Raises
    ------
    ProblemError
        If a change is asked for from elsewhere.
    """
    if scope["method"] in SAFE_METHODS:
        return
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    is_own = site in (None, "same-origin", "none") and origin in (
        None,
        _own_origin(headers, origin),
    )
    if not is_own or (must_say and site is None and origin is None):
        raise ProblemError(
            403,
            "other_origin",
            "a change was asked for by another page than ours. "
            "Maybe open the service's own page, or send a key in a header.",
        )


def _own_origin(headers: Mapping[str, str], origin: str | None) -> str | None:
    """The origin itself if it names the host that was asked; a proxy may change the scheme."""
    scheme, _, host = (origin or "").partition("://")
    is_own = scheme in ("http", "https") and host.lower() == headers.get("host", "").lower()
    return origin if is_own else None


def own_path(text: str) -> str:
    """A path of this service to go to, ``/`` if the text is anything else."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\"))
    is_plain = is_path and text.isprintable() and "\\" not in text and len(text) <= 2000
    return text if is_plain else "/"
