# quoth: the commands of this project. "make" alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help chat ask test torture audit lint docs eval bench lock clean run-time measures tools

# The folder is part of the stamps' names: a checkout that was moved or copied
# with its .venv installs again instead of running another folder's code.
HERE := $(shell printf %s "$(CURDIR)" | cksum | cut -d' ' -f1)
BIN := .venv/bin
RUN_STAMP := .venv/.run-time-$(HERE)
EVAL_STAMP := .venv/.eval-$(HERE)
DEV_STAMP := .venv/.tools-$(HERE)
# Compiling every library takes longer than compiling what is used, once, when it is.
INSTALL := $(BIN)/python -m pip --quiet --quiet --no-input --disable-pip-version-check \
	install --no-compile

# A file of tests stays in one process, so that what it builds once is built once.
WORKERS ?= 2
PYTEST_ARGS ?= -n $(WORKERS) --dist loadfile

# Prints the first Python that starts, is new enough and can make an environment.
define FIND_PYTHON
for candidate in "$(PYTHON)" python3.13 python3.12 python3.11 python3; do \
	[ -n "$$candidate" ] || continue; \
	if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
		>/dev/null 2>&1; then printf %s "$$candidate"; exit 0; fi; \
done; \
echo 'quoth needs Python 3.11 or newer with its venv module, and none was found.' >&2; \
echo 'Install one (on Debian or Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python' >&2; \
exit 1
endef

help:
	@echo 'make chat           ask the sample corpus in the terminal (installs into .venv first)'
	@echo 'make ask Q="..."    ask it one question'
	@echo 'make test           run the tests'
	@echo 'make torture        kill, break, damage and crowd everything that is kept; bad input besides'
	@echo 'make audit          look up known weaknesses of the locked dependencies (needs pip-audit)'
	@echo 'make lint           check style, types, imports and the manual'
	@echo 'make docs           build the manual into .site'
	@echo 'make eval           measure the answers on the question sets'
	@echo 'make bench          measure a cold question (DATA=...: a data set in BEIR layout besides)'
	@echo 'make lock           resolve every dependency again and write the two lock files'
	@echo 'make clean          remove everything that these commands made'
	@echo
	@echo 'PYTHON=... names the Python to install with.'

# --- installing -------------------------------------------------------------

$(BIN)/python:
	@python=$$($(FIND_PYTHON)) && "$$python" -m venv --clear .venv

# A stamp is written last, so that what was interrupted is done again.
$(RUN_STAMP): requirements.lock pyproject.toml $(BIN)/python
	@echo 'Installing into .venv (first time: a few minutes) ...'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
		|| { python=$$($(FIND_PYTHON)) && "$$python" -m venv --clear .venv; }
	@$(INSTALL) --requirement requirements.lock
	@$(INSTALL) --no-deps --editable .
	@rm -f .venv/.run-time-* && touch $@

# What measuring needs, without the tools of development.
$(EVAL_STAMP): requirements-dev.lock $(RUN_STAMP)
	@$(INSTALL) --constraint requirements.lock --constraint requirements-dev.lock --editable '.[eval]'
	@rm -f .venv/.eval-* && touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@echo 'Installing the tools of development into .venv ...'
	@$(INSTALL) --requirement requirements.lock --requirement requirements-dev.lock
	@rm -f .venv/.tools-* && touch $@

run-time: $(RUN_STAMP)
measures: $(EVAL_STAMP)
tools: $(DEV_STAMP)

# --- using ------------------------------------------------------------------

chat: run-time
	@$(BIN)/quoth chat seeds

# Handed over in the environment, as typed: no quote or dollar sign can break it.
# Status 1, no answer found, is an answer.
ask: export ASKED = $(value Q)
ask: run-time
	@[ -n "$$ASKED" ] || { echo 'Ask something: make ask Q="Who wrote the report?"' >&2; exit 2; }
	@$(BIN)/quoth ask --corpus seeds -- "$$ASKED" || [ $$? -eq 1 ]

eval: measures
	@$(BIN)/quoth eval run $(EVAL_ARGS)

# A cold question against the bare import of sentence-transformers; with DATA, a
# data set in BEIR's layout, its encoding and its answers besides.
bench: measures
	@$(BIN)/python -m eval.benchmarks.cold $(BENCH_ARGS)
	@[ -z "$(DATA)" ] || $(BIN)/python -m eval.benchmarks.encoding --data "$(DATA)"
	@[ -z "$(DATA)" ] || $(BIN)/quoth eval run --beir "$(DATA)" $(EVAL_ARGS)

# --- checking ---------------------------------------------------------------

test: tools
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

# Kills, breaks, damages and crowds everything that is kept (docs/reliability.md).
torture: tools
	@$(BIN)/python -m tests.torture $(TORTURE_ARGS)

# The list of weaknesses is on the network: where there is none, that is said and no more.
audit:
	@if ! command -v pip-audit >/dev/null 2>&1; then \
		echo 'audit: skipped, pip-audit is not installed (it asks a list on the network)'; \
	else \
		told=$$(pip-audit --no-deps --disable-pip --requirement requirements.lock 2>&1) \
			&& echo "$$told" || case "$$told" in \
			*[Cc]onnection*|*'timed out'*|*'Failed to resolve'*|*'Name or service'*) \
				echo 'audit: skipped, the list of weaknesses cannot be reached from here';; \
			*) echo "$$told"; exit 1;; esac; \
	fi

lint: tools
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m mkdocs build --strict --quiet

docs: tools
	$(BIN)/python docs/generate.py
	$(BIN)/python -m mkdocs build --strict --quiet

# --- keeping ----------------------------------------------------------------

# Resolves in an environment of its own, first what quoth needs, then the tools;
# what is there after each step is pinned. What is locked already keeps its
# version; "make lock UPGRADE=1" takes the newest instead. A build's local part
# ("+cpu") and packages that only CUDA builds bring are left out: pip takes what
# fits the machine. So are hashes, which differ between those builds.
LOCK := .venv/lock
KEPT := $(if $(UPGRADE),/dev/null,requirements.lock)
KEPT_TOOLS := $(if $(UPGRADE),/dev/null,requirements-dev.lock)
NOT_LOCKED := ^(pip|wheel|quoth|triton|cuda-[a-z-]*|nvidia-[a-z0-9-]*)(==| @ )
FREEZE := $(LOCK)/bin/python -m pip freeze --all | sed 's/+[a-z0-9.]*$$//' | grep -Ev '$(NOT_LOCKED)'

lock: $(BIN)/python
	@echo 'Resolving (a few minutes) ...'
	@$(BIN)/python -m venv --clear $(LOCK)
	@$(LOCK)/bin/python -m pip install --quiet --upgrade pip
	@$(LOCK)/bin/python -m pip install --quiet --constraint $(KEPT) .
	@$(FREEZE) > $(LOCK)/run-time
	@$(LOCK)/bin/python -m pip install --quiet '.[eval]' --group dev \
		--constraint $(LOCK)/run-time --constraint $(KEPT_TOOLS)
	@$(FREEZE) | grep -Fxv -f $(LOCK)/run-time > $(LOCK)/tools
	@{ echo '# What quoth needs to run. Made by "make lock".'; cat $(LOCK)/run-time; } \
		> requirements.lock
	@{ echo '# What working on quoth needs besides. Made by "make lock".'; cat $(LOCK)/tools; } \
		> requirements-dev.lock
	@rm -rf $(LOCK)

clean:
	rm -rf .venv .site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find retrieval tui eval tests -name __pycache__ -prune -exec rm -rf {} +
