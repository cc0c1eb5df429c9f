"""The one redaction door: what of a statement, a notice or an error may be shown to people or written to a log."""


def redact(text: str, query_id: int | None = None, limit: int = 200) -> str:
    """Stand-in."""
    return "text hidden" if query_id is None else f"query id {query_id}"


def scrub(message: str) -> str:
    """Stand-in."""
    return message.splitlines()[0] if message else ""
