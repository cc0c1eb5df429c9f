"""What a person does in modals and on the home tab, and what the app answers."""

from collections.abc import Callable
from dataclasses import dataclass

from practice.slack import interactions
from practice.slack.passes import Passes
from practice.slack.socket_mode import Hub
from practice.slack.state import Workspace
from practice.slack.views import Views, fill, missing
from practice.slack.wire import Json, NotPossible, Refusal


@dataclass
class Dialogs:
    """Submitting and closing modals, opening the home tab."""

    workspace: Workspace
    hub: Hub
    views: Views
    triggers: Passes[str]
    subscriptions: tuple[str, ...] = ("app_home_opened",)

    async def submit(self, user_id: str, view_id: str, values: Json) -> dict[str, str]:
        """Press a modal's submit button; returns the errors the app or Slack found, by block_id."""
        view = self.views.owned(user_id, view_id)
        fill(view, values)
        if errors := missing(view):
            return errors
        payload = interactions.interaction("view_submission", self.workspace.users[user_id])
        payload |= {"view": dict(view), "response_urls": [], "trigger_id": self.triggers.issue(user_id)}
        envelope = self.hub.deliver("interactive", payload)
        try:
            body = await envelope.acknowledged() if envelope else None
        except TimeoutError:
            body = None
        if body is None:
            raise NotPossible("We had some trouble connecting. Try again?")
        return self._obey(user_id, view_id, body)

    def _obey(self, user: str, view_id: str, body: Json) -> dict[str, str]:
        match body.get("response_action"):
            case None:
                self.workspace.close_view(user, view_id)
            case "errors":
                return {str(name): str(text) for name, text in body.get("errors", {}).items()}
            case "clear":
                for view in reversed(self.workspace.views(user)):
                    self.workspace.close_view(user, view["id"])
            case "update":
                self._changed(lambda: self.views.update(view_id, body.get("view")))
            case "push":
                self._changed(lambda: self.views.push(user, body.get("view")))
            case other:
                raise NotPossible(f"The app answered with an unknown response_action: {other}.")
        return {}

    def _changed(self, change: Callable[[], Json]) -> None:
        try:
            change()
        except Refusal as refusal:
            raise NotPossible(f"The app's answer was refused: {refusal.body()}") from refusal

    def close(self, user_id: str, view_id: str) -> None:
        """Close a modal; the app hears of it only when it asked to."""
        view = self.views.owned(user_id, view_id)
        self.workspace.close_view(user_id, view_id)
        if view["notify_on_close"]:
            payload = interactions.interaction("view_closed", self.workspace.users[user_id])
            self.hub.deliver("interactive", payload | {"view": view, "is_cleared": False})

    def open_home(self, user_id: str) -> None:
        """Open the app's home tab."""
        user = self.workspace.users[user_id]
        if "app_home_opened" not in self.subscriptions or user.is_stranger:
            return
        home = self.workspace.homes.get(user_id)
        body: Json = {"type": "app_home_opened", "user": user_id, "channel": user.direct_message, "tab": "home"}
        body["event_ts"] = self.workspace.clock.ts()
        self.hub.deliver("events_api", interactions.event(user, body | ({"view": home} if home else {})))
