#!/bin/sh
# Installs the clients of the compatibility tests from their own registries (PyPI, npm, Maven Central).
#
# Everything goes below $COMPAT_CLIENTS, by default target/compat-clients of this checkout. A part whose
# inputs have not changed is left alone, so that a second run is quick and needs no network. profanity and
# tmux come from the system's packages.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
installed=${COMPAT_CLIENTS:-$here/../../target/compat-clients}
mkdir -p "$installed"
installed=$(cd "$installed" && pwd)

# Whether PART was installed from exactly these FILES.
is_current() {
    part=$1
    shift
    cat "$@" | cmp -s - "$installed/$part.installed-from"
}

mark_current() {
    part=$1
    shift
    cat "$@" > "$installed/$part.installed-from"
}

prepare_python() {
    if is_current venv "$here/requirements.txt" && "$installed/venv/bin/python" -c 'import slixmpp, aioxmpp'; then
        echo "slixmpp and aioxmpp: there"
        return
    fi
    echo "slixmpp and aioxmpp: installing from PyPI"
    rm -rf "$installed/venv"
    python3 -m venv "$installed/venv"
    "$installed/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    mark_current venv "$here/requirements.txt"
}

prepare_lsp() {
    if is_current lsp "$here/lsp/requirements.txt" && "$installed/lsp/bin/python" -c 'import pygls.lsp.client'; then
        echo "pygls: there"
        return
    fi
    echo "pygls: installing from PyPI"
    rm -rf "$installed/lsp"
    python3 -m venv "$installed/lsp"
    "$installed/lsp/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/lsp/requirements.txt"
    mark_current lsp "$here/lsp/requirements.txt"
}

prepare_xmppjs() {
    mkdir -p "$installed/xmppjs"
    # Node finds its packages from where the script lies.
    cp "$here/xmppjs/scenario.js" "$here/xmppjs/package.json" "$here/xmppjs/package-lock.json" "$installed/xmppjs/"
    if is_current xmppjs "$here/xmppjs/package-lock.json" && [ -d "$installed/xmppjs/node_modules" ]; then
        echo "@xmpp/client: there"
        return
    fi
    echo "@xmpp/client: installing from npm"
    (cd "$installed/xmppjs" && npm ci --silent --no-audit --no-fund --ignore-scripts)
    mark_current xmppjs "$here/xmppjs/package-lock.json"
}

prepare_smack() {
    if is_current smack "$here/smack/pom.xml" "$here/smack/src/"*.java; then
        echo "Smack: there"
        return
    fi
    # Offline first: what an earlier build has fetched is enough.
    echo "Smack: building, with jars from Maven Central"
    rm -rf "$installed/smack"
    build="mvn --quiet --batch-mode --file $here/smack/pom.xml -Dcompat.build=$installed/smack process-classes"
    $build --offline > /dev/null 2>&1 || $build
    mark_current smack "$here/smack/pom.xml" "$here/smack/src/"*.java
}

prepare_python
prepare_lsp
prepare_xmppjs
prepare_smack
