# Debian's packages for tests that need a program. To be sourced.

# need PROGRAM PACKAGE installs the package if the program is missing, which only root can.
need() {
    local program=$1 package=$2
    if [ -e "$program" ] || command -v "$program" >/dev/null; then return; fi
    if [ "$(id -u)" != 0 ]; then
        echo "$0 needs $program: apt-get install $package" >&2
        exit 1
    fi
    local apt=(apt-get -q -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600)
    "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$package"
}
