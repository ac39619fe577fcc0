#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs real container engines on thwart and, for comparison, on the runtimes that they were made for.
#
#   run.sh [--list] PROGRAMS RUNTIME [ENGINE...]
#
# PROGRAMS is the directory with the built support programs, RUNTIME the binary under test. ENGINE is one of the
# engines below (all of them by default); --list names them and their packages. Every pair of an engine and a runtime
# has a world of its own (world.sh), and several pairs run at a time.
#
#   ENGINE_PEERS=all      compare with every peer, not with the first one only; "none": with none; "needed": with the first
#                         one, where a case fails on thwart, and in the groups of cases with such ones
#   ENGINE_JOBS=N         pairs at a time (as many as there are processors)
#   ENGINE_TIMEOUT=S      seconds that one pair may take (300)
#   ENGINE_PATIENCE=N     what a case may take, times N: for an emulated machine
#   ENGINE_LOGS=DIR       keep the logs there
#
# Prints one table, then TAP. A case is "not ok" when thwart fails what a peer passes; what every runtime fails here is
# skipped with the words of the failure. Status 77: nothing could run here, and the last line says why.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
engines=(podman podman-rootless buildah ctr cri docker trust stress)
tab=$'\t'

die() {
    echo "run.sh: $*" >&2
    exit 2
}

# ask ENGINE VARIABLE: the words of a list that the engine's script sets.
ask() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    bash -c '. "$1" && declare -n list=$2 && echo "${list[*]}"' - "$here/$1.sh" "$2"
}

list_engines() {
    local engine
    for engine in "${engines[@]}"; do
        [ ! -f "$here/$engine.sh" ] || echo "$engine: $(ask "$engine" PACKAGES)"
    done
}

# missing_tool ENGINE: names the first command of the engine that is not installed.
missing_tool() {
    local tool
    for tool in $(ask "$1" COMMANDS); do
        command -v "$tool" >/dev/null || { echo "$tool" && return 0; }
    done
    return 1
}

# usable PEER ENGINE: crun 1.8 raises RLIMIT_MEMLOCK for every device program, and ends when it may not. An engine without
# root makes no such program.
usable() {
    local effective
    command -v "$1" >/dev/null || return
    if [ "$1" = crun ] && [ "$2" != podman-rootless ]; then
        effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
        (((0x$effective >> 24) & 1)) || return # CAP_SYS_RESOURCE
    fi
}

# peers_of ENGINE: the runtimes to compare with.
peers_of() {
    local wanted peer peers=()
    read -r -a wanted < <(ask "$1" PEERS)
    for peer in "${wanted[@]}"; do
        ! usable "$peer" "$1" || peers+=("$peer")
    done
    case ${ENGINE_PEERS:-first} in
    none) ;;
    all) printf '%s\n' "${peers[@]}" ;;
    *) printf '%s\n' "${peers[@]:0:1}" ;;
    esac | grep . || true
}

# --- the image -----------------------------------------------------------------------------------------------------------

# One root file system of busybox and the probe; the same archive is a docker archive and an OCI archive.
make_image() {
    local stage=$results/image root applet busybox layer config manifest
    busybox=$(command -v busybox) || die "busybox is missing (apt-get install busybox-static)"
    root=$results/rootfs
    mkdir -p "$root"/{bin,dev,etc,home,proc,run,sys,tmp,root,var,mnt,data} "$stage/blobs/sha256"
    chmod 1777 "$root/tmp"
    cp "$busybox" "$root/bin/busybox"
    for applet in $("$busybox" --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
    done
    cp "$programs/probe" "$root/bin/probe"
    printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nvideo:x:44:\nuser:x:1000:\n' >"$root/etc/group"
    echo "a text" >"$root/etc/plain-text"
    echo "from the image" >"$root/data/file"
    tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$stage/layer.tar" .

    layer=$(sha256sum <"$stage/layer.tar" | cut -d' ' -f1)
    jq -cn --arg layer "sha256:$layer" '{architecture: "amd64", os: "linux", created: "2024-01-01T00:00:00Z",
        config: {Cmd: ["sh"], Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        rootfs: {type: "layers", diff_ids: [$layer]}, history: [{created: "2024-01-01T00:00:00Z"}]}' >"$stage/config.json"
    config=$(sha256sum <"$stage/config.json" | cut -d' ' -f1)
    jq -cn --arg layer "sha256:$layer" --arg config "sha256:$config" \
        --argjson layer_size "$(stat -c %s "$stage/layer.tar")" --argjson config_size "$(stat -c %s "$stage/config.json")" '
        {schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
        layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $layer, size: $layer_size}]}' >"$stage/manifest"
    manifest=$(sha256sum <"$stage/manifest" | cut -d' ' -f1)
    jq -cn --arg manifest "sha256:$manifest" --argjson size "$(stat -c %s "$stage/manifest")" --arg name "$image_name" '
        {schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $manifest, size: $size,
        platform: {architecture: "amd64", os: "linux"},
        annotations: {"org.opencontainers.image.ref.name": $name, "io.containerd.image.name": $name}}]}' >"$stage/index.json"
    jq -cn --arg config "blobs/sha256/$config" --arg layer "blobs/sha256/$layer" --arg name "$image_name" \
        '[{Config: $config, RepoTags: [$name], Layers: [$layer]}]' >"$stage/manifest.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$stage/oci-layout"
    mv "$stage/layer.tar" "$stage/blobs/sha256/$layer"
    mv "$stage/config.json" "$stage/blobs/sha256/$config"
    mv "$stage/manifest" "$stage/blobs/sha256/$manifest"
    tar -C "$stage" -cf "$results/image.tar" oci-layout index.json manifest.json blobs
    tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$results/rootfs.tar" .
    rm -rf "$stage"
}

