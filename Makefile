# `make run` and `make test` need Python 3.11 and make; everything else they install into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# A file of tests stays on one worker, which opens what its tests share once; files are handed out
# in the order of tests/conftest.py. A worker computes with one thread: more would only wait for
# each other. Many tests start a server or a training, which would compile everything again where
# Python is told to write no bytecode.
WORKERS ?= 2
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) \
	--dist loadfile --no-loadscope-reorder

.PHONY: help setup run test test-full lint lint-js format types types.d.ts graphs registry index
.PHONY: examples course pictures foreign digits imports
.PHONY: check bench soak clean

help: ## list these targets
	@sed -n 's/^\([a-z.-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(VENV)/run.stamp: pyproject.toml constraints.txt scripts/setup
	scripts/setup run
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	scripts/setup dev
	@touch $@

setup: $(VENV)/dev.stamp ## install everything, development tools included, into .venv

run: $(VENV)/run.stamp ## start the server (HOST, PORT)
	$(BIN)/python -m app --host $(HOST) --port $(PORT)

test: setup ## the tests that take minutes at most, the browser's among them
	scripts/find-chromium
	$(PYTEST) -m "not full"

test-full: setup ## every test: every network, a complete training
	scripts/find-chromium
	scripts/find-engines
	$(PYTEST) --hypothesis-profile searching

lint: setup lint-js ## style of Python and JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-js: ## style and types of JavaScript, where Node is installed
	scripts/lint-js

format: setup ## let ruff format the Python
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## static types
	$(BIN)/mypy

graphs: setup ## trace the designs of the catalogue whose stored graphs are not current
	$(BIN)/python scripts/write_graphs.py

registry: setup ## write down what the installed torchvision publishes
	$(BIN)/python scripts/write_registry.py

index: setup ## measure the tensors of every design that a checkpoint may belong to
	$(BIN)/python scripts/write_index.py

digits: setup ## write the ten digits that ship as example pictures
	$(BIN)/python scripts/write_digits.py

types.d.ts: setup ## write the API's documents down as the page's types
	$(BIN)/python scripts/write_types.py

examples: setup ## write down what the server answers to the examples of its documentation
	$(BIN)/python -m scripts.write_examples

course: setup ## write down what of the notes is live in which chapter: docs/learn.md
	$(BIN)/python -m scripts.write_course

pictures: setup ## take the pictures of README and guides anew: docs/pictures/
	scripts/find-chromium
	$(BIN)/python -m scripts.write_pictures

foreign: setup ## put networks that others wrote through the microscope: docs/foreign-networks.md
	$(BIN)/python scripts/foreign_networks.py

imports: setup ## which module may import which
	$(BIN)/lint-imports

check: lint types imports ## everything that needs no run

bench: setup ## speed and memory, as ratios measured in one run
	$(BIN)/python -m benchmarks.predictions
	$(BIN)/python -m benchmarks.activations
	$(BIN)/python -m benchmarks.fields
	$(BIN)/python -m benchmarks.interventions
	$(BIN)/python -m benchmarks.scratch
	$(BIN)/python -m benchmarks.filters
	$(BIN)/python -m benchmarks.arithmetic
	$(BIN)/python -m benchmarks.attribution
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.learn
	$(BIN)/python -m benchmarks.opening
	$(BIN)/python -m benchmarks.own_networks
	$(BIN)/python -m benchmarks.recognition

soak: setup ## thousands of mixed requests, hostile clients among them
	$(BIN)/python -m benchmarks.soak

clean: ## remove what make has made
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
