"""A training step on a base in 4 bits against the same step on the 16-bit base.

    python -m bench.qlora [--model nano] [--steps 6] [--repeats 5]

Both train the same adapter on the same batches of `lab-cli-help-data`, in turn; the ratio is the median of the
repetitions' own ratios.
"""

from __future__ import annotations

import os
import statistics
from typing import Any

from bench.contest import become_worker, model_directory, parser_of
from bench.train import Bench
from tutor.runs.worker import NICENESS

WANTED = 1.2
"""At most so many times as long."""


def main() -> None:
    """Entry point; starts itself again with the environment that a run's worker has."""
    become_worker("bench.qlora")
    args = parser_of(__doc__).parse_args()

    from tutor.engine.loading import training_attention, training_dtype
    from tutor.engine.quantized import load_quantized

    directory = model_directory(args.model)
    os.nice(NICENESS)
    bench = Bench(directory, args.steps)

    def in_four_bits() -> Any:
        return load_quantized(directory, "nf4", True, training_dtype(), training_attention(512))

    print_ratio(bench, bench.ours(), bench.ours(in_four_bits), args.repeats)


def print_ratio(bench: Bench, plain: Any, packed: Any, repeats: int) -> None:
    """Run both in turn and print medians and the ratio."""
    pairs = [(plain(), packed()) for _ in range(repeats)]
    for name, side in (("16 bits", 0), ("NF4", 1)):
        seconds = statistics.median(pair[side][0] for pair in pairs)
        print(f"{name:8} {1000 * seconds / bench.steps:6.0f} ms/step  loss {pairs[-1][side][1]:.3f}")
    ratio = statistics.median(four[0] / sixteen[0] for sixteen, four in pairs)
    print(f"NF4 / 16 bits {ratio:5.2f}  (wanted: at most {WANTED})")


if __name__ == "__main__":
    main()
