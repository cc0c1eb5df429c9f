"""Who may talk to the practice server: this machine's own programs and its own page."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

MAX_BODY = 4 * 2**20
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_NAMES = ("127.0.0.1", "localhost")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that another site's page could have caused."""
    reason = _refusal(request)
    if reason:
        return web.json_response({"ok": False, "error": reason}, status=403, headers=_HEADERS)
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that keep a browser from being misled."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _refusal(request: web.Request) -> str | None:
    # A name that resolves to this machine but is not ours is how DNS rebinding looks.
    if urlsplit(f"//{request.host}").hostname not in _NAMES:
        return "This server answers under its own address only."
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return "This request comes from another site."
    if not request.path.startswith("/practice/"):
        return None
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return "This request comes from another site."
    if request.method == "POST" and (origin is None or request.content_type != "application/json"):
        return "A request of the page carries its Origin and a JSON body."
    return None
