"""The index of a partitioned table as a plan: partition by partition beside its writers, then attached, until the parent's is valid."""

from collections.abc import Iterable, Sequence

from bot.command import Check, Plan, Risk, Sql, Step
from commands import older
from commands.index_catalogue import Wish
from commands.index_parts import Part, Parts, Whole
from commands.index_site import Site, beside, moment
from commands.older import Older
from commands.wording import listed, several, size

DROP_S, DROP_LOCK_S = 10, 2


def proposal(site: Site, wish: Wish, parts: Parts, told: Whole, waits: Sequence[Older]) -> Plan:
    """Every step, and what is to be known before."""
    planned = steps(parts, told)
    return Plan(
        summary=f"Build index {site.index} on {site.relation} ({', '.join(site.columns)}), {extent(parts)}; readers and writers go on",
        risk=Risk.MEND,
        steps=planned,
        notes=(
            sizes(parts),
            f"{several(len(planned), 'step')}. {older.note(waits)} So it is with each partition, one after the other.",
            undo_note(parts),
            "What fails or is skipped leaves nothing invalid on a partition. What was built stays: ask again, and it goes on from there.",
            *wish.why,
        ),
    )


def extent(parts: Parts) -> str:
    """How many partitions get it, in words."""
    built, found = len(parts.built), len(parts.found)
    said = [
        several(built, "partition") if built else "",
        f"{found} that {'has' if found == 1 else 'have'} it already" if found else "",
    ]
    return " and ".join(filter(None, said)) or "whose partitions have it already"


def sizes(parts: Parts) -> str:
    """How much is read, and whose it is."""
    todo = sorted(parts.built, key=lambda one: -one.size)
    owners = sorted({one.owner for one in parts.known})
    each = listed([f"{one.relation} {size(one.size)}" for one in todo], 5) or "nothing"
    return f"Read twice: {each}; {size(sum(one.size for one in todo))} together. Only {listed(owners, 3)} and members may build there."


def undo_note(parts: Parts) -> str:
    """What taking it back takes along: PostgreSQL cannot detach an index."""
    if _has_no_undo(parts):
        before = listed([one.index for one in parts.found if one.kind == "p"], 3)
        return f"No undo: an attached index cannot be detached, so {before}, which was there before, would go with it."
    kept = [one.index for one in parts.found]
    again = (
        f" {listed(kept, 3)}, there before, would go with it, so `undo` builds that once more first." if kept else ""
    )
    return f"Undo: an attached index cannot be detached, so `undo` drops {parts.root.index} with those of its partitions.{again}"


def steps(parts: Parts, told: Whole) -> tuple[Step, ...]:
    """An index of the parent alone, then partition by partition, then the proof that the parent's has become valid."""
    created = [_create(one) for one in parts.known if one.kind == "p" and not one.state]
    each = [step for one in parts.todo for step in _each(parts, one)]
    return tuple(_with_undo(parts, told, [*created, *each, _proof(parts, told)]))


def _create(one: Part) -> Step:
    return moment(f"Create {one.index} on {one.relation} alone, not valid yet", one.build, one.built)


def _each(parts: Parts, one: Part) -> Iterable[Step]:
    if one.left_aside:
        yield beside(f"Drop what an earlier build left on {one.relation}", one.drop_aside, one.aside_is_gone)
    if one.kind == "p" or one.state == "valid":
        yield _attach(one).model_copy(update={"follows": parts.builds_below(one), "undo": _keep(parts, one)})
        return
    if one.state == "invalid":
        yield beside(f"Drop invalid index {one.index}", one.drop_it, one.is_gone)
    yield beside(one.build_title, one.build, one.built).model_copy(update={"required": False})
    after = {"follows": (one.build_title,)}
    yield _attach(one).model_copy(update={**after, "required": False, "if_skipped": Check(statement=one.is_aside)})
    confirm = beside(f"Confirm {one.index}, or drop what its build left", one.drop_aside, one.confirmed)
    yield confirm.model_copy(update={**after, "if_skipped": Check(statement=one.cleared)})


def _attach(one: Part) -> Step:
    return moment(f"Attach {one.index}", one.attach, one.is_attached)


def _proof(parts: Parts, told: Whole) -> Step:
    proof = moment(f"Confirm that {parts.root.index} is valid", told.is_whole, told.is_whole)
    titles = tuple(one.build_title for one in parts.built)
    return proof.model_copy(
        update={"follows": titles, "if_skipped": Check(statement=told.is_begun), "retries": 0, "locks": "none"}
    )


def _with_undo(parts: Parts, told: Whole, planned: Sequence[Step]) -> Iterable[Step]:
    """The first step that leaves something which is seen from the parent takes it all back."""
    if _has_no_undo(parts):
        return planned
    takes_back = _drop_all(parts, told)
    first = next((at for at, step in enumerate(planned) if step.title.startswith(("Create ", "Attach "))), len(planned))
    return [
        step.model_copy(update={"undo": (*step.undo, takes_back)}) if at == first else step
        for at, step in enumerate(planned)
    ]


def _has_no_undo(parts: Parts) -> bool:
    return any(one.kind == "p" for one in parts.found)


def _keep(parts: Parts, one: Part) -> tuple[Step, ...]:
    """How an index that was there before is built once more, before the attached one goes."""
    if not one.spare or _has_no_undo(parts):
        return ()
    return (beside(f"Build {one.index} once more, which was there before", one.spare, one.spare_valid),)


def _drop_all(parts: Parts, told: Whole) -> Step:
    root = parts.root
    return Step(
        title=f"Remove {root.index} with those of its partitions",
        do=Sql(statement=told.drop_all),
        locks=f"access exclusive on {root.relation} and its partitions: readers and writers wait, {DROP_S} s at most",
        timeout_s=DROP_S,
        lock_timeout_s=DROP_LOCK_S,
        check=Check(statement=told.is_gone),
    )
