# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# buildah: from, run and bud. It writes its own configs, and calls the runtime itself.
# shellcheck disable=SC2034 # read by run.sh and case.sh
PACKAGES=(buildah crun runc busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(buildah busybox script jq)
# shellcheck disable=SC2034
PEERS=(crun runc)
# shellcheck disable=SC2034
LEFT_ALLOWED='^mount [^ ]* on /(var/lib|run)/containers/'

engine_setup() {
    export BUILDAH_RUNTIME=$RUNTIME_PATH BUILDAH_ISOLATION=oci
    mkdir -p "$WORLD"/{context,shared}
    echo "from the context" >"$WORLD/context/file"
    echo "from the host" >"$WORLD/shared/file"
    buildah pull -q "docker-archive:$IMAGE_ARCHIVE" || return
    container=$(buildah from --pull-never "$IMAGE")
}

# run_in NAME [OPTIONS OF check] -- [OPTIONS OF buildah run] -- COMMAND
run_in() {
    local arguments=("$1") options=()
    shift
    while [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    check "${arguments[@]}" -- buildah run --network none "${options[@]}" "$container" -- "$@"
}

# build NAME [OPTIONS OF check] -- OPTIONS OF buildah bud; the Containerfile is standard input of this function.
build() {
    local arguments=("$1")
    shift
    while [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    shift
    { echo "FROM $IMAGE" && cat; } >"$WORLD/context/Containerfile"
    check "${arguments[@]}" -t 60 -- buildah bud --pull-never --network none --layers=false "$@" "$WORLD/context"
}

run_cases() {
    local map=(--user 1000 --workingdir /tmp --env A=b)
    run_in "run: output" -o '^uid=0\(root\)' -- -- id
    run_in "run: status" -s 3 -o '^hi$' -e 'exit status 3' -- -- sh -c 'echo hi; exit 3'
    # buildah hands its own standard input on.
    run_in "run: standard input" -i 'hello there' -o '^hello there$' -- -- cat
    check_tty "run: terminal" -o '/dev/pts/0' -- buildah run --network none --terminal "$container" -- tty
    # shellcheck disable=SC2016 # for the shell in the container
    run_in "run: user, workdir, env" -o $'^1000\n/tmp\nb$' -- "${map[@]}" -- sh -c 'id -u; pwd; echo $A'
    run_in "run: volume, read only" -s failure -o '^from the host$' -e 'Read-only file system' -- -v "$WORLD/shared:/w:ro" -- \
        sh -c 'cat /w/file; touch /w/x'
    run_in "run: tmpfs" -o '^tmpfs ' -- --mount type=tmpfs,destination=/t -- sh -c 'df /t | tail -1'
    run_in "run: capabilities" -o 'CapEff:.00000000[0-9a-f]{4}1[0-9a-f]{2}[02468ace]' -- --cap-drop CAP_CHOWN --cap-add CAP_NET_ADMIN -- \
        cat /proc/self/status
    run_in "run: hostname" -o '^some-name$' -- --hostname some-name -- hostname
    run_in "run: host's namespaces" -o "^$(hostname)$" -- --pid host --ipc host --uts host -- hostname
    run_in "run: what is written stays" -- -- sh -c 'echo kept >/kept'
    run_in "run: and is seen again" -o '^kept$' -- -- cat /kept
    run_in "run: isolation rootless" -o '^uid=0' -- --isolation rootless -- id
}

error_cases() {
    run_in "error: missing command" -s failure -e 'nosuch' -e 'not found|[Nn]o such file' -- -- nosuch
    run_in "error: not executable" -s failure -e '/etc/plain-text' -e '[Pp]ermission denied' -- -- /etc/plain-text
    run_in "error: killed" -s 137 -- -- sh -c 'sh -c "kill -KILL \$\$"; exit $?'
}

build_cases() {
    build "bud: RUN" -o 'built-as-root' -- -t localhost/built <<'EOS'
RUN echo built-as-$(id -un) >/built && cat /built
EOS
    build "bud: mounts, user, arguments" -o 'from the context' -o 'uid=1000' -o 'given' -- --build-arg ARGUMENT=given -t localhost/built <<'EOS'
ARG ARGUMENT
RUN --mount=type=tmpfs,target=/t touch /t/x
RUN --mount=type=bind,source=file,target=/file cat /file
RUN --mount=type=cache,target=/cache touch /cache/x
USER 1000
WORKDIR /tmp
RUN id; echo $ARGUMENT >x; cat x
EOS
    build "bud: RUN fails" -s 7 -e 'exit 7|status 7' -- -t localhost/failed <<'EOS'
RUN exit 7
EOS
    build "bud: RUN of a missing program" -s failure -e 'nosuch' -- -t localhost/failed <<'EOS'
RUN ["/bin/nosuch"]
EOS
    build "bud: seccomp, devices, limits" -o 'mode-2' -o 'device' -o $'(^|\n)50\n' -- --device /dev/fuse --ulimit nofile=50:60 \
        --ulimit nproc=4096:4096 --shm-size 1m -t localhost/built <<'EOS'
RUN echo mode-$(sed -n 's/^Seccomp:.//p' /proc/self/status); test -c /dev/fuse && echo device; ulimit -n
EOS
}

engine_cases() {
    run_cases
    error_cases
    build_cases
    policy_group buildah_policy_cases
    check "rm" -- buildah rm --all
}
