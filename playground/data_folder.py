"""Where installed models, vocabularies and co-work's keys are kept."""

import os
from pathlib import Path

from platformdirs import user_data_path


def data_folder() -> Path:
    """Returns the folder FROMSCRATCH_DATA, else one in the platform's data folder."""
    chosen = os.environ.get("FROMSCRATCH_DATA")
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("fromscratch", appauthor=False)
