# Glueball: `make help` lists what there is. Every target sets up what it needs by itself; all that has to be there
# before is Python 3.10 or later, make and a package index.

VENV ?= .venv
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif
GLUEBALL_ORACLE ?= $(HOME)/.cache/glueball/oracle
GLUEBALL_PEERS ?= $(HOME)/.cache/glueball/peers
JOBS ?= 2
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint format docs docs-serve oracle peers golden bench clean distclean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------------------------------------------- environments

# The first Python that is new enough and can make environments, or none but the one that PYTHON=... names.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.10 python3.14 python)
FIND_PYTHON = \
	for candidate in $(PYTHONS); do \
	    if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then \
	        found=$$candidate; break; \
	    fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "Glueball needs Python 3.10 or later with venv and pip. Looked for: $(PYTHONS)" >&2; \
	    echo "  install one (python.org, or your system's python3 and python3-venv packages)," >&2; \
	    echo "  or name one: make PYTHON=/path/to/python3.12 ..." >&2; \
	    exit 1; \
	fi

# Installed again whenever a requirement or a pin changes; constraints.txt decides every version, torch's included.
# An environment without pip is one whose making was interrupted.
INSTALL = \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    $(FIND_PYTHON); echo "setting up $(VENV) with $$found; PyTorch is large, this may take minutes"; \
	    $$found -m venv $(VENV) || exit 1; \
	fi; \
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable

$(VENV)/.demo: pyproject.toml constraints.txt
	@$(INSTALL) ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@$(INSTALL) ".[dev]"
	@touch $@ $(VENV)/.demo

# ------------------------------------------------------------------------------------------------------ everyday

demo: $(VENV)/.demo  ## train the perceptron on Fashion-MNIST and leave a report
	@$(BIN)/glueball train

test: $(VENV)/.dev  ## the tests, in minutes
	@$(BIN)/python -m pytest -n $(JOBS) -q

test-long: $(VENV)/.dev  ## the examples at full scale; records the outputs that the documentation shows
	@$(BIN)/python -m pytest -n $(JOBS) -q -m long
	@$(BIN)/python tools/render_examples.py --record

lint: $(VENV)/.dev  ## style, types, layers, documentation
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mkdocs build --strict --quiet

format: $(VENV)/.dev  ## let ruff put the code in order
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/.dev  ## the documentation, into site/
	@$(BIN)/python tools/compatibility.py
	@$(BIN)/mkdocs build --strict

docs-serve: $(VENV)/.dev  ## the documentation on http://localhost:8000, following edits
	@$(BIN)/mkdocs serve

bench: $(VENV)/.dev  ## Glueball against PyTorch and, where they are installed, the real MXNet and others
	@GLUEBALL_ORACLE="$(GLUEBALL_ORACLE)" GLUEBALL_PEERS="$(GLUEBALL_PEERS)" $(BIN)/python benchmarks/run.py
	@$(BIN)/python tools/plot_benchmarks.py
	@$(BIN)/python tools/readme_tables.py

# ------------------------------------------------------------------------------------ the real MXNet, and others

# mxnet 1.9.1 has wheels for Linux on x86-64 only, and runs with NumPy below 1.24, so Python 3.8 to 3.11.
oracle: $(GLUEBALL_ORACLE)/.ready  ## an environment with the real MXNet 1.9.1, outside the tree

$(GLUEBALL_ORACLE)/.ready:
	@for candidate in $(ORACLE_PYTHON) python3.11 python3.10 python3.9 python3.8 python3; do \
	    if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 8) <= sys.version_info[:2] <= (3, 11))' \
	        >/dev/null 2>&1; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "The real MXNet 1.9.1 needs Python 3.8 to 3.11: make ORACLE_PYTHON=/path/to/python3.11 oracle" >&2; exit 1; \
	fi; \
	if [ ! -x "$(GLUEBALL_ORACLE)/bin/python" ]; then "$$found" -m venv "$(GLUEBALL_ORACLE)" || exit 1; fi
	@"$(GLUEBALL_ORACLE)/bin/python" -m pip install --quiet "mxnet==1.9.1" "numpy<1.24"
	@"$(GLUEBALL_ORACLE)/bin/python" -c "import mxnet; assert mxnet.__version__ == '1.9.1', mxnet.__version__"
	@touch "$@"

peers: $(GLUEBALL_PEERS)/.ready  ## an environment with Keras, JAX, scikit-learn and tinygrad for the benchmarks

$(GLUEBALL_PEERS)/.ready: benchmarks/peers.txt constraints.txt
	@if [ ! -x "$(GLUEBALL_PEERS)/bin/python" ]; then \
	    $(FIND_PYTHON); "$$found" -m venv "$(GLUEBALL_PEERS)" || exit 1; \
	fi
	@"$(GLUEBALL_PEERS)/bin/python" -m pip install --quiet --constraint constraints.txt \
	    --requirement benchmarks/peers.txt
	@touch "$@"

golden: oracle  ## record afresh what the real MXNet has and does (tests/golden, the table of names)
	@for script in tools/make_surface.py tests/golden/record*.py; do \
	    echo "$$script"; OMP_NUM_THREADS=1 "$(GLUEBALL_ORACLE)/bin/python" "$$script" || exit 1; \
	done

# -------------------------------------------------------------------------------------------------------- cleaning

clean:  ## remove what builds and tests leave behind
	@rm -rf build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests tools examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean  ## and the environment with it
	@rm -rf $(VENV)
