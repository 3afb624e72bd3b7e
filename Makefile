.DELETE_ON_ERROR:
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup demo test lint types lock clean

setup: .venv/.installed

.venv/.installed: requirements.lock pyproject.toml scripts/system_packages.sh
	bash scripts/system_packages.sh
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: setup
	$(BIN)/python examples/demo.py

test: setup lint types
	$(BIN)/hengjian rules check
	$(BIN)/hengjian rules test
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

# Needs uv; writes names, versions and hashes only.
lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv var out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
