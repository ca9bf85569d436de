"""Writing GGUF: from safetensors through llama.cpp's own converter, and quantized by llama.cpp itself.

The converter comes from a repackaging by a third party, so what it writes is checked before anyone may load it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tutor.childprocess import quiet_environment
from tutor.engine import gguf_file
from tutor.engine.architecture import Architecture
from tutor.errors import TutorError, UsageError, nearest
from tutor.files import whole_file

QUANTIZATIONS = {"q4_0": 2, "q4_1": 3, "q8_0": 7, "q3_k_m": 12, "q4_k_s": 14, "q4_k_m": 15, "q5_k_m": 17, "q6_k": 18}
"""llama.cpp's `llama_ftype` numbers. A row that no block of 256 divides falls back to a type with blocks of 32."""

DERIVED_TENSORS = ("rope_freqs.weight",)
"""What the converter computes and adds; no parameter of the model."""


def to_gguf(model_dir: Path, out_path: Path, dtype: str = "f16", facts: Mapping[str, Any] | None = None) -> None:
    """Write the model in `model_dir` as one GGUF file; `dtype` is `f16`, `bf16` or `f32`.

    Takes about 8 s for the embedded model, in a process of its own. `facts` are metadata by the keys of the GGUF
    specification (`general.name`, `general.license`, ...).

    Raises:
        TutorError: the converter failed, or its file is not the model.
    """
    with whole_file(out_path) as written, _described(model_dir, facts or {}) as (source, described):
        # -P keeps modules of the user's working directory out of the converter's imports.
        command = [sys.executable, "-P", "-m", "convert_hf_to_gguf", str(source), "--outfile", str(written)]
        converter = subprocess.run(
            [*command, "--outtype", dtype, *described],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=quiet_environment(),
        )
        if converter.returncode or not written.is_file():
            raise TutorError(f"{model_dir} cannot be converted to GGUF: {_reason(converter.stderr)}.", _TODO)
        _check_conversion(model_dir, written)


@contextmanager
def _described(model_dir: Path, facts: Mapping[str, Any]) -> Iterator[tuple[Path, list[str]]]:
    """The model's directory as the converter is to see it, and the arguments that tell it the facts.

    The licence is the one that it reads only from a model card, so it gets a directory of links with a card.
    """
    if not facts:
        yield model_dir, []
        return
    with tempfile.TemporaryDirectory() as folder:
        view, overrides = Path(folder) / model_dir.name, Path(folder) / "metadata.json"
        view.mkdir()
        for path in model_dir.iterdir():
            (view / path.name).symlink_to(path.absolute())
        (view / "README.md").unlink(missing_ok=True)
        (view / "README.md").write_text(f"---\nlicense: {json.dumps(facts.get('general.license'))}\n---\n")
        overrides.write_text(json.dumps(dict(facts)))
        yield view, ["--metadata", str(overrides)]


def quantize_gguf(src: Path, dst: Path, kind: str = "q4_k_m") -> None:
    """Write `src` (an unquantized GGUF) to `dst` with its matrices quantized to `kind`.

    Loads llama.cpp into this process; 2 s for the embedded model.

    Raises:
        UsageError: there is no such kind.
        TutorError: llama.cpp failed, or its file differs from `src` in more than the precision.
    """
    if kind not in QUANTIZATIONS:
        raise UsageError(f"There is no quantization {kind!r}.", nearest(kind, QUANTIZATIONS))
    source = gguf_file.read_header(src)
    import llama_cpp

    from tutor.engine.hardware import physical_cores
    from tutor.engine.llama import errors_of_llama_cpp

    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype, params.nthread = QUANTIZATIONS[kind], physical_cores()
    with whole_file(dst) as written, errors_of_llama_cpp():
        if llama_cpp.llama_model_quantize(bytes(src), bytes(written), params) != 0:
            raise TutorError(f"llama.cpp could not quantize {src} to {kind}.", _TODO)
        result = gguf_file.read_header(written)
        shapes = [{name: info.shape for name, info in header.tensors.items()} for header in (source, result)]
        if shapes[0] != shapes[1] or _tokenizer(source) != _tokenizer(result):
            raise TutorError(f"The {kind} file of {src.name} differs from it in more than the precision.", _TODO)


_TODO = "The model itself is untouched; try again, or use it without GGUF."


def _reason(log: str) -> str:
    """The last line of a log that says something: the exception, not its traceback."""
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.startswith("INFO:")]
    return (lines[-1] if lines else "the converter said nothing").rstrip(".")


def _tokenizer(header: gguf_file.GgufHeader) -> dict[str, Any]:
    return {key: value for key, value in header.metadata.items() if key.startswith("tokenizer.")}


def _check_conversion(model_dir: Path, written: Path) -> None:
    """Raise `TutorError` unless the file has all parameters, a known pre-tokenizer, the end token and the template."""
    header = gguf_file.read_header(written)
    parameters = header.parameters - sum(
        header.tensors[name].elements for name in DERIVED_TENSORS if name in header.tensors
    )
    expected = Architecture.read(model_dir).parameters().total
    if parameters != expected:
        raise TutorError(f"The GGUF file of {model_dir} has {parameters:,} parameters instead of {expected:,}.", _TODO)
    # Without a recognised pre-tokenizer llama.cpp splits text otherwise than the model was trained on, silently.
    wanted = ["tokenizer.ggml.pre"] if header.metadata.get("tokenizer.ggml.model") == "gpt2" else []
    wanted.append("tokenizer.ggml.eos_token_id")
    if has_chat_template(model_dir):
        wanted.append("tokenizer.chat_template")
    missing = [key for key in wanted if header.metadata.get(key) in (None, "", "default")]
    if missing:
        raise TutorError(f"The GGUF file of {model_dir} lacks {', '.join(missing)}.", _TODO)


def has_chat_template(model_dir: Path) -> bool:
    """Whether the model in `model_dir` says how a conversation is written."""
    if (model_dir / "chat_template.jinja").is_file():
        return True
    path = model_dir / "tokenizer_config.json"
    return path.is_file() and bool(json.loads(path.read_bytes()).get("chat_template"))
