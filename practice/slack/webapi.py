"""The Web API over HTTP: who calls, with what, how often, and what is answered."""

import asyncio
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from practice.slack import chat, directory, files
from practice.slack.methods import Call, Desk, Method
from practice.slack.rates import Rates
from practice.slack.trouble import Rule, Trouble
from practice.slack.wire import Json, Refusal, is_record, new_id

METHODS: Mapping[str, Method] = {**chat.METHODS, **directory.METHODS, **files.METHODS}


@dataclass
class ApiCall:
    """One call of the app, as the log keeps it; `answer` is None when it never got one."""

    method: str
    args: Json
    at: float
    seconds: float = 0.0
    status: int = 0
    answer: Json | None = None


@dataclass
class WebApi:
    """Serves `/api/METHOD`."""

    desk: Desk
    trouble: Trouble
    rates: Rates
    log: list[ApiCall] = field(default_factory=list[ApiCall])
    clock_ahead: float = 0.0
    """By how many seconds Slack's clock is ahead of this machine's."""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        name = request.match_info["method"]
        args, token = await _arguments(request)
        entry = ApiCall(name, args, time.monotonic())
        self.log.append(entry)
        rule = self.trouble.strike(name, "refuse", "hang", "delay", "ratelimited", "http_error", "error", "lose_answer")
        response = await self._troubled(request, rule) or self._answer(entry, token)
        if rule is not None and rule.kind == "lose_answer":
            response = hang_up(request)
        response.headers["Date"] = formatdate(time.time() + self.clock_ahead, usegmt=True)
        entry.seconds, entry.status = time.monotonic() - entry.at, response.status
        entry.answer = _logged(response)
        return response

    async def _troubled(self, request: web.Request, rule: Rule | None) -> web.Response | None:
        match rule.kind if rule else None:
            case "refuse":
                return hang_up(request)
            case "hang" if rule:
                await rule.ended()
                return hang_up(request)
            case "delay" if rule:
                await asyncio.sleep(rule.seconds)
            case "ratelimited" if rule:
                return _too_many(rule.retry_after)
            case "http_error" if rule:
                return web.Response(status=rule.status, text="Internal error")
            case "error" if rule:
                return _json(Refusal(rule.error).body())
            case _:
                pass
        return None

    def _answer(self, entry: ApiCall, token: str) -> web.Response:
        method = METHODS.get(entry.method)
        if method is None:
            return _json(Refusal("unknown_method", req_method=entry.method).body())
        headers = {"x-accepted-oauth-scopes": ",".join(method.scopes)}
        try:
            self._authorise(method, token)
            headers["x-oauth-scopes"] = ",".join(sorted(self.desk.scopes))
            wait = self.rates.take(entry.method, method.per_minute, str(entry.args.get("channel", "")))
            if wait:
                return _too_many(math.ceil(wait))
            return _json({"ok": True, **method.run(Call(self.desk, entry.args))}, headers)
        except Refusal as refusal:
            return _json(refusal.body(), headers)

    def _authorise(self, method: Method, token: str) -> None:
        if not token:
            raise Refusal("not_authed")
        if token not in (self.desk.bot_token, self.desk.app_token):
            raise Refusal("invalid_auth")
        if method.is_app_level != (token == self.desk.app_token):
            raise Refusal("not_allowed_token_type")
        if method.scopes and not self.desk.scopes.intersection(method.scopes):
            raise Refusal("missing_scope", needed=",".join(method.scopes), provided=",".join(sorted(self.desk.scopes)))


async def _arguments(request: web.Request) -> tuple[Json, str]:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        body: Any = await _json_body(request)
        args |= body if is_record(body) else {}
    elif request.can_read_body:
        args |= dict(await request.post())
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return args, str(args.pop("token", "") or bearer)


async def _json_body(request: web.Request) -> Any:  # noqa: ANN401 - JSON of any shape
    try:
        return json.loads(await request.text() or "{}")
    except ValueError:
        return {}


def _json(body: Json, headers: Mapping[str, str] | None = None) -> web.Response:
    whole = {"x-slack-req-id": new_id("").lower(), **(headers or {})}
    return web.json_response(body, headers=whole)


def _too_many(seconds: int) -> web.Response:
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(max(1, seconds))}
    )


def hang_up(request: web.Request) -> web.Response:
    """Cut the connection of a request; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


def _logged(response: web.Response) -> Json | None:
    if response.status == 499 or not response.text or response.content_type != "application/json":  # noqa: PLR2004 - no answer was sent
        return None
    return json.loads(response.text)
