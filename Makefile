# `make` alone lists what there is. Everything runs from a venv that is made from the locks, with pip's configured indexes.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
FONTS := fonts-dejavu-core fonts-noto-cjk fonts-noto-color-emoji

# A stamp bears the sum of its lock: an unchanged lock costs nothing, a changed one installs anew.
key = $(shell cat pyproject.toml $(1) | cksum | cut -d' ' -f1)
RUNTIME := $(VENV)/.runtime-$(call key,requirements.lock)
DEV := $(VENV)/.dev-$(call key,requirements-dev.lock)

.DEFAULT_GOAL := help
# Several at once would share a venv that is being made.
.NOTPARALLEL:
.PHONY: help demo test check check-style check-types check-layers check-texts check-rules bench bench-search bench-understanding faults catalogs lock clean venv browser

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' Makefile

demo: $(RUNTIME) ## a stocked demo shop on http://127.0.0.1:8080 (PORT, DATA_DIR); Ctrl-C stops it
	@exec $(VENV)/bin/pindan demo

test: $(DEV) browser ## every test, on SQLite, PostgreSQL and Chromium (ARGS="-k checkout" for some)
	$(PY) -m pytest -n auto --dist worksteal $(ARGS)

check: check-style check-types check-layers check-texts check-rules ## what a person would tire of saying (-k for all of it at once)

check-style: $(DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

check-types: $(DEV)
	$(VENV)/bin/mypy

check-layers: $(DEV)
	$(VENV)/bin/lint-imports

check-texts: $(DEV)
	$(PY) -m shop.dev.catalogs check

check-rules: $(DEV) # front doors, pure rules, settings documented
	$(PY) -m pytest -q tests/checks

bench: $(DEV) ## benchmarks: one line `name value unit ratio-to-floor` a figure
	$(PY) -m benchmarks

bench-search: $(DEV) ## how well things are found in ../shared/data/search, next to LIKE and bare FTS5 (MANY=1000000 for speed among so many)
	$(PY) benchmarks/search_quality.py $(if $(MANY),--many $(MANY))

SETS := ../shared/data/intents
bench-understanding: $(DEV) ## how well what is typed is understood: real shops' sets where they are at hand, and our own
	@for shop in curekart sofmattress; do \
		if [ -f $(SETS)/hint3-$$shop-train.csv ]; then \
			$(PY) benchmarks/understanding.py --train $(SETS)/hint3-$$shop-train.csv --test $(SETS)/hint3-$$shop-dev.csv || exit 1; \
		else echo "# no $(SETS): $$shop is not measured"; fi; \
	done
	@if [ -f $(SETS)/clinc150-train-val.csv ]; then $(PY) benchmarks/understanding.py --train $(SETS)/clinc150-train-val.csv; fi
	@$(PY) benchmarks/understanding.py

KILLS ?= 500
faults: $(DEV) ## kill -9 the shop KILLS=500 times among visitors and look for every wish (DATABASE_URL=an empty one or `postgres`, SEED)
	@$(PY) -m benchmarks.faults --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE_URL),--database-url $(DATABASE_URL))

catalogs: $(DEV) ## collect the texts of the code and update locales/
	$(PY) -m shop.dev.catalogs update

lock: $(DEV) ## resolve the dependencies of pyproject.toml anew
	$(PIP) install --quiet uv
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --extra install --output-file requirements.lock pyproject.toml
	$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --extra install --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

venv: $(DEV) ## the venv with everything that tests and checks need

clean: ## remove the venv and caches; shops and their data stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/artefacts
	find . -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	@test -n "$(PYTHON)" || { echo "Pindan needs Python 3.11 or newer: set PYTHON to one." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(PY)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEV): | $(PY)
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@rm -f $(VENV)/.dev-* $(VENV)/.runtime-* && touch $@ $(RUNTIME)

browser:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do command -v "$$name" >/dev/null && exit 0; done; \
	as_root=; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as_root" ] || $$as_root true 2>/dev/null; }; then \
		echo "Installing Debian's chromium for the browser tests."; \
		$$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium $(FONTS) >/dev/null && exit 0; \
	fi; \
	echo "*** CHROMIUM IS MISSING and cannot be installed from here: the browser tests will be skipped. ***" >&2
