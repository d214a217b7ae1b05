# make demo     set everything up and compress the sample picture
# make check    style, types, and the quick tests: what to run after an edit
# make test     set everything up and run what CI runs: style, types and all tests; those that drive a browser where
#               there is a chromium, which the last lines tell
# make lint     style and types
# make wheel    the packages in dist/, looked into, and the wheel used in an empty environment without a compiler
# make fuzz     each harness of tests/fuzz for SECONDS (600), with atheris; new cases are kept in build/fuzz
# make sanitize kernels that end at what C does not allow, run over SANITIZED (all tests but those that drive a browser,
#                and kept fuzz cases: an hour or two; for less, name folders: make sanitize SANITIZED=tests/kernels)
# make bench    the tables in docs/ (takes minutes; DATA=folder, PNGS=files, PHOTO=file, PNGQUANT=command,
#                GRAPHICS=folder)
# make docs     the pages of docs/ as a site in build/docs: warnings are errors, notebooks run, links are followed
# make gallery  the figures of README and docs, from the sample picture
# make clean    forget the environment and what was built

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP = sh $(VENV)/pip install --quiet --disable-pip-version-check
# What pixmeans needs (packages), or a dependency group, one requirement a line: older pips do not read groups.
GROUP = $(BIN)/python -c 'import sys, tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb")); \
	groups = {"packages": project["project"]["dependencies"], **project["dependency-groups"]}; \
	print(*(one for name in sys.argv[1:] for one in groups[name]), sep="\n")'
# Python's own way to a pip takes eight seconds, so the one that Python has works for .venv, if it can. Written down once.
OWN_PIP = if $(PYTHON) -m pip --python $(BIN)/python --version > /dev/null 2>&1; \
	then echo 'exec $(PYTHON) -m pip --python $(BIN)/python "$$@"'; \
	else $(BIN)/python -m ensurepip > /dev/null && echo 'exec $(BIN)/python -m pip "$$@"'; \
	fi > $(VENV)/pip
