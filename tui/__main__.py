"""`python -m tui` is `fromscratch`."""

from tui.cli import main

if __name__ == "__main__":
    main()
