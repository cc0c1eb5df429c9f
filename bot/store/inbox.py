"""What people said to Scout, written down before it is acknowledged."""

from pydantic import TypeAdapter

from bot.chat import Inbound
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)
_INBOUND: TypeAdapter[Inbound] = TypeAdapter(Inbound)


class Inbox(Room):
    """What is waiting for an answer."""

    def receive(self, item: Inbound, holder: str) -> bool:
        """Write down what somebody said; False when it is there already, because the chat sent it again."""
        return bool(
            self._engine.tell(SQL["receive"], id=item.id, holder=holder, at=as_text(item.at), body=as_body(item))
        )

    def unanswered(self, holder: str) -> list[Inbound]:
        """What a process still has to answer, oldest first."""
        return [_INBOUND.validate_json(row["body"]) for row in self._engine.ask(SQL["unanswered"], holder=holder)]

    def waiting_requests(self) -> list[Inbound]:
        """What any process still has to answer, oldest first."""
        return [_INBOUND.validate_json(row["body"]) for row in self._engine.ask(SQL["waiting"])]

    def adopt(self, holder: str, dead: set[str]) -> list[Inbound]:
        """Take over what dead processes left unanswered, oldest first; of two that try, one gets each."""
        orphans = tuple(sorted(dead - {holder}))
        found = self._engine.tell(SQL["adopt"], holder=holder, dead=orphans) if orphans else []
        return sorted((_INBOUND.validate_json(row["body"]) for row in found), key=lambda item: (item.at, item.id))

    def request(self, id: str) -> Inbound | None:  # noqa: A002 - callers say request(id=…), the record's own word
        """What somebody said, answered or not, until it is pruned."""
        return next((_INBOUND.validate_json(row["body"]) for row in self._engine.ask(SQL["one"], id=id)), None)


class InboxHand(Hand):
    """Answering, as part of a change."""

    def finish(self, inbox_id: str) -> bool:
        """Mark as answered; False when another process has answered it, so that nothing may be said any more.

        What never was in the inbox, because it was asked at a terminal, is nobody else's to answer.
        """
        if self._session.rows(SQL["finish"], id=inbox_id, at=as_text(self._session.now())):
            return True
        return not self._session.rows(SQL["is_there"], id=inbox_id)

    def is_open(self, inbox_id: str) -> bool:
        """Whether it waits for its answer yet."""
        return bool(self._session.rows(SQL["is_open"], id=inbox_id))
