# What one does with chemdrift. `make` alone lists it; CI calls the same targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

RANKS ?= 2
MPIRUN ?= mpirun
PYTHON := .venv/bin/python
BINARY := target/release/chemdrift
# HDF5_DIR and NETCDF_DIR of this machine; its own message when something is missing.
STACK := configuration=$$(scripts/configure.sh) && eval "$$configuration"

# OpenMPI refuses to run as root, which is all there is in many containers.
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
endif
# OpenMPI refuses more ranks than cores unless told so; other launchers do not know the word.
LAUNCH = $(MPIRUN) $(shell [ $(RANKS) -gt $$(nproc) ] && $(MPIRUN) --version | grep -q 'Open MPI' && echo --oversubscribe) -n $(RANKS)

.PHONY: help setup build demo test test-slurm test-browser jobscripts check validate validate-peers bench scaling pictures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## libraries (Debian, Ubuntu) and Python environment; nothing to do the second time
	@scripts/setup.sh

build: setup ## the release program, target/release/chemdrift
	@$(STACK) && cargo build --release

demo: build ## the main job, MOZART-TS1 in a thousand sampled cells, on RANKS=2 ranks
	@mkdir -p out
	$(LAUNCH) $(BINARY) run inputs/ts1_lhs.yaml -o out/ts1_lhs.nc --overwrite
	@$(PYTHON) scripts/show.py out/ts1_lhs.nc O3 NO2 OH

test: setup ## the whole test suite, then the quick part of the validation and a short soak
	@$(PYTHON) inputs/make_gyre.py
	@$(STACK) && cargo test --release && cargo build --release
	@$(PYTHON) validation/run.py --quick
	@$(PYTHON) validation/soak.py --kills 4 --only ts1 --only particles-deflate

test-slurm: build ## jobs in a real SLURM on emulated nodes, and ranks on several hosts (root, Debian or Ubuntu)
	@$(PYTHON) tests/slurm/run.py
	@$(PYTHON) tests/slurm/hosts.py

test-browser: build ## dashboard and report in a headless Chromium; pictures into out/browser
	@scripts/setup.sh --browser
	@$(PYTHON) tests/browser/run.py

jobscripts: build ## the examples of jobscripts/, anew
	@mkdir -p jobscripts/examples
	@grep -v '^#' jobscripts/examples.txt | while read -r words; do $(BINARY) jobscript $$words || exit; done

check: setup ## formatting and lints
	cargo fmt --check
	@$(STACK) && cargo clippy --release --all-targets -- -D warnings

validate: build ## every published answer, into validation/table.md
	@$(PYTHON) validation/run.py

validate-peers: build ## against MUSICA, OceanParcels 3 and 4 on this machine, into validation/peers/ and docs/pictures/peers.png
	@scripts/setup.sh --peers
	@$(PYTHON) validation/peers/run.py

bench: build ## the kernels alone: by criterion, then instructions (callgrind) and processor times, into benches/*.md
	@$(STACK) && cargo bench --bench kernels
	@$(STACK) && $(PYTHON) benches/instructions.py && $(PYTHON) benches/figures.py

scaling: build ## strong and weak scaling on the cores of this machine and the model, into validation/scaling/
	@$(PYTHON) validation/scaling/run.py

pictures: build ## the pictures of the README, into docs/pictures/
	@$(PYTHON) validation/pictures.py

clean: ## everything made here, the downloads too
	rm -rf target out .venv .venv-peers .venv-parcels .venv-parcels4
