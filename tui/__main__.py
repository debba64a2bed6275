"""`python -m tui`: the app, without the command line."""

import sys

from learner.workspace import Workspace
from tui.app import run

if __name__ == "__main__":
    sys.exit(run(Workspace.resolve(None)))
