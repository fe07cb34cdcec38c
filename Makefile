# make demo and make test are all that is needed in a fresh clone; make help lists the rest.
BUILD = build

.PHONY: help demo test check bench lint docs header symbols notices setup clean

help:
	@echo "make demo     build, and run the three example hosts: Fortran, C++, C"
	@echo "make test     run all tests: Rust, the C, C++ and Fortran programs, the installed package"
	@echo "make check    what is too long for make test: clang, sanitizers, valgrind, every C++ standard, docs"
	@echo "make bench    time the searches beside their peers, the interfaces beside C; ARGS=--help"
	@echo "make docs     write the API references of Rust, C, C++ and Fortran into build/docs"
	@echo "make lint     check format, clippy and the documentation of the crate"
	@echo "make header   write include/qube_budget.h anew from src/ffi"
	@echo "make symbols  write tests/abi/symbols.txt anew from the built library"
	@echo "make notices  write THIRD-PARTY.txt anew from Cargo.lock, with cargo-about"
	@echo "make clean    remove what was built"

setup:
	@scripts/setup.sh

demo: setup
	cmake -S . -B $(BUILD)
	env -u MAKEFLAGS -u MAKELEVEL cmake --build $(BUILD) --parallel $$(nproc)
	@scripts/demo.sh $(BUILD)/examples

test:
	@scripts/setup.sh --test
	@scripts/test.sh $(BUILD)

check:
	@scripts/setup.sh --check
	@scripts/check.sh $(BUILD)

bench:
	@scripts/setup.sh --bench
	@scripts/bench.sh $(BUILD) $(ARGS)

lint:
	cargo fmt --check
	cargo fmt --check --manifest-path bench/Cargo.toml
	cargo clippy --locked --all-targets -- -D warnings
	cargo check --quiet --locked --manifest-path bench/Cargo.toml
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

docs:
	@scripts/setup.sh --docs
	@scripts/docs.sh $(BUILD)

header:
	UPDATE_HEADER=1 cargo test --locked --test header

symbols:
	tests/package.sh --update

notices:
	cargo about generate --locked --fail -c packaging/about.toml -m Cargo.toml packaging/about.hbs -o THIRD-PARTY.txt

clean:
	rm -rf $(BUILD) target
