"""Everything that everybody sees, as text: what a failed test shows."""

from practice.slack.state import Workspace
from practice.slack.text import as_text, conversation


def transcript(there: Workspace) -> str:
    """Return all conversations, what only some see, and what Slack itself told people."""
    channels = [
        f"== #{one.name or one.id}\n{conversation(there.page_message(one.id, said) for said in there.messages(one.id))}"
        for one in there.channels.values()
        if there.messages(one.id)
    ]
    whispers = [f"== only {one['user']} sees\n{as_text(one)}" for one in there.whispers.values()]
    views = [f"== {user} has open\n{as_text(view)}" for user, stack in there.stacks.items() for view in stack]
    notices = [f"== Slack tells {one['user']}: {one['text']}" for one in there.notices]
    return "\n".join([*channels, *whispers, *views, *notices]) or "== nothing was said"
