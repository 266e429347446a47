# `make` lists the targets. The first one that needs it makes .venv from the lock, so nothing has to be set up by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_SLOW := $(VENV)/.ready-slow
DEMO := demo
LOOP := loop
TORCH := 2.13.0

.DEFAULT_GOAL := help
.PHONY: help demo loop test test-slow lint types docs docs-check bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_SLOW): $(READY) requirements-slow.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-slow.lock
	@touch $@

demo: $(READY) ## Run the main job on the demo benchmark: a lake, candidates, executions, labels, figures
	$(BIN)/t2s --lake $(DEMO)/lake demo $(DEMO)

loop: $(READY_SLOW) ## Train a small model from nothing, roll it out, and train it on its own answers: a table of all stages, in minutes
	$(BIN)/t2s loop docs/loop/tiny.yaml --folder $(LOOP)

test: $(READY) lint types ## Lint, types, import rules, generated docs, and the fast tests
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory docs-check
	$(BIN)/python -m pytest -n 2 --dist loadfile  # by file: what a file prepares is prepared once

test-slow: $(READY_SLOW) ## The slow tests: also one training step of each kind of dataset, and the reports in chromium
	@command -v chromium > /dev/null || { echo "chromium is needed to look at the reports: apt-get install chromium"; exit 1; }
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null || { echo "PostgreSQL is needed for shared lakes: apt-get install postgresql"; exit 1; }
	@command -v faketime > /dev/null || { echo "faketime is needed for two machines' clocks: apt-get install faketime"; exit 1; }
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow  # the long files first: tests/conftest.py

lint: $(READY) ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## Check types
	$(BIN)/mypy

docs: $(READY) ## Write the generated pages of docs/
	$(BIN)/python docs/generate.py

docs-check: $(READY) ## Check that the generated pages are up to date
	$(BIN)/python docs/generate.py --check

bench: $(READY_SLOW) ## Measure, and write the figures to docs/benchmarks.md
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null || { echo "PostgreSQL is needed for shared lakes: apt-get install postgresql"; exit 1; }
	$(BIN)/python -m tests.benchmarks.run

lock: ## Resolve the newest allowed versions into requirements.lock and, what the slow tests need besides, requirements-slow.lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check hatchling editables '.[datasets,report,rollout,dev]'
	$(VENV)-lock/bin/python -m pip freeze --exclude text2sql-store > requirements.lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock torch==$(TORCH) '.[train,slow,postgres,s3,ray]'
	$(VENV)-lock/bin/python -m pip freeze --exclude text2sql-store | sed 's/^torch==.*/torch==$(TORCH)/' | grep -vxFf requirements.lock > requirements-slow.lock
	rm -rf $(VENV)-lock

clean: ## Remove what was built
	rm -rf $(VENV) $(DEMO) $(LOOP) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
