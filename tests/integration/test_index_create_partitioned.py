"""An index of a partitioned table is built partition by partition while writers go on, and what was there before serves and stays."""

from collections.abc import Generator, Sequence
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out
from command_fixture import House, await_that, house_of
from conducting import Conductor
from partitioned_fixture import GONE, NESTED, PLAIN, selling

from bot.approval import Approval, State, StepRecord, StepState
from bot.blocks import draw_approval
from bot.command import Plan, Risk
from bot.report import Report
from practice.database import PracticeDatabase
from practice.slack.limits import message_problems, message_size_error

ASK = "index create on sales store_id"
WHOLE = """
with recursive part as (
  select %(index)s::regclass::oid as oid union all select h.inhrelid from part join pg_inherits as h on h.inhparent = part.oid
)
select c.relname, t.relname, i.indisvalid from part join pg_index as i on i.indexrelid = part.oid
join pg_class as c on c.oid = part.oid join pg_class as t on t.oid = i.indrelid order by t.relname
"""
INDEXES = """
select x.oid, x.relname, pg_get_indexdef(x.oid) from pg_index as i join pg_class as x on x.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid where t.relname ~ '^sales' order by x.relname
"""


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def plain(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """Sales of three months."""
    boss.execute(PLAIN)
    yield boss
    boss.execute(GONE)


@pytest.fixture
def nested(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """Sales of three months, of which one is partitioned by store."""
    boss.execute(NESTED)
    yield boss
    boss.execute(GONE)


def whole(boss: psycopg.Connection, index: str = "scout.sales_store_id_idx") -> dict[str, bool]:
    """The relations whose index belongs to the parent's, and whether it is valid."""
    return {str(row[1]): bool(row[2]) for row in boss.execute(WHOLE, {"index": index}).fetchall()}


def titles(plan: Plan) -> list[str]:
    return [step.title for step in plan.steps]


def left_over(boss: psycopg.Connection) -> list[str]:
    rows = boss.execute("select indexrelid::regclass::text from pg_index where not indisvalid order by 1").fetchall()
    return [str(row[0]) for row in rows]


def test_each_partition_is_built_and_attached_while_writers_go_on(
    house: House, plain: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    plan = house.plan(ASK)
    assert plan.risk is Risk.MEND
    assert "3 partitions" in plan.summary
    assert "sales_2" in plan.notes[0]
    with selling(either_database.app_url) as seller:
        said = carry_out(house, plan)
    assert said[-1] == "valid: each of its partitions has its own"
    assert (seller.errors, seller.done > 0) == ([], True)
    assert whole(plain) == dict.fromkeys(("sales", "sales_1", "sales_2", "sales_3"), True)
    assert house.report(ASK).verdict.text == "sales_store_id_idx exists and is valid: nothing to do"
    plain.execute("create table scout.sales_4 partition of scout.sales for values from (4000) to (5000)")
    assert whole(plain)["sales_4"]


def test_partitions_of_partitions_come_before_what_they_belong_to(house: House, nested: psycopg.Connection) -> None:
    plan = house.plan(ASK)
    assert [title for title in titles(plan) if title.startswith(("Create", "Attach sales_2_store"))] == [
        "Create sales_store_id_idx on sales alone, not valid yet",
        "Create sales_2_store_id_idx on sales_2 alone, not valid yet",
        "Attach sales_2_store_id_idx",
    ]
    assert titles(plan).index("Attach sales_2_store_id_idx") > titles(plan).index(
        "Build sales_2b_store_id_idx on sales_2b"
    )
    assert carry_out(house, plan)[-1] == "valid: each of its partitions has its own"
    assert whole(nested) == dict.fromkeys(("sales", "sales_1", "sales_2", "sales_2a", "sales_2b", "sales_3"), True)


def test_an_index_that_fits_is_attached_and_one_that_only_looks_alike_is_not(
    house: House, nested: psycopg.Connection
) -> None:
    nested.execute("""
        set role scout_owner;
        create index fits on scout.sales_1 (store_id);
        create index backwards on scout.sales_3 (store_id desc);
        create index "Odd %I" on scout.sales_2 (store_id);
        reset role;
    """)
    plan = house.plan(ASK)
    assert [title for title in titles(plan) if "Build" in title] == ["Build sales_3_store_id_idx on sales_3"]
    assert "1 partition and 2 that have it already" in plan.summary
    assert any(note.startswith("No undo: an attached index cannot be detached, so Odd %I") for note in plan.notes)
    assert not any(step.undo for step in plan.steps)
    assert carry_out(house, plan)[-1] == "valid: each of its partitions has its own"
    assert whole(nested) == dict.fromkeys(("sales", "sales_1", "sales_2", "sales_2a", "sales_2b", "sales_3"), True)


def undone(house: House, conductor: Conductor, plan: Plan) -> Plan:
    """Run a plan, then what `undo` proposes of it."""
    run = conductor.approved(plan)
    conductor.runner.run(run)
    undo = house.plan(f"undo {run}")
    assert conductor.run(undo).state is State.DONE
    return undo


def test_undo_drops_what_was_built_and_what_was_there_before_is_built_once_more_first(
    house: House, plain: psycopg.Connection
) -> None:
    plain.execute('set role scout_owner; create index "fits %I" on scout.sales_1 (store_id); reset role')
    before = [row[1:] for row in plain.execute(INDEXES).fetchall()]
    undo = undone(house, Conductor(house), house.plan(ASK))
    assert titles(undo) == [
        "Build fits %I once more, which was there before",
        "Remove sales_store_id_idx with those of its partitions",
    ]
    assert undo.risk is Risk.DISRUPT
    assert [row[1:] for row in plain.execute(INDEXES).fetchall()] == before


def test_undo_of_a_run_that_ended_in_the_middle_takes_away_what_was_not_attached_too(
    house: House, plain: psycopg.Connection
) -> None:
    before = plain.execute(INDEXES).fetchall()
    plan = house.plan(ASK)
    conductor = Conductor(house)
    with psycopg.connect(plain.info.dsn, password=plain.info.password) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1")
        broken = plan.model_copy(
            update={
                "steps": tuple(step.model_copy(update={"lock_timeout_s": 0.3, "retries": 0}) for step in plan.steps)
            }
        )
        run = conductor.approved(broken)
        conductor.runner.run(run)
    assert conductor.approval(run).state is State.FAILED
    assert "the build failed; nothing of it is left" in " ".join(conductor.said(run))
    assert left_over(plain) == ["scout.sales_store_id_idx"]
    assert conductor.run(house.plan(f"undo {run}")).state is State.DONE
    assert plain.execute(INDEXES).fetchall() == before


def test_who_asks_again_goes_on_with_what_is_missing_whatever_step_was_the_last(
    house: House, nested: psycopg.Connection
) -> None:
    first = house.plan(ASK)
    done = {step.binding for step in first.steps}
    for step in first.steps:
        house.carry_out(step)
        rest = bindings(house.ask(ASK))
        assert rest <= done
        done = rest
    assert done == set()
    assert whole(nested)["sales_2b"]


def bindings(answer: Plan | Report) -> set[tuple[str, str, float]]:
    """What is still to be done."""
    return {step.binding for step in answer.steps} if isinstance(answer, Plan) else set()


def test_an_invalid_one_of_the_name_goes_first(house: House, plain: psycopg.Connection) -> None:
    plain.execute("set role scout_owner; create index sales_2_store_id_idx on scout.sales_2 (store_id); reset role")
    plain.execute("update pg_index set indisvalid = false where indexrelid = 'scout.sales_2_store_id_idx'::regclass")
    plan = house.plan(ASK)
    assert titles(plan).index("Drop invalid index sales_2_store_id_idx") + 1 == titles(plan).index(
        "Build sales_2_store_id_idx on sales_2"
    )
    assert carry_out(house, plan)[-1] == "valid: each of its partitions has its own"


@pytest.mark.parametrize(("change", "why"), [
    ("create foreign data wrapper far; create server far foreign data wrapper far; create foreign table scout.sales_far partition of scout.sales for values from (9000) to (9900) server far",
     "its partition sales_far is a foreign table, which has no index to attach"),
    ("set role scout_owner; create index sales_store_id_idx on only scout.sales (amount)", "the name sales_store_id_idx, which sales needs for its own, is taken"),
])  # fmt: skip
def test_what_can_never_become_valid_is_refused_with_the_reason(
    house: House, plain: psycopg.Connection, change: str, why: str
) -> None:
    try:
        plain.execute(change.encode())
        plain.execute("reset role")
        assert why in house.report(ASK).verdict.text
    finally:
        plain.execute("drop foreign data wrapper if exists far cascade")


def test_a_locked_partition_is_named_and_nobody_waits(house: House, plain: psycopg.Connection) -> None:
    plain.execute("begin; lock table scout.sales_2")
    assert "sales_2 is locked exclusively" in house.report(ASK).verdict.text
    plain.execute("rollback")


def test_conditions_directions_and_brin_are_those_of_each_partition(house: House, plain: psycopg.Connection) -> None:
    plain.execute("""
        set role scout_owner;
        create index kept on scout.sales_1 (amount desc) where gone is not null and store_id is null;
        reset role;
    """)
    plan = house.plan("index create odd table=sales columns=-amount notnull=gone null=store_id")
    assert "2 partitions and 1 that has it already" in plan.summary
    assert carry_out(house, plan)[-1] == "valid: each of its partitions has its own"
    assert whole(plain, "scout.odd") == dict.fromkeys(("sales", "sales_1", "sales_2", "sales_3"), True)


def test_a_skipped_partition_is_left_out_and_the_rest_is_built_and_attached(
    house: House, plain: psycopg.Connection
) -> None:
    plan = house.plan(ASK)
    conductor = Conductor(house)
    number = titles(plan).index("Build sales_2_store_id_idx on sales_2")
    with psycopg.connect(plain.info.dsn, password=plain.info.password) as writer:
        writer.execute("update scout.sales_2 set amount = amount where id = 2000")
        run = conductor.begin(plan)
        await_that(lambda: conductor.house.store.steps(run)[number].state is StepState.RUNNING)
        with house.store.change() as change:
            assert change.ask_skip(run, number, "Cora")
        conductor.runner.skip(run, number)
        await_that(lambda: conductor.house.store.steps(run)[number + 2].state is StepState.FAILED)
        writer.rollback()
        conductor.joined()
    assert conductor.approval(run).state is State.DONE
    assert conductor.said(run)[-1] == (
        "not valid yet, because these partitions lack it: sales_2. Ask again, and only they are built"
    )
    assert [title for title in titles(house.plan(ASK)) if title.startswith("Build")] == [
        "Build sales_2_store_id_idx on sales_2"
    ]
    assert carry_out(house, house.plan(ASK))[-1] == "valid: each of its partitions has its own"


def slack_refuses(approval: Approval, steps: Sequence[StepRecord]) -> list[str]:
    """What Slack would find wrong with the card of a plan."""
    drawn = draw_approval(approval, steps, approval.asked_at)
    message = {"channel": "C1", "text": drawn.text, "blocks": drawn.blocks}
    return [*message_problems(message), *filter(None, [message_size_error(message)])]


def test_hundreds_of_partitions_are_one_plan(house: House, boss: psycopg.Connection) -> None:
    boss.execute("""
        set role scout_owner;
        create table scout.sales (id int not null, store_id int, amount int, gone timestamptz) partition by range (id);
        do $$ begin
          for n in 0 .. 299 loop
            execute format('create table scout.sales_%s partition of scout.sales for values from (%s) to (%s)', n, n * 10, n * 10 + 10);
          end loop;
        end $$;
        reset role;
    """)
    try:
        plan = house.plan(ASK)
        assert len(plan.steps) == 902
        assert carry_out(house, plan.model_copy(update={"steps": plan.steps[:7]}))[-1] == "valid and attached"
        assert len(house.plan(ASK).steps) == 895
        conductor = Conductor(house)
        run = conductor.approved(plan, State.ASKED)
        for state in (State.ASKED, State.APPROVED, State.RUNNING, State.DONE):
            card = conductor.approval(run).model_copy(update={"state": state})
            assert slack_refuses(card, house.store.steps(run)) == []
    finally:
        boss.execute(GONE)
