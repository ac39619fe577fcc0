#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts thwart on a Kubernetes node and tells the node's engine of it, and takes both away again.
#
#   thwart-node.sh install     files, the engine's configuration, a restart if that changed, the node's label
#   thwart-node.sh uninstall   the same backwards; refused while containers of thwart are there
#   thwart-node.sh wait        does nothing until it is asked to end
#
# Everything is replaced by rename, so a node that fails in the middle has the old file or the new one; running install again
# changes only what differs. An engine that does not come back with the new configuration gets the old one back.
#
#   NODE_ROOT       where the node's directories are mounted (/node)
#   SOURCE          the installation to copy (/opt/thwart); on the node it lies in /opt/thwart, too
#   ENGINE          containerd, crio, or auto: whose configuration is there
#   CONTAINERD_CONFIG   /etc/containerd/config.toml
#   CGROUP_DRIVER   systemd, cgroupfs, or auto: as the engine's other runtimes have it
#   RESTART         yes, or no: the engine is restarted by somebody else
#   NODE_NAME       empty: no label is set
#   NODE_LABEL      node-restriction.kubernetes.io/thwart, which kubelets may not set themselves
#   API_SERVER, TOKEN_FILE, CA_FILE   where labels are set; as every pod finds them
#   ATTEMPTS        seconds that the engine gets to answer, and the kubelet to tell of thwart (60)
set -eu

