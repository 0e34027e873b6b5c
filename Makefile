# Every target sets up what it needs; they may be run in any order.
export NO_MKDOCS_2_WARNING := 1
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-torch test-tonic lint docs benchmark clean

demo: .venv/.ready  ## Train on Bach chorales and leave a report under runs/latest
	$(BIN)/ranvier run chorales

test: .venv/.ready-for-tests  ## Everything that is checked: style, types, tests, doctests, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict
	$(BIN)/python -m pytest -n 2

test-torch: .venv/.ready-for-tests  ## The bridge to PyTorch, in an environment that has PyTorch
	$(BIN)/python -m benchmarks.bridges torch

test-tonic: .venv/.ready-for-tests  ## Data sets and transforms of tonic, in an environment that has it
	$(BIN)/python -m benchmarks.bridges tonic

docs: .venv/.ready-for-tests  ## Serve the documentation while it is being written
	$(BIN)/mkdocs serve

benchmark: .venv/.ready-for-tests  ## Measure against the peers, each in its own environment
	$(BIN)/pip install --quiet -e ".[bench]"
	$(BIN)/python -m benchmarks

.venv/.made:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	touch $@

.venv/.ready: .venv/.made pyproject.toml
	$(BIN)/pip install --quiet -e .
	touch $@

.venv/.ready-for-tests: .venv/.made pyproject.toml
	$(BIN)/pip install --quiet -e ".[dev,docs]"
	touch $@

clean:  ## Remove what these targets made, runs excepted
	rm -rf .venv site .pytest_cache .ruff_cache .hypothesis .import_linter_cache
