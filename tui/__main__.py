"""`python -m tui` is `fromscratch`."""

from tui.main import main

if __name__ == "__main__":
    main()