NODE_ROOT=${NODE_ROOT-/node}
SOURCE=${SOURCE:-/opt/thwart}
PREFIX=/opt/thwart
ENGINE=${ENGINE:-auto}
CONTAINERD_CONFIG=${CONTAINERD_CONFIG:-/etc/containerd/config.toml}
CRIO_DROP_IN=/etc/crio/crio.conf.d/50-thwart.conf
CGROUP_DRIVER=${CGROUP_DRIVER:-auto}
RESTART=${RESTART:-yes}
NODE_NAME=${NODE_NAME:-}
NODE_LABEL=${NODE_LABEL:-node-restriction.kubernetes.io/thwart}
secrets=/var/run/secrets/kubernetes.io/serviceaccount
API_SERVER=${API_SERVER:-https://${KUBERNETES_SERVICE_HOST:-kubernetes.default.svc}:${KUBERNETES_SERVICE_PORT:-443}}
TOKEN_FILE=${TOKEN_FILE:-$secrets/token}
CA_FILE=${CA_FILE:-$secrets/ca.crt}
# Of containers, one directory each (containerd: below one for each of its name spaces); beside them thwart's own, "@...".
CONTAINERD_STATES=/run/containerd/thwart
CRIO_STATES=/run/thwart-crio
# Of a second each.
ATTEMPTS=${ATTEMPTS:-60}

begin_mark='# >>> thwart-node.sh: this part is written and removed by it'
# For a file that did not end with a newline, and gets one before the part.
begin_mark_with_newline="$begin_mark, with the newline before"
end_mark='# <<< thwart-node.sh'

say() {
    echo "thwart-node: $*"
}

die() {
    echo "thwart-node: $*" >&2
    exit 1
}

# --- files --------------------------------------------------------------------------------------------------------------

# put FILE PLACE: copies FILE to the node, complete or not at all, and leaves what is the same alone.
put() {
    [ ! -L "$2" ] || die "$2 is a symbolic link"
    if cmp -s "$1" "$2" && [ "$(stat -c %a "$1")" = "$(stat -c %a "$2")" ]; then
        return 0
    fi
    mkdir -p "$(dirname "$2")"
    cp -p "$1" "$2.thwart-new"
    sync "$2.thwart-new"
    mv -f "$2.thwart-new" "$2"
    say "installed ${2#"$NODE_ROOT"}"
}

# The helpers before the program that starts them.
list_source() {
    (cd "$SOURCE" && find . -type f ! -path './bin/*' | sort && find ./bin -type f | sort) | sed 's,^\./,,'
}

install_files() {
    list="$NODE_ROOT$PREFIX/.installed"
    [ -x "$SOURCE/bin/thwart" ] || die "$SOURCE/bin/thwart is missing"
    mkdir -p "$NODE_ROOT$PREFIX"
    list_source >"$list.thwart-new"
    # What is there and what will be: whenever this ends, uninstall knows every file.
    { cat "$list.thwart-new" && { [ ! -e "$list" ] || cat "$list"; }; } | sort -u >"$list.both.thwart-new"
    mv -f "$list.both.thwart-new" "$list"
    while read -r file; do
        put "$SOURCE/$file" "$NODE_ROOT$PREFIX/$file"
    done <"$list.thwart-new"
    # Left from an earlier version.
    while read -r file; do
        grep -qxF -e "$file" "$list.thwart-new" || remove_file "$file"
    done <"$list"
    mv -f "$list.thwart-new" "$list"
}

remove_file() {
    rm -f "$NODE_ROOT$PREFIX/$1" "$NODE_ROOT$PREFIX/$1.thwart-new"
    directory=$(dirname "$1")
    while [ "$directory" != . ]; do
        rmdir "$NODE_ROOT$PREFIX/$directory" 2>/dev/null || break # something else lies in it
        directory=$(dirname "$directory")
    done
    say "removed $PREFIX/$1"
}

remove_files() {
    list="$NODE_ROOT$PREFIX/.installed"
    [ -e "$list" ] || return 0
    while read -r file; do
        remove_file "$file"
    done <"$list"
    rm -f "$list" "$list".*thwart-new
}

# --- the engine's configuration -------------------------------------------------------------------------------------------

find_engine() {
    crio=$(find "$NODE_ROOT/etc/crio" -type f ! -name "${CRIO_DROP_IN##*/}*" 2>/dev/null | head -n 1)
    [ "$ENGINE" = auto ] || return 0
    if [ -e "$NODE_ROOT$CONTAINERD_CONFIG" ] && [ -n "$crio" ]; then
        die "this node has configurations of containerd and of CRI-O: say by ENGINE which one the kubelet uses"
    elif [ -e "$NODE_ROOT$CONTAINERD_CONFIG" ]; then
        ENGINE=containerd
    elif [ -n "$crio" ]; then
        ENGINE=crio
    else
        die "this node has neither $CONTAINERD_CONFIG nor a configuration of CRI-O: say by ENGINE which one the kubelet uses"
    fi
}

# config_version FILE: of a containerd configuration.
config_version() {
    sed -n 's/^[[:space:]]*version[[:space:]]*=[[:space:]]*\([0-9]*\)[[:space:]]*\(#.*\)\{0,1\}$/\1/p; /^[[:space:]]*\[/q' "$1"
}

# check_imports FILE: with containerd 1 a CRI section in an imported file replaces that of FILE, ours with it.
check_imports() {
    [ "$(config_version "$1")" = 2 ] || return 0
    tr '\n' ' ' <"$1" | sed -n 's/.*\(^\|[[:space:]]\)imports[[:space:]]*=[[:space:]]*\[\([^]]*\)\].*/\2/p' | tr ',' '\n' |
        sed -n "s/^[^\"']*[\"']\([^\"']*\)[\"'].*/\1/p" >"$scratch/imports"
    while read -r pattern; do
        # shellcheck disable=SC2086 # a pattern
        for file in "$NODE_ROOT"$pattern; do
            [ ! -f "$file" ] || ! grep -q 'io\.containerd\.grpc\.v1\.cri' "$file" ||
                die "${file#"$NODE_ROOT"}, which $CONTAINERD_CONFIG imports, has settings of the CRI plugin; containerd 1 then heeds no others: set CONTAINERD_CONFIG to that file"
        done
    done <"$scratch/imports"
}

# cgroup_driver FILES...: true or false, for SystemdCgroup.
systemd_cgroup() {
    case $CGROUP_DRIVER in
    systemd) echo true ;;
    cgroupfs) echo false ;;
    auto) if grep -qs '^[[:space:]]*SystemdCgroup[[:space:]]*=[[:space:]]*true' "$@"; then echo true; else echo false; fi ;;
    *) die "CGROUP_DRIVER is systemd, cgroupfs or auto, not $CGROUP_DRIVER" ;;
    esac
}

