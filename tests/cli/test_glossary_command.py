"""`fromscratch glossary`: exact names, searches, similar names, all terms."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import Result

from tests.support.command_line import invoke, run_python


def run(*arguments: str) -> Result:
    return invoke("glossary", *arguments)


def test_a_term_is_explained_with_its_references(tmp_path: Path) -> None:
    result = run("causal", "mask")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Causal mask (also: causal attention")
    assert "Hides later tokens" in lines[1]
    assert "  First used in: Month 3, Attention" in lines
    assert any("Causal attention (causal-attention)" in line for line in lines)
    assert "  In the book: 3.5, 3.5.1" in lines
    assert not (tmp_path / "ws").exists()  # The glossary needs no workspace.


def test_an_abbreviation_finds_its_term() -> None:
    assert run("GQA").stdout.startswith("Grouped-query attention")


def test_part_of_a_name_lists_the_terms_that_contain_it() -> None:
    assert run("retriev").exit_code == 1  # No term contains it.
    lines = run("causa").stdout.splitlines()
    assert lines[0] == "No term is called 'causa'. These terms contain it:"
    assert {"  Causal mask", "  Causality"} <= set(lines[1:])


def test_an_unknown_word_suggests_similar_terms() -> None:
    typo = run("sofmax")
    assert typo.exit_code == 1
    assert typo.stderr.startswith("The glossary has no term 'sofmax'. Did you mean Softmax")
    unknown = run("zebra crossing")
    assert unknown.exit_code == 1
    assert "`fromscratch glossary` lists all terms." in unknown.stderr


def test_all_terms_are_listed_by_month() -> None:
    lines = run().stdout.splitlines()
    assert lines[0] == "Month 1: Models and learning"
    assert "Break: Measuring a model" in lines
    assert sum(line.startswith("  ") for line in lines) > 150


def test_json() -> None:
    [term] = json.loads(run("softmax", "--json").stdout)["terms"]
    assert term["name"] == "Softmax" and term["month"] == "month-1" and "stable-softmax" in term["exercises"]
    assert json.loads(run("--json").stdout)["version"] == 1


def test_the_glossary_imports_neither_torch_nor_textual() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from tui.main import cli;"
        "assert CliRunner().invoke(cli, ['glossary', 'softmax']).exit_code == 0;"
        "assert 'torch' not in sys.modules and 'textual' not in sys.modules"
    )
    run_python(code)
