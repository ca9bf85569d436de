"""LoRA steps of ours against TRL's SFTTrainer as it comes, a hand-written loop, and a screen that redraws beside it.

    python -m bench.train [--model nano] [--steps 6] [--repeats 5] [--beside COMMAND]

All train the same adapter on the same batches of `lab-lora-cli-help`, in this order again and again, so that whatever
else the machine does hits all of them; a ratio is the median of the repetitions' own ratios. The first step of each is
a warm-up and is not counted.
"""

from __future__ import annotations

import os
import shlex
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.contest import become_worker, model_directory, parser_of
from bench.ptyapp import PtyApp
from tutor.runs.worker import NICENESS

LORA: dict[str, Any] = {"r": 8, "alpha": 16, "dropout": 0.05, "targets": ["q_proj", "k_proj", "v_proj", "o_proj"]}
BATCH, LR, SEED = 4, 1e-3, 42

Timed = tuple[float, float]
"""Seconds of the counted steps, and their mean loss in nats/token."""


class Bench:
    """The data and the model of all contenders."""

    def __init__(self, model_dir: Path, steps: int) -> None:
        from tutor.clihelp import dataset
        from tutor.clihelp.task import Task
        from tutor.engine.batches import epoch_batches
        from tutor.runs.config import load_lab, resolve

        options = resolve(load_lab("lab-cli-help-data"), {})
        dataset.ensure(dataset.DataConfig.from_options(options), lambda *_: None, lambda: None)
        self.model_dir, self.steps = model_dir, steps
        self.task = Task.load(str(options["dataset"]), model_dir, 512, 0, 4)
        self.examples = self.task.encoded["train"].examples[: BATCH * (steps + 1)]
        order = epoch_batches([len(example.ids) for example in self.examples], BATCH, SEED, 0)
        self.batches = [[self.examples[index] for index in batch] for batch in order]
        self.tokens = sum(len(example.ids) for batch in self.batches[1:] for example in batch)

    def ours(self, load: Callable[[], Any] | None = None) -> Callable[[], Timed]:
        """Our loop; `load` gives another frozen base than the model as it is."""
        from tutor.engine.loading import load_model, training_attention, training_dtype
        from tutor.engine.lora import add_adapter
        from tutor.engine.training import Settings, Training

        settings = Settings(
            epochs=1,
            batch_size=BATCH,
            grad_accumulation=1,
            lr=LR,
            warmup=0.0,
            schedule="linear",
            weight_decay=0.01,
            clip=1.0,
            seed=SEED,
        )

        def go() -> Timed:
            frozen = load() if load else load_model(self.model_dir, training_dtype(), training_attention(512))
            model = add_adapter(frozen, **LORA, seed=SEED)
            training = Training(model, self.examples, settings, self.task.pad_id)
            steps = list(training)[1:]
            return sum(step.seconds for step in steps), statistics.mean(step.loss for step in steps)

        return go

    def by_hand(self) -> Callable[[], Timed]:
        """What one writes in an afternoon: the model's own loss, padding masked, PEFT as it is."""
        import torch
        from peft import LoraConfig, get_peft_model

        from tutor.engine.batches import collate
        from tutor.engine.loading import load_model, training_dtype

        def go() -> Timed:
            torch.manual_seed(SEED)
            model = get_peft_model(load_model(self.model_dir, training_dtype()), lora_config(LoraConfig))
            parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
            optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.01)
            model.train()
            losses, started = [], 0.0
            for number, batch in enumerate(self.batches):
                if number == 1:
                    started = time.perf_counter()
                ids, labels = collate(batch, self.task.pad_id)
                mask = torch.zeros_like(ids)
                for row, example in enumerate(batch):
                    mask[row, : len(example.ids)] = 1
                optimizer.param_groups[0]["lr"] = LR * (1 - number / len(self.batches))
                loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
                loss.backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                optimizer.zero_grad()
                losses.append(float(loss.detach()))
            return time.perf_counter() - started, statistics.mean(losses[1:])

        return go

    def trl(self) -> Callable[[], Timed]:
        """TRL with its defaults, except data, order, batch size, learning rate, number of steps and the device."""
        import torch
        from datasets import Dataset
        from peft import LoraConfig
        from torch.utils.data import SequentialSampler
        from transformers import PrinterCallback, TrainerCallback
        from trl import SFTConfig, SFTTrainer

        class InOrder(SFTTrainer):
            def _get_train_sampler(self, dataset: Any = None) -> SequentialSampler:
                return SequentialSampler(dataset if dataset is not None else self.train_dataset)

        class Clock(TrainerCallback):
            def __init__(self) -> None:
                self.ends: list[float] = []

            def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
                self.ends.append(time.perf_counter())

        rows = [
            {"input_ids": list(example.ids), "completion_mask": [int(label >= 0) for label in example.labels]}
            for batch in self.batches
            for example in batch
        ]

        def go() -> Timed:
            clock = Clock()
            with tempfile.TemporaryDirectory() as directory:
                config = SFTConfig(
                    output_dir=directory,
                    per_device_train_batch_size=BATCH,
                    num_train_epochs=1,
                    learning_rate=LR,
                    completion_only_loss=True,
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
                    processing_class=self.task.tokenizer,
                    peft_config=lora_config(LoraConfig),
                    callbacks=[clock],
                )
                trainer.remove_callback(PrinterCallback)
                trainer.train()
            losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
            return clock.ends[-1] - clock.ends[0], statistics.mean(losses[1:])

        return go


