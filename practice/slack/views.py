"""Modals and home tabs: made, opened, pushed, updated."""

import time
from dataclasses import dataclass

from practice.slack import fixture
from practice.slack.elements import each_element
from practice.slack.interactions import is_stateful, values_of
from practice.slack.limits import view_problems
from practice.slack.state import Workspace, with_block_ids
from practice.slack.wire import Json, NotPossible, Refusal, is_record, new_id

MAX_STACK = 3
_DEFAULTS: Json = {
    "callback_id": "", "private_metadata": "", "title": None, "close": None, "submit": None,
    "clear_on_close": False, "notify_on_close": False, "external_id": "",
}  # fmt: skip
_INITIAL = {
    "initial_value": "value", "initial_option": "selected_option", "initial_options": "selected_options",
    "initial_user": "selected_user", "initial_users": "selected_users", "initial_date": "selected_date",
    "initial_time": "selected_time", "initial_date_time": "selected_date_time",
    "initial_conversation": "selected_conversation", "initial_channel": "selected_channel",
}  # fmt: skip


@dataclass(frozen=True)
class Views:
    """What may be done with the views of a workspace."""

    workspace: Workspace

    def check(self, definition: object, kind: str | None = None) -> Json:
        """Return a view's definition if Slack would take it.

        Raises:
            Refusal: it would not, and why.
        """
        if not is_record(definition):
            raise Refusal("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
        wrong_kind = kind is not None and definition.get("type") != kind
        problems = (
            [f"[ERROR] must be of type {kind} [json-pointer:/view/type]"] if wrong_kind else view_problems(definition)
        )
        if problems:
            raise Refusal("invalid_arguments", response_metadata={"messages": problems})
        return definition

    def open(self, user: str, definition: object) -> Json:
        """Open a first modal."""
        view = self._make(user, self._alone(self.check(definition, "modal")))
        self.workspace.open_view(user, view)
        return view

    def push(self, user: str, definition: object) -> Json:
        """Put a modal on top of the person's others."""
        stack = self.workspace.views(user)
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= MAX_STACK:
            raise Refusal("push_limit_reached")
        view = self._make(user, self._alone(self.check(definition, "modal")), stack)
        self.workspace.open_view(user, view)
        return view

    def update(self, view_id: str, definition: object, expected_hash: str = "") -> Json:
        """Put another definition in the place of an open modal's."""
        found = self.workspace.view(view_id)
        if found is None:
            raise Refusal("not_found")
        user, old = found
        if expected_hash and expected_hash != old["hash"]:
            raise Refusal("hash_conflict")
        new = self._make(user, self.check(definition, "modal"))
        kept = {name: old[name] for name in ("id", "previous_view_id", "root_view_id")}
        new["state"]["values"] = _kept_values(old, new)
        old.clear()
        old.update(new | kept)
        self.workspace.tell("view", user=user, view=old)
        return old

    def publish(self, user: str, definition: object, expected_hash: str = "") -> Json:
        """Put a view on a person's home tab."""
        old = self.workspace.homes.get(user)
        if expected_hash and old is not None and expected_hash != old["hash"]:
            raise Refusal("hash_conflict")
        view = self._make(user, self.check(definition, "home"))
        self.workspace.set_home(user, view | ({"id": old["id"], "root_view_id": old["id"]} if old else {}))
        return self.workspace.homes[user]

    def owned(self, user: str, view_id: str) -> Json:
        """Return an open view of that person.

        Raises:
            NotPossible: it is closed, or somebody else's.
        """
        found = self.workspace.view(view_id)
        if found is None or found[0] != user:
            raise NotPossible("This dialog is no longer open.")
        return found[1]

    def by_external_id(self, external_id: str) -> str:
        """Return the id of the open view with that external id, or nothing."""
        views = [view for stack in self.workspace.stacks.values() for view in stack]
        return next((view["id"] for view in views if view["external_id"] == external_id), "")

    def _alone(self, definition: Json) -> Json:
        if definition.get("external_id") and self.by_external_id(definition["external_id"]):
            raise Refusal("duplicate_external_id")
        return definition

    def _make(self, user: str, definition: Json, below: list[Json] | None = None) -> Json:
        view_id = new_id("V")
        blocks = with_block_ids(definition.get("blocks"))
        return {
            **_DEFAULTS,
            **definition,
            "id": view_id,
            "team_id": self.workspace.users[user].team_id,
            "blocks": blocks,
            "state": {"values": _initial_values(blocks)},
            "hash": f"{int(time.time())}.{new_id('')[:8]}",
            "previous_view_id": below[-1]["id"] if below else None,
            "root_view_id": below[0]["id"] if below else view_id,
            "app_id": fixture.APP,
            "app_installed_team_id": fixture.TEAM,
            "bot_id": fixture.BOT,
        }


def _initial_values(blocks: list[Json]) -> Json:
    values: Json = {}
    for block, element in each_element(blocks):
        if is_stateful(element):
            started = {_INITIAL[name]: value for name, value in element.items() if name in _INITIAL}
            empty: Json = {"value": None} if element["type"].endswith("_input") else {}
            values.setdefault(block["block_id"], {})[element["action_id"]] = {
                "type": element["type"],
                **empty,
                **started,
            }
    return values


def _kept_values(old: Json, new: Json) -> Json:
    # Slack keeps what was filled in where block_id and action_id stay the same.
    return {
        block_id: {one: old["state"]["values"].get(block_id, {}).get(one, value) for one, value in fields.items()}
        for block_id, fields in new["state"]["values"].items()
    }


def fill(view: Json, values: Json) -> None:
    """Write what a person filled in into the state of a view."""
    state = view["state"]["values"]
    for block, element in each_element(view["blocks"]):
        given = values.get(block["block_id"], {}).get(element["action_id"])
        if given is not None and is_stateful(element):
            kept = {"type": element["type"], **values_of(given)}
            state.setdefault(block["block_id"], {})[element["action_id"]] = kept


def missing(view: Json) -> dict[str, str]:
    """Return a sentence for every required field that is still empty, by block_id."""
    asked = [block for block in view["blocks"] if block["type"] == "input" and not block.get("optional")]
    state = view["state"]["values"]
    return {
        block["block_id"]: "Please complete this required field."
        for block in asked
        if not _is_filled(state.get(block["block_id"], {}).get(block["element"]["action_id"], {}))
    }


def _is_filled(value: Json) -> bool:
    return any(item not in (None, "", []) for name, item in value.items() if name != "type")
