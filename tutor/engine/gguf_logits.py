"""`python -m tutor.engine.gguf_logits DIRECTORY`: the logits of a GGUF file, for `tutor.engine.parity`.

A process of its own, because a native crash in llama.cpp must not take a training run down.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from tutor.engine.llama import Adapter, load_llama
from tutor.engine.prompt import ChatPrompt


def main() -> None:
    """Read `request.json` in the directory; write `0.npy`, `1.npy`, ... `[seq, vocab]` float32, and `prompts.json`."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    longest = max(len(text) for text in request["texts"])
    llm = load_llama(Path(request["gguf"]), n_ctx=longest, logits_all=True)
    if adapter := request.get("adapter"):
        Adapter(llm, Path(adapter)).set_strength(1.0)
    for number, text in enumerate(request["texts"]):
        llm.reset()
        llm.eval(text)
        np.save(folder / f"{number}.npy", np.asarray(llm.scores[: len(text)], dtype=np.float32))
    prompt = ChatPrompt(llm)
    prompts = [prompt.tokens(messages) for messages in request["conversations"]]
    (folder / "prompts.json").write_text(json.dumps(prompts))
    llm.close()


if __name__ == "__main__":
    main()
