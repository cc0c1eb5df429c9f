"""The home tab: the verdict in one line, then every database, what burns, what waits and what was done, each with its button."""

from collections.abc import Iterable, Sequence

from bot.approval import State
from bot.blocks.answer import command_buttons
from bot.blocks.figures import amount
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import Block, button, context, put, rows_of_buttons, section, symbol
from bot.blocks.words import bold, escape, moment, one_line, person, shorten
from bot.front_page import Affairs, DatabaseLine, FrontPage, IncidentLine, PlanLine, Shown, verdict
from bot.report import Button, Level

MOST_LINES = 12
MOST_BAD = 16
_NAME, _TEXT, _SAID, _URL = 40, 100, 80, 3000
_DIVIDER: Block = {"type": "divider"}
_STATES = {
    State.APPROVED: ":hourglass_flowing_sand: approved",
    State.RUNNING: ":hourglass_flowing_sand: running",
    State.INTERRUPTED: ":warning: interrupted",
    State.DONE: ":white_check_mark: done",
    State.FAILED: ":x: failed",
    State.STOPPED: ":octagonal_sign: stopped",
}


def draw_front_page(page: FrontPage) -> list[Block]:
    """The blocks of a home tab; who may see nothing finds one sentence."""
    if page.refusal:
        return check_blocks([section(escape(one_line(page.refusal, 600)))], "home")
    affairs, said = page.affairs, verdict(page.affairs)
    blocks = [
        section(f"{symbol(said.level)} {escape(one_line(said.text, 600))}"),
        *_databases(affairs.databases),
        *_incidents(page),
        *_waiting(affairs),
        *_runs(affairs.runs),
        _DIVIDER,
        *rows_of_buttons(command_buttons(page.menu), "menu"),
        context(f"As of {moment(page.at)}. Renewed when something changes, and at least every 10 minutes."),
    ]
    return check_blocks(blocks, "home")


# --- databases ---


def _databases(lines: Sequence[DatabaseLine]) -> list[Block]:
    """A line for each; of many the well ones are only named."""
    bad = sum(one.level not in {Level.OK, Level.INFO} for one in lines)
    room = min(max(bad, MOST_LINES), MOST_BAD)
    rest = lines[room:]
    return [*_heading("Databases", lines), *(_database(one) for one in lines[:room]), *_further(rest)]


def _database(line: DatabaseLine) -> Block:
    since = f" since {moment(line.since)}" if line.since else ""
    known = " \u00b7 not watched" if line.level is Level.INFO else since
    shown = f"\n{_shown(line.shown)}" if line.shown else ""
    ask = button("Status", "scout_command", f"status on {line.name}")
    return put(section(f"{symbol(line.level)} {bold(shorten(line.name, _NAME))}{known}{shown}"), accessory=ask)


def _further(lines: Sequence[DatabaseLine]) -> list[Block]:
    if not lines:
        return []
    names = ", ".join(one_line(one.name, _NAME) for one in lines[:MOST_BAD])
    well = all(one.level is Level.OK for one in lines)
    what = "more, all well" if well else "more, for which there is no room"
    return [context(f"{len(lines)} {what}: {escape(shorten(names, 600))}")]


def _shown(shown: Shown) -> str:
    value = bold(amount(shown.value, shown.unit)) if shown.value is not None else escape(one_line(shown.reason, _SAID))
    title = f"{escape(one_line(shown.title, _NAME))}: " if shown.title else ""
    if shown.line is None:
        return f"{title}{value}"
    return f"{title}{value}, alert {'below' if shown.below else 'above'} {amount(shown.line, shown.unit)}"


# --- what burns ---


def _incidents(page: FrontPage) -> list[Block]:
    affairs = page.affairs
    left = len(affairs.more_incidents)
    more = [context(f"{left} more; each has its card in the alert channel")] if left else []
    return [
        *_heading("Open incidents", affairs.incidents),
        *(block for one in affairs.incidents for block in _incident(one, page)),
        *more,
    ]


def _incident(one: IncidentLine, page: FrontPage) -> list[Block]:
    told = [
        f"{symbol(one.level)} {_shown(one.shown)} on {bold(shorten(one.database, _NAME))}",
        f"since {moment(one.since)}",
        f"owned by {escape(one_line(one.owner, _NAME))}" if one.owner else "nobody's yet",
        f"silenced until {moment(one.silenced_until)}" if one.silenced_until else "",
        _link(one.link),
    ]
    repair = page.repairs.get(one.id)
    chart = Button(label="Chart", text=f"chart {one.metric} on {one.database}") if one.charted else None
    shown = command_buttons([button for button in (repair, chart) if button])
    if page.orders:
        mine = ("Give back", "scout_unack") if one.owner else ("Acknowledge", "scout_ack")
        shown += [button(*mine, one.id)]
    return [section(" \u00b7 ".join(filter(None, told))), *rows_of_buttons(shown, f"{one.id}:{bool(one.owner)}")]


# --- what waits, and what was done ---


def _waiting(affairs: Affairs) -> list[Block]:
    more = [context(f"{affairs.more_waiting} more wait, each on its card")] if affairs.more_waiting else []
    return [*_heading("Waiting for a decision", affairs.waiting), *(_plan_waits(one) for one in affairs.waiting), *more]


def _plan_waits(one: PlanLine) -> Block:
    """With the way to the card, where the whole plan is and where people decide."""
    told = section(
        f":raised_hand: {_text(one)} \u00b7 {one.risk.value} \u00b7 asked by {person(one.requester)} {moment(one.at, '{time}')}"
        f" \u00b7 expires {moment(one.expires_at, '{time}')}{'' if _is_address(one.link) else _where(one)}"
    )
    if not _is_address(one.link):
        return told
    return put(told, accessory=put(button("Open card", "scout_card", one.id), url=one.link))


def _where(one: PlanLine) -> str:
    return f" \u00b7 its card is in <#{one.channel}>" if one.channel.isalnum() else ""


def _runs(runs: Sequence[PlanLine]) -> list[Block]:
    lines = [f"{_STATES[one.state]}: {_text(one)} {moment(one.at)}{_said(one)}" for one in runs]
    return [*_heading("Last runs", runs), *([section("\n".join(lines))] if lines else [])]


def _said(one: PlanLine) -> str:
    said = f" \u2013 {escape(one_line(one.said, _SAID))}" if one.said else ""
    return " ".join(filter(None, [said, _link(one.link)])) if one.link else said


def _text(one: PlanLine) -> str:
    text = one.text.removesuffix(f" on {one.database}")
    return f"\u201c{escape(one_line(text, _TEXT))}\u201d on {bold(shorten(one.database, _NAME))}"


def _link(link: str) -> str:
    return f"<{link}|card>" if _is_address(link) else ""


def _is_address(link: str) -> bool:
    """Whether it is one as Slack gives them; anything else is left out."""
    return link.startswith(("https://", "http://")) and len(link) < _URL and not set(link) & set("<>| ")


def _heading(title: str, lines: Iterable[object]) -> list[Block]:
    return [_DIVIDER, section(bold(title))] if list(lines) else []
