# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# buildah: from, run and bud. It writes its own configs, and calls the runtime itself.
# shellcheck disable=SC2034 # read by run.sh
PACKAGES=(buildah crun runc busybox-static jq)
# shellcheck disable=SC2034
COMMANDS=(buildah script jq)
# shellcheck disable=SC2034
PEERS=(crun runc)
LEFT_ALLOWED='^mount [^ ]* on /var/lib/containers/'

engine_setup() {
    export BUILDAH_RUNTIME=$RUNTIME_PATH
    buildah --log-level error pull -q "docker-archive:$IMAGE_ARCHIVE:$IMAGE" || return
    container=$(buildah --log-level error from "$IMAGE") || return
}

# run_in OPTIONS... -- COMMAND
run_in() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    buildah --log-level error run --isolation oci --network none "${options[@]}" "$container" -- "$@"
}

engine_cases() {
    check "run: output" -o '^uid=0\(root\)' -- run_in -- id
    check "run: status" -s 3 -o '^hi$' -- run_in -- sh -c 'echo hi; exit 3'
}
