#!/bin/sh
# Restarts the nodes of a cluster one by one, without losing a message: each node's clients go to the others first.
#
#   tools/rolling-restart.sh --restart 'systemctl restart cobnut' node1 node2 node3
#   tools/rolling-restart.sh --upgrade 'apt-get install -y cobnut' --restart 'systemctl restart cobnut' node1 node2 node3
#
# For each node, in the order given: the whole cluster must be healthy and see all nodes; the node is drained; it is upgraded (if
# --upgrade is given) and restarted; the script waits until it is a member again and the cluster is healthy. It stops
# at the first problem, and says which nodes are done.
#
# --run COMMAND      how a command is run on a node; {} stands for the node. Default: ssh {}
# --restart COMMAND  starts the node again after the drain; required. It must end when the node is being started.
# --upgrade COMMAND  runs between the drain and the start
# --cobnut COMMAND   how cobnut is called on a node, with its --data or --home. Default: cobnut
#                    Further arguments for `cobnut cluster …` go into --args.
# --args ARGUMENTS   for example '--home /opt/openfire'
# --timeout SECONDS  for clients to go. Default: 60
# --wait SECONDS     for a node to come back. Default: 120
set -eu

run='ssh {}' restart='' upgrade='' cobnut='cobnut' args='' timeout=60 wait=120

usage() {
    sed -n '2,20s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --run | --restart | --upgrade | --cobnut | --args | --timeout | --wait)
            [ $# -ge 2 ] || usage
            name=${1#--}
            # The names are those above and nothing else.
            eval "$name=\$2"
            shift 2
            ;;
        --help | -h) usage ;;
        -*) echo "rolling-restart: unknown option $1" >&2; usage ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || usage
[ -n "$restart" ] || { echo "rolling-restart: --restart says how a node is started" >&2; usage; }
total=$#
finished=''

say() { printf '%s rolling-restart: %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

give_up() {
    say "$*"
    say "done:${finished:- none}; nothing else was touched"
    exit 1
}

# on NODE COMMAND: runs the command there.
on() {
    prefix=$(printf '%s' "$run" | sed "s|{}|$1|g")
    # Words of --run are words; the command is one argument, as ssh and sh -c want it.
    # shellcheck disable=SC2086
    $prefix "$2"
}

# members NODE: how many members it sees, 0 when it does not answer.
members() {
    on "$1" "$cobnut cluster members --json $args" 2>/dev/null | grep -c '"joined_at_ms"' || true
}

# is_well NODE: it sees everybody, and nothing is wrong.
is_well() {
    [ "$(members "$1")" = "$total" ] && on "$1" "$cobnut cluster status $args" >/dev/null 2>&1
}

wait_until_well() {
    left=$wait
    until is_well "$1"; do
        [ "$left" -gt 0 ] || return 1
        sleep 1
        left=$((left - 1))
    done
}

for node in "$@"; do
    say "$node: looking whether the cluster is healthy"
    wait_until_well "$node" || {
        on "$node" "$cobnut cluster diagnose $args" >&2 || true
        give_up "$node: the cluster is not healthy with $total members, see above"
    }
    say "$node: sending its clients to the other members"
    on "$node" "$cobnut cluster drain --timeout $timeout $args" || give_up "$node: the drain failed"
    if [ -n "$upgrade" ]; then
        say "$node: upgrading"
        on "$node" "$upgrade" || give_up "$node: the upgrade failed; its clients are elsewhere, start it by hand"
    fi
    say "$node: restarting"
    on "$node" "$restart" || give_up "$node: the restart failed; its clients are elsewhere, start it by hand"
    wait_until_well "$node" || {
        on "$node" "$cobnut cluster diagnose $args" >&2 || true
        give_up "$node: it did not come back into a healthy cluster within $wait s"
    }
    finished="$finished $node"
    say "$node: done"
done
say "all $total nodes were restarted"
