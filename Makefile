# Everything a developer or a first visitor does with this repository. `make help` lists it.
#
# Each step leaves a stamp and runs again only when what it depends on has changed, so that a second
# `make run` or `make test` starts in a few seconds.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -q

# The first Python 3.11 or newer on this machine; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v $$name; break; fi; done)

FRONT_END := package.json package-lock.json static/build.mjs $(shell find static/src -type f 2>/dev/null)

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

# ── running ───────────────────────────────────────────────────────────────────────────────────────

.PHONY: run
run: setup ## Install what is missing, then serve the demo (the CRM with its data) at http://127.0.0.1:8000
	exec $(BIN)/formwright serve --demo --port $(PORT)

.PHONY: setup
setup: $(STAMPS)/formwright ## Install Formwright and what it needs into .venv

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Formwright needs Python 3.11 or newer with its venv module (on Debian: apt-get install python3 python3-venv)." >&2; \
		exit 1; \
	fi
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: requirements.lock | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.lock
	@mkdir -p $(STAMPS) && touch $@

# Also builds the front end (hatch_build.py), with a Node.js wheel where the machine has no Node.js.
$(STAMPS)/formwright: $(STAMPS)/runtime pyproject.toml hatch_build.py $(FRONT_END)
	$(PIP) install --no-deps -e .
	@touch $@

.PHONY: assets
assets: $(STAMPS)/formwright ## Rebuild the front end after a change in static/src

# ── checking ──────────────────────────────────────────────────────────────────────────────────────

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/formwright
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(STAMPS)/browser: .ci/install-browser | $(STAMPS)/dev
	.ci/install-browser $(BIN)/playwright
	@touch $@

.PHONY: check
check: $(STAMPS)/dev ## Lint, type-check and hold the floors apart
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import-linter

.PHONY: test
test: check test-unit test-postgres test-browser ## Everything: check, unit and story tests, PostgreSQL, the browser

.PHONY: test-unit
test-unit: $(STAMPS)/dev ## Unit and story tests on SQLite
	$(PYTEST) -n $(WORKERS) tests --ignore=tests/browser --ignore=tests/chaos

.PHONY: test-postgres
test-postgres: $(STAMPS)/dev ## The tests that use a database, on a PostgreSQL of their own
	$(PYTEST) -n $(WORKERS) tests --ignore=tests/browser --ignore=tests/chaos --database postgres

.PHONY: test-browser
test-browser: $(STAMPS)/browser ## The tests that click through the product in Chromium
	$(PYTEST) tests/browser

.PHONY: chaos
chaos: $(STAMPS)/dev ## Kill processes and cut connections while work goes on; nothing may be lost
	$(PYTEST) tests/chaos
	$(PYTEST) tests/chaos --database postgres

.PHONY: bench
bench: $(STAMPS)/dev ## Measure speed against the budgets in bench/
	$(BIN)/python -m bench

# ── keeping ───────────────────────────────────────────────────────────────────────────────────────

.PHONY: format
format: $(STAMPS)/dev ## Put the Python sources into the house style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

.PHONY: hooks
hooks: $(STAMPS)/dev ## Let git run the checks before every commit
	$(BIN)/pre-commit install

LOCK_TOOLS := .cache/lock-tools
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(LOCK_TOOLS)/bin/pip-compile --quiet --upgrade --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-options --no-emit-trusted-host

.PHONY: lock
lock: ## Pin the newest versions of everything in the lock files
	@[ -x $(LOCK_TOOLS)/bin/pip-compile ] || { $(PYTHON) -m venv $(LOCK_TOOLS) && $(LOCK_TOOLS)/bin/pip install --quiet pip-tools; }
	$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml
	$(COMPILE) --output-file requirements-dev.lock requirements-dev.in
	npm update --no-progress
	$(PYTHON) -c 'import json, pathlib; path = pathlib.Path("package-lock.json"); lock = json.loads(path.read_text()); \
		[entry.pop("funding", None) for entry in lock["packages"].values()]; \
		path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")'

.PHONY: wheel
wheel: $(STAMPS)/dev ## Build a wheel with the finished front end into dist/
	$(PIP) wheel --no-deps --wheel-dir dist .

.PHONY: clean
clean: ## Remove what was installed and built; the data in var/ stays
	rm -rf $(VENV) .cache node_modules static/dist dist .pytest_cache
