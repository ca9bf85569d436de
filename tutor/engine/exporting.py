"""Exporting a model as one file (GGUF) or as safetensors of another precision, and measuring what that changed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import tutor
from tutor.engine import export, gguf_file, parity, safetensors_file, store
from tutor.engine.adapter_file import read_adapter
from tutor.engine.loading import load_model, load_tokenizer
from tutor.engine.lora import load_adapter
from tutor.engine.lora_gguf import write_adapter
from tutor.engine.provenance import Provenance, provenance
from tutor.engine.resolve import ModelFiles, chat_gguf
from tutor.engine.shards import Progress, rewrite
from tutor.files import whole_directory

PLAIN = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
"""What is not quantized, and what torch calls it."""
KINDS = (*PLAIN, *export.QUANTIZATIONS)
LIMITS = {"f32": (0.97, 0.001), "f16": (0.97, 0.001), "bf16": (0.9, 0.02), "q8_0": (0.9, 0.02), "q6_k": (0.85, 0.05)}
"""By kind: the least share of positions with the same likeliest token, and the largest KL in nats."""
OTHER_LIMIT = (0.8, 0.2)
"""Of about 4 and 5 bits: the labs' own for q4_k_m."""
MOST_TOKENS = 1024
"""A text is read as far as this."""
ANSWER_TOKENS = 24
PROMPT = "Name three colours."


@dataclass(frozen=True)
class Copy:
    """One row of the table: the source, or what was made of it."""

    name: str
    kind: str
    bytes: int
    bits: float
    """A parameter, over the whole file."""
    perplexity: float
    top1: float = 1.0
    """Share of positions at which it predicts the source's token."""
    kl: float = 0.0
    """From the source, in nats a position."""
    same_answer: bool = True
    same_tokens: bool = True

    @property
    def passed(self) -> bool:
        """Whether it is near enough to the source, for its precision."""
        least, most = LIMITS.get(self.kind, OTHER_LIMIT)
        return self.same_tokens and self.top1 >= least and self.kl <= most


def export_gguf(model: Path, out: Path, kind: str, progress: Progress) -> None:
    """Write the model in `model` as a GGUF file of `kind`, one of `KINDS`, with its metadata.

    The converter reads tensor by tensor; a quantized file is made of one in f16, which is deleted.

    Raises:
        TutorError: the converter or llama.cpp failed, or their file is not the model.
    """
    progress(0, 1, "steps", f"Converting {model.name}")
    facts = metadata(provenance(model))
    if kind in PLAIN:
        return export.to_gguf(model, out, kind, facts)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".partial-") as folder:
        wide = Path(folder) / "model-f16.gguf"
        export.to_gguf(model, wide, "f16", facts)
        progress(0, 1, "steps", f"Quantizing to {kind}")
        export.quantize_gguf(wide, out, kind)
    return None


def metadata(about: Provenance) -> dict[str, Any]:
    """What the file says of itself, by the keys of the GGUF specification."""
    facts: dict[str, Any] = {
        "general.name": about.name,
        "general.description": f"Exported by tutor {tutor.__version__}",
        "general.license": about.license,
        "general.datasets": [{"name": name} for name in about.datasets] or None,
    }
    if about.base:
        url = (about.base_source or "").replace("hf://", "https://huggingface.co/")
        facts["general.base_models"] = [{"name": about.base} | ({"repo_url": url} if url.startswith("http") else {})]
    return {key: value for key, value in facts.items() if value}


def export_safetensors(model: Path, out: Path, kind: str, progress: Progress) -> None:
    """Write the model in `model` to the directory `out` in the precision `kind`, one file of weights at a time."""
    origin = store.StoredModel(model).manifest if (model / store.MANIFEST).is_file() else {"model": model.name}
    kept = ("model", "source", "revision", "license", "base", "merge")
    facts = {"source": str(model)} | {key: origin[key] for key in kept if key in origin}
    with whole_directory(out) as partial:
        rewrite(model, partial, lambda _name, tensor: tensor, f"Writing {kind}", progress, PLAIN[kind])
        store.write_manifest(partial, facts | {"exported_from": str(model)})


