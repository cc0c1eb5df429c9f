"""The outbox: what Scout has to tell, written together with what it tells of, and marked once it is told."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.chat import Card, Home, Lane, Notice
from bot.sql import queries
from bot.store.engine import Hand, Room, Row, as_body, as_moment, as_text

SQL = queries(__file__)
NOWHERE = "nowhere"


class Notices(Room):
    """What is waiting to be sent, and where the cards are."""

    def claim_notices(
        self,
        holder: str,
        limit: int = 20,
        lease_s: float = 60,
        *,
        least: Lane = Lane.PROGRESS,
        held: Collection[str] = (),
        busy: Collection[str] = (),
    ) -> list[Notice]:
        """What is due, most urgent first; nobody else gets it for `lease_s` seconds, then it comes again.

        Nothing less urgent than `least`, but for pages no posts to the channels that are `held`, and nothing for who is `busy`.
        """
        with self._engine.changing() as session:
            now = session.now()
            found = session.rows(
                SQL["claim"],
                holder=holder,
                limit=limit,
                now=as_text(now),
                until=as_text(now + timedelta(seconds=lease_s)),
                least=least.rank,
                held=_some(held),
                busy=_some(busy),
            )
        return [_read(row) for row in sorted(found, key=lambda row: (row["lane"], row["due"], row["arrival"]))]

    def is_claimed(self, notice_id: str, holder: str, for_s: float = 0) -> bool:
        """Whether a message is still to be sent by a process, which may have been asleep since it claimed it, for so long at least."""
        until = as_text(self._engine.now() + timedelta(seconds=for_s))
        return bool(self._engine.ask(SQL["is_ours"], id=notice_id, holder=holder, until=until))

    def release_notices(self, dead: set[str]) -> int:
        """Let others send what dead processes had claimed; how many there were."""
        if not dead:
            return 0
        return len(self._engine.tell(SQL["release"], dead=tuple(sorted(dead)), now=as_text(self._engine.now())))

    def let_go_of_notices(self, holder: str, ids: Collection[str]) -> None:
        """Let anybody send at once what a living process had claimed and could not settle."""
        if ids:
            now = as_text(self._engine.now())
            self._engine.tell(SQL["let_go"], holder=holder, ids=tuple(sorted(ids)), now=now)

    def next_due(self) -> datetime | None:
        """When something unsent falls due, or a claim on it ends."""
        (row,) = self._engine.ask(SQL["next_due"])
        return as_moment(row["due"]) if row["due"] else None

    def unsent(self) -> int:
        """How many messages wait."""
        return self._waiting(())["unsent"]

    def oldest_unsent(self, *, apart: Collection[str] = ()) -> datetime | None:
        """Since when the message has been waiting that waits longest, apart from those to some channels."""
        oldest = self._waiting(apart)["oldest"]
        return as_moment(oldest) if oldest else None

    def _waiting(self, apart: Collection[str]) -> Row:
        (row,) = self._engine.ask(SQL["unsent"], now=as_text(self._engine.now()), apart=_some(apart))
        return row

    def card(self, key: str) -> tuple[str, str] | None:
        """The channel and the timestamp of a card that was posted."""
        return next(((row["channel"], row["ts"]) for row in self._engine.ask(SQL["card"], card_key=key)), None)

    def awaits_card(self, key: str) -> bool:
        """Whether a card is still to be sent, for the first time or once more."""
        return bool(self._engine.ask(SQL["waiting_card"], card_key=key))

    def link(self, key: str) -> str:
        """The address of a card in a browser, once somebody has asked Slack for it; else nothing."""
        return next((row["link"] for row in self._engine.ask(SQL["card"], card_key=key)), "")

    def card_key(self, channel: str, ts: str) -> str | None:
        """Which card a message is."""
        return next((row["card_key"] for row in self._engine.ask(SQL["card_key"], channel=channel, ts=ts)), None)

    def waiting_before(self, notice: Notice) -> list[Notice]:
        """What came earlier for the same channel and is not settled yet."""
        return [
            _read(row) for row in self._engine.ask(SQL["waiting_before"], id=notice.id, channel=notice.message.channel)
        ]

    def notice(self, id: str) -> Notice | None:  # noqa: A002 - callers say notice(id=…), the record's own word
        """A message, sent ones included until they are pruned."""
        return next((_read(row) for row in self._engine.ask(SQL["one"], id=id)), None)


class NoticesHand(Hand):
    """Telling, as part of a change."""

    def put_notice(self, notice: Notice) -> None:
        """Have a message sent; an id that is there already is left as it is.

        A card, or a home tab, waits once: the more urgent lane and the earlier moment win. One that is just being sent is sent once more.
        """
        key = notice.message.key if isinstance(notice.message, Card | Home) else None
        waiting = self._session.rows(SQL["waiting_card"], card_key=key) if key is not None else []
        for row in waiting:
            self._merge(row, notice)
        if not waiting:
            self._add(notice, key)

    def sent(self, notice_id: str, ts: str = "", channel: str = "") -> None:
        """Mark as sent; a card keeps the place where it was posted."""
        for row in self._session.rows(SQL["one"], id=notice_id):
            message = _read(row).message
            if ts and isinstance(message, Card):
                self.placed(message.key, channel or message.channel, ts)
        self._session.rows(SQL["sent"], id=notice_id, now=as_text(self._session.now()))

    def placed(self, card_key: str, channel: str, ts: str) -> None:
        """Keep where a card stands."""
        self._session.rows(SQL["posted"], card_key=card_key, channel=channel, ts=ts)

    def linked(self, card_key: str, ts: str, link: str) -> None:
        """Keep the address of a card, if it still stands there."""
        self._session.rows(SQL["linked"], card_key=card_key, ts=ts, link=link)

    def posting(self, notice_id: str, *, begun: bool) -> None:
        """Write down that a message is about to be posted, or that it certainly was not."""
        at = as_text(self._session.now()) if begun else ""
        self._session.rows(SQL["posting"], id=notice_id, at=at)

    def postpone(self, notice_id: str, due: datetime, *, tried: bool = True) -> None:
        """Try again at another moment; not `tried` when nothing can have been sent."""
        self._session.rows(SQL["postpone"], id=notice_id, due=as_text(due), tried=int(tried))

    def give_up(self, notice_id: str, why: str) -> None:
        """Keep it unsent for good, with the reason."""
        self._session.rows(SQL["give_up"], id=notice_id, why=why, now=as_text(self._session.now()))

    def _add(self, notice: Notice, key: str | None) -> None:
        self._session.rows(
            SQL["add"],
            id=notice.id,
            card_key=key,
            channel=notice.message.channel,
            lane=notice.lane.rank,
            due=as_text(notice.due),
            now=as_text(max(notice.due, self._session.now())),
            tries=notice.tries,
            body=as_body(notice),
        )

    def _merge(self, row: Row, notice: Notice) -> None:
        being_sent = row["claimed_until"] > as_text(self._session.now())
        statement = SQL["once_more" if being_sent else "merge"]
        self._session.rows(statement, id=row["id"], lane=notice.lane.rank, due=as_text(notice.due))


def _some(channels: Collection[str]) -> tuple[str, ...]:
    """Channels for a list in SQL, which cannot be empty."""
    return tuple(sorted(channels)) or (NOWHERE,)


def _read(row: Row) -> Notice:
    found = Notice.model_validate_json(row["body"])
    lane = tuple(Lane)[int(row["lane"])]
    posting = as_moment(row["posting_at"]) if row["posting_at"] else None
    known = {"lane": lane, "due": as_moment(row["due"]), "tries": row["tries"], "posting": posting}
    return found.model_copy(update=known)
