# Pinned packages of Python and Node, for the run.sh of the folders beside this file, which read it in. Each keeps its pins for
# Python in requirements.txt of its folder, $here.

# In a virtual environment where there is the module for it (Debian packs it apart), else in a plain folder.
install_python() {
    if python3 -c 'import ensurepip, venv' 2>/dev/null; then
        python3 -m venv "$1/venv"
        "$1/venv/bin/python" -m pip --quiet --disable-pip-version-check install -r "$here/requirements.txt"
    else
        python3 -m pip --version >/dev/null 2>&1 || fail 2 'python3 has neither venv nor pip; install python3-venv'
        python3 -m pip --quiet --disable-pip-version-check install --target "$1/packages" -r "$here/requirements.txt"
    fi
}

need_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail 2 'python3, 3.11 or newer, is needed'
}

need_node() {
    node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null ||
        fail 2 'node, 20 or newer, is needed'
    command -v npm >/dev/null || fail 2 'npm is needed'
}

# fail CODE MESSAGE
fail() {
    code=$1
    shift
    echo "run.sh: $*" >&2
    exit "$code"
}
