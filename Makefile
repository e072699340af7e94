# make reproduce   train the report's thirteen networks, and write the page
# make test        run the tests
# make check       lint, types and tests: what CI runs
# make clean       remove the environment and the caches; results stay
#
# Each sets up its own environment in .venv first. PYTHON names the interpreter, 3.11 or later.

PYTHON ?= python3
BIN := .venv/bin
FASHION_MNIST := ../shared/fashion-mnist

# A folder beside the project, if it is there, saves the download.
ifndef PLAINWEAVE_DATA
ifneq ($(wildcard $(FASHION_MNIST)/train-images-idx3-ubyte.gz),)
export PLAINWEAVE_DATA := $(abspath $(FASHION_MNIST))
endif
endif

.PHONY: reproduce test check lint types clean

# Exit code 3 means that Fashion-MNIST is not here and can't be fetched; any other failure is an error.
reproduce: .venv/ready
	@$(BIN)/plainweave data fetch; code=$$?; \
	if [ $$code -eq 0 ]; then \
		$(BIN)/plainweave reproduce --out reproduction; \
	elif [ $$code -eq 3 ]; then \
		echo; \
		echo "======================================================================"; \
		echo "  Fashion-MNIST can't be had: no folder holds it and no mirror answers."; \
		echo "  The same experiments run on scikit-learn's digits instead. Everything"; \
		echo "  they give is labelled 'digits, not Fashion-MNIST', and none of it is"; \
		echo "  compared with the report."; \
		echo "======================================================================"; \
		echo; \
		$(BIN)/plainweave reproduce --data digits --out reproduction-digits; \
	else \
		exit $$code; \
	fi

test: .venv/ready
	$(BIN)/python -m pytest

check: lint types test

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'plainweave needs Python 3.11 or later; set PYTHON to one')"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv build dist src/*.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -exec rm -rf {} +