def export_lora(adapter: Path, base: Path, out: Path) -> None:
    """Write the adapter in `adapter` as a GGUF file for llama.cpp, which adds it to the base's own file.

    Raises:
        UsageError: it was trained on other weights than those in `base`.
        TutorError: it is of a kind that llama.cpp cannot add.
    """
    read_adapter(adapter).refuse_other_base(base)
    write_adapter(adapter, _base_gguf(base), out)


def _base_gguf(base: Path) -> Path:
    """The base in f16: an imported GGUF can be quantized, which is none of the adapter's doing."""
    return chat_gguf(ModelFiles(base.name, base.name, base, None))


class Source:
    """The model that exports are held against: its logits on a text and on its own greedy answer to a question."""

    def __init__(self, directory: Path, text: str, adapter: Path | None = None) -> None:
        self.directory, self.adapter = directory, adapter
        tokenizer = load_tokenizer(directory)
        self.ids = [int(token) for token in tokenizer(text)["input_ids"]][:MOST_TOKENS]
        self.question = [{"role": "user", "content": PROMPT}]
        rendered = tokenizer.apply_chat_template(self.question, add_generation_prompt=True, tokenize=False)
        self.prompt = [int(token) for token in tokenizer(rendered, add_special_tokens=False)["input_ids"]]
        model = load_model(directory, "float32")
        model = load_adapter(model, adapter) if adapter else model.eval()
        self.answers = parity.transcribe(model, [self.prompt], int(tokenizer.eos_token_id), ANSWER_TOKENS)
        self.logits = parity.logits_of(model, self.texts)

    @property
    def texts(self) -> list[Sequence[int]]:
        """Token ids: the text, then question and answer."""
        return [self.ids, *(answer.ids for answer in self.answers)]

    def row(self) -> Copy:
        """The source itself."""
        tensors = safetensors_file.read_model(self.directory)
        size = sum(path.stat().st_size for path in safetensors_file.weight_files(self.directory))
        kinds = {torch_name: kind for kind, torch_name in PLAIN.items()}
        kind = kinds.get(safetensors_file.main_dtype(tensors), "f64")
        bits = 8 * size / sum(info.elements for info in tensors.values())
        return Copy(self.directory.name, kind, size, bits, perplexity(self.logits[0], self.ids))

    def against_gguf(self, path: Path, kind: str) -> Copy:
        """Hold a GGUF file, or an adapter's beside its base's, against the source."""
        file, adapter = (_base_gguf(self.directory), path) if self.adapter else (path, None)
        theirs, prompts = parity.gguf_logits(file, self.texts, [self.question], adapter)
        header = gguf_file.read_header(path)
        bits = 8 * path.stat().st_size / header.parameters
        return self._row(path, kind, path.stat().st_size, bits, theirs, prompts == [self.prompt])

    def against_directory(self, path: Path, kind: str) -> Copy:
        """Hold a directory of safetensors against the source."""
        size = sum(file.stat().st_size for file in safetensors_file.weight_files(path))
        parameters = sum(info.elements for info in safetensors_file.read_model(path).values())
        theirs = parity.logits_of(load_model(path, "float32").eval(), self.texts)
        return self._row(path, kind, size, 8 * size / parameters, theirs, True)

    def _row(self, path: Path, kind: str, size: int, bits: float, theirs: list[Tensor], same_tokens: bool) -> Copy:
        found = parity.compare(self.logits, theirs, self.answers)
        same = found.same_answers == len(self.answers)
        surprise = perplexity(theirs[0], self.ids)
        return Copy(path.name, kind, size, bits, surprise, found.top1, found.mean_kl, same, same_tokens)


def perplexity(logits: Tensor, ids: Sequence[int]) -> float:
    """exp of the mean loss in nats of every token after the first, given `logits` `[seq, vocab]`."""
    return float(torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:])).exp())
