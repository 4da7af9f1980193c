# Everything a contributor runs. A fresh machine needs python3 (3.11+) with venv, make and git; the rest is set up here.
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-long test-training test-bluez fuzz soak chaos check audit sbom tls-verdict bench train peers words lock certificates clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
AUDIT  := .venv-audit

# Where a machine's environment sets it (many containers do), each process that a test starts would compile us anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.run web-parts ## Run the whole system here, on a recorded heart, and show where to look
	$(BIN)/carewire demo

test: $(VENV)/.train parts web-parts-all ## Run every test (real broker, database and browser; under ten minutes)
	$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

test-fast: $(VENV)/.dev ## Run the unit tests alone
	$(BIN)/pytest tests/unit

test-long: $(VENV)/.train parts ## Run what takes minutes or wants the machine for itself: a household's life, a soak, kills, what it costs
	$(BIN)/pytest tests/long

test-training: $(VENV)/.train ## Train the two networks on a handful of recordings, and look at all that is left behind
	$(BIN)/pytest tests/training

test-bluez: $(VENV)/.run ## Run gateway and wearables on real BlueZ in a virtual machine (the first time ten minutes)
	$(BIN)/python scripts/bluez-vm/run.py

fuzz: $(VENV)/.train ## Feed every decoder ten million bytes that nobody meant, and search on where property tests stop
	$(BIN)/python scripts/fuzz.py
	$(BIN)/pytest -q --hypothesis-profile searching --numprocesses 2 tests/unit
	CAREWIRE_API_EXAMPLES=400 $(BIN)/pytest -q tests/unit/cloud/api/test_openapi.py

soak: $(VENV)/.run ## Let a household live for an hour while every part is killed and frozen at random
	$(BIN)/carewire soak

chaos: $(VENV)/.run parts ## Kill every part forty times on either broker, and say where every record is (seven minutes)
	$(BIN)/carewire chaos --kills 40 --seed 7 --broker both

check: $(VENV)/.train audit ## Lint, types, import contracts, weak places in the code and in what the locks name
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(AUDIT)/.audit ## Look for weak places: bandit, pip-audit (CAREWIRE_AUDIT=required: fail where nothing is known)
	$(AUDIT)/bin/python scripts/audit.py

sbom: $(VENV)/.train $(AUDIT)/.audit ## Write what service and gateway are made of (CycloneDX) under build/sbom
	$(AUDIT)/bin/python scripts/sbom.py "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

tls-verdict: $(VENV)/.run $(AUDIT)/.audit ## Start service and mosquitto as they ship and ask sslyze about their TLS
	$(BIN)/python scripts/tls_verdict.py

bench: $(VENV)/.run ## Measure the gateway, the outbox, ingest, the store and alert latency on this machine
	$(BIN)/carewire bench all

train: $(VENV)/.train ## Train every model again from DATA=folder of recordings
	@test -n "$(DATA)" || { echo "say where the recordings are: make train DATA=FOLDER"; exit 2; }
	$(BIN)/carewire models train all --data $(DATA)

peers: ## Compare the beat detector with three others on DATA=folder of recordings
	@test -n "$(DATA)" || { echo "say where the recordings are: make peers DATA=FOLDER"; exit 2; }
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.lock
	PYTHONPATH=. .venv-peers/bin/python -m carewire models evaluate qrs --records $(DATA)

words: $(VENV)/.run ## Bring the catalogues of the pages' sentences up to what pages say
	$(BIN)/python scripts/words.py

web-parts: ## Bring what pages are made of besides our own (from npm, locked: charts)
	scripts/web-parts || echo "Without it pages show no charts; everything else works."

screenshots: $(VENV)/.dev ## Take a picture of every page, as everybody who may open it, into docs/images/pages
	PYTHONPATH=. $(BIN)/python scripts/screenshots.py

page-budgets: $(VENV)/.dev parts web-parts ## Open every page as a slow phone on a slow line would, and say which are too slow or too large
	PYTHONPATH=. $(BIN)/python scripts/page_budgets.py

lighthouse: $(VENV)/.dev parts web-parts ## Have Lighthouse (from npm, locked) judge the pages people open most
	command -v npm >/dev/null || scripts/install-debian-parts npm
	cd scripts/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	PYTHONPATH=. $(BIN)/python scripts/lighthouse/run.py

icons: $(VENV)/.dev ## Draw the pictures of an installed Carewire from its mark
	$(BIN)/python scripts/draw_icons.py

lock: ## Resolve requirements/*.lock again (needs uv)
	scripts/lock

certificates: $(VENV)/.run ## Make a private authority and certificates for docker-compose under deploy/certificates
	$(BIN)/carewire cloud authority compose deploy/certificates $(GATEWAYS)

clean: ## Remove what was built (not .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: parts web-parts web-parts-all page-budgets lighthouse
parts:
	scripts/install-debian-parts

web-parts-all:
	scripts/web-parts --all

$(VENV)/.python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later with venv is needed: apt-get install python3 python3-venv, or make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Apart from the product: what looks for weak places asks for older libraries.
$(AUDIT)/.audit: requirements/audit.lock
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.lock
	@touch $@

# A stamp a set of requirements: versions and hashes from the lock, then the project itself.
$(VENV)/.run $(VENV)/.dev $(VENV)/.train: $(VENV)/.%: requirements/%.lock requirements/build.lock pyproject.toml | $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$*.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