# --- the pairs -----------------------------------------------------------------------------------------------------------

# run_pair ENGINE RUNTIME-NAME [GROUP...]: run by xargs.
# shellcheck disable=SC2317 # exported: xargs runs it
run_pair() {
    local pair="$1-on-$2" path=$runtime status=0 begin=$SECONDS
    [ "$2" = thwart ] || path=$(command -v "$2")
    [ ! -e "$results/stop" ] || return
    ENGINE_GROUPS="${*:3}" timeout -k 1 "$((${ENGINE_TIMEOUT:-300} * ${ENGINE_PATIENCE:-1}))" "$here/world.sh" "$results" "$programs" "$path" "$1" "$2" \
        >"$results/$pair.log" 2>&1 </dev/null &
    echo $! >"$results/$pair.pid"
    wait $! || status=$?
    rm "$results/$pair.pid"
    echo "$status" >"$results/$pair.status"
    echo "# $1 on $2: $(grep -c "${tab}ok${tab}" "$results/$pair.tsv") of $(wc -l <"$results/$pair.tsv") cases, $((SECONDS - begin)) s"
}

# in_worlds: pairs, a line each.
in_worlds() {
    xargs -P "${ENGINE_JOBS:-$(nproc)}" -L1 bash -c 'run_pair "$@"' -
}

run_pairs() {
    local engine runtimes each
    for engine; do
        runtimes=()
        [ "${ENGINE_PEERS:-first}" = needed ] || mapfile -t runtimes < <(peers_of "$engine")
        for each in thwart "${runtimes[@]}"; do
            : >"$results/$engine-on-$each.tsv"
            printf '%s %s\n' "$engine" "$each"
        done
    done | in_worlds
    [ "${ENGINE_PEERS:-first}" != needed ] || [ -e "$results/stop" ] || needed_pairs "$@" | in_worlds
}

# What failed on thwart is asked of the first peer: the groups of those cases, or all where one is in none.
needed_pairs() {
    local engine peer groups
    for engine; do
        peer=$(peers_of "$engine")
        groups=$(awk -F"$tab" '$2 == "failed" { print $4 == "" ? "-" : $4 }' "$results/$engine-on-thwart.tsv" | sort -u)
        [ -n "$groups" ] && [ -n "$peer" ] || continue
        : >"$results/$engine-on-$peer.tsv"
        case $groups in
        *-*) printf '%s %s\n' "$engine" "$peer" ;;
        *) printf '%s %s %s\n' "$engine" "$peer" "${groups//$'\n'/ }" ;; # no blank at the end: xargs would go on
        esac
    done
}

