"""`fromscratch new` and `fromscratch verify --watch`, in a copy of the course."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(300)  # a loaded machine takes a minute to start two engines
PACKAGES = ("cowork", "engine", "exercises", "grader", "learner", "playground", "reference", "tui")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose course a test can change."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("fromscratch.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def command(checkout: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(checkout / "fromscratch.py"), *arguments]


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(checkout, *arguments), cwd=checkout, capture_output=True, text=True, timeout=280, check=False
    )


# References with a call that cannot be guessed, and the call that is written in its place
BLANKS = {
    "data.GPTDatasetV1": "None",  # it takes a tokenizer
    "schedule.lr_at": "None",  # the guessed numbers do not fit each other
}


def test_new_exercises_are_proved_but_for_their_blanks(checkout: Path) -> None:
    """Where a call cannot be guessed, nothing is reported as wrong: the blank is what remains to do."""
    result = run(checkout, "new", "wide-layers", "--reference", "layers.FeedForward", "--month", "4")
    assert result.returncode == 0, result.stderr
    (folder,) = (checkout / "exercises").glob("month_4_gpt/*_wide_layers")
    assert f"Written: exercises/month_4_gpt/{folder.name}, with" in result.stdout
    stub = (folder / "stub.py").read_text()
    assert "class FeedForward(nn.Module):" in stub and stub.count("raise NotImplementedError") == 2
    settings = (folder / "exercise.toml").read_text()
    assert settings.count("[[mistake]]") == 3
    assert 'section = "4.3"' in settings
    assert "exists already" in run(checkout, "new", "wide-layers", "--reference", "layers.FeedForward").stderr
    for number, (symbol, call) in enumerate(BLANKS.items()):
        assert run(checkout, "new", f"draft-{number}", "--reference", symbol, "--month", "5").returncode == 0
        (folder,) = (checkout / "exercises").glob(f"month_5_pretraining/*_draft_{number}")
        assert f'output = "{call}' in (folder / "exercise.toml").read_text()
        if number == 0:
            assert "from torch.utils.data import Dataset\n" in (folder / "stub.py").read_text()
    result = run(checkout, "verify", "wide-layers", *(f"draft-{number}" for number in range(len(BLANKS))))
    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert "✗ wide-layers: reference, stub, 3 mistakes, 0 other styles" in lines
    assert "    README.md, line 3: Say in three sentences why a language model needs this." in lines
    assert lines[-1].startswith("3 exercises, 15 solutions, 0 with a wrong verdict; ")


def test_a_reference_that_is_not_python_is_named(checkout: Path) -> None:
    (checkout / "reference" / "unfinished.py").write_text("def f(x:\n")
    result = run(checkout, "new", "unfinished", "--reference", "unfinished.f", "--month", "5")
    assert result.returncode == 2
    assert "reference/unfinished.py, line 1: this is not valid Python: '(' was never closed." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("layer-norm", "--reference", "layers.LayerNorm"), "The exercise layer-norm exists already, in "),
        (("Layer", "--reference", "layers.LayerNorm"), "'Layer' is not an id."),
        (("new-norm", "--reference", "layers.Norm"), "reference.layers defines no function or class Norm."),
        (("new-norm", "--reference", "nothing.Norm"), "There is no file reference/nothing.py. Create it first."),
        (("new-norm", "--reference", "Norm"), "'Norm' is not MODULE.SYMBOL."),
        (("new-norm", "--reference", "layers.LayerNorm", "--month", "9"), "The course has no month '9'"),
    ],
)
def test_what_cannot_become_an_exercise_is_refused(arguments: tuple[str, ...], message: str) -> None:
    from tests.support.command_line import invoke

    result = invoke("new", *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_an_installed_course_is_not_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.support.command_line import invoke

    monkeypatch.setattr("tui.cli.new.OWN", tmp_path / "exercises")
    monkeypatch.setattr("tui.cli.new.course_folder", lambda: tmp_path / "exercises")
    result = invoke("new", "new-norm", "--reference", "layers.LayerNorm")
    assert result.exit_code == 2
    assert "This course is installed, not a checkout." in result.output


def test_watch_proves_again_what_is_saved(checkout: Path) -> None:
    """After saves of exercise.toml and of the reference, and after one that is invalid."""
    folder = checkout / "exercises" / "month_5_pretraining" / "01_text_ids"
    settings, reference = folder / "exercise.toml", checkout / "reference" / "token_ids.py"
    with subprocess.Popen(
        command(checkout, "verify", "text-ids", "--watch"), cwd=checkout, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None

        def proof() -> str:
            lines = []
            for line in iter(process.stdout.readline, ""):  # type: ignore[union-attr]
                if line.startswith("Waiting"):
                    break
                lines.append(line)
            return "".join(lines)

        try:
            assert proof().startswith("✓ text-ids")
            text = settings.read_text()
            settings.write_text(text.replace("minutes = 10", "minutes = 0"))
            assert "minutes: 0 minutes is out of range" in proof()
            settings.write_text(text)
            assert proof().strip().startswith("✓ text-ids")
            reference.write_text(reference.read_text().replace("dtype=torch.long", "dtype=torch.int64"))
            assert "mistake floats: " in proof()
        finally:
            process.terminate()
