# `make help` lists the targets. The only requirements are Python >= 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench faults fuzz system clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## install into .venv and fetch GPT-2's vocabulary

run: setup  ## start the app
	@$(BIN)/fromscratch

test: setup system  ## run the tests
	$(BIN)/python -m pytest -n 4 --dist loadgroup

check: setup  ## run ruff, mypy and lint-imports, and verify every exercise
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/fromscratch verify

bench: setup  ## run the benchmarks
	$(BIN)/python -m benchmarks

faults: setup  ## inject each fault many times and write docs/faults.md
	$(BIN)/python -m benchmarks.faults

fuzz: setup  ## grade mutated and hostile sources, for about an hour
	$(BIN)/python -m tests.fuzz.grade_mutants

clean:  ## remove .venv and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "fromscratch needs Python 3.11 or newer; choose one with: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@$(BIN)/fromscratch models add gpt2-vocabulary \
	  || echo "GPT-2's vocabulary could not be fetched; the exercises that need it will say so."
	@touch $(READY)

# The tests use a real terminal and a real browser.
system:
	@command -v tmux >/dev/null && command -v git >/dev/null || { $(APT) tmux git; } \
	  || { echo "The tests need tmux and git: install them with your system's package manager."; exit 1; }
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { $(APT) chromium; } \
	  || echo "The tests of the app in a browser need Chromium: install it with your system's package manager."
