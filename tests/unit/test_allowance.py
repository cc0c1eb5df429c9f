"""Whoever asks too fast is told once, then passed over, and may ask again a moment later."""

from datetime import UTC, datetime, timedelta

from bot.house.allowance import MOST_PEOPLE, Allowance, Asking

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)


def spent() -> Allowance:
    """The allowance of somebody who has just used it up."""
    allowance = Allowance(per_minute=20, burst=3)
    assert [allowance.ask("U1", AT) for _ in range(3)] == [Asking.ANSWERED] * 3
    return allowance


def test_a_burst_is_answered_the_next_is_refused_in_words_and_those_behind_it_are_passed_over() -> None:
    allowance = spent()
    assert [allowance.ask("U1", AT) for _ in range(3)] == [Asking.REFUSED, Asking.PASSED_OVER, Asking.PASSED_OVER]


def test_another_person_is_not_concerned() -> None:
    assert spent().ask("U2", AT) is Asking.ANSWERED


def test_a_token_comes_back_every_three_seconds_at_twenty_a_minute() -> None:
    allowance = spent()
    assert allowance.ask("U1", AT + timedelta(seconds=2.9)) is Asking.REFUSED
    assert allowance.ask("U1", AT + timedelta(seconds=3.1)) is Asking.ANSWERED


def test_who_was_answered_again_is_told_again() -> None:
    allowance = spent()
    assert allowance.ask("U1", AT) is Asking.REFUSED
    assert allowance.ask("U1", AT + timedelta(seconds=3)) is Asking.ANSWERED
    assert allowance.ask("U1", AT + timedelta(seconds=3)) is Asking.REFUSED


def test_no_more_than_a_burst_is_saved_up() -> None:
    allowance = spent()
    later = AT + timedelta(days=1)
    assert [allowance.ask("U1", later) for _ in range(4)] == [Asking.ANSWERED] * 3 + [Asking.REFUSED]


def test_a_clock_that_goes_back_neither_gives_nor_takes() -> None:
    allowance = spent()
    assert allowance.ask("U1", AT - timedelta(hours=1)) is Asking.REFUSED
    assert allowance.ask("U1", AT + timedelta(seconds=3)) is Asking.ANSWERED


def test_many_people_do_not_fill_the_memory() -> None:
    allowance = Allowance(per_minute=20, burst=3)
    assert {allowance.ask(f"U{number}", AT) for number in range(2 * MOST_PEOPLE)} == {Asking.ANSWERED}
    assert len(allowance._buckets) <= MOST_PEOPLE  # pyright: ignore[reportPrivateUsage] - memory is what is measured
