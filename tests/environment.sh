# Python environments of their own under target/, for tests that need packages. To be sourced.
target=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target

# environment NAME LIST makes target/NAME with the packages of LIST, when it is missing or older than the list.
environment() {
    local home=$target/$1 list=$2
    if [ ! -e "$home/made" ] || [ "$list" -nt "$home/made" ]; then
        python3 -m venv --clear "$home" || {
            echo 'these tests need Python 3 with venv: apt-get install python3-venv' >&2
            exit 1
        }
        "$home/bin/pip" --retries 10 --timeout 60 install --quiet --disable-pip-version-check --requirement "$list"
        touch "$home/made"
    fi
}
