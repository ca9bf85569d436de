"""`tutor export`: a model as GGUF or safetensors of another precision, held against its source."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.answers import MODEL_HELP, import_embedded
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, UsageError, nearest
from tutor.text import human_bytes

if TYPE_CHECKING:
    from tutor.engine.exporting import Copy, Source

EPILOG = """\
examples:
  tutor export merged --format gguf -o model.gguf                        in f16
  tutor export last --format gguf --quantize q4_k_m -o model-q4.gguf     about 4.8 bits a weight
  tutor export merged --format safetensors --quantize bf16 -o merged-bf16
  tutor export adapter --format lora-gguf --base nano -o adapter.gguf

The copy is then held against its source on a text: the share of positions with the same likeliest token, KL,
perplexity, and size. Exit code 1 says that they differ by more than the precision explains."""


def add(subparsers: Any) -> None:
    """Add `export`."""
    parser = subparsers.add_parser(
        "export",
        help="write a model as GGUF, or in another precision",
        description="Write a model as one GGUF file through llama.cpp's converter and quantizer, as safetensors of "
        "another precision, or an adapter as GGUF; then measure what that changed.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help=f"{MODEL_HELP}; for lora-gguf an adapter or a run")
    parser.add_argument("--format", choices=("gguf", "safetensors", "lora-gguf"), default="gguf", metavar="FORMAT")
    parser.add_argument("--quantize", metavar="KIND", help="f32, f16, bf16, q8_0, q6_k, q5_k_m, q4_k_m, q4_0, …")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="what to write")
    parser.add_argument("--base", metavar="MODEL", help="for lora-gguf: the model that the adapter was trained on")
    parser.add_argument("--text", metavar="FILE", type=Path, help="measure on this text instead of the built-in one")
    parser.add_argument("--no-check", action="store_true", help="do not load source and copy to compare them")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write, compare, and say so."""
    from tutor.childprocess import quiet_here
    from tutor.files import refuse_existing

    quiet_here()
    target = args.output.expanduser().absolute()
    refuse_existing(target)
    text = _text(args.text)
    if args.format == "lora-gguf":
        return _tell(args, target, *_export_lora(args, target, text))
    return _tell(args, target, *_export_model(args, target, text))


def _export_model(args: argparse.Namespace, target: Path, text: str) -> tuple[Source, Copy] | tuple[()]:
    from tutor.commands.import_progress import import_progress
    from tutor.engine import exporting
    from tutor.engine.resolve import resolve

    import_embedded(args.model)
    kind = (args.quantize or "f16").lower()
    known = exporting.KINDS if args.format == "gguf" else tuple(exporting.PLAIN)
    if kind not in known:
        raise UsageError(f"{args.format} cannot be written as {kind!r}.", nearest(kind, known))
    model = resolve(args.model)
    if model.directory is None:
        raise UsageError(f"{model.label} is a GGUF file already.", f"Import it first: tutor import {args.model}")
    with import_progress() as progress:
        if args.format == "gguf":
            exporting.export_gguf(model.directory, target, kind, progress)
        else:
            exporting.export_safetensors(model.directory, target, kind, progress)
        if args.no_check:
            return ()
        progress(0, 1, "steps", "Comparing it with its source")
        source = exporting.Source(model.directory, text)
        against = source.against_gguf if args.format == "gguf" else source.against_directory
        return source, against(target, kind)


def _export_lora(args: argparse.Namespace, target: Path, text: str) -> tuple[Source, Copy] | tuple[()]:
    from tutor.commands.import_progress import import_progress
    from tutor.engine import exporting
    from tutor.engine.resolve import find_adapter

    if args.quantize not in (None, "f32"):
        raise UsageError("An adapter is written in f32: it is small.", "Leave --quantize away.")
    adapter = find_adapter(args.model)
    if adapter is None:
        raise UsageError(f"{args.model} is no adapter.", "Give a run, or a directory with adapter_config.json.")
    base = _base(adapter, args.base)
    with import_progress() as progress:
        progress(0, 1, "steps", "Writing the adapter")
        exporting.export_lora(adapter, base, target)
        if args.no_check:
            return ()
        progress(0, 1, "steps", "Comparing it with its source")
        source = exporting.Source(base, text, adapter)
        return source, source.against_gguf(target, "f16")


def _base(adapter: Path, name: str | None) -> Path:
    """The directory of the adapter's base: the one that is named, else where it lay in training."""
    from tutor.engine.resolve import resolve
    from tutor.files import read_json

    if name is None:
        place = Path(str(read_json(adapter / "adapter_config.json").get("base_model_name_or_path")))
        if not place.is_dir():
            raise UsageError(f"The base of {adapter} is no longer at {place}.", "Name it with --base.")
        return place
    directory = resolve(name).directory
    if directory is None:
        raise UsageError(f"{name} is a GGUF file; an adapter's base needs safetensors.", f"tutor import {name}")
    return directory


def _text(path: Path | None) -> str:
    from tutor import paths

    try:
        return (path or paths.assets_dir() / "passage.txt").read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as text: {error}.", "Give a text file in UTF-8.") from None


def _tell(args: argparse.Namespace, target: Path, source: Source | None = None, copy: Copy | None = None) -> int:
    if source is None or copy is None:
        print(json.dumps({"file": str(target), "checked": False}) if args.json else target)
        return EXIT_DONE
    rows = [source.row(), copy]
    if args.json:
        facts = {"file": str(target), "checked": True, "passed": copy.passed, "tokens": len(source.ids)}
        print(json.dumps(facts | {"copies": [dataclasses.asdict(row) for row in rows]}))
    else:
        print(target)
        print("\n".join(_table(rows, len(source.ids))), file=sys.stderr)
    return EXIT_DONE if copy.passed else EXIT_CHECK_FAILED


def _table(rows: list[Copy], tokens: int) -> list[str]:
    head = f"  {'':28} {'size':>8} {'bits':>6} {'perplexity':>11} {'same token':>11} {'KL':>9}"
    lines = [
        f"  {row.name[:22]:22} {row.kind:5} {human_bytes(row.bytes):>8} {row.bits:6.2f} {row.perplexity:11.3f} "
        f"{row.top1:11.1%} {row.kl:9.5f}"
        for row in rows
    ]
    copy = rows[-1]
    said = [
        f"{'✓' if copy.passed else '✗'} it says what its source says, as near as {copy.kind} can",
        f"{'✓' if copy.same_tokens else '✗'} llama.cpp reads a question as the same tokens",
        f"{'✓' if copy.same_answer else '–'} the greedy answer is {'the same' if copy.same_answer else 'another'}",
    ]
    return [head, *lines, f"  bits: of the file, for each parameter. All else on {tokens} tokens of text.", *said]