# pip compiles the modules it installs one by one; Python does it on all cores. Packages' own tests are not needed.
COMPILED = $(BIN)/python -m compileall -q -j 0 -x '/tests/|/pip/' $(VENV)/lib
KERNELS := $(wildcard src/pixmeans/kernels/*.py src/pixmeans/kernels/*.h src/pixmeans/kernels/*.pxd)
DATA ?=
PHOTO ?=
PNGS ?=
PNGQUANT ?=
GRAPHICS ?=

# The tests that are neither slow nor drive a browser, on all cores, with fewer random examples of each law. Processes
# begin with tests that follow each other, as those of a file share what it makes, and take from others when they are done.
FAST := -q -m "not slow and not browser" -n auto --dist worksteal --hypothesis-profile fast

# pytest rewrites asserts, and pages of docs are made by several processes. Where Python may not keep what it compiled, every
# run takes ten seconds more.
check test docs: export PYTHONDONTWRITEBYTECODE :=

READY := $(VENV)/ready $(VENV)/kernels

.PHONY: demo check test style lint docs wheel fuzz sanitize bench gallery clean

$(VENV)/ready: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pixmeans needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@$(OWN_PIP)
	$(GROUP) kernels > $(VENV)/kernels.txt && $(PIP) --no-compile --requirement $(VENV)/kernels.txt
	@echo 'compiling the kernels (half a minute) while packages are installed'
	@$(GROUP) packages > $(VENV)/packages.txt
	@$(PIP) --no-compile --requirement $(VENV)/packages.txt & packages=$$!; \
	$(BIN)/python setup.py --quiet build_ext --inplace; kernels=$$?; \
	wait $$packages && exit $$kernels
	$(PIP) --no-compile --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/kernels

# This compiles those that have changed.
$(VENV)/kernels: $(KERNELS) | $(VENV)/ready
	$(BIN)/python setup.py --quiet build_ext --inplace
	@touch $@

$(VENV)/dev: pyproject.toml | $(VENV)/ready
	$(GROUP) kernels dev > $(VENV)/dev.txt && $(PIP) --no-compile --requirement $(VENV)/dev.txt
	$(COMPILED)
	@touch $@

$(VENV)/docs: pyproject.toml | $(VENV)/dev
	$(GROUP) docs | $(PIP) --no-compile --requirement /dev/stdin
	@touch $@

demo: $(READY)
	$(BIN)/pixmeans demo

# Types are looked at while the tests run, as mypy has use for one core only. What it says stands below them.
tested = @echo '$(BIN)/mypy & $(BIN)/python -m pytest $(1)'; \
	$(BIN)/mypy > $(VENV)/types.txt 2>&1 & types=$$!; \
	$(BIN)/python -m pytest $(1); tests=$$?; \
	wait $$types; types=$$?; cat $(VENV)/types.txt; exit $$((tests | types))

check: style
	$(call tested,$(FAST))

# At most 14 random examples of each law; with PROFILE=whole as many as each asks for.
PROFILE ?= some

test: style
	$(call tested,-q -n auto --dist worksteal --hypothesis-profile $(PROFILE))

style: $(READY) $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint: style
	$(BIN)/mypy

wheel: $(VENV)/dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python packaging/check.py dist --install

# Pages are read and written by two processes, as notebooks have processes of their own.
docs: $(READY) $(VENV)/docs
	rm -rf build/docs
	$(BIN)/python -m sphinx -q -W --keep-going -j 2 -b html docs build/docs
	$(BIN)/python -m pytest -q docs/checks

SECONDS ?= 600
HARNESSES ?= read png gif webp palettes kernels

fuzz: $(READY)
	$(GROUP) fuzz > $(VENV)/fuzz.txt && $(PIP) --requirement $(VENV)/fuzz.txt
	for name in $(HARNESSES); do $(BIN)/python tests/fuzz/run.py $$name --seconds $(SECONDS) || exit 1; done

SANITIZED ?= -m "not browser" tests
# Python is not built with sanitizers, so their libraries come first. Python itself does not free all at its end. A process
# that is made to crash must die as it does elsewhere, so that is not theirs to tell.
SANITIZERS = LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_segv=0 UBSAN_OPTIONS=print_stacktrace=1

sanitize: $(READY) $(VENV)/dev
	rm -rf build/sanitize
	mkdir -p build/sanitize
	cp -r src setup.py pyproject.toml README.md LICENSE build/sanitize/
	rm -f build/sanitize/src/pixmeans/kernels/*.so build/sanitize/src/pixmeans/kernels/*.c
	cd build/sanitize && PIXMEANS_SANITIZE=1 ../../$(BIN)/python setup.py --quiet build_ext --inplace
	$(SANITIZERS) PYTHONPATH=$(CURDIR)/build/sanitize/src $(BIN)/python -m pytest -q $(SANITIZED)

bench: $(READY)
	mkdir -p build
	$(BIN)/python benchmarks/quality.py --write docs/quality.md $(DATA)
	$(BIN)/python benchmarks/look.py --write docs/look.md $(DATA)
	$(BIN)/python benchmarks/targets.py --write docs/targets.md $(DATA)
	$(BIN)/python benchmarks/kept.py --write docs/kept.md
	$(if $(DATA),$(BIN)/python benchmarks/survival.py $(addprefix --pngquant ,$(PNGQUANT)) --write docs/outliers.md $(DATA))
	$(if $(DATA),$(BIN)/python benchmarks/searches.py --write docs/searches.md $(DATA))
	$(if $(DATA),$(BIN)/python benchmarks/dimensions.py --write docs/dimensions.md $(DATA))
	$(if $(DATA),$(BIN)/python benchmarks/size_gif.py --write docs/size-gif.md $(DATA))
	$(if $(PHOTO),$(BIN)/python benchmarks/alternatives.py --write docs/when-a-palette.md $(PHOTO) reef sky screenshot sprite)
	$(if $(PNGQUANT),$(BIN)/python benchmarks/size.py --pngquant $(PNGQUANT) --write docs/size.md $(DATA))
	$(if $(PNGQUANT),$(BIN)/python benchmarks/graphics.py --pngquant $(PNGQUANT) --write docs/graphics.md $(GRAPHICS))
	$(BIN)/python benchmarks/speed.py $(DATA) > build/performance.md
	$(if $(PNGS),$(BIN)/python benchmarks/commands.py $(addprefix --pngquant ,$(PNGQUANT)) --set photos $(PNGS) \
		$(addprefix --large ,$(PHOTO)) --batch $(PNGS) >> build/performance.md)
	$(BIN)/python benchmarks/scaling.py --chart docs/pictures/scaling.svg $(PHOTO) >> build/performance.md
	$(BIN)/python benchmarks/animation.py >> build/performance.md
	mv build/performance.md docs/performance.md

# Those that README and docs show; together under 6 MB.
FIGURES := f1-deal.png f2-filmstrip.png f6-convergence.gif f7-bits.svg f8-run.gif f9-lost.png f10-wash-out.png f11-ladder.png \
	f12-centroids.png f13-difference.png f14-starts-16.png f15-starts-256.png f16-suitability.png f17-cloud.png \
	f18-error-size.png f19-dithering.png f20-labels.png f21-contest.png f22-matches.png \
	f23-saved.png f24-survival.png f25-outliers.png f26-outlier-colors.png f27-codebook.png f28-fractal.gif f29-genetic.png

gallery: $(READY)
	$(BIN)/pixmeans gallery build/gallery
	cp $(addprefix build/gallery/,$(FIGURES)) docs/pictures/

clean:
	rm -rf $(VENV) build dist src/pixmeans/kernels/*.c src/pixmeans/kernels/*.so src/*.egg-info
