# make book     set up what the website needs, and build it        (Python >= 3.11, git and make are enough)
# make serve    serve the built website on localhost
# make test     set up everything, and prove everything
# make check    the quick checks for daily work (under a minute)
# make help     the other targets

PYTHON  ?= python3
PORT    ?= 8000
VENV    := .venv
BIN     := $(VENV)/bin
PY      := $(BIN)/python
SITE    := _build/html
PIP     := $(PY) -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup-book setup book serve clean test check run bench

help:
	@echo "make book            build the website into $(SITE)"
	@echo "make serve           serve it on localhost (PORT=$(PORT))"
	@echo "make test            set up everything and run every test"
	@echo "make check           quick checks, under a minute"
	@echo "make run [NB=path]   execute and normalise the notebooks"
	@echo "make bench           print the ratio tables against peers"
	@echo "make clean           remove what the build made (the environment in $(VENV) stays)"

# ---- Environment ----------------------------------------------------------------------------------------------------
# Stamp files inside the environment remember what is installed; a newer requirements file installs again.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "rnnbook needs Python 3.11 or newer; '$(PYTHON)' is `$(PYTHON) --version 2>&1`."; \
	  echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-book: requirements-book.txt constraints.txt pyproject.toml | $(PY)
	$(PIP) install --quiet -r requirements-book.txt
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.stamp-all: requirements.txt requirements-reader.txt requirements-book.txt constraints.txt pyproject.toml | $(PY)
	$(PIP) install --quiet -r requirements.txt
	@touch $@ $(VENV)/.stamp-book

setup-book: $(VENV)/.stamp-book
setup: $(VENV)/.stamp-all

# ---- Website --------------------------------------------------------------------------------------------------------

book: setup-book
	@rm -rf $(SITE) _build/.doctrees _build/jupyter_execute
	$(BIN)/jupyter-book build . -W --keep-going -n --quiet
	@echo ""
	@echo "The book is built. Open $(SITE)/index.html in a browser, or run: make serve"

serve:
	@test -f $(SITE)/index.html || { echo "There is no website yet: run make book first."; exit 1; }
	@echo "The book is at http://localhost:$(PORT)/ (Ctrl+C stops it)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

clean:
	rm -rf _build dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# ---- Tests ----------------------------------------------------------------------------------------------------------
# Every step runs, whatever the one before it found; what failed is named at the end, and in the exit status.

STEP     = || failed="$$failed $(1)"
VERDICT  = [ -z "$$failed" ] || { echo "make $@ failed:$$failed"; exit 1; }
NBVAL    = --nbval --nbval-current-env --nbval-cell-timeout=120 --nbval-sanitize-with=tests/nbval-sanitise.cfg

test: setup
	@failed=; \
	echo "== lint ==";  $(BIN)/ruff check $(call STEP,lint); \
	echo "== types =="; $(BIN)/mypy $(call STEP,types); \
	echo "== tests =="; $(BIN)/pytest $(NBVAL) -n 2 --dist loadscope tests book solutions exercises $(call STEP,tests); \
	$(VERDICT)

check: setup
	@failed=; \
	$(BIN)/ruff check $(call STEP,lint); \
	$(BIN)/mypy $(call STEP,types); \
	$(BIN)/pytest -m "not slow and not browser" -n 2 --dist loadscope $(call STEP,tests); \
	$(VERDICT)

# ---- Notebooks and benchmarks ---------------------------------------------------------------------------------------
# run: execute the notebooks (or NB=path) and store what they show; then generate the exercises from the solutions,
# and the appendix page of the data sets from the code.

run: setup
	$(PY) -m rnnbook.notebooks.execute $(NB)
	$(PY) -m rnnbook.notebooks.generate
	$(PY) -m rnnbook.data.appendix

bench: setup
	$(PY) -m benchmarks
