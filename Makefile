# What people, scripts and CI run. `make test` runs everything except `clients-more`, `consumers`,
# `package`, `release`, `tempest`, `glance`, `spans`, `bench`, `instructions` and `audit`, the quickest checks first.
# docs/development.md says which target to run for which change.

# The part of the client suite that runs on each database. FULL=1 runs all of it.
CLIENT_TESTS = $(if $(FULL),,-k "sdk or documents or sharing or promotion")

.PHONY: test format spelling deny unused house lint features docs unit golden clients clients-more \
	consumers metrics keystone deploy deb package release release-check tempest glance spans pressure instructions s3 \
	stores stores-sqlite stores-postgres stores-mariadb crash races bench audit

test: format spelling deny unused house lint features docs clients metrics keystone deploy unit s3 stores \
	crash races pressure

format:
	cargo fmt --check

# `tests/house/tool` runs prebuilt tools from an environment under target/. Each of the next three
# targets takes a second. typos.toml holds the exceptions of the spelling check.
spelling:
	tests/house/tool typos

# The licences, bans and sources of the dependencies, by deny.toml. `make audit` adds the advisories.
deny:
	tests/house/tool cargo-deny --locked --log-level error check bans licenses sources

# Dependencies that no code uses, and files that no `mod` includes. cargo-shear reads the source without
# compiling it. The lint unused_crate_dependencies would report every dev-dependency that only one of
# the test targets uses.
unused:
	tests/house/tool cargo-shear --locked

# The rules of CONTRIBUTING.md for the source: no import cycles, small folders, 100 columns, plain names.
house:
	cargo test --locked --test house

lint:
	cargo clippy --locked --all-targets --all-features -- -D warnings

# The library and the program without a database, with each one alone, and with spans.
features:
	for feature in '' mysql postgres sqlite otlp; do \
		cargo clippy --locked --no-default-features --features "$$feature" -- -D warnings || exit; \
	done

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

unit:
	cargo test --locked --doc
	cargo test --locked --all-targets

# The recorded answers of Glance 33: case by case, and the matrix of who may do what. UPDATE_PAGES=1
# rewrites the tables of docs/compatibility.md.
golden:
	cargo test --locked --test api -- golden matrix

# The real OpenStack clients, from an environment under target/.
clients:
	cargo build --locked
	tests/clients/run target/debug/image-tags

# More clients, which take longer: the Ansible collection openstack.cloud, the look-ups of Octavia and
# Trove, and the client suite through nginx with TLS.
clients-more:
	cargo build --locked
	tests/clients/run --more target/debug/image-tags

# The own code of other services and dashboards that use images, from environments under target/. The
# first run installs them.
consumers:
	cargo build --locked
	tests/consumers/run target/debug/image-tags

# The metrics of the program, its alert rules and its dashboard, with a real Prometheus that scrapes it.
metrics:
	cargo build --locked
	tests/metrics/run target/debug/image-tags

# The program beside a real Keystone, from an environment under target/.
keystone:
	cargo build --locked
	tests/keystone/run target/debug/image-tags

# What is in deploy/: the Dockerfile and the program as the image starts it, compose.yaml with its Keystone,
# the Helm chart and the units.
deploy:
	cargo build --locked
	tests/deploy/run target/debug/image-tags

# The Debian package, in target/debian.
deb:
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) deploy/release/tool deb --locked

