"""The chat engine against a bare llama.cpp loop on the same file: tokens/s, and time to the first token of two turns.

    python bench/chat.py [MODEL] [--tokens 128] [--repeats 7]

Both run in this order again and again, so that whatever else the machine does hits both; the ratio is the median of the
repetitions' own ratios. The engine's side is the whole way: another process, chat template, sampling, JSON, pipe.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from tutor.engine.client import Engine
from tutor.engine.llama import load_llama
from tutor.engine.prompt import ChatPrompt
from tutor.engine.resolve import chat_gguf, resolve

FIRST = {"role": "user", "content": "Write a very long story about a lighthouse keeper, with many chapters."}
SECOND = {"role": "user", "content": "Continue with the next chapter."}


class Bare:
    """What a script would do with llama_cpp."""

    def __init__(self, file: Path) -> None:
        self._llm = load_llama(file, n_ctx=4096)
        self._prompt = ChatPrompt(self._llm).tokens([FIRST])

    def tokens_per_s(self, n: int) -> float:
        """Speed after the first of `n` tokens."""
        stream = self._llm.generate(self._prompt, temp=0.0)
        next(stream)
        began = time.perf_counter()
        for _ in range(n - 1):
            self._llm.detokenize([next(stream)])
        return (n - 1) / (time.perf_counter() - began)


async def ask(engine: Engine, model: str, messages: list[dict[str, str]], n: int) -> dict[str, Any]:
    """One answer, timed on this side of the pipe."""
    arrivals = []
    began = time.perf_counter()
    async for reply in engine.stream("chat", model=model, messages=messages, max_tokens=n):
        arrivals.append(time.perf_counter())
        done = reply.data
    speed = (done["new_tokens"] - 1) / (arrivals[-1] - arrivals[0])
    return done | {"first_s": arrivals[0] - began, "speed": speed}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="nano")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    bare, engine = Bare(chat_gguf(resolve(args.model))), Engine("chat")
    rows: list[tuple[float, float, float, float]] = []
    for repetition in range(args.repeats + 1):
        alone = bare.tokens_per_s(args.tokens)
        nonce = {"role": "system", "content": f"This is conversation {repetition}."}  # nothing is cached for turn 1
        one = await ask(engine, args.model, [nonce, FIRST], args.tokens)
        answer = {"role": "assistant", "content": one["text"]}
        two = await ask(engine, args.model, [nonce, FIRST, answer, SECOND], args.tokens)
        if repetition:  # the first warms up
            rows.append((alone, one["speed"], one["first_s"], two["first_s"]))
    await engine.close()
    alone, ours, first, second = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(row[1] / row[0] for row in rows)
    print(f"bare llama_cpp loop          {alone:8.1f} tokens/s")
    print(f"chat engine                  {ours:8.1f} tokens/s   ratio {ratio:.3f} (wanted: at least 0.95)")
    print(f"first token, turn 1          {first * 1000:8.0f} ms         {one['evaluated_tokens']} tokens evaluated")
    print(f"first token, turn 2          {second * 1000:8.0f} ms         {two['evaluated_tokens']} tokens evaluated")


if __name__ == "__main__":
    asyncio.run(main())
