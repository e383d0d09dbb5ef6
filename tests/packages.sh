# What the run.sh of the folders beside this file have in common; each reads it in, with its folder in $here.

# read_arguments ARGUMENTS…: sets $accept, $only and $proofload. What may be chosen by --only stands in $choices.
read_arguments() {
    accept=no
    only=$choices
    while [ $# -gt 0 ]; do
        case $1 in
            --accept) accept=yes ;;
            --only)
                case " $choices " in *" ${2:-} "*) only=$2; shift ;; *) fail 2 "--only takes one of: $choices" ;; esac ;;
            -h | --help) usage ;;
            -*) fail 2 "unknown option $1; see run.sh --help" ;;
            *) proofload=$1 ;;
        esac
        shift
    done
    # An absolute path, since servers are started from elsewhere; a bare name is looked up in PATH.
    path=$(command -v "$proofload") || fail 2 "there is no program $proofload; build it with: cargo build --release"
    case $path in /*) proofload=$path ;; *) proofload=$(pwd)/$path ;; esac
}

# The head of run.sh.
usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$here/run.sh"
    exit 0
}

# use_cache FOLDER: makes it if need be; $cache is its absolute path.
use_cache() {
    mkdir -p "$1"
    cache=$(CDPATH='' cd -- "$1" && pwd)
}

# install_once FOLDER PINS COMMAND…: installs by COMMAND FOLDER, unless the folder says that exactly these pins are there.
install_once() {
    into=$1
    pins=$2
    shift 2
    if [ "$(cat "$into/installed" 2>/dev/null)" != "$pins" ]; then
        echo "installing in $into"
        rm -rf "$into"
        mkdir -p "$into"
        "$@" "$into" || fail 2 "the packages could not be installed in $into; see above"
        printf '%s\n' "$pins" > "$into/installed"
    fi
}

# What requirements.txt pins; in a virtual environment where there is the module for it (Debian packs it apart), else in a
# plain folder.
install_python() {
    if python3 -c 'import ensurepip, venv' 2>/dev/null; then
        python3 -m venv "$1/venv"
        "$1/venv/bin/python" -m pip --quiet --disable-pip-version-check install -r "$here/requirements.txt"
    else
        python3 -m pip --version >/dev/null 2>&1 || fail 2 'python3 has neither venv nor pip; install python3-venv'
        python3 -m pip --quiet --disable-pip-version-check install --target "$1/packages" -r "$here/requirements.txt"
    fi
}

# python_of FOLDER ARGUMENTS…, with what was installed there.
python_of() {
    from=$1
    shift
    if [ -d "$from/venv" ]; then
        "$from/venv/bin/python" "$@"
    else
        PYTHONPATH=$from/packages python3 "$@"
    fi
}

# start_bridge: a reference bridge with a mock behind it; $url is where it is, its token is $TOKEN. Ended by stop.
start_bridge() {
    # What an earlier run has left is not what these say.
    rm -f "$cache/mock.out" "$cache/bridge.out"
    "$proofload" mock --listen 127.0.0.1:0 --manage 127.0.0.1:0 --admin-key "$KEY" > "$cache/mock.out" 2>&1 &
    pids="$pids $!"
    openai=$(first_line "$cache/mock.out" | sed -n 's/.*"openai_base_url":"\([^"]*\)".*/\1/p')
    [ -n "$openai" ] || fail 4 "the mock did not start; see $cache/mock.out"
    PORT=0 OPENAI_BASE_URL=$openai OPENAI_ADMIN_KEY=$KEY SCIM_TOKEN=$TOKEN \
        "$proofload" bridge > "$cache/bridge.out" 2>&1 &
    pids="$pids $!"
    url=$(first_line "$cache/bridge.out" | sed -n 's/^SCIM bridge on //p')
    [ -n "$url" ] || fail 4 "the bridge did not start; see $cache/bridge.out"
}

# first_line FILE, as soon as there is one.
first_line() {
    tries=0
    until [ -s "$1" ] || [ $tries -ge 150 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    head -n 1 "$1"
}

# Ends every process in $pids.
stop() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    pids=''
}

# agrees EXPECTED GOT: whether they are the same; with --accept they are made so.
agrees() {
    if [ "$accept" = yes ]; then
        mkdir -p "$(dirname "$1")"
        cp "$2" "$1"
        echo "wrote $1"
    else
        diff -u "$1" "$2"
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
