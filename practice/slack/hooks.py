"""Answers that travel back without a token: in an acknowledgement or by a response_url."""

from dataclasses import dataclass

from practice.slack import fixture
from practice.slack.limits import invalid_blocks, message_problems, message_size_error
from practice.slack.state import Workspace
from practice.slack.wire import Json, Refusal


@dataclass(frozen=True)
class Origin:
    """Where an answer belongs: who asked, where, and what was clicked."""

    user: str
    channel: str
    command: str = ""
    ts: str = ""
    whisper: str = ""


def answer(workspace: Workspace, origin: Origin, body: Json) -> None:
    """Show an answer as Slack would: ephemeral unless it says otherwise.

    Raises:
        Refusal: the answer breaks a limit, or says nothing.
    """
    if body.get("delete_original"):
        _delete(workspace, origin)
        return
    problems = message_problems(body)
    if problems:
        raise invalid_blocks(problems)
    error = message_size_error(body)
    if error:
        raise Refusal(error)
    if not _says_something(body):
        _only_shown(workspace, origin, body)
        return
    if body.get("replace_original") and (origin.ts or origin.whisper):
        _replace(workspace, origin, body)
    elif body.get("response_type") == "in_channel":
        _in_channel(workspace, origin, body)
    else:
        workspace.whisper(origin.channel, origin.user, _said(body))


def from_the_app(body: Json) -> Json:
    """Return the parts of a body that make a message of the app's."""
    kept = {name: body[name] for name in ("text", "blocks", "attachments", "metadata") if body.get(name)}
    return {"text": "", "user": fixture.BOT_USER, "bot_id": fixture.BOT, "app_id": fixture.APP, **kept}


def _said(body: Json) -> Json:
    kept = {name: body[name] for name in ("text", "blocks", "attachments") if body.get(name)}
    return {"text": "", "blocks": [], **kept, **_thread(body)}


def _delete(workspace: Workspace, origin: Origin) -> None:
    if origin.whisper:
        workspace.hush(origin.whisper)
    elif workspace.message(origin.channel, origin.ts):
        workspace.delete(origin.channel, origin.ts)


def _replace(workspace: Workspace, origin: Origin, body: Json) -> None:
    changes: Json = {"text": body.get("text", ""), "blocks": body.get("blocks") or []}
    if origin.whisper:
        workspace.rewrite(origin.whisper, changes)
    elif workspace.message(origin.channel, origin.ts):
        edited: Json = {"user": fixture.BOT_USER, "ts": workspace.clock.ts()}
        workspace.edit(origin.channel, origin.ts, changes | {"edited": edited})


def _says_something(body: Json) -> bool:
    return any(body.get(name) for name in ("text", "blocks", "attachments"))


def _only_shown(workspace: Workspace, origin: Origin, body: Json) -> None:
    """An acknowledgement with nothing but `in_channel` lets everybody see what was typed; any other must say something."""
    if not origin.command or body.get("response_type") != "in_channel":
        raise Refusal("no_text")
    _show_command(workspace, origin)


def _show_command(workspace: Workspace, origin: Origin) -> None:
    if origin.command:
        workspace.post(origin.channel, {"user": origin.user, "text": origin.command}, is_command=True)


def _in_channel(workspace: Workspace, origin: Origin, body: Json) -> None:
    _show_command(workspace, origin)
    workspace.post(origin.channel, from_the_app(body) | _thread(body))


def _thread(body: Json) -> Json:
    return {"thread_ts": body["thread_ts"]} if body.get("thread_ts") else {}
