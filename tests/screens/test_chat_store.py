"""Conversations on disk: what is written is read again, and what is not ours does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.errors import TutorError
from tutor.screens.chat_store import Conversation, Turn, all_conversations, chats_dir, load, new_path, save
from tutor.screens.chat_texts import as_markdown, code_blocks, export


def _conversation(question: str = "What?\nAgain?") -> Conversation:
    answer: Turn = {"role": "assistant", "content": "```\nl\u2028s", "seed": 3, "new_tokens": 9, "model": "nano"}
    turns = [{"role": "user", "content": question}, answer]
    return Conversation("2026-08-01T12:00:00+0000", "Rhyme.", {"left": "nano", "right": "mine"}, {"right": turns})


def test_what_is_kept_is_read_again(home: Path) -> None:
    path = new_path(0)
    save(_conversation(), path)
    assert load(path) == _conversation()
    assert all_conversations() == [(path, _conversation())]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null\n",
        "[1]\n{}\n",
        '{"created": "", "system": "", "models": {}}\n{"side": "up", "role": "user", "content": ""}\n',
        '{"created": "", "system": "", "models": {}}\n{"side": "left", "role": "user", "content": 1}\n',
        '{"created": "", "system": "", "models": {}}\n{"side": "left", "role": "us',
        '{"created": "", "system": "", "models": []}\n"text"\n',
    ],
)
def test_a_damaged_file_is_named_and_left_out_of_the_list(home: Path, text: str) -> None:
    chats_dir().mkdir(parents=True)
    path = chats_dir() / "20260801-120000-abcd.jsonl"
    path.write_text(text)
    with pytest.raises(TutorError, match="20260801-120000-abcd"):
        load(path)
    assert all_conversations() == []


def test_the_newest_is_first(home: Path) -> None:
    for now in (1e9, 1.5e9):
        save(_conversation(str(now)), new_path(now))
    assert [conversation.title for _, conversation in all_conversations()] == ["1500000000.0", "1000000000.0"]


def test_words_are_found_wherever_they_were_said() -> None:
    found = [word for word in ("again?", "NANO", "rhyme", "l", "mine", "seed") if _conversation().contains(word)]
    assert found == ["again?", "NANO", "rhyme", "l", "mine"]


def test_code_is_taken_out_of_its_fences() -> None:
    assert code_blocks("a\n```sh\nls\n```\n- b\n  ~~~\n  cd\n  ~~~\n") == ["ls\n", "cd\n"]
    assert code_blocks("```\ncut off") == ["cut off"]
    assert code_blocks("inline `ls`") == []


def test_the_export_quotes_questions_and_carries_no_escape_sequences(home: Path) -> None:
    text = as_markdown(_conversation("red \x1b[31m\nnext"))
    assert "> red\n> next\n" in text
    assert "\x1b" not in text
    assert "System message: Rhyme." in text
    written = export(_conversation(), new_path(0))
    assert (written.suffix, written.parent) == (".md", chats_dir())
