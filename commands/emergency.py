"""The runbook's emergency recovery, built from what is wrong now: each of its six steps in the form that does what it meant."""

from collections.abc import Sequence
from typing import Literal

from bot.command import Args, Command, Limits, Plan, Risk, Sources, Step
from bot.report import Button, Column, Level, Report, Table, Unit, Verdict
from commands import debris, overdue, reindex, victims
from commands.damage import Damage, look
from commands.pooling import no_reset, reconnect, restarted
from commands.victims import Doing, Struck
from commands.wording import several

FULL_PERCENT = 80
EVIDENCE = ("active", "blocked", "connections", "vacuum", "slow limit=5")


class Wanted(Args):
    """Whether to begin at once, approved by whoever asks alone: the settings say who may."""

    now: Literal["", "now"] = ""


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at everything the six steps are about, then propose what is needed of them."""
    answer = proposal(look(sources), sources.limits, sources.doing)
    return answer.model_copy(update={"break_glass": True}) if isinstance(answer, Plan) and args.now else answer


def proposal(found: Damage, limits: Limits, doing: Doing) -> Plan | Report:
    """The steps that are needed now, in the runbook's order; a report when none is."""
    ended = victims.victims(found.struck)
    vacuums, held = overdue.vacuum(found.overdue, found.holders, {one.pid for one in ended})
    mended = [one for one in found.invalid if not one.why_not]
    left = [f"{one.index} stays invalid ({one.why_not})." for one in found.invalid if one.why_not]
    full = found.slots.share >= FULL_PERCENT
    notes = [*victims.left_out(found.struck, found.unseen), *held, *left, *found.notes]
    if not (ended or vacuums or mended or (full and limits.pooler_database)):
        return nothing(found, notes, doing)
    return Plan(
        summary=summary(ended, vacuums, mended, full=full),
        risk=Risk.DISRUPT,
        steps=each_by_itself(
            [
                *(victims.step(one, doing) for one in ended),
                *reconnect(limits),
                *vacuums,
                *(step for one in mended for step in reindex.steps(one, last=False)),
                *(debris.clear(found.expired) if found.expired else ()),
                *restarted(limits),
            ]
        ),
        spared=tuple(victims.session(one, doing) for one in found.struck if one.spared),
        notes=(*notes, *no_reset(limits)),
        evidence=EVIDENCE,
        pick=True,
        look_again_s=limits.look_again_seconds,
    )


def each_by_itself(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps that do not need each other: people may leave any of them out, and one that fails keeps no other from being done."""
    return tuple(step.model_copy(update={"required": False}) for step in steps)


def summary(ended: Sequence[Struck], vacuums: Sequence[Step], mended: Sequence[reindex.Index], *, full: bool) -> str:
    """What is wrong and will be dealt with, in one line."""
    heads = sum(1 for one in ended if one.holds_up)
    others = len(ended) - heads
    clauses = [
        several(heads, "lock queue") + " to break up" if heads else "",
        several(others, "session") + " running or idle for too long" if others else "",
        vacuums[0].title.lower() if vacuums else "",
        several(len(mended), "invalid index", "invalid indexes") if mended else "",
        "few connection slots left" if full else "",
    ]
    return "Emergency: " + ", ".join(filter(None, clauses))


def nothing(found: Damage, notes: Sequence[str], doing: Doing) -> Report:
    """That no step is needed or allowed, what was examined, and who was spared."""
    spared = [victims.session(one, doing) for one in found.struck if one.spared]
    trouble = bool(spared or found.overdue or found.invalid or found.unseen.behind_prepared)
    text = "Something is wrong, but nothing that I may end or mend" if trouble else "Nothing needs an emergency repair"
    columns = (
        Column(title="PID", unit=Unit.CODE),
        *(Column(title=title) for title in ("Role", "State", "Spared because")),
    )
    rows = tuple((one.pid, one.role, one.state, one.why) for one in spared)
    examined = (
        f"Examined: {several(found.slots.used, 'session')} ({found.slots.share:.0f} % of the slots), lock queues, dead rows, "
        "invalid indexes and expired cache rows."
    )
    return Report(
        title="Emergency",
        verdict=Verdict(level=Level.ALERT if trouble else Level.OK, text=text),
        parts=(Table(title="Spared", columns=columns, rows=rows),) if rows else (),
        notes=(*notes, examined),
        buttons=(Button(label="Status", text="status"), Button(label="Active", text="active")),
    )


command = Command(
    name="emergency",
    help="End what holds the database up, and clear away what it left",
    runbook="Emergency Performance Recovery",
    risk=Risk.DISRUPT,
    place=6,
    args=Wanted,
    plan=plan,
    words=("emergency fix", "emergency recovery", "fix", "kill long queries"),
    menu="Emergency",
    metrics=debris.METRICS,
)