def lora_config(make: Any) -> Any:
    """PEFT's own configuration of `LORA`."""
    return make(
        r=LORA["r"],
        lora_alpha=LORA["alpha"],
        lora_dropout=LORA["dropout"],
        target_modules=LORA["targets"],
        task_type="CAUSAL_LM",
    )


class Screen:
    """Runs a command in a terminal at normal priority, reading what it draws. Make it before lowering one's own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._closing = threading.Event()
        # Priority belongs to threads on Linux, and a child inherits that of the thread that starts it.
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(lambda: None).result()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The command runs meanwhile."""
        self._closing.clear()
        drawing = self._thread.submit(self._draw)
        time.sleep(2)  # its start is not what is measured
        yield
        self._closing.set()
        drawing.result()

    def _draw(self) -> None:
        app = PtyApp(self._command, os.environ)
        while not self._closing.is_set():
            app.read(0.1)
        app.kill()


def measure(bench: Bench, contenders: dict[str, Callable[[], Timed]], screen: Screen | None, repeats: int) -> None:
    """Run all in turn and print medians and ratios."""
    times: dict[str, list[float]] = {}
    losses: dict[str, float] = {}
    for number in range(repeats):
        for name, go in contenders.items():
            seconds, losses[name] = go()
            times.setdefault(name, []).append(seconds)
        if screen:
            with screen.shown():
                seconds, _ = contenders["ours"]()
            times.setdefault("ours, beside", []).append(seconds)
        print(f"repetition {number + 1} of {repeats}", file=sys.stderr, flush=True)
    for name, measured in times.items():
        middle = statistics.median(measured)
        loss = f"  loss {losses[name]:.3f}" if name in losses else ""
        print(f"{name:14} {bench.tokens / middle:7.0f} tokens/s  {1000 * middle / bench.steps:6.0f} ms/step{loss}")
    for name, wanted in (("TRL as it comes", 2.0), ("by hand", 0.95)):
        print_ratio(f"ours / {name}", times[name], times["ours"], wanted)
    if screen:
        print_ratio("beside / alone", times["ours"], times["ours, beside"], 0.85)


def print_ratio(name: str, other: Sequence[float], ours: Sequence[float], wanted: float) -> None:
    """The median of the repetitions' own speed ratios."""
    ratio = statistics.median(theirs / own for theirs, own in zip(other, ours, strict=True))
    print(f"{name:24} {ratio:5.2f}  (wanted: at least {wanted})")


def main() -> None:
    """Entry point; starts itself again with the environment that a run's worker has."""
    become_worker("bench.train")
    parser = parser_of(__doc__)
    parser.add_argument("--beside", metavar="COMMAND", help="a program to run in a terminal meanwhile")
    args = parser.parse_args()

    directory = model_directory(args.model)
    screen = Screen(shlex.split(args.beside)) if args.beside else None
    os.nice(NICENESS)
    bench = Bench(directory, args.steps)
    contenders = {"ours": bench.ours(), "by hand": bench.by_hand(), "TRL as it comes": bench.trl()}
    measure(bench, contenders, screen, args.repeats)


if __name__ == "__main__":
    main()
