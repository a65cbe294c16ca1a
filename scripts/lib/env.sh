# Sourced by the commands in scripts/ and .ci/, which set $root: the folder of the project.
# `setup run|test|dev` leaves $root/.venv ready; see setup.py for what that means.

# Whether the command $1 is a Python that can make virtual environments.
usable_python() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${EDGE_PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if usable_python "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    {
        echo "edge needs Python 3.11 or later with the modules venv and ensurepip, and found none."
        echo "Install one (on Debian and Ubuntu: apt install python3-venv), or name it: EDGE_PYTHON=/path/to/python3.12 $0"
    } >&2
    return 1
}

# The environment's own Python answers "is anything to do?" fastest: no search, no shims.
setup() {
    if ! "$root/.venv/bin/python" "$root/scripts/lib/setup.py" --fresh "$1" 2>/dev/null; then
        base=$(find_python) || exit 1
        "$base" "$root/scripts/lib/setup.py" "$1" || exit 1
    fi
    unset EDGE_PYTHON # the gateway takes variables that begin with EDGE_ for keys of its config
}