# without_part FILE: its bytes without ours.
without_part() {
    begin=$(grep -abF -e "$begin_mark" "$1" | head -n 1)
    end=$(grep -abxF -e "$end_mark" "$1" | head -n 1 | cut -d: -f1)
    if [ -z "$begin" ] && [ -z "$end" ]; then
        cat "$1"
        return
    fi
    { [ -n "$begin" ] && [ -n "$end" ]; } || die "$1 has only one of the lines between which our part lies: mend it by hand"
    first=${begin%%:*}
    [ "${begin#*:}" != "$begin_mark_with_newline" ] || first=$((first - 1))
    head -c "$first" "$1"
    tail -c +$((end + ${#end_mark} + 2)) "$1"
}

# containerd_part PLUGIN SYSTEMD-CGROUP [bare file]
containerd_part() {
    if [ $# -lt 3 ] || ! grep -q 'containerd\.runtimes' "$3"; then
        # containerd 1 has runc built in only as long as its configuration names no runtime at all.
        echo
        echo "[plugins.\"$1\".containerd.runtimes.runc]"
        echo "  runtime_type = \"io.containerd.runc.v2\""
    fi
    echo
    echo "[plugins.\"$1\".containerd.runtimes.thwart]"
    echo "  runtime_type = \"io.containerd.runc.v2\""
    # Of a pod's annotations: the one by which it asks for a tighter policy, in the sandbox and in its containers.
    echo "  pod_annotations = [\"io.thwart.policy\"]"
    echo
    echo "  [plugins.\"$1\".containerd.runtimes.thwart.options]"
    echo "    BinaryName = \"$PREFIX/bin/thwart\""
    echo "    Root = \"$CONTAINERD_STATES\""
    echo "    SystemdCgroup = $2"
    echo "$end_mark"
}

# The wanted configuration, in $scratch/wanted.
want_containerd() {
    config="$NODE_ROOT$CONTAINERD_CONFIG"
    [ ! -L "$config" ] || die "$CONTAINERD_CONFIG is a symbolic link: set CONTAINERD_CONFIG to the file itself"
    if [ ! -e "$config" ] || [ "$(head -n 1 "$config")" = "$begin_mark" ]; then
        # Ours from its first byte on: with uninstall the file goes.
        { echo "$begin_mark" && echo 'version = 2' && containerd_part io.containerd.grpc.v1.cri "$(systemd_cgroup)"; } >"$scratch/wanted"
        return
    fi
    without_part "$config" >"$scratch/bare"
    ! grep -q '\.runtimes\.[\"'"'"']\{0,1\}thwart[\"'"'"']\{0,1\}[].]' "$scratch/bare" ||
        die "$CONTAINERD_CONFIG has a runtime \"thwart\" that is not ours: remove it, or install by hand"
    check_imports "$scratch/bare"
    case $(config_version "$scratch/bare") in
    2) plugin=io.containerd.grpc.v1.cri ;;
    3 | 4) plugin=io.containerd.cri.v1.runtime ;;
    *) die "$CONTAINERD_CONFIG says no version from 2 to 4 (containerd config migrate makes one)" ;;
    esac
    cp "$scratch/bare" "$scratch/wanted"
    if [ -n "$(tail -c 1 "$scratch/bare" | tr -d '\n')" ]; then
        { echo && echo "$begin_mark_with_newline"; } >>"$scratch/wanted"
    else
        echo "$begin_mark" >>"$scratch/wanted"
    fi
    containerd_part "$plugin" "$(systemd_cgroup "$scratch/bare")" "$scratch/bare" >>"$scratch/wanted"
}

want_crio() {
    config="$NODE_ROOT$CRIO_DROP_IN"
    {
        echo "$begin_mark"
        echo '[crio.runtime.runtimes.thwart]'
        echo "runtime_path = \"$PREFIX/bin/thwart\""
        echo 'runtime_type = "oci"'
        echo "runtime_root = \"$CRIO_STATES\""
        echo "$end_mark"
    } >"$scratch/wanted"
}

# replace FILE WITH: by rename; mode and owner stay. Nothing to put there: FILE goes.
replace() {
    if [ ! -s "$2" ]; then
        rm -f "$1"
        return
    fi
    mkdir -p "$(dirname "$1")"
    if [ -e "$1" ]; then
        cp -p "$1" "$1.thwart-new"
    else
        : >"$1.thwart-new"
        chmod 644 "$1.thwart-new"
    fi
    cat "$2" >"$1.thwart-new"
    sync "$1.thwart-new"
    mv -f "$1.thwart-new" "$1"
}

# configure: the engine gets $scratch/wanted, and what it had before where it does not come back with that.
configure() {
    if cmp -s "$scratch/wanted" "$config" || { [ ! -s "$scratch/wanted" ] && [ ! -e "$config" ]; }; then
        say "${config#"$NODE_ROOT"} is as it should be"
        # A first attempt may have ended between the file and the restart.
        [ ! -e "$NODE_ROOT$PREFIX/.restart-due" ] || restart_engine || die "$ENGINE does not come back; see its log on the node"
        rm -f "$NODE_ROOT$PREFIX/.restart-due"
        return
    fi
    if [ -e "$config" ]; then cp -p "$config" "$scratch/before"; else : >"$scratch/before"; fi
    mkdir -p "$NODE_ROOT$PREFIX"
    : >"$NODE_ROOT$PREFIX/.restart-due"
    replace "$config" "$scratch/wanted"
    say "changed ${config#"$NODE_ROOT"}"
    if ! restart_engine; then
        replace "$config" "$scratch/before"
        restart_engine || die "$ENGINE comes back neither with its new configuration nor with the old one, which is back in place"
        rm -f "$NODE_ROOT$PREFIX/.restart-due"
        die "$ENGINE does not come back with thwart in its configuration; it has the old one again. See its log on the node"
    fi
    rm -f "$NODE_ROOT$PREFIX/.restart-due"
}

# check_systemd: can we ask for the restart at all? (Before anything changes.)
check_systemd() {
    [ "$RESTART" = yes ] || return 0
    systemctl show --property=Version >/dev/null ||
        die "the node's systemd cannot be asked for a restart of $ENGINE (/run/dbus); with RESTART=no that is left to you"
}

# ask_engine: the engine's own account of itself (Status of the CRI, verbose), as gRPC by hand: two bytes of request. An engine
# whose configuration the CRI part refuses runs on without that part, so that it is active says little.
ask_engine() {
    case $ENGINE in
    containerd) socket="$NODE_ROOT/run/containerd/containerd.sock" ;;
    crio) socket="$NODE_ROOT/run/crio/crio.sock" ;;
    esac
    printf '\000\000\000\000\002\010\001' |
        curl --silent --http2-prior-knowledge --unix-socket "$socket" --max-time 10 --header 'Content-Type: application/grpc' \
            --header 'TE: trailers' --data-binary @- --dump-header "$scratch/status" --output "$scratch/answer" \
            http://localhost/runtime.v1.RuntimeService/Status || return 1
    grep -qi '^grpc-status: 0' "$scratch/status" || return 1
    # containerd shows the whole configuration of its CRI part; CRI-O of before 1.30 no runtimes.
    [ "$ENGINE" != containerd ] || [ ! -s "$config" ] || ! grep -q "$PREFIX/bin/thwart" "$config" ||
        grep -aq "$PREFIX/bin/thwart" "$scratch/answer"
}

