"""Starts the program and its processes so that this project's packages win over others of the same name.

The packages have general names (`engine`, `grader`, …), and a folder on PYTHONPATH or the working folder may hold a
module with the same name. Every process of ours starts here and finds them by location instead of by search path.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent
PACKAGES = frozenset(("cowork", "engine", "exercises", "grader", "learner", "playground", "reference", "tui"))
RUN_MODULE = "--run-module"
_folders: dict[str, Path] = {}  # of packages that are not beside this file


class OwnPackageFinder(MetaPathFinder):
    """Finds this project's top-level packages beside this file, before any search path is asked."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        folder = str(_folders.get(fullname, ROOT))
        return PathFinder.find_spec(fullname, [folder], target) if fullname in PACKAGES else None


def use_own_packages() -> None:
    """Makes this process import the packages of this project from here."""
    if not any(isinstance(finder, OwnPackageFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, OwnPackageFinder())


def use_reference(folder: Path) -> None:
    """Makes this process import `reference` from a folder: that of the selected course."""
    use_own_packages()
    if _folders.get("reference", ROOT) != folder:
        _folders["reference"] = folder
        for name in [name for name in sys.modules if name == "reference" or name.startswith("reference.")]:
            del sys.modules[name]


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this project in a new process, as `python -m` does."""
    return [sys.executable, "-P", str(ROOT / "fromscratch.py"), RUN_MODULE, module, *arguments]


def main() -> None:
    """The console script `fromscratch`."""
    use_own_packages()
    from tui.main import main as run

    run()


if __name__ == "__main__":
    if sys.argv[1:2] == [RUN_MODULE]:
        use_own_packages()
        sys.argv = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        main()
