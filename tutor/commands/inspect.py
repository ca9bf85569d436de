"""`tutor inspect`: what is inside a model, an adapter or a file, without loading it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tutor.commands.answers import MODEL_HELP, import_embedded
from tutor.errors import EXIT_DONE
from tutor.text import clean_text, counted, human_bytes

if TYPE_CHECKING:
    from rich.tree import Tree

    from tutor.engine.contents.opened import Contents
    from tutor.engine.contents.tree import Branch

LONGEST = 72
"""Characters of a value of the metadata that are printed; --json has all of it."""

EPILOG = """\
examples:
  tutor inspect nano                            configuration, tokenizer and the tree of its parts
  tutor inspect model.gguf --tensors attn_q     and the numbers in every tensor whose name has attn_q
  tutor inspect adapter --json                  everything, for a program

What a file is, its first bytes say, not its name. Numbers are read a piece at a time, so a model larger
than the memory can be looked into. Pickle files are refused."""


def add(subparsers: Any) -> None:
    """Add `inspect`."""
    parser = subparsers.add_parser(
        "inspect",
        help="look into a model, an adapter or a file",
        description="What a GGUF or safetensors file, a model or an adapter holds: header, metadata, tokenizer, the "
        "tree of its parts, and on request the numbers in its tensors.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help=f"{MODEL_HELP}, a .safetensors file, or an adapter's directory")
    parser.add_argument(
        "--tensors",
        nargs="?",
        const="",
        metavar="TEXT",
        help="every tensor (or those with TEXT in their names) with smallest, largest, mean and spread of its numbers",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what was found."""
    from tutor.engine.contents.opened import open_contents
    from tutor.engine.contents.tokenizer import tokenizer_of

    import_embedded(args.model)
    contents = open_contents(args.model)
    tokenizer = tokenizer_of(contents)
    rows = list(_statistics(contents, args.tensors)) if args.tensors is not None else []
    if args.json:
        print(json.dumps(_facts(contents, tokenizer.summary() if tokenizer else None, rows), ensure_ascii=False))
        return EXIT_DONE
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print("\n".join(_head(contents)))
    console.print("\n".join(_section("metadata" if contents.kind == "GGUF" else "configuration", contents.config)))
    if tokenizer:
        console.print("\n".join(_section("tokenizer", tokenizer.summary())))
    console.print(_tree(contents))
    for row in rows:
        console.print(f"\n{_told(row)}")
    return EXIT_DONE


def _facts(contents: Contents, tokenizer: dict[str, Any] | None, rows: list[dict[str, Any]]) -> dict[str, Any]:
    from tutor.engine.contents.tree import tree_of

    return {
        "kind": contents.kind,
        "path": str(contents.path),
        "files": [{"name": path.name, "bytes": path.stat().st_size} for path in contents.files],
        "parameters": contents.parameters,
        "config": contents.config,
        "tokenizer": tokenizer,
        "tree": asdict(tree_of(contents.tensors.values())),
        "tensors": rows
        or [{"name": each.name, "dtype": each.dtype, "shape": each.shape} for each in contents.tensors.values()],
    }


def _head(contents: Contents) -> Iterator[str]:
    types: dict[str, int] = {}
    for tensor in contents.tensors.values():
        types[tensor.dtype] = types.get(tensor.dtype, 0) + tensor.elements
    yield f"{contents.kind}: {contents.path}"
    files, size = counted(len(contents.files), "file"), human_bytes(contents.size)
    yield f"{counted(len(contents.tensors), 'tensor')}, {contents.parameters:,} numbers, {size} in {files}"
    if contents.parameters:
        shares = sorted(types.items(), key=lambda each: -each[1])
        yield "numbers stored as " + ", ".join(f"{name} ({count / contents.parameters:.1%})" for name, count in shares)


def _section(title: str, facts: dict[str, Any]) -> Iterator[str]:
    if not facts:
        return
    yield f"\n{title}"
    width = min(40, max(map(len, facts)))
    for key, value in facts.items():
        yield f"  {clean_text(key):{width}}  {_short(value)}"


def _short(value: Any) -> str:
    """One line: of a long list its length."""
    if isinstance(value, list) and len(value) > 8:
        return f"a list of {len(value):,}"
    text = clean_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).replace("\n", "⏎")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _tree(contents: Contents) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    from tutor.engine.contents.tree import tree_of

    def grow(tree: Tree, branch: Branch) -> None:
        for name, part in branch.parts.items():
            while len(part.parts) == 1 and not part.shapes and part.copies == 1:  # a.b.weight is one line
                (below, inner) = next(iter(part.parts.items()))
                if below == "*":
                    break
                name, part = f"{name}.{below}", inner
            grow(tree.add(Text(_branch(name, part))), part)

    whole = tree_of(contents.tensors.values())
    tree = Tree(Text(f"\nparts ({whole.parameters:,} numbers)"), guide_style="dim")
    grow(tree, whole)
    return tree


def _branch(name: str, branch: Branch) -> str:
    title = f"{counted(branch.copies, 'layer')}" if name == "*" else clean_text(name)
    if not branch.shapes:
        return f"{title}  {branch.parameters:,}"
    shapes = " or ".join("×".join(map(str, shape)) for shape in branch.shapes[:3])
    return f"{title}  {shapes}  {' or '.join(branch.dtypes)}"


def _statistics(contents: Contents, wanted: str) -> Iterator[dict[str, Any]]:
    from tutor.engine.contents.statistics import statistics_of

    for tensor in contents.tensors.values():
        if wanted in tensor.name:
            found = statistics_of(tensor)
            row = {"name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape}
            yield row | (found.facts() if found else {"not_read": f"{tensor.dtype} cannot be unpacked here"})


def _told(row: dict[str, Any]) -> str:
    """A tensor on two lines, which 80 columns hold."""
    title = f"{clean_text(row['name'])}  {'×'.join(map(str, row['shape']))}  {row['dtype']}"
    if "not_read" in row:
        return f"{title}\n    {row['not_read']}"
    numbers = (f"{key} {'none' if row[key] is None else format(row[key], '.3g'):>9}" for key in ("min", "max"))
    spread = f"mean {row['mean'] or 0:>9.2g}  std {row['std'] or 0:>8.3g}"
    odd = f"zeros {row['zeros']:,}" + (f"  NOT FINITE {row['not_finite']:,}" if row["not_finite"] else "")
    return f"{title}\n    {'  '.join(numbers)}  {spread}  {odd}"
