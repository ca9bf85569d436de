"""Two dozen options of well-known commands, each explained in one line that ends in the same way, for quick trainings.

What is learned is the form: a few words, then whether it only reads or also writes. The held-out ones are of commands
that are not among those to learn from.
"""

from __future__ import annotations

from typing import Any

from tutor.engine.chatdata import IGNORED, Example

TRAIN = (
    ("ls -a", "list hidden files too", "reads"),
    ("ls -l", "list sizes and dates", "reads"),
    ("ls -t", "list the newest first", "reads"),
    ("cp -r", "copy a folder and all in it", "writes"),
    ("cp -n", "copy, but keep what is there", "writes"),
    ("rm -i", "ask before each removal", "writes"),
    ("rm -r", "remove a folder and all in it", "writes"),
    ("tar -c", "pack files into an archive", "writes"),
    ("tar -t", "list what an archive holds", "reads"),
    ("tar -x", "unpack an archive", "writes"),
    ("grep -i", "search in any case", "reads"),
    ("grep -n", "show the number of each line", "reads"),
    ("grep -v", "show lines that do not match", "reads"),
    ("sed -i", "change a file in place", "writes"),
    ("mkdir -p", "make parent folders too", "writes"),
    ("wc -l", "count lines", "reads"),
)
HELD_OUT = (
    ("du -h", "show sizes as people read them", "reads"),
    ("head -n", "show only so many lines", "reads"),
    ("tail -f", "show lines as they come", "reads"),
    ("mv -n", "move, but keep what is there", "writes"),
    ("touch -c", "set the date, make no file", "writes"),
    ("sort -u", "show each line once", "reads"),
    ("chmod -R", "set rights in all of a folder", "writes"),
    ("find -name", "search by file name", "reads"),
)


def examples(tokenizer: Any, texts: tuple[tuple[str, str, str], ...]) -> list[Example]:
    """Each option as it is asked for, then its line, of which alone the loss sees the tokens."""
    found = []
    for option, says, tag in texts:
        asked = tokenizer(f"{option}:", add_special_tokens=False)["input_ids"]
        line = tokenizer(f" {says} [{tag}]", add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        found.append(Example(tuple(asked + line), tuple([IGNORED] * len(asked) + line)))
    return found
