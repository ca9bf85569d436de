"""All cores when they help, one thread when something else wants them."""

from __future__ import annotations

from collections.abc import Callable

from tutor.engine.threads import LEARN, LONGEST_STAY, ThreadChoice

QUIET: Callable[[int], float] = lambda threads: 0.016 / threads  # noqa: E731
BUSY: Callable[[int], float] = lambda threads: 0.017 if threads == 1 else 0.240  # noqa: E731


def run(choice: ThreadChoice, cost: Callable[[int], float], tokens: int) -> list[int]:
    used = []
    for _ in range(tokens):
        used.append(choice.current)
        choice.record(cost(choice.current))
    return used


def test_a_quiet_machine_gets_all_cores() -> None:
    used = run(ThreadChoice(4), QUIET, 1000)
    assert used == [1] * LEARN + [4] * (1000 - LEARN)


def test_a_busy_machine_gets_one_thread_and_rare_trials() -> None:
    used = run(ThreadChoice(2), BUSY, 2000)
    assert used.count(2) < 2000 / LONGEST_STAY + 10


def test_it_follows_when_the_machine_changes() -> None:
    choice = ThreadChoice(2)
    run(choice, QUIET, 50)
    assert run(choice, BUSY, 50).count(1) > 40
    assert run(choice, QUIET, LONGEST_STAY)[-1] == 2


def test_one_hiccup_changes_nothing() -> None:
    choice = ThreadChoice(2)
    run(choice, QUIET, 10)
    choice.record(1.0)
    assert set(run(choice, QUIET, 100)) == {2}


def test_growing_contexts_do_not_look_like_a_busy_machine_for_long() -> None:
    choice = ThreadChoice(2)
    used = [run(choice, lambda threads, n=n: (0.016 + n * 1e-4) / threads, 1)[0] for n in range(2000)]  # type: ignore[misc]
    assert used.count(1) < 100


def test_one_core_has_no_choice() -> None:
    assert set(run(ThreadChoice(1), BUSY, 300)) == {1}
