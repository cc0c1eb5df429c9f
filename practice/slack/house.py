"""The parts of the practice Slack, put together and served by one aiohttp application."""

import asyncio
import json
import time
from collections.abc import Sequence

from aiohttp import web

from practice.fault import Fault
from practice.slack import hooks
from practice.slack.browser import Browser
from practice.slack.dialogs import Dialogs
from practice.slack.files import receive
from practice.slack.guard import MAX_BODY, add_headers, guard
from practice.slack.hooks import Origin
from practice.slack.methods import Desk
from practice.slack.panel import Panel
from practice.slack.passes import Passes, PassRefused
from practice.slack.people import People
from practice.slack.rates import Rates
from practice.slack.socket_mode import Hub
from practice.slack.state import Workspace
from practice.slack.trouble import Trouble
from practice.slack.views import Views
from practice.slack.webapi import ApiCall, WebApi, hang_up
from practice.slack.wire import Json, Refusal, is_record


class House:
    """Everything that lives in the server's loop."""

    def __init__(self, completions: Sequence[tuple[str, str]] = ()) -> None:
        self.url = ""
        self.workspace = Workspace()
        self.hub = Hub()
        self.trouble = Trouble()
        self.tickets: Passes[str] = Passes(seconds=30)
        self.answers: Passes[Origin] = Passes(seconds=1800, uses=5)
        triggers: Passes[str] = Passes(seconds=3)
        views = Views(self.workspace)
        uploads: Passes[str] = Passes(seconds=600)
        self.desk = Desk(self.workspace, views, triggers, self.tickets, uploads, self.address)
        self.api = WebApi(self.desk, self.trouble, Rates())
        self.people = People(self.workspace, self.hub, views, triggers, self.answers, self.address)
        self.workspace.listen(self.people.overhear)
        self.panel = Panel((), lambda fault: self.workspace.tell("fault", fault=fault))
        self.dialogs = Dialogs(self.workspace, self.hub, views, triggers)
        self.browser = Browser(self.workspace, self.people, self.dialogs, self.hub, self.panel, completions)
        self.hub.on_change = lambda: self.workspace.tell("sockets", count=len(self.hub.connections))

    def add_faults(self, faults: Sequence[Fault]) -> None:
        """Show more faults on the panel."""
        self.panel.faults = (*self.panel.faults, *faults)

    def address(self) -> str:
        """Return the server's address, without a slash at its end."""
        return self.url

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(middlewares=[guard], client_max_size=MAX_BODY)
        app.on_response_prepare.append(add_headers)
        app.add_routes(self.browser.routes())
        app.add_routes([
            web.route("*", "/api/{method}", self.api.handle),
            web.get("/socket/", self._socket),
            web.get("/socket", self._socket),
            web.post("/hooks/response/{token}", self._response),
            web.post("/upload/v1/{token}", self._upload),
        ])  # fmt: skip
        return app

    async def close(self) -> None:
        """Close every socket and every stream."""
        self.browser.close()
        await self.hub.close()
        self.panel.close()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        rule = self.trouble.strike("socket", "handshake", "ticket_used", "refuse", "hang", "delay")
        if rule is not None and rule.kind == "hang":
            await rule.ended()
        if rule is not None and rule.kind in ("refuse", "hang"):
            return hang_up(request)
        if rule is not None and rule.kind == "handshake":
            return web.Response(status=rule.status)
        if rule is not None and rule.kind == "delay":
            await asyncio.sleep(rule.seconds)
        ticket = request.query.get("ticket", "")
        if rule is not None and rule.kind == "ticket_used":
            self.tickets.spend(ticket)
        try:
            self.tickets.take(ticket)
        except PassRefused as refused:
            return web.json_response({"ok": False, "error": f"ticket_{refused.fate}"}, status=403)
        return await self.hub.serve(request)

    async def _response(self, request: web.Request) -> web.Response:
        entry = ApiCall("response_url", {"token": request.match_info["token"]}, time.monotonic())
        self.api.log.append(entry)
        response = await self._answered(request, entry)
        entry.seconds, entry.status = time.monotonic() - entry.at, response.status
        return response

    async def _answered(self, request: web.Request, entry: ApiCall) -> web.Response:
        rule = self.trouble.strike("response_url", "refuse", "http_error", "ratelimited")
        if rule is not None and rule.kind == "refuse":
            return hang_up(request)
        if rule is not None:
            status = 429 if rule.kind == "ratelimited" else rule.status
            return web.Response(status=status, headers={"Retry-After": str(rule.retry_after)})
        try:
            body = await _body(request)
            entry.args |= body
            origin = self.answers.take(request.match_info["token"])
            hooks.answer(self.workspace, origin, body)
        except PassRefused as refused:
            error = {"used": "used_url", "expired": "expired_url", "unknown": "invalid_url"}[refused.fate]
            return web.json_response({"ok": False, "error": error}, status=404)
        except Refusal as refusal:
            return web.Response(status=400, text=refusal.error)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        content = await request.read()
        try:
            receive(self.desk, request.match_info["token"], content)
        except Refusal as refusal:
            return web.Response(status=400, text=refusal.error)
        return web.Response(text=f"OK - {len(content)}")


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not is_record(body):
        raise Refusal("invalid_payload")
    return body
