"""The sums of a release and their signatures. Whether two builds are the same, `make release-check` shows."""

import os

import pytest

from conftest import DEPLOY, run


@pytest.fixture
def folder(tmp_path):
    files = tmp_path / "dist"
    files.mkdir()
    (files / "program").write_text("program")
    (files / "package").write_text("package")
    return files


def sign(folder, **keys):
    run(DEPLOY / "release" / "sign", folder, env={**os.environ, **keys})


def test_the_sums_tell_a_changed_file(folder):
    # A second time, the sums do not count themselves.
    for _ in range(2):
        sign(folder)
        assert len((folder / "SHA256SUMS").read_text().splitlines()) == 2
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=folder)
    (folder / "program").write_text("another")
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=folder, succeeds=False)


def test_a_release_names_its_compilers():
    named = run(DEPLOY / "release" / "compilers")
    for compiler in ["rustc 1.", "LLVM version: ", "gcc (", "GNU ld "]:
        assert compiler in named


def test_minisign_verifies_the_sums(folder, tmp_path):
    secret, public = tmp_path / "key", tmp_path / "key.pub"
    run("minisign", "-G", "-W", "-s", secret, "-p", public)
    sign(folder, MINISIGN_KEY=str(secret))
    # As docs/operations.md has it.
    verify = ["minisign", "-V", "-p", public, "-m", "SHA256SUMS"]
    run(*verify, cwd=folder)
    (folder / "SHA256SUMS").write_text("")
    run(*verify, cwd=folder, succeeds=False)


def test_gnupg_verifies_the_sums(folder, tmp_path, monkeypatch):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "release@image-tags.example")
    sign(folder, GPG_KEY="release@image-tags.example")
    verify = ["gpg", "--batch", "--verify", "SHA256SUMS.asc", "SHA256SUMS"]
    run(*verify, cwd=folder)
    (folder / "SHA256SUMS").write_text("")
    run(*verify, cwd=folder, succeeds=False)
    run("gpgconf", "--kill", "all")
