# Everything one does with this project. `make` alone tells what there is.
# Needs nothing but make and a Python ≥ 3.11; works with the make that macOS ships.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS ?= tests

# A copied or moved folder has a virtual environment that points elsewhere: install anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast golden check lint types imports requirements translations translations-check \
        compose-check bench bench-quick format lock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv with all that is needed (done by the other targets on their own)

run: $(STAMP) ## Start the store with demo data on http://127.0.0.1:8000 (ARGS="--port 9000" for more)
	@exec $(BIN)/store serve $(ARGS)

test: $(STAMP) ## Run all tests
	$(BIN)/python -m pytest -n auto $(TESTS)

test-fast: $(STAMP) ## Run all tests but the slow ones
	$(BIN)/python -m pytest -n auto -m "not slow" $(TESTS)

golden: $(STAMP) ## Approve how e-mails read and look now (look at /dev/mail/previews first)
	$(BIN)/python -m pytest -q -n auto --update-golden tests/notifications/test_samples.py

check: lint types imports requirements translations-check compose-check ## Check style, types, imports, texts, compose file

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/python tools/check_imports.py

requirements: $(STAMP) ## Print which tests prove which requirement, and what is unproven
	$(BIN)/python tools/requirements_table.py $(ARGS)

translations: $(STAMP) ## Collect the texts, bring the catalogues up to date, and check them
	$(BIN)/python tools/translations.py update
	$(BIN)/python tools/translations.py check

translations-check: $(STAMP)
	$(BIN)/python tools/translations.py check

compose-check: $(STAMP)
	$(BIN)/python tools/check_compose.py

bench: $(STAMP) ## Measure everything (long)
	$(BIN)/python -m bench

bench-quick: $(STAMP) ## Measure the main numbers in about a minute
	$(BIN)/python -m bench.quick

format: $(STAMP) ## Put the code into its uniform format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(STAMP) ## Choose the newest allowed versions of all dependencies anew
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --upgrade --group dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --upgrade -c requirements-dev.lock pyproject.toml -o requirements.lock

LOCK_OPTIONS := --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --quiet

clean: ## Remove caches and the virtual environment; data in var/ is kept
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find store tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# Runs again only when the lock file changes, so that a second `make run` starts at once.
$(STAMP): requirements-dev.lock tools/install_project.py
	@sh tools/make_venv.sh $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python tools/install_project.py
	@printf '%s\n' "$(CURDIR)" > $@
