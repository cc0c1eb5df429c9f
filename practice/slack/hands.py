"""Finding what a test or the tour wants to press, and what it holds afterwards."""

from practice.slack.elements import each_element
from practice.slack.people import People
from practice.slack.wire import Json


def pick(where: Json, action_id: str, value: str | None) -> tuple[Json, Json]:
    """Return the block and the element that a test means.

    Raises:
        AssertionError: there is none.
    """
    fitting = [(block, one) for block, one in each_element(where["blocks"]) if one["action_id"].startswith(action_id)]
    buttons = [(block, one) for block, one in fitting if value in (None, one.get("value"), _label(one))]
    fields = [(block, one) for block, one in fitting if one["type"] != "button"]
    found = buttons or [(block, one) for block, one in fields if _options(one, value)] or fields
    if not found:
        raise AssertionError(f"There is nothing to press with {action_id!r} {value or ''} in {where['blocks']}")
    return found[0]


def press(people: People, user: str, where: Json, what: tuple[Json, Json], value: str | None) -> Json:
    """Let a person press an element of a message, an ephemeral message or a view."""
    block, element = what
    done: Json = {"block_id": block["block_id"], "action_id": element["action_id"], "action": chosen(element, value)}
    if "root_view_id" in where:
        return people.click_view(user, where["id"], done)
    if "id" in where:
        return people.click_whisper(user, where["id"], done)
    return people.click_message(user, where["channel"], where["ts"], done)


def _label(element: Json) -> str | None:
    return element["text"]["text"] if element["type"] == "button" else None


def _options(element: Json, value: str | None) -> list[Json]:
    """What a list offers under a value or a label: a long choice goes over several lists, and only one of them holds it."""
    return [option for option in element.get("options", []) if value in (option["value"], option["text"]["text"])]


def chosen(element: Json, value: str | None) -> Json:
    """Return what the element holds after a person chose a value."""
    kind = str(element["type"])
    if kind == "button":
        return {"value": element["value"]} if "value" in element else {}
    options = _options(element, value)
    if "options" in element:
        many = kind in ("checkboxes", "multi_static_select")
        return {"selected_options": options} if many else {"selected_option": options[0]}
    names = {"users_select": "selected_user", "conversations_select": "selected_conversation"}
    names |= {"channels_select": "selected_channel", "datepicker": "selected_date", "timepicker": "selected_time"}
    return {names.get(kind, "value"): value}
