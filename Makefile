# Powertill: everything a newcomer, a developer or the build machine asks for. `make` alone lists it.

PYTHON ?= python3
VENV ?= .venv
# Further Python versions that `make test` tries too, for instance PYTHONS="3.11 3.13"; none: PYTHONS=
PYTHONS ?= $(shell .ci/other-pythons $(PYTHON))
# Test processes side by side; 0 runs them one by one in this process.
WORKERS ?= $(shell nproc)
# Handed on to pytest: make quick ARGS="-k ledger"
ARGS ?=

RUN := $(VENV)/bin
MINE = $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
PYTEST := -q -n $(WORKERS) --dist loadgroup $(ARGS)
# The soak runs for as long as one likes, and a figure measured beside other tests says nothing.
ALL_TESTS := not soak and not bench

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint quick sim faults soak bench shots language lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## make .venv with the locked packages (PYTHON=python3.13 chooses the interpreter)
	@.ci/setup $(PYTHON) $(VENV)

demo: setup ## start the demonstration town (ONCE=1: one round, then stop)
	@$(RUN)/powertill demo $(if $(ONCE),--once)

lint: setup ## ruff, mypy and the direction rules
	@echo "== ruff";         $(RUN)/ruff check --quiet .
	@echo "== mypy";         $(RUN)/mypy --no-error-summary
	@echo "== lint-imports"; $(RUN)/lint-imports --no-logo >$(VENV)/directions.txt || { cat $(VENV)/directions.txt; exit 1; }

test: lint ## all that the build machine does: lint, then every test on each Python found
	@echo "== pytest, Python $(MINE)"
	@$(RUN)/python -m pytest $(PYTEST) -m "$(ALL_TESTS)" || .ci/second-look $(RUN)/python
	@set -e; for version in $(filter-out $(MINE),$(PYTHONS)); do \
		echo "== pytest, Python $$version"; \
		.ci/setup python$$version .venv-$$version; \
		.venv-$$version/bin/python -m pytest $(PYTEST) -m "$(ALL_TESTS) and not looks and not once" \
			|| .ci/second-look .venv-$$version/bin/python; \
	done

quick: setup ## ruff and the tests that take no time
	@$(RUN)/ruff check --quiet .
	@$(RUN)/python -m pytest $(PYTEST) -m "not slow and not soak and not bench"

sim: setup ## the seeded simulations
	@$(RUN)/python -m pytest $(PYTEST) -m "sim"

faults: setup ## the tests that kill, cut and repeat, with a million mutations of each wire
	@POWERTILL_MUTATIONS=1000000 $(RUN)/python -m pytest $(PYTEST) -m "faults"

soak: setup ## the long run
	@$(RUN)/python -m pytest -q $(ARGS) -m "soak"

bench: setup ## measure the speed into bench/results (only parts: ARGS="vend stages"; short: ARGS=--quick)
	@$(RUN)/python -m bench $(ARGS)

shots: setup ## look at every page of the office, and keep the pictures in build/shots
	@mkdir -p build/shots
	@POWERTILL_SHOTS=build/shots $(RUN)/python -m pytest $(PYTEST) -m "looks"

language: setup ## bring the catalogs of the pages' languages up to date
	@$(RUN)/python -m admin_web.catalogs
	@$(RUN)/python -m card_station.catalogs

lock: ## write requirements/*.txt anew (UPGRADE=1: to the newest releases)
	@.ci/lock 3.11 3.13

clean: ## remove the environments and all that was built
	@rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
