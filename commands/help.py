"""What the asker may do, and how it is typed."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.command import Args, Command, Offer, Risk, Sources
from bot.errors import BadInput
from bot.report import Button, Column, Fact, Facts, Level, Report, Table, Unit, Verdict

GRADES = {
    Risk.LOOK: "answers at once",
    Risk.MEND: "nobody else notices; an operator confirms",
    Risk.DISRUPT: "can stop somebody's work; another person approves",
}


class Wanted(Args):
    """Which command; `word` is the second one of a name of two."""

    command: str = ""
    word: str = ""


def plan(sources: Sources, args: Wanted) -> Report:
    """Tell of one command, or of all that the asker may use."""
    name = f"{args.command} {args.word}".strip().lower()
    return one(offered(sources.offers, name)) if name else everything(sources.offers)


def offered(offers: Sequence[Offer], name: str) -> Offer:
    """The command of a name or of the plain words that mean it.

    Raises:
        BadInput: there is none that the asker may use; names the nearest.
    """
    known = {word: offer for offer in offers for word in (offer.name, *offer.words)}
    if name in known:
        return known[name]
    close = get_close_matches(name, known, 1, 0.5)
    hint = f" Did you mean `/scout help {known[close[0]].name}`?" if close else ""
    raise BadInput(f"There is no command '{name[:40]}' that you may use.{hint} `/scout help` lists them.")


def everything(offers: Sequence[Offer]) -> Report:
    """All commands, the lightest grade first."""
    ordered = sorted(offers, key=lambda offer: (list(Risk).index(offer.risk), offer.name))
    columns = (Column(title="Type", unit=Unit.CODE), Column(title="What it does"), Column(title="Grade"))
    rows = tuple((offer.usage, offer.help, offer.risk.value) for offer in ordered)
    grades = [grade for grade in Risk if any(offer.risk is grade for offer in offers)]
    return Report(
        title="Help",
        verdict=Verdict(level=Level.INFO, text=f"You may use {len(offers)} commands; plain words work too"),
        parts=(Table(title="Commands", columns=columns, rows=rows),),
        notes=(
            *(f"{grade.value}: {GRADES[grade]}." for grade in grades),
            "Add `on NAME` for another database, as `/scout status on staging`; `/scout help refresh` tells more of one.",
        ),
        buttons=tuple(
            Button(label=offer.menu, text=offer.name, danger=offer.risk is Risk.DISRUPT)
            for offer in ordered
            if offer.menu and offer.name != "help"
        ),
    )


def one(offer: Offer) -> Report:
    """How one command is typed, what it needs, and where the runbook has it."""
    facts = [
        Fact(name="Usage", value=offer.usage),
        Fact(name="Grade", value=f"{offer.risk.value}: {GRADES[offer.risk]}"),
        Fact(name="Example", value=example(offer)),
    ]
    if offer.words:
        facts.append(Fact(name="Also", value=", ".join(offer.words)))
    if offer.runbook:
        facts.append(Fact(name="Runbook", value=offer.runbook))
    label = offer.menu or offer.name.capitalize()
    return Report(
        title=f"Help: {offer.name}",
        verdict=Verdict(level=Level.INFO, text=offer.help),
        parts=(Facts(facts=tuple(facts)),),
        buttons=(Button(label=label, text=offer.name, danger=offer.risk is Risk.DISRUPT),) if is_ready(offer) else (),
    )


def example(offer: Offer) -> str:
    """The usage with its defaults; what has none is left to the asker."""
    given = [part.strip("[]") for part in _placeholders(offer) if "=" in part or not part.startswith("[")]
    return " ".join(["/scout", offer.name, *given])


def is_ready(offer: Offer) -> bool:
    """Whether it may be asked for without arguments."""
    return all(part.startswith("[") for part in _placeholders(offer))


def _placeholders(offer: Offer) -> list[str]:
    return offer.usage.removeprefix(f"/scout {offer.name}").split()


command = Command(
    name="help",
    help="What you may do, and how it is typed",
    runbook="",
    risk=Risk.LOOK,
    place=8,
    args=Wanted,
    plan=plan,
    words=("commands", "usage", "what can you do", "?"),
    menu="Help",
)
