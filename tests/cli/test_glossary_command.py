"""`fromscratch glossary`: one word, near words, all words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tui.main import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--workspace", str(tmp_path / "ws"), "glossary", *words])

    return run


def test_a_word_is_explained(run: Run, tmp_path: Path) -> None:
    found = run("causal", "mask")
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert lines[0].startswith("Causal mask (also: causal attention")
    assert "Hides later tokens" in lines[1]
    assert "  First met in: Month 3, Attention" in lines
    assert any("Causal attention (causal-attention)" in line for line in lines)
    assert "  In the book: 3.5, 3.5.1" in lines
    assert not (tmp_path / "ws").exists()  # looking up makes no workspace


def test_an_abbreviation_is_a_name(run: Run) -> None:
    assert run("GQA").stdout.startswith("Grouped-query attention")


def test_a_part_of_a_word_lists_where_it_occurs(run: Run) -> None:
    found = run("retriev")
    assert found.exit_code == 1  # in no term at all
    lines = run("causa").stdout.splitlines()
    assert lines[0] == "No term is called 'causa'. It occurs in:"
    assert {"  Causal mask", "  Causality"} <= set(lines[1:])


def test_what_is_not_there_has_neighbours(run: Run) -> None:
    found = run("sofmax")
    assert found.exit_code == 1
    assert found.stderr.startswith("The glossary has no 'sofmax'. Did you mean Softmax")
    lost = run("zebra crossing")
    assert lost.exit_code == 1
    assert "`fromscratch glossary` prints all words." in lost.stderr


def test_all_words_stand_under_their_months(run: Run) -> None:
    lines = run().stdout.splitlines()
    assert lines[0] == "Month 1: Models and learning"
    assert "Break: Measuring a model" in lines
    assert sum(line.startswith("  ") for line in lines) > 150


def test_json(run: Run) -> None:
    [term] = json.loads(run("softmax", "--json").stdout)["terms"]
    assert term["name"] == "Softmax" and term["month"] == "month-1" and "stable-softmax" in term["exercises"]
    assert json.loads(run("--json").stdout)["version"] == 1


def test_looking_up_loads_no_torch() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from tui.main import cli;"
        "assert CliRunner().invoke(cli, ['glossary', 'softmax']).exit_code == 0;"
        "assert 'torch' not in sys.modules and 'textual' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
