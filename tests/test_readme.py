"""The README's worked examples run, on the shipped real data, and leave what they promise."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from allocator.cli import main
from tests.conftest import CHECKOUT

QUICK = ("--time-limit", "20", "--no-pictures")
"""The examples solve for minutes; a test sees the same way through the house in seconds."""

LIMITS = {
    **dict.fromkeys(("place", "plan", "dispatch", "replan"), QUICK),
    "explain": ("--time-limit", "5"),
    "coordination": ("--time-limit", "15", "--samples", "100"),
    "drill": ("--no-dispatch",),
}


def commands() -> list[list[str]]:
    """Commands of the README's code blocks, without comments."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    # Blocks in another language, such as sh, are not ours to run.
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for lang, block in blocks if not lang for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("allocator ")]


def test_every_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All commands end with 0, one after the other in one folder, and what they name exists."""
    monkeypatch.chdir(tmp_path)
    run = commands()
    shown = {"datasets", "check", "plan", "verify", "dispatch", "replan", "explain", "place"}
    shown |= {"orders", "compare", "coordination", "drill"}
    assert shown <= {command[0] for command in run}
    for command in run:
        words = [*command, *LIMITS.get(command[0], ())]
        with pytest.raises(SystemExit) as leave:
            main(words)
        assert leave.value.code in (0, None), (command, capsys.readouterr().err[-2000:])
        if "-o" in command:
            assert Path(command[command.index("-o") + 1]).exists(), command
    assert Path("plan.html").exists()
