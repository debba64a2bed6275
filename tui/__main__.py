"""`python -m tui` is `fromscratch`."""

from fromscratch import main

if __name__ == "__main__":
    main()
