"""What a soak does follows from its seed, and every trouble comes before one comes again."""

from tests.soak.drama import Trouble, drama

MINUTE = 60.0


def test_the_same_seed_does_the_same() -> None:
    assert drama(3, MINUTE) == drama(3, MINUTE)
    assert drama(3, MINUTE) != drama(4, MINUTE)


def test_every_trouble_strikes_in_the_shortest_form() -> None:
    assert {one.trouble for one in drama(7, MINUTE).strikes} == set(Trouble)


def test_the_first_replica_lives_on_from_the_end_of_the_first_third() -> None:
    kills = [one for one in drama(5, 60 * MINUTE).strikes if one.trouble is Trouble.KILL and one.at > 20 * MINUTE]
    assert len(kills) > 5
    assert {one.replica for one in kills} == {1}


def test_no_view_is_refreshed_by_two_repairs() -> None:
    views = [one.view for one in drama(5, 10 * MINUTE).repairs]
    assert len(views) == len(set(views)) > 50


def test_a_fire_burns_at_the_end_when_nothing_breaks_any_more() -> None:
    *others, last = drama(7, 10 * MINUTE).strikes
    assert last.trouble is Trouble.FIRE
    assert max(one.at for one in others) < last.at < 10 * MINUTE
