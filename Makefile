# Short names for the scripts in scripts/. The build itself is Meson's: see meson.build.
prefix ?= /usr/local
DESTDIR ?=
export DESTDIR

help:
	@echo 'make demo                 install what is missing, build, and watch prod move to new tables'
	@echo 'make test                 the same, and run every test'
	@echo 'make soak                 the randomised tests at full length'
	@echo 'make cutover-test         those in which readers watch the views change, at full length'
	@echo 'make sanitize             every test under the address, undefined behaviour and leak sanitizers'
	@echo 'make model                the model of the protocol, checked exhaustively'
	@echo 'make coverage             every test, with a report of the lines that ran'
	@echo 'make bench                how long each operation takes'
	@echo 'make build                build/release/src/cli/repoint'
	@echo 'make wheel                dist/repoint-*.whl: the Python package, with what it needs inside'
	@echo 'make install prefix=DIR   program, library, headers, manual pages (below DESTDIR, if given)'
	@echo 'make clean                remove build/'

demo:
	@scripts/demo

test:
	@scripts/test

soak cutover-test sanitize coverage:
	@scripts/test $@

bench:
	@scripts/bench

model:
	@scripts/install-deps model
	@spec/check

build:
	@scripts/install-deps build
	@scripts/build release

wheel:
	@scripts/wheel
	@scripts/check-wheel

install:
	@scripts/install '$(prefix)'

clean:
	rm -rf build dist

.PHONY: help demo test soak cutover-test sanitize coverage bench model build wheel install clean