# Containers go on meanwhile: their shims and monitors are no children of the engine that systemd would end with it.
restart_engine() {
    [ "$RESTART" = yes ] || {
        say "not restarting $ENGINE (RESTART=$RESTART): until somebody does, it does not know of the change"
        return 0
    }
    say "restarting $ENGINE"
    systemctl restart "$ENGINE.service" || return 1
    attempt=0
    until ask_engine; do
        attempt=$((attempt + 1))
        [ "$attempt" -lt "$ATTEMPTS" ] || return 1
        sleep 1
    done
}

# --- the node's label ---------------------------------------------------------------------------------------------------------

# api METHOD [BODY]: the node's object.
api() {
    if [ $# = 2 ]; then
        set -- "$1" --header 'Content-Type: application/strategic-merge-patch+json' --data "$2"
    fi
    method=$1
    shift
    set -- --silent --show-error --fail --max-time 30 --request "$method" "$@"
    case $API_SERVER in
    https://*) set -- --cacert "$CA_FILE" "$@" ;;
    esac
    # By a file: command lines can be read by everybody on the node.
    printf 'header = "Authorization: Bearer %s"\n' "$(cat "$TOKEN_FILE")" >"$scratch/token"
    curl --config "$scratch/token" "$@" "$API_SERVER/api/v1/nodes/$NODE_NAME"
}

label_node() {
    [ -n "$NODE_NAME" ] || return 0
    api PATCH "{\"metadata\":{\"labels\":{\"$NODE_LABEL\":$1}}}" >"$scratch/node" || die "the node's label cannot be set"
    say "label $NODE_LABEL of $NODE_NAME: $1"
}

# The kubelet tells what its engine knows (Kubernetes 1.30): proof, where it does.
await_handler() {
    [ -n "$NODE_NAME" ] && [ "$RESTART" = yes ] || return 0
    attempt=0
    while :; do
        if api GET >"$scratch/node"; then
            case $(jq -r '[.status.runtimeHandlers[]?.name] | if length == 0 then "unknown" elif index("thwart") then "yes" else "no" end' \
                "$scratch/node") in
            yes) say "the kubelet knows the handler thwart" && return 0 ;;
            unknown) say "this kubelet does not tell its handlers: not checked" && return 0 ;;
            esac
        fi
        attempt=$((attempt + 1))
        [ "$attempt" -lt "$ATTEMPTS" ] || die "the kubelet does not tell of a handler thwart: the node gets no label"
        sleep 1
    done
}

