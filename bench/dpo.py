"""DPO steps of ours against TRL's DPOTrainer as it comes.

    python -m bench.dpo [--model nano] [--steps 6] [--repeats 5]

Both train the same adapter on the same pairs of `lab-dpo-preference`, in the same order, in turn; the ratio is the
median of the repetitions' own ratios. Ours is charged for the pass that computes the reference of the counted pairs,
as if they were seen only once; TRL computes its reference within each step. The first step of each is a warm-up and is
not counted.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.contest import become_worker, model_directory, parser_of
from bench.train import Timed, print_ratio
from tutor.runs.worker import NICENESS

BATCH, LR, SEED, BETA = 4, 5e-5, 42, 0.1
LORA: dict[str, Any] = {"r": 16, "alpha": 32, "dropout": 0.0, "targets": ["all-linear"], "seed": SEED}
WANTED = 1.6


class Bench:
    """The pairs and the model of both contenders."""

    def __init__(self, model_dir: Path, steps: int) -> None:
        from tutor.codetasks.data import own_data
        from tutor.codetasks.split import TRAIN
        from tutor.engine.batches import epoch_batches
        from tutor.engine.loading import load_tokenizer
        from tutor.engine.preference import encode_pair

        self.model_dir, self.steps = model_dir, steps
        self.tokenizer = load_tokenizer(model_dir)
        pairs = own_data(SEED, BATCH * (steps + 1), 1).pairs[TRAIN]
        self.pairs = [
            encode_pair(self.tokenizer, each.name, each.question, each.chosen, each.rejected, 512) for each in pairs
        ]
        order = epoch_batches([len(pair.ids) for pair in self.pairs], BATCH, SEED, 0)
        self.batches = [[self.pairs[index] for index in batch] for batch in order]

    def ours(self) -> Timed:
        """Our loop, with the reference of the counted batches."""
        from tutor.engine.dpo import PreferenceTraining, log_probs_of_all, with_reference
        from tutor.engine.loading import load_model, training_attention, training_dtype
        from tutor.engine.lora import add_adapter
        from tutor.engine.objective import Objective
        from tutor.engine.training import Settings

        model = load_model(self.model_dir, training_dtype(), training_attention(512))
        end = int(self.tokenizer.eos_token_id)
        log_probs_of_all(model, self.pairs[:BATCH], end, BATCH, SEED)  # a warm-up
        began = time.perf_counter()
        found = log_probs_of_all(model, self.pairs, end, BATCH, SEED)
        reference = (time.perf_counter() - began) * self.steps / len(self.batches)
        pairs = with_reference(self.pairs, found)
        settings = Settings(
            epochs=1,
            batch_size=BATCH,
            grad_accumulation=1,
            lr=LR,
            warmup=0.0,
            schedule="linear",
            weight_decay=0.0,
            clip=1.0,
            seed=SEED,
        )
        training = PreferenceTraining(add_adapter(model, **LORA), pairs, Objective("sigmoid", BETA), settings, end)
        steps = list(training)[1:]
        return reference + sum(step.seconds for step in steps), statistics.mean(step.loss for step in steps)

    def trl(self) -> Timed:
        """TRL with its defaults, except data, order, batch size, learning rate, number of steps and the device."""
        import torch
        from datasets import Dataset
        from peft import LoraConfig
        from torch.utils.data import SequentialSampler
        from transformers import PrinterCallback, TrainerCallback
        from trl import DPOConfig, DPOTrainer

        from tutor.engine.architecture import layers_named

        class InOrder(DPOTrainer):
            def _prepare_dataset(self, dataset: Any, *_args: Any, **_kwargs: Any) -> Any:
                return dataset  # it is tokenized

            def _get_train_sampler(self, dataset: Any = None) -> SequentialSampler:
                return SequentialSampler(dataset if dataset is not None else self.train_dataset)

        class Clock(TrainerCallback):
            def __init__(self) -> None:
                self.ends: list[float] = []

            def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
                self.ends.append(time.perf_counter())

        clock = Clock()
        rows = [
            {
                "prompt_ids": list(pair.shared[: pair.asked]),
                "chosen_ids": [*pair.shared[pair.asked :], *pair.chosen],
                "rejected_ids": [*pair.shared[pair.asked :], *pair.rejected],
            }
            for batch in self.batches
            for pair in batch
        ]
        adapter = LoraConfig(
            r=LORA["r"],
            lora_alpha=LORA["alpha"],
            lora_dropout=LORA["dropout"],
            target_modules=layers_named(LORA["targets"]),
            task_type="CAUSAL_LM",
        )
        with tempfile.TemporaryDirectory() as directory:
            config = DPOConfig(
                output_dir=directory,
                per_device_train_batch_size=BATCH,
                num_train_epochs=1,
                learning_rate=LR,
                beta=BETA,
                logging_steps=1,
                report_to=[],
                use_cpu=not torch.cuda.is_available(),
                save_strategy="no",
                disable_tqdm=True,
            )
            trainer = InOrder(
                model=str(self.model_dir),
                args=config,
                train_dataset=Dataset.from_list(rows),
                processing_class=self.tokenizer,
                peft_config=adapter,
                callbacks=[clock],
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
        return clock.ends[-1] - clock.ends[0], statistics.mean(losses[1:])


def main() -> None:
    """Entry point; starts itself again with the environment that a run's worker has."""
    become_worker("bench.dpo")
    args = parser_of(__doc__).parse_args()
    directory = model_directory(args.model)
    os.nice(NICENESS)
    bench = Bench(directory, args.steps)
    contenders: dict[str, Callable[[], Timed]] = {"ours": bench.ours, "TRL as it comes": bench.trl}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(args.repeats):
        for name, go in contenders.items():
            seconds, loss = go()
            times[name].append(seconds)
            print(f"{name:16} {1000 * seconds / args.steps:6.0f} ms/step  loss {loss:.4f}", flush=True)
        print(f"repetition {number + 1} of {args.repeats}", file=sys.stderr, flush=True)
    print_ratio("ours / TRL as it comes", times["TRL as it comes"], times["ours"], WANTED)


if __name__ == "__main__":
    main()
