# fromscratch: `make help` lists what can be made. Nothing is needed first but Python >= 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench faults fuzz system clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## install into .venv, and fetch GPT-2's vocabulary

run: setup  ## start the app
	@$(BIN)/fromscratch

test: setup system  ## run the tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup

check: setup  ## style, types, layers, and proof of every exercise
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/fromscratch verify

bench: setup  ## measure, as ratios within one run
	$(BIN)/python -m benchmarks

faults: setup  ## try all that can go wrong, hundreds of times, and write docs/faults.md
	$(BIN)/python -m benchmarks.faults

fuzz: setup  ## an hour of mutated and hostile sources through the grader
	$(BIN)/python -m tests.fuzz.grade_mutants

clean:  ## remove .venv and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@$(BIN)/fromscratch models add gpt2-vocabulary \
	  || echo "GPT-2's vocabulary could not be fetched now; exercises that ask for it will say so."
	@touch $(READY)

# the tests drive a real terminal and a real browser
system:
	@command -v tmux >/dev/null && command -v git >/dev/null || { $(APT) tmux git; } \
	  || { echo "The tests need tmux and git: install them with your system's package manager."; exit 1; }
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { $(APT) chromium; } \
	  || echo "The tests of the app in a browser need Chromium: install it with your system's package manager."
