"""Rich text as plain text."""

from practice.slack.wire import Json, records

_SIGNS = {
    "user": ("@", "user_id"),
    "usergroup": ("@", "usergroup_id"),
    "channel": ("#", "channel_id"),
    "team": ("@", "team_id"),
}


def rich_text(block: Json) -> str:
    """Return a `rich_text` block as lines."""
    return "\n".join(_holder(one) for one in records(block.get("elements")))


def _holder(element: Json) -> str:
    parts = records(element.get("elements"))
    match element.get("type"):
        case "rich_text_list":
            signs = (f"{index}." if element.get("style") == "ordered" else "•" for index in range(1, len(parts) + 1))
            indent = "  " * int(element.get("indent") or 0)
            return "\n".join(f"{indent}{sign} {_holder(part)}" for sign, part in zip(signs, parts, strict=True))
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _joined(parts).split("\n"))
        case _:
            return _joined(parts)


def _joined(parts: list[Json]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Json) -> str:
    kind = str(part.get("type"))
    if kind in _SIGNS:
        sign, name = _SIGNS[kind]
        return f"{sign}{part.get(name)}"
    if kind == "link":
        return str(part.get("text") or part.get("url"))
    if kind == "emoji":
        return f":{part.get('name')}:"
    if kind == "broadcast":
        return f"@{part.get('range')}"
    return str(part.get("text") or part.get("fallback") or part.get("value") or "")