# The Debian package in a machine of its own with systemd: installed, reloaded, upgraded and purged. As root.
package: deb
	tests/deploy/run --package $$(ls -t target/debian/*.deb | head -1)

# What a release consists of, in target/dist: deploy/release/build says what, and how it is signed. The check
# builds it twice, in two folders.
release:
	deploy/release/build

release-check:
	deploy/release/check

# Tempest, OpenStack's own tests, for the part of the Image API that is implemented.
tempest:
	cargo build --locked
	tests/tempest/run target/debug/image-tags

# Beside a real Glance 33, its Keystone and MariaDB: the filter of deploy/glance and its tests, the doctor,
# the guard and the service, also with the own code of Nova and Octavia. Races on three images, on twelve
# with FULL=1.
glance:
	cargo build --locked
	tests/glance/run target/debug/image-tags

# The spans of a program with the feature `otlp`, as a collector of OpenTelemetry receives them.
spans:
	cargo build --locked --features otlp
	tests/otlp/run target/debug/image-tags

# The program under pressure: every answer reaches real clients, directly and through proxies; valid
# tokens are validated during a flood of invalid ones; the process stays small. FULL=1 sends more of
# everything: docs/reliability.md.
pressure:
	cargo build --locked
	tests/pressure/run target/debug/image-tags
	cargo test --locked --test api -- early_answers keystone::pressure keystone::renewal
	cargo test --locked --profile load --test load -- --ignored --nocapture --test-threads=1 pressure::

# The instructions of a PUT, a GET and a list under valgrind, compared with the recorded ones.
# UPDATE_COUNTS=1 records those of this build.
instructions:
	tests/instructions/run

# Image data in a bucket, beside a private S3 server, and as root on a disk that is full.
s3:
	cargo build --locked --tests
	tests/s3/with cargo test --locked --test api -- --ignored data_s3 \
		$(if $(filter 0,$(shell id -u)),a_full_disk)
	tests/s3/with sh -c 'DATA_URL=s3://images/crash IMAGE_TAGS__DATA__ENDPOINT=$$IMAGE_TAGS_TEST_S3 \
		IMAGE_TAGS__DATA__ACCESS_KEY_ID=key IMAGE_TAGS__DATA__SECRET_ACCESS_KEY=secret \
		cargo test --locked --test load -- --ignored --nocapture uploads::'

# The conformance, API and client suites on each database, on private servers in temporary directories.
# Only a part of the client suite runs, and of those in Glance's database, unless FULL=1. The tests of
# Keystone and of the matrix have their own store in memory, so `unit` runs them. Many others wait rather
# than compute.
STORE_TESTS = --skip keystone:: --skip matrix:: --test-threads=$(shell expr 2 \* $$(nproc))

stores: stores-sqlite stores-postgres stores-mariadb

stores-sqlite:
	cargo test --locked --lib sqlite -- --include-ignored
	cargo test --locked --test store sqlite -- $(if $(filter 0,$(shell id -u)),--include-ignored)
	IMAGE_TAGS_TEST_BACKEND=sqlite cargo test --locked --test api -- $(STORE_TESTS)
	cargo build --locked
	IMAGE_TAGS_TEST_BACKEND=sqlite tests/clients/run target/debug/image-tags $(CLIENT_TESTS)

stores-postgres stores-mariadb: stores-%:
	cargo build --locked
	tests/databases/with $* env IMAGE_TAGS_TEST_BACKEND=$* sh -ec ' \
		cargo test --locked --lib $* -- --include-ignored --skip on_galera; \
		cargo test --locked --test store -- --include-ignored $* $(if $(filter mariadb,$*),glance$(if $(FULL),,::)); \
		cargo test --locked --test api -- $(STORE_TESTS); \
		tests/clients/run target/debug/image-tags $(CLIENT_TESTS)'
	$(if $(filter stores-postgres,$@),TLS=1 tests/databases/with postgres cargo test --locked --test store -- --ignored tls::)

# The program under load on SQLite, killed at random moments: 20 rounds, 200 with FULL=1; also while
# images are uploaded: 4 rounds, 30 with FULL=1. SEED=… repeats the same requests.
crash:
	cargo test --locked --test load -- --ignored --nocapture --test-threads=1 crash:: uploads::

# Many clients over two processes on each database and on a Galera cluster of two nodes, also while
# processes and servers are killed: all answers are those of one store that loses nothing. It takes some
# seconds for each, a minute with FULL=1.
races:
	DURABLE=1 tests/databases/with postgres tests/databases/with mariadb \
		cargo test --locked --test load -- --ignored --nocapture --test-threads=1 races::
	DURABLE=1 tests/databases/with galera sh -c '\
		cargo test --locked --lib -- --ignored on_galera && \
		cargo test --locked --test load -- --ignored --nocapture --test-threads=1 galera::'

# What a request costs, beside a bare route, nginx, pgbench, the disk and others, and which goals are
# met: docs/performance.md. FULL=1 takes longer, PEERS=1 adds a Glance, UPDATE_PAGES=1 rewrites the page.
bench:
	cargo build --locked --release --features bench
	tests/bench/run $${CARGO_TARGET_DIR:-target}/release

# What `deny` checks, and the advisories where their database can be reached.
audit: deny
	@if tests/house/tool cargo-deny fetch db; then tests/house/tool cargo-deny check advisories; \
	else echo 'advisories: not checked, no database'; fi
