# The two commands that matter: `make report` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
ANALYSES := nw_syria_2019 reporting_mechanisms kosovo_1999 undercount_coverage displacement_coverage bimodal_stratum camp_shares
# what is imported is compiled then; all of it would take a minute
QUICK := --quiet --no-compile
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.PHONY: report figures calibrate test check docs lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

report: .venv/.core  ## run the north-west Syria analysis and write its PDF report
	$(BIN)/conflictstats report analyses/nw_syria_2019

figures: .venv/.core  ## run every analysis
	for name in $(ANALYSES); do $(BIN)/conflictstats report analyses/$$name || exit 1; done

calibrate: .venv/.core  ## run or go on with the calibration studies (hours), all processors
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python analyses/calibration/simulate.py
	$(BIN)/python analyses/reporting_mechanisms/simulate.py
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python analyses/undercount_coverage/simulate.py
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python analyses/displacement_coverage/simulate.py
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python analyses/latent_strata/simulate.py
	$(BIN)/conflictstats report analyses/calibration

test: .venv/.core  ## run the tests
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

check: .venv/.dev  ## ruff, mypy, import-linter, numpydoc
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m numpydoc lint $$(git ls-files 'conflictstats/*.py')

lock:  ## resolve both lock files anew (needs uv)
	uv pip compile pyproject.toml --extra report --extra test $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --extra report --extra test --extra docs --extra dev $(LOCK) -c requirements.lock -o requirements-dev.lock

docs: .venv/.dev  ## build the documentation, warnings as errors, offline
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:  ## remove the environment and everything built
	rm -rf .venv docs/_build

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.core: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install $(QUICK) --require-hashes -r requirements.lock
	$(BIN)/pip install $(QUICK) --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: requirements-dev.lock .venv/.core
	$(BIN)/pip install $(QUICK) --require-hashes -r requirements-dev.lock
	touch $@
