# Two commands for a fresh machine: make run, make test. Both make their own .venv first.
# PYTHON=/path/to/python3 chooses the interpreter (3.11 to 3.13).

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test tour bench lint format i18n lock build clean distclean

BOOT := $(or $(PYTHON),python3) tools/bootstrap.py
PY := .venv/bin/python
# Each file of tests stays on one worker, so that what is costly to start is started once.
# A worker that died is a failure: one in its place at the very end would wait for work for ever (xdist 3.8).
PYTEST_ARGS ?= -n auto --dist loadfile --max-worker-restart=0
BENCH_ARGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup:
	@$(BOOT) run

setup-dev:
	@$(BOOT) dev

run: ## open the desk in the training city
	@$(BOOT) run --display
	@.venv/bin/smartcity-desk --training

test: setup-dev ## the whole suite: no display, loopback only
	@$(PY) -m pytest $(PYTEST_ARGS)

tour: setup-dev ## walk the real application offscreen; pictures in build/tour/
	@$(PY) -m tools.tour

bench: setup-dev ## measure the promised figures; tables, and build/bench/*.json
	@$(PY) -m benchmarks $(BENCH_ARGS)

lint: setup-dev ## style, types, import law, catalogues
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m tools.i18n check

format: setup-dev ## put the code into shape
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format --quiet .

i18n: setup-dev ## compile the catalogues of words
	@$(PY) -m tools.i18n compile

# The lock files name no host and no folder of this machine: the index is the installing side's own choice.
UV_COMPILE := .venv/bin/uv pip compile pyproject.toml --no-config --universal --generate-hashes --python-version 3.11 \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet

lock: setup-dev ## pin the dependencies anew, within pyproject's ranges (LOCK_ARGS=--upgrade)
	@$(UV_COMPILE) --group dev $(LOCK_ARGS) -o requirements-dev.lock
	@$(UV_COMPILE) --group build --constraint requirements-dev.lock -o requirements.lock

build: setup-dev ## freeze the desk into dist/
	@.venv/bin/pyinstaller --noconfirm --distpath dist --workpath build/pyinstaller smartcity_desk.spec

clean: ## remove what was built
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## and the virtual environment
	@rm -rf .venv
