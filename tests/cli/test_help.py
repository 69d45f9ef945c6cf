"""The help is quick, complete, and each page shows how a command is used."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from store.cli import COMMANDS, main


def test_help_imports_nothing_heavy():
    """What makes `store --help` quick; the figure itself is a benchmark's."""
    program = (
        "import sys; from store.cli import main; main(['--help'], standalone_mode=False);"
        "sys.exit(', '.join(sorted({'litestar', 'stripe', 'asyncpg', 'dramatiq', 'babel'} & set(sys.modules))))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.stderr.strip() == ""
    assert all(name in answer.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "simulator"])
def test_every_command_explains_itself_with_examples(name):
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"store {name}" in result.output


def test_an_unknown_command_is_answered_with_those_that_exist():
    result = CliRunner().invoke(main, ["sevre"])
    assert result.exit_code == 2
    assert "serve" in result.output
