#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages: built of what is committed, installed into a clean root that debootstrap makes, used, upgraded, removed;
# the recipes for other distributions; the same bytes from two builds. Prints TAP; what the tools say goes to standard
# error. Status 77: cannot be done here.
#
#   packages.sh [--no-install] [WORD...]       as root; `tests/run.sh packages` runs it. Ten minutes on two processors.
#
# WORD: debian, meson, rpm, PKGBUILD: only the cases whose names begin with it; the last two are compared with meson's, and need
# it beside them.
#
# THWART_CLEAN_ROOT: a tree that debootstrap made before (--variant=minbase --include=busybox-static); it is copied.
# THWART_PACKAGES: a directory with packages that this script made before (it says where, with KEEP=1); they are not built again.
# shellcheck disable=SC2317 # functions are run by "check"
set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
here=$top/tests/packages
number=0 failures=0

skip_all() {
    echo "1..0 # skip $*"
    exit 77
}

# check NAME FUNCTION...: one case; a status of 77 and what is said last skips it.
check() {
    local name=$1 status=0
    shift
    number=$((number + 1))
    case " sources ${words:-${name%%:*}} " in
    *" ${name%%:*} "*) ;;
    *) echo "ok $number $name # skip not asked for" && return ;;
    esac
    echo "== $name" >&2
    "$@" >"$world/said" 2>&1 </dev/null || status=$?
    cat "$world/said" >&2
    case $status in
    0) echo "ok $number $name" ;;
    77) echo "ok $number $name # skip $(tail -n 1 "$world/said")" ;;
    *)
        echo "not ok $number $name"
        tail -n 25 "$world/said" | sed 's/^/# /'
        failures=$((failures + 1))
        ;;
    esac
}

version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")

# --- what is built -----------------------------------------------------------------------------------------------------------

# Sources as they are released; of a tree without git, a copy.
make_sources() {
    mkdir -p "$world/sources" || return
    "$top/contrib/packaging/source.sh" "$world/sources" "$commit" && tar -xf "$world/sources/thwart-$version.tar.gz" -C "$world/sources"
}

# Compilers through a cache where there is one: what is proved about bytes is proved without (reproducible.sh).
with_cache() {
    PATH=/usr/lib/ccache:$PATH "$@"
}

build_debian() {
    if [ -n "${THWART_PACKAGES:-}" ]; then
        mkdir "$world/debian" && cp "$THWART_PACKAGES"/thwart_* "$world/debian/"
        return
    fi
    mkdir "$world/debian" && cp -a "$world/sources/thwart-$version" "$world/debian/" || return
    (cd "$world/debian/thwart-$version" && with_cache dpkg-buildpackage -us -uc) || return
    [ -s "$world/debian/thwart_$version.dsc" ] || return
    # The archive names the commit, though there is no git.
    [ ! -e "$top/.git" ] || "$world/debian/thwart-$version/debian/thwart/usr/bin/thwart" --version | grep -q "^commit: ${commit:0:12}$"
}

check_lintian() {
    command -v lintian || { echo "lintian is not installed" && return 77; }
    # Not of the package with debugging symbols, which debhelper writes: lintian 2.116 knows no Static-Built-Using there.
    lintian --allow-root --fail-on error,warning "$world/debian/thwart_$version.dsc" "$world/debian/thwart_${version}_$(dpkg --print-architecture).deb"
}

# repack NAME VERSION [COMMANDS]: the package with another version, and another configuration where COMMANDS make one.
repack() {
    local tree=$world/repacked
    rm -rf "$tree"
    dpkg-deb --raw-extract "$package" "$tree" || return
    sed -i "s/^Version: .*/Version: $2/" "$tree/DEBIAN/control"
    [ -z "${3:-}" ] || (cd "$tree" && eval "$3") || return
    (cd "$tree" && find usr etc -type f -exec md5sum {} + >DEBIAN/md5sums)
    dpkg-deb --root-owner-group --build "$tree" "$world/shared/$1"
}

