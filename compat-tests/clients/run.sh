#!/bin/sh
# Runs one client's walk: run.sh NAME HOST1 PORT1 HOST2 PORT2 DOMAIN USER_A PASSWORD_A USER_B PASSWORD_B CA
#
# CA is a PEM file, or "-" to accept any certificate. What prepare.sh installed is looked for in
# $COMPAT_CLIENTS, by default target/compat-clients of this checkout.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
installed=${COMPAT_CLIENTS:-$here/../../target/compat-clients}
name=${1:?the name of a client}
shift

case $name in
    slixmpp | aioxmpp)
        exec "$installed/venv/bin/python" -W ignore::DeprecationWarning "$here/$name/scenario.py" "$@"
        ;;
    xmppjs)
        # Node takes its trust from the environment of the process.
        eval "ca=\${$#}"
        if [ "$ca" = - ]; then
            export NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1
        else
            export NODE_EXTRA_CA_CERTS="$ca"
        fi
        exec node "$installed/xmppjs/scenario.js" "$@"
        ;;
    smack)
        exec java -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 \
            -cp "$installed/smack/classes:$installed/smack/lib/*" Scenario "$@"
        ;;
    mcabber | profanity)
        exec python3 -B "$here/$name/scenario.py" "$@"
        ;;
    *)
        echo "run.sh: no client $name; there are slixmpp, aioxmpp, xmppjs, smack, mcabber and profanity" >&2
        exit 2
        ;;
esac
