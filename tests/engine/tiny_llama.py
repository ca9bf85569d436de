"""A random Llama with a tokenizer of a few words: everything about shapes, masks and loops, in milliseconds."""

from __future__ import annotations

import random
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tutor.engine.chatdata import IGNORED, Example
from tutor.engine.lora import add_adapter
from tutor.engine.training import Settings, Training

END = "<|im_end|>"
WORDS = [
    "<unk>",
    END,
    "<|im_start|>",
    "\n",
    "user",
    "assistant",
    "system",
    "what",
    "is",
    "this",
    "a",
    "cat",
    "dog",
    "fox",
]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
VOCAB = 64


def tokenizer(template: str = CHATML) -> Any:
    """Words of `WORDS`; like SmolLM2's it pads with the token that ends a turn."""
    core = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"<\|im_\w+\|>|\n|\w+"), behavior="removed", invert=True)
    made = PreTrainedTokenizerFast(tokenizer_object=core, eos_token=END, pad_token=END, unk_token="<unk>")
    made.chat_template = template
    return made


def model(seed: int = 0, **changes: Any) -> LlamaForCausalLM:
    """Two layers of 32, in float32."""
    torch.manual_seed(seed)
    shape = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": VOCAB,
        "attn_implementation": "eager",
    }
    return LlamaForCausalLM(LlamaConfig(**(shape | changes)))


def examples(count: int = 24, seed: int = 0) -> list[Example]:
    """Random conversations of 6 to 20 tokens whose last third is supervised."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        ids = [chance.randrange(3, VOCAB) for _ in range(chance.randrange(6, 21))]
        start = 2 * len(ids) // 3
        made.append(Example(tuple(ids), tuple([IGNORED] * start + ids[start:])))
    return made


def settings(**changes: Any) -> Settings:
    """Two epochs of six steps."""
    usual: dict[str, Any] = {
        "epochs": 2,
        "batch_size": 4,
        "grad_accumulation": 1,
        "lr": 1e-2,
        "warmup": 0.1,
        "schedule": "cosine",
        "weight_decay": 0.01,
        "clip": 1.0,
        "seed": 42,
    }
    return Settings(**(usual | changes))


def training(
    dropout: float = 0.05, adapter: dict[str, Any] | None = None, base: Any = None, **changes: Any
) -> Training:
    """A training of `base`, else a tiny model, on `examples()`; `adapter` is what `add_adapter` gets besides."""
    usual: dict[str, Any] = {"r": 4, "alpha": 8, "dropout": dropout, "targets": ["q_proj", "v_proj"], "seed": 1}
    adapted = add_adapter(base or model(), **(usual | (adapter or {})))
    return Training(adapted, examples(), settings(**changes), pad_id=1)