# --- the whole ------------------------------------------------------------------------------------------------------------------

states_in_use() {
    case $ENGINE in
    containerd) find "$NODE_ROOT$CONTAINERD_STATES" -mindepth 2 -maxdepth 2 -type d ! -name '@*' 2>/dev/null ;;
    crio) find "$NODE_ROOT$CRIO_STATES" -mindepth 1 -maxdepth 1 -type d ! -name '@*' 2>/dev/null ;;
    esac | head -n 1
}

install_node() {
    find_engine
    # Everything that can be refused comes before the first change.
    "want_$ENGINE"
    check_systemd
    install_files
    configure
    await_handler
    label_node '"ready"'
    say "ready"
}

uninstall_node() {
    # First of all, so that no pod is sent here any more.
    label_node null
    # What we wrote says which engine it is; afterwards there may be nothing left to tell.
    if [ "$ENGINE" = auto ] && [ -e "$NODE_ROOT$CRIO_DROP_IN" ]; then ENGINE=crio; fi
    [ "$ENGINE" != auto ] || ENGINE=containerd
    used=$(states_in_use)
    [ -z "$used" ] || die "containers of thwart are there (${used#"$NODE_ROOT"}): delete their pods first"
    case $ENGINE in
    containerd) config="$NODE_ROOT$CONTAINERD_CONFIG" ;;
    crio) config="$NODE_ROOT$CRIO_DROP_IN" ;;
    esac
    check_systemd
    : >"$scratch/wanted"
    [ ! -e "$config" ] || without_part "$config" >"$scratch/wanted"
    configure
    remove_files
    rmdir "$NODE_ROOT$PREFIX" 2>/dev/null || : # a mount point, or not empty
    say "removed"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case $ENGINE in
auto | containerd | crio) ;;
*) die "ENGINE is containerd, crio or auto, not $ENGINE" ;;
esac
case ${1:-} in
install) install_node ;;
uninstall) uninstall_node ;;
wait)
    trap 'exit 0' TERM INT
    while :; do sleep 3600 & wait $! || :; done
    ;;
*) die "usage: thwart-node.sh install|uninstall|wait" ;;
esac
