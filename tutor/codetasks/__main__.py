"""`python -m tutor.codetasks`: run every right and every wrong answer, and say what the set holds."""

from __future__ import annotations

from collections import Counter

from tutor.codetasks.generate import all_tasks
from tutor.codetasks.verify import verify


def main() -> int:
    """Exit code 1 where an answer is not what it is called."""
    tasks = all_tasks()
    problems = verify(tasks)
    for family, count in sorted(Counter(task.family for task in tasks).items()):
        print(f"{family:12} {count:4} tasks")
    print(f"{'together':12} {len(tasks):4} tasks, {sum(len(task.tests) for task in tasks)} tests")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