# stop: this run is ended early, and the worlds with it: each has process groups of its own.
stop() {
    touch "$results/stop"
    cat "$results"/*.pid 2>/dev/null | xargs -r kill
    wait
    exit 143
}

# The worlds have gone, their control groups are empty: remove them, the deepest first. Nothing else is looked at: other
# suites' groups come and go.
# shellcheck disable=SC2016 # expanded by the inner shell
remove_groups() {
    unshare --mount --propagation private bash -c 'mount -t cgroup2 cgroup2 /mnt || exit 0
        for group in "/mnt/$1"*; do [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} +; done' - "$group_word"
}

# --- the results ---------------------------------------------------------------------------------------------------------

# load ENGINE RUNTIME-NAME: fills results_of["case|runtime"] and details_of; new cases are appended to `cases`.
load() {
    local name result detail
    while IFS=$tab read -r name result detail _; do
        [ -n "${known["$name"]:-}" ] || cases+=("$name")
        known["$name"]=1
        results_of["$name|$2"]=$result
        details_of["$name|$2"]=$detail
    done <"$results/$1-on-$2.tsv"
}

print_row() {
    local runtime_name
    printf '  %-58s' "$1"
    shift
    for runtime_name; do printf ' %-8s' "$runtime_name"; done
    printf '\n'
}

print_table() {
    local name each row
    echo "# $1"
    print_row case "${runtimes[@]}" | sed 's/^/#/'
    for name in "${cases[@]}"; do
        row=()
        for each in "${runtimes[@]}"; do row+=("${results_of["$name|$each"]:--}"); done
        print_row "$name" "${row[@]}" | sed 's/^/#/'
    done
}

# judge ENGINE CASE: one line of TAP.
judge() {
    local engine=$1 name=$2 each failing=0 peer_passes='' peer_words='' result
    number=$((number + 1))
    result=${results_of["$name|thwart"]:-none}
    for each in "${runtimes[@]:1}"; do
        case ${results_of["$name|$each"]:-none} in
        ok) peer_passes=$each ;;
        failed) failing=$((failing + 1)) && peer_words=${details_of["$name|$each"]} ;;
        esac
    done
    case $result in
    ok) echo "ok $number $engine: $name" ;;
    skipped) echo "ok $number $engine: $name # skip ${details_of["$name|thwart"]}" ;;
    failed)
        if [ -z "$peer_passes" ] && [ "$failing" -gt 0 ]; then
            echo "ok $number $engine: $name # skip peers fail too: $peer_words"
        else
            echo "not ok $number $engine: $name"
            echo "# ${details_of["$name|thwart"]}"
            [ -z "$peer_passes" ] || echo "# $peer_passes passes"
            awk -v wanted="=== $name" '$0 == wanted { on = 1 } /^=== / && $0 != wanted { on = 0 } on' \
                "$results/$engine-on-thwart.log" | tail -25 | cut -c1-400 | sed 's/^/# /'
            failures=$((failures + 1))
        fi
        ;;
    none)
        echo "not ok $number $engine: $name"
        echo "# it gave no result on thwart"
        failures=$((failures + 1))
        ;;
    esac
}

report() {
    local engine each name status runtimes cases
    local -A known results_of details_of
    for engine; do
        cases=() known=() results_of=() details_of=() runtimes=()
        mapfile -t runtimes < <(echo thwart && peers_of "$engine")
        if [ "${ENGINE_PEERS:-first}" = needed ] && [ ! -e "$results/$engine-on-${runtimes[1]:-none}.tsv" ]; then
            runtimes=(thwart)
        fi
        for each in "${runtimes[@]}"; do load "$engine" "$each"; done
        print_table "$engine" >>"$results/table"
        for name in "${cases[@]}"; do judge "$engine" "$name"; done
        # A world that ended early has judged less than it should.
        for each in "${runtimes[@]}"; do
            status=$(cat "$results/$engine-on-$each.status")
            number=$((number + 1))
            if [ "$status" = 0 ]; then
                echo "ok $number $engine: all cases were run on $each"
            else
                echo "not ok $number $engine: all cases were run on $each"
                echo "# its world ended with status $status"
                tail -15 "$results/$engine-on-$each.log" | cut -c1-400 | sed 's/^/# /'
                failures=$((failures + 1))
            fi
        done
    done >"$results/tap"
    cat "$results/table" "$results/tap"
    echo "1..$number"
}

main() {
    local wanted=() runnable=() engine tool reasons=''
    if [ "${1:-}" = --list ]; then
        list_engines
        return
    fi
    [ $# -ge 2 ] || die "usage: run.sh [--list] PROGRAMS RUNTIME [ENGINE...]"
    programs=$(realpath -e "$1") || die "there is no $1"
    runtime=$(realpath -e "$2") || die "there is no $2"
    shift 2
    wanted=("$@")
    [ $# -gt 0 ] || wanted=("${engines[@]}")
    if [ "$(id -u)" != 0 ]; then
        echo "1..0 # skip needs root: engines and their worlds make namespaces and mounts"
        return 77
    fi
    if ! unshare --mount --pid --cgroup --fork true 2>/dev/null; then
        echo "1..0 # skip this machine allows no new mount, PID and cgroup namespaces"
        return 77
    fi
    number=0 failures=0
    image_name=localhost/tiny:1
    group_word=thwart-engines.$$
    for engine in "${wanted[@]}"; do
        if [ ! -f "$here/$engine.sh" ]; then
            [ $# = 0 ] || die "there is no engine $engine"
            continue
        fi
        if tool=$(missing_tool "$engine"); then
            number=$((number + 1))
            reasons="$reasons $engine ($tool)"
            echo "ok $number $engine # skip $tool is not installed"
            continue
        fi
        runnable+=("$engine")
    done
    if [ ${#runnable[@]} = 0 ]; then
        echo "1..$number # skip not installed:$reasons"
        return 77
    fi

    results=${ENGINE_LOGS:-}
    if [ -z "$results" ]; then
        results=$(mktemp -d "${TMPDIR:-/tmp}/thwart-engines.XXXXXX")
    fi
    mkdir -p "$results" && results=$(cd "$results" && pwd)
    rm -rf "${results:?}"/{rootfs,image} "$results"/*.{tsv,log,status,tar,pid} "$results"/{table,tap,stop}
    make_image
    export results programs runtime here tab image_name group_word
    export -f run_pair
    trap 'remove_groups; [ -n "${ENGINE_LOGS:-}" ] || rm -rf "$results"' EXIT
    trap stop TERM INT HUP
    run_pairs "${runnable[@]}" &
    wait $!
    report "${runnable[@]}"
    [ "$failures" = 0 ]
}

main "$@"