# --- the clean root ------------------------------------------------------------------------------------------------------------

make_root() {
    local suite mirror
    # shellcheck disable=SC2016 # apt's own variables
    local format='$(CODENAME) $(COMPONENT) $(REPO_URI)'
    mkdir "$world/shared" && cp "$here"/*.sh "$top/tests/first_example.sh" "$world/shared/" || return
    if [ -n "${THWART_CLEAN_ROOT:-}" ]; then
        cp -a "$THWART_CLEAN_ROOT" "$world/root" || return
    else
        suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
        mirror=$(apt-get indextargets --format "$format" 'Created-By: Packages' | sed -n "s/^$suite main //p" | head -n 1)
        [ -n "$mirror" ] || { echo "apt knows no mirror of $suite" && return 1; }
        debootstrap --variant=minbase --include=busybox-static "$suite" "$world/root" "$mirror" || return
    fi
    "$here/in_root.sh" "$world/root" "$world/shared" /mnt/names.sh >"$world/shared/names-before"
}

in_root() {
    "$here/in_root.sh" "$world/root" "$world/shared" "$@"
}

install_package() {
    package=$world/debian/thwart_${version}_$(dpkg --print-architecture).deb
    cp "$package" "$world/shared/thwart.deb" && in_root dpkg --install /mnt/thwart.deb
}

upgrade_package() {
    repack newer.deb "$version+1" &&
        repack other.deb "$version+2" 'sed -i s/baseline/restricted/ etc/thwart/thwart.json' &&
        in_root /mnt/upgrade.sh /mnt/newer.deb /mnt/other.deb
}

# --- by other ways -----------------------------------------------------------------------------------------------------------------

# A dynamic program, as distributions without static libraries build it: the same example, in this machine's own root.
build_dynamic() {
    local source=$world/sources/thwart-$version
    with_cache meson setup "$world/dynamic" "$source" --prefix=/usr --libdir=lib -Dstatic=false -Dtests=false &&
        with_cache ninja -C "$world/dynamic" &&
        DESTDIR=$world/dynamic-root meson install -C "$world/dynamic" --no-rebuild || return
    readelf --dynamic "$world/dynamic-root/usr/bin/thwart" | grep -q 'NEEDED.*libseccomp' || { echo "it is not linked dynamically" && return 1; }
    # shellcheck disable=SC2016 # for the shell inside
    unshare --mount --pid --fork --kill-child --uts --ipc --net --propagation private -- bash -euc '
        mount -t proc proc /proc
        [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mount -t tmpfs -o mode=755 tmpfs /run
        own=$(sed -n "s/^0:://p" /proc/self/cgroup)
        if [ -e "/sys/fs/cgroup$own/cgroup.type" ]; then
            mkdir -p "/sys/fs/cgroup$own/thwart-tests"
            echo $$ >"/sys/fs/cgroup$own/thwart-tests/cgroup.procs"
        fi
        PATH=$1/usr/bin:$PATH "$2/tests/first_example.sh" "$1/usr/share/doc/thwart/README.md"' - "$world/dynamic-root" "$top"
}

# listed DIRECTORY: files and links but for the compression of manual pages, for what rpm adds of its own, for a file that meson
# leaves to packages, and for the licence, which every distribution has elsewhere.
listed() {
    (cd "$1" && find . ! -type d | sed 's/^\.//; s/\(\/man\/.*\)\.gz$/\1/' | grep -v '^/usr/lib/\.build-id/' | LC_ALL=C sort |
        grep -vxF -e /etc/thwart/thwart.json -e /usr/share/licenses/thwart/COPYING -e /usr/share/doc/thwart/COPYING)
}

# has_configuration DIRECTORY
has_configuration() {
    cmp "$top/contrib/thwart/thwart.json" "$1/etc/thwart/thwart.json" && cmp "$top/COPYING" "$1/usr/share/licenses/thwart/COPYING"
}

build_rpm() {
    command -v rpmbuild || { echo "rpmbuild is not installed" && return 77; }
    mkdir -p "$world/rpm/SOURCES" "$world/rpm-root" && cp "$world/sources/thwart-$version.tar.gz" "$world/rpm/SOURCES/" || return
    # Names of packages are those of Fedora: what is installed here cannot be known by them.
    with_cache rpmbuild --nodeps -bb --define "_topdir $world/rpm" --define '_libexecdir /usr/libexec' --define 'debug_package %{nil}' \
        "$top/contrib/packaging/thwart.spec" || return
    (cd "$world/rpm-root" && rpm2cpio "$world"/rpm/RPMS/*/thwart-"$version"-*.rpm | cpio --extract --make-directories --quiet) || return
    diff <(listed "$world/dynamic-root") <(listed "$world/rpm-root") && has_configuration "$world/rpm-root"
}

