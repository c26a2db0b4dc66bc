# Everything that a person, a script and CI run. `make test` is all of it but `clients-more`, Tempest, the benchmark and
# the audit.

# What of the client suite runs on each database: all of it with FULL=1.
CLIENT_TESTS = $(if $(FULL),,-k "sdk or documents or sharing")

.PHONY: test format lint docs unit golden clients clients-more keystone tempest pressure stores stores-sqlite \
	stores-postgres stores-mariadb crash races bench audit

test: format lint docs clients keystone unit stores crash races pressure

format:
	cargo fmt --check

lint:
	cargo clippy --locked --all-targets --all-features -- -D warnings
	cargo clippy --locked --no-default-features -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

unit:
	cargo test --locked --doc
	cargo test --locked --all-targets

# The recorded answers of Glance 33, replayed: case by case, and the matrix of who may do what. UPDATE_PAGES=1 writes the
# tables of docs/compatibility.md anew.
golden:
	cargo test --locked --test api -- golden matrix

# The real OpenStack clients, from an environment of their own under target/.
clients:
	cargo build --locked
	tests/clients/run target/debug/image-tags

# More of them, which take longer: the Ansible collection openstack.cloud, and all through nginx with TLS.
clients-more:
	cargo build --locked
	tests/clients/run --more target/debug/image-tags

# The program beside a real Keystone, from an environment of its own under target/.
keystone:
	cargo build --locked
	tests/keystone/run target/debug/image-tags

# Tempest, the tests of OpenStack itself, for what is served of the Image API, likewise.
tempest:
	cargo build --locked
	tests/tempest/run target/debug/image-tags

# The program under pressure: is every answer delivered to real clients and through proxies, are honest tokens validated
# beside a flood, and does the process stay small? FULL=1 sends more of everything: docs/reliability.md.
pressure:
	cargo build --locked
	tests/pressure/run target/debug/image-tags
	cargo test --locked --test api -- early_answers keystone::pressure keystone::renewal
	cargo test --locked --profile load --test load -- --ignored --nocapture --test-threads=1 pressure::

# The conformance, API and client suites on each database, on private servers in temporary directories.
# Of the client suite it is a part, unless FULL=1.
stores: stores-sqlite stores-postgres stores-mariadb

stores-sqlite:
	cargo test --locked --lib sqlite -- --include-ignored
	cargo test --locked --test store sqlite -- $(if $(filter 0,$(shell id -u)),--include-ignored)
	IMAGE_TAGS_TEST_BACKEND=sqlite cargo test --locked --test api
	cargo build --locked
	IMAGE_TAGS_TEST_BACKEND=sqlite tests/clients/run target/debug/image-tags $(CLIENT_TESTS)

stores-postgres stores-mariadb: stores-%:
	cargo build --locked
	tests/databases/with $* env IMAGE_TAGS_TEST_BACKEND=$* sh -ec ' \
		cargo test --locked --lib $* -- --include-ignored; \
		cargo test --locked --test store -- --include-ignored $*; \
		cargo test --locked --test api; \
		tests/clients/run target/debug/image-tags $(CLIENT_TESTS)'

# The program under load, killed at random moments, on SQLite: 20 rounds, with FULL=1 200. SEED=… sends the same again.
crash:
	cargo test --locked --test load -- --ignored --nocapture crash::

# Many clients over two processes on each database, and on a Galera cluster of two nodes, also while processes and servers
# are killed: are all answers those of one store that loses nothing? Some seconds each, with FULL=1 a minute.
races:
	DURABLE=1 tests/databases/with postgres tests/databases/with mariadb \
		cargo test --locked --test load -- --ignored --nocapture --test-threads=1 races::
	DURABLE=1 tests/databases/with galera \
		cargo test --locked --test load -- --ignored --nocapture --test-threads=1 galera::

# What a request costs, beside a bare route, nginx, pgbench and a loop over SQLite: docs/performance.md. FULL=1 takes longer,
# UPDATE_PAGES=1 writes the page.
bench:
	cargo build --locked --release --features bench
	tests/bench/run $${CARGO_TARGET_DIR:-target}/release

# Licences, bans and sources of the dependencies, and advisories where their database can be reached.
audit:
	@command -v cargo-deny >/dev/null || { echo 'make audit needs cargo-deny: cargo install --locked cargo-deny'; exit 1; }
	cargo deny check bans licenses sources
	@if cargo deny fetch db; then cargo deny check advisories; else echo 'advisories: not checked, no database'; fi
