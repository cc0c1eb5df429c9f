"""The runbook itself: what is written there, what comes of it, and which command does it right."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.command import Args, Command, Offer, Risk, Sources
from bot.errors import BadInput
from bot.report import Button, Column, Fact, Facts, Level, Report, Table, Text, Unit, Verdict
from commands.help import is_ready
from commands.runbook_items import ITEMS, NEVER, SECTIONS, Item
from commands.wording import several


class Wanted(Args):
    """An item's number, as `3.1`, or a section's, as `3`; all of them when none is given."""

    item: str = ""


def plan(sources: Sources, args: Wanted) -> Report:
    """Tell of one item, or of all."""
    if not args.item:
        return everything(ITEMS)
    found = chosen(args.item)
    return one(found[0], sources.offers) if len(found) == 1 else everything(found)


def chosen(number: str) -> list[Item]:
    """The items of a number: one, or a section's.

    Raises:
        BadInput: there is none; names the nearest.
    """
    found = [item for item in ITEMS if item.number == number] or [item for item in ITEMS if item.section == number]
    if found:
        return found
    close = get_close_matches(number, [item.number for item in ITEMS], 1, 0.3)
    hint = f" Did you mean `/scout runbook {close[0]}`?" if close else ""
    raise BadInput(f"The runbook has no item '{number[:20]}'.{hint} `/scout runbook` lists them.")


def everything(items: Sequence[Item]) -> Report:
    """Some items in a table: what they are, and what to type."""
    columns = (Column(title="Item", unit=Unit.CODE), Column(title="Runbook"), Column(title="Type", unit=Unit.CODE))
    rows = tuple((item.number, item.title, typed(item)) for item in items)
    text = f"{several(len(items), 'item')} of the runbook, each in a form that does what was meant"
    return Report(
        title="Runbook",
        verdict=Verdict(level=Level.INFO, text=text),
        parts=(Table(title="Items", columns=columns, rows=rows),),
        more=(Text(text="Never done, whoever asks:"), *(Text(text=never) for never in NEVER)),
        notes=("`/scout runbook 13.2` tells what one says, what comes of it, and what is done instead.",),
    )


def one(item: Item, offers: Sequence[Offer]) -> Report:
    """One item: as written, and instead; a button for each command that the asker may use."""
    facts = (
        Fact(name="As written", value=item.written),
        Fact(name="Scout", value=item.instead),
        Fact(name="Type", value=typed(item)),
    )
    ready = [offer for offer in offers if offer.name in item.commands and is_ready(offer)]
    return Report(
        title=f"Runbook {item.number}: {item.title}",
        verdict=Verdict(level=Level.INFO, text=f"{SECTIONS[item.section]}: {item.title}"),
        parts=(Facts(facts=facts),),
        buttons=tuple(
            Button(label=offer.name.capitalize(), text=offer.name, danger=offer.risk is Risk.DISRUPT) for offer in ready
        ),
    )


def typed(item: Item) -> str:
    """The commands of an item as they are typed."""
    return ", ".join(item.commands) or "nothing: it is for developers"


command = Command(
    name="runbook",
    help="The runbook item by item, and what was corrected in it",
    runbook="All of it",
    risk=Risk.LOOK,
    place=54,
    args=Wanted,
    plan=plan,
    words=("items", "what was corrected", "corrections"),
)
