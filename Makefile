# make reproduce   train the report's thirteen networks, and write the page; SEEDS=10 draws error bars
# make test        run the tests
# make check       lint, types and tests: what CI runs
# make sanitize    run the engine's tests, and CALLS wrong calls of it, under AddressSanitizer and
#                  UndefinedBehaviorSanitizer, and those of its threads under ThreadSanitizer (GCC)
# make docs        build the documentation site, into build/site; it runs the examples of its pages
# make links       ask whether the site's links to elsewhere can be had
# make clean       remove the environment and the caches; results stay
#
# Each sets up its own environment in .venv first, docs and links in .venv-docs. PYTHON names the interpreter, 3.11 or later.

PYTHON ?= python3
SEEDS ?= 1
CALLS ?= 3000
BIN := .venv/bin
comma := ,
FASHION_MNIST := ../shared/fashion-mnist

# A folder beside the project, if it is there, saves the download.
ifndef PLAINWEAVE_DATA
ifneq ($(wildcard $(FASHION_MNIST)/train-images-idx3-ubyte.gz),)
export PLAINWEAVE_DATA := $(abspath $(FASHION_MNIST))
endif
endif

.PHONY: reproduce test check lint types sanitize docs links clean

# Exit code 3 means that Fashion-MNIST is not here and can't be fetched; any other failure is an error.
reproduce: .venv/ready
	@$(BIN)/plainweave data fetch; code=$$?; \
	if [ $$code -eq 0 ]; then \
		$(BIN)/plainweave reproduce --seeds $(SEEDS) --out reproduction; \
	elif [ $$code -eq 3 ]; then \
		echo; \
		echo "======================================================================"; \
		echo "  Fashion-MNIST can't be had: no folder holds it and no mirror answers."; \
		echo "  The same experiments run on scikit-learn's digits instead, into"; \
		echo "  reproduction-digits. None of it is compared with the report."; \
		echo "======================================================================"; \
		echo; \
		$(BIN)/plainweave reproduce --data digits --seeds $(SEEDS) --out reproduction-digits; \
	else \
		exit $$code; \
	fi

test: .venv/ready
	$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types test

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

# The engine is built once more, into build/, where the tests find it before the installed one.
define build_sanitized
	rm -rf build/sanitize
	mkdir -p build/sanitize
	cp -r src/plainweave build/sanitize
	rm -f build/sanitize/plainweave/engine/*.so
	$(CC) -O1 -g -ffp-contract=off -fsanitize=$(1) -shared -fPIC -pthread -DPy_LIMITED_API=0x030B0000 \
		-I$$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('include'))") \
		build/sanitize/plainweave/engine/c/python.c -lm -o build/sanitize/plainweave/engine/_compiled.abi3.so
endef

# A child that is forked while others free memory waits for ever for a lock of AddressSanitizer's.
FORKS := tests/engine/test_crowds.py::test_in_a_process_of_its_own[forks]

sanitize: .venv/ready
	$(call build_sanitized,address$(comma)undefined -fno-sanitize-recover=undefined)
	for run in "-m pytest -q tests/engine --ignore=tests/engine/test_threads.py --ignore=tests/engine/test_builds.py --deselect $(FORKS)" "tests/fuzz/engine.py $(CALLS)"; do \
		LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" \
			ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 PYTHONPATH=$(CURDIR)/build/sanitize \
			$(BIN)/python $$run || exit; \
	done
	$(call build_sanitized,thread)
	LD_PRELOAD="$$($(CC) -print-file-name=libtsan.so)" TSAN_OPTIONS=halt_on_error=1 PYTHONPATH=$(CURDIR)/build/sanitize \
		$(BIN)/python -m pytest -q tests/engine/test_teams.py tests/engine/test_crowds.py --deselect tests/engine/test_crowds.py::test_in_a_process_of_its_own

.venv/ready: requirements.txt pyproject.toml setup.py $(wildcard src/plainweave/engine/c/*.[ch])
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'plainweave needs Python 3.11 or later; set PYTHON to one')"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/plainweave info | grep engine
	touch $@

docs: .venv-docs/ready
	.venv-docs/bin/python -m sphinx --quiet --fail-on-warning --keep-going -d build/site-cache docs build/site
	@echo "The site: build/site/index.html"

links: .venv-docs/ready
	.venv-docs/bin/python -m sphinx -b linkcheck -D nb_execution_mode=off docs build/site-links

# The engine that .venv has built is in its place: it is not built again under those who use it.
.venv-docs/ready: .venv/ready docs/requirements.txt
	$(PYTHON) -m venv --clear .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.txt
	CC=false .venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .venv-docs build dist src/*.egg-info src/plainweave/engine/*.so
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -exec rm -rf {} +