# As makepkg calls it, but for what it does around.
build_pkgbuild() {
    mkdir -p "$world/arch/src" "$world/arch/pkg" && cp -a "$world/sources/thwart-$version" "$world/arch/src/" || return
    # shellcheck disable=SC2016 # for that shell
    with_cache bash -euc '
        srcdir=$1/src pkgdir=$1/pkg
        cd "$srcdir"
        . "$2"
        (build)
        (package)' - "$world/arch" "$top/contrib/packaging/PKGBUILD" || return
    diff <(listed "$world/dynamic-root") <(listed "$world/arch/pkg") && has_configuration "$world/arch/pkg"
}

main() {
    local tool
    if [ "$(id -u)" != 0 ] || ! unshare --mount --pid --fork true; then
        skip_all "needs root: it makes a root file system, mounts and namespaces"
    fi
    if [ "${1:-}" = --no-install ]; then
        shift
    else
        "$top/contrib/install-packages.sh" dpkg-dev debhelper debootstrap busybox-static lintian rpm cpio fakeroot \
            criu libbz2-dev libcap-dev libcmocka-dev libgpgme-dev libprotobuf-c-dev libseccomp-dev libsystemd-dev libyajl-dev \
            libyaml-dev meson ninja-build pkg-config python3 python3-jsonschema jq zlib1g-dev >&2 || skip_all "packages cannot be installed"
    fi
    for tool in dpkg-buildpackage dh debootstrap meson ninja; do
        command -v "$tool" >&2 || skip_all "$tool is not installed"
    done
    words="$*"
    world=$(mktemp -d)
    chmod 755 "$world"
    if [ -n "${KEEP:-}" ]; then
        echo "kept: $world" >&2
    else
        trap 'rm -rf "$world"' EXIT
    fi
    # Others may commit meanwhile.
    commit=HEAD
    [ ! -e "$top/.git" ] || commit=$(git -C "$top" rev-parse HEAD)

    echo 1..14
    check "sources: an archive of what is committed" make_sources
    check "debian: the source package builds, and its program knows the commit" build_debian
    check "debian: lintian finds neither errors nor warnings" check_lintian
    check "debian: a clean root" make_root
    check "debian: the package installs into it, with nothing but what is there" install_package
    check "debian: what it promises is there and starts" in_root /mnt/layout.sh
    check "debian: README's first example works" in_root /mnt/first_example.sh /usr/share/doc/thwart/README.md
    check "debian: an upgrade keeps the configuration, and what runs" upgrade_package
    check "debian: removing keeps the configuration, purging leaves nothing" in_root /mnt/purge.sh /mnt/names-before
    check "meson: a dynamic program installs, and README's first example works" build_dynamic
    check "rpm: the spec builds, and its package has what is installed" build_rpm
    check "PKGBUILD: builds, and its package has what is installed" build_pkgbuild
    check "meson: two builds give the same bytes" "$top/contrib/packaging/reproducible.sh"
    check "debian: two builds give the same packages" "$top/contrib/packaging/reproducible.sh" --deb
    [ "$failures" = 0 ]
}

# On one line, so that the shell has read all of this file before anything runs: it may be edited meanwhile.
{ main "$@"; exit; }
