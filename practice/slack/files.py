"""The methods `files.*`: text snippets, uploaded in three steps as Slack has them."""

import time
from typing import Any

from practice.slack import fixture, hooks
from practice.slack.methods import Call, Desk, Method
from practice.slack.passes import PassRefused
from practice.slack.state import Workspace
from practice.slack.wire import Json, Refusal, as_record, new_id, records

SCAN_SECONDS = 0.5
"""How long a file has no `mimetype` after its upload, as real Slack's are scanned first."""


def _upload_url(call: Call) -> Json:
    file_id = new_id("F")
    call.workspace.files[file_id] = {
        "id": file_id,
        "name": call.needed("filename"),
        "title": call.text("title") or call.needed("filename"),
        "length": call.number("length", 0),
        "filetype": call.text("snippet_type") or "text",
        "content": None,
        "completed_at": None,
    }
    url = f"{call.desk.address()}/upload/v1/{call.desk.uploads.issue(file_id)}"
    return {"file_id": file_id, "upload_url": url}


def receive(desk: Desk, ticket: str, content: bytes) -> None:
    """Keep the bytes of an upload.

    Raises:
        Refusal: the address is used up, or the length is not the announced one.
    """
    try:
        file = desk.workspace.files[desk.uploads.take(ticket)]
    except PassRefused as refused:
        raise Refusal(f"upload_{refused.fate}") from refused
    if file["length"] != len(content):
        raise Refusal("wrong_length")
    file["content"] = content.decode("utf-8", errors="replace")


def _complete(call: Call) -> Json:
    named = records(call.data("files"))
    found = [(call.workspace.files.get(str(one.get("id"))), one) for one in named]
    if not found or any(file is None or file["content"] is None for file, _ in found):
        raise Refusal("file_not_found")
    kept: list[Json] = []
    for file, one in found:
        if file is not None:
            file |= {"title": one.get("title") or file["title"], "completed_at": time.monotonic()}
            kept.append(file)
    _share(call, kept)
    return {"files": [wire(file) for file in kept]}


def _share(call: Call, kept: list[Json]) -> None:
    targets = call.text("channels") or call.text("channel_id")
    for name in filter(None, targets.split(",")):
        channel = Call(call.desk, {"channel": name}).channel()
        thread: Json = {"thread_ts": call.text("thread_ts")} if call.text("thread_ts") else {}
        body: Json = {"text": call.text("initial_comment"), "blocks": call.data("blocks")}
        message = hooks.from_the_app(body) | thread | {"files": [wire(file) for file in kept]}
        call.workspace.post(channel.id, message)


def wire(file: Json) -> Json:
    """Return the file object that Slack answers; `mimetype` and `filetype` are empty while it is scanned."""
    is_scanned = file["completed_at"] is not None and time.monotonic() - file["completed_at"] > SCAN_SECONDS
    return {
        "id": file["id"],
        "name": file["name"],
        "title": file["title"],
        "size": file["length"],
        "mimetype": "text/plain" if is_scanned else "",
        "filetype": file["filetype"] if is_scanned else "",
        "mode": "snippet",
        "user": fixture.BOT_USER,
        "preview": str(file["content"] or "")[:400],
    }


def unusable(workspace: Workspace, blocks: object) -> list[str]:
    """Return what is wrong with the files that image blocks show: unknown ones, and those still being scanned."""
    found: list[str] = []
    for index, block in enumerate(records(blocks)):
        file_id = as_record(block.get("slack_file")).get("id")
        file = workspace.files.get(str(file_id))
        if file_id and (file is None or not wire(file)["mimetype"]):
            found.append(f"[ERROR] invalid slack file [json-pointer:/blocks/{index}/slack_file/id]")
    return found


def _info(call: Call) -> Json:
    file: Any = call.workspace.files.get(call.text("file"))
    if file is None:
        raise Refusal("file_not_found")
    return {"file": wire(file), "content": str(file["content"] or "")}


METHODS = {
    "files.getUploadURLExternal": Method(_upload_url, ("files:write",), 100),
    "files.completeUploadExternal": Method(_complete, ("files:write",), 100),
    "files.info": Method(_info, ("files:read",), 100),
}
