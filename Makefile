# Scout: every command does its own set-up. Needed on the machine: Python 3.11 or later, make and git.
PYTHON ?= python3
MINUTES ?= 60
# How many tests run at a time: most of them wait for a server or for the practice Slack, so one more than the cores of a small machine.
WORKERS ?= 3
BIN := .venv/bin
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Every start of Scout, of which the tests make hundreds, would compile all its modules anew.
unexport PYTHONDONTWRITEBYTECODE
# Python is looked at first: an older one would fail much later, and not say why.
define new-venv
$(BIN)/python -m pip --version > /dev/null 2>&1 || { \
  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Scout needs Python 3.11 or later: make PYTHON=/path/to/it")' \
  && $(PYTHON) -m venv --clear .venv; }
endef
.PHONY: help practice tour test test-server test-slow test-all check format lint types contracts bench fuzz audit accuracy docs picture pictures lock clean

help:  ## What can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/practice.done: locks/practice.lock pyproject.toml
	@$(new-venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/practice.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.done: locks/test.lock pyproject.toml
	@$(new-venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .venv/practice.done

practice: .venv/practice.done  ## Scout, a PostgreSQL and a practice Slack in the browser
	$(BIN)/python -m practice

tour: .venv/practice.done  ## The same story told on the terminal, in under a minute
	$(BIN)/python -m practice tour

# What asks a server in Scout's care; the rest does not know which version that is. PG is one or more folders of programs, with colons between.
ON_ANY_SERVER = $(filter-out $(foreach part,bench house prometheus shell store transport practice,$(wildcard tests/integration/test_$(part)*)),$(wildcard tests/integration/test_*.py))

test: .venv/test.done  ## All tests but the slow ones; PG=/path/to/bin adds the diagnoses and repairs on that server
	env -u PG $(BIN)/python -m pytest -n $(WORKERS) -m "not slow" $(ARGS)
	@for programs in $(subst :, ,$(PG)); do $(MAKE) --no-print-directory test-server PG=$$programs || exit 1; done

test-server: .venv/test.done  ## The diagnoses and repairs on the server of PG=/path/to/bin alone
	PG=$(PG) $(BIN)/python -m pytest -n $(WORKERS) -m "not slow" $(ON_ANY_SERVER) $(ARGS)

test-slow: .venv/test.done  ## The slow ones: kills, pairs of replicas, the bench
	$(BIN)/python -m pytest -n $(WORKERS) -m slow $(ARGS)

test-all: test test-slow  ## All tests

check: format lint types contracts test-slow  ## What make test leaves out: formatting, lint, types, the floors, the slow tests

format: .venv/test.done
	$(BIN)/ruff format --check .

lint: .venv/test.done
	$(BIN)/ruff check .

types: .venv/test.done
	$(BIN)/basedpyright

contracts: .venv/test.done
	$(BIN)/lint-imports

docs: .venv/test.done  ## Renew the tables of docs/commands.md
	SCOUT_RENEW_DOCS=1 $(BIN)/python -m pytest tests/unit/test_docs.py

picture: .venv/test.done  ## Renew the picture of the README
	SCOUT_RENEW_PICTURES=1 $(BIN)/python -m pytest tests/acceptance/test_browser_story.py

bench: .venv/test.done  ## Measure what the README claims
	$(BIN)/python -m tests.bench

soak: .venv/test.done  ## Work for MINUTES (60) while everything around fails, and prove that nothing is lost; SEED repeats one
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

pictures: .venv/test.done  ## Renew the pictures of some diagnoses and of an emergency in docs/
	$(BIN)/python -m tests.pictures

fuzz: .venv/test.done  ## Hostile payloads by Slack's door; SECONDS=60 for how long, SEED=1 to have the same again
	SECONDS_TO_FUZZ="$(or $(SECONDS),60)" SEED="$(or $(SEED),1)" PYTHONPATH=.:tests/integration $(BIN)/python -m tests.fuzz

audit: .venv/test.done  ## The licences and hashes of everything in the lock files
	$(BIN)/python -m pytest -v tests/unit/test_dependencies.py

accuracy: .venv/test.done  ## Measure how right the diagnoses are, into docs/accuracy.md; PG=/path/to/bin adds that server
	env -u PG SCOUT_SERVERS="$(PG)" $(BIN)/python -m tests.accuracy

lock: .venv/test.done  ## Renew the lock files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra practice --extra test pyproject.toml locks/build.in --output-file locks/test.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra practice pyproject.toml locks/build.in -c locks/test.lock --output-file locks/practice.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml locks/build.in -c locks/test.lock --output-file locks/run.lock

clean:  ## Forget the virtual environment and everything practised
	rm -rf .venv .practice *.egg-info
