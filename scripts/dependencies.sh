# shellcheck shell=bash
# Sourced by scripts/install-dependencies, scripts/run and scripts/test: the Debian 12 packages hinomi needs, and how they are installed.
# Needs nothing but bash, coreutils, dpkg and apt.

# What the executable is built with.
build_packages=(
    ca-certificates git cmake ninja-build ccache pkg-config
    clang-19 lld-19
    libboost1.81-dev libspdlog-dev libfmt-dev libcurl4-openssl-dev libssl-dev prometheus-cpp-dev
    libyaml-cpp-dev nlohmann-json3-dev libsimdjson-dev libmimalloc-dev libsqlite3-dev libc-ares-dev libre2-dev libkainjow-mustache-dev
    libhowardhinnant-date-dev libcli11-dev libsystemd-dev
    libgtest-dev libgmock-dev
)

# What the tests need on top: checkers, sanitizer runtimes, and the real peers of the acceptance tests.
test_packages=(
    clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19
    python3 python3-jsonschema python3-yaml openssl sqlite3 strace systemd groff-base iproute2
    nginx-light postfix libsasl2-modules sasl2-bin prometheus dnsmasq-base
)

# What the benchmarks need on top: the peers that hinomi is measured beside.
bench_packages=(prometheus-blackbox-exporter prometheus-alertmanager fping)

# Services among them. They are peers for the tests, which start their own: none is left running or enabled by us.
service_units=(nginx postfix saslauthd prometheus prometheus-blackbox-exporter prometheus-alertmanager)

# What only scripts/try-bare-root needs.
bare_root_packages=(debootstrap)

# Removing these is expected: libboost1.81-dev and Debian's default Boost 1.74 headers exclude each other. So do Postfix and OpenSMTPD, which
# an earlier version of this file installed: one that has never run on this machine (no queue) may go.
expected_removals='^(libboost-dev|libboost[a-z-]*-dev|libboost[a-z-]*1\.74-dev'
if [ -e /var/spool/smtpd ]; then expected_removals+=')$'; else expected_removals+='|opensmtpd)$'; fi

policy_file=/usr/sbin/policy-rc.d
policy_mark='# written by hinomi scripts/dependencies.sh, removed by it'

dependencies_say() { printf 'dependencies: %s\n' "$*" >&2; }

# packages_of PROFILE: the names, one a line. `test` includes `build`, `bench` includes `test`.
packages_of() {
    case $1 in
        build) printf '%s\n' "${build_packages[@]}" ;;
        test) printf '%s\n' "${build_packages[@]}" "${test_packages[@]}" ;;
        bench) printf '%s\n' "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" ;;
        bare-root) printf '%s\n' "${bare_root_packages[@]}" ;;
        *) dependencies_say "unknown profile '$1': build, test, bench or bare-root"; return 2 ;;
    esac
}

# missing_of PROFILE: those of its packages that are not installed, one a line.
missing_of() {
    local installed
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
    packages_of "$1" | sort -u | comm -23 - <(printf '%s\n' "$installed")
}

# as_root COMMAND...: directly, or through sudo with the variables apt needs.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        dependencies_say "needs root to install packages: run it as root, install sudo, or install them yourself"
        return 1
    fi
}

# apt's own words go to a file; they are shown when it fails.
apt() {
    mkdir -p build
    as_root apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >build/dependencies.log 2>&1 && return 0
    tail -n 40 build/dependencies.log >&2
    return 1
}

# Keeps package scripts from starting the peers' services, unless the machine has a policy of its own.
forbid_service_starts() {
    if [ -e "$policy_file" ] && ! grep -qsF "$policy_mark" "$policy_file"; then return 0; fi
    trap allow_service_starts EXIT
    printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | as_root tee "$policy_file" >/dev/null && as_root chmod 755 "$policy_file"
}

allow_service_starts() {
    if grep -qsF "$policy_mark" "$policy_file"; then as_root rm -f "$policy_file"; fi
}

# refuse_removals PACKAGE...: fails when installing them would remove something of the machine's own (another mail server, say).
refuse_removals() {
    local plan removed
    if ! plan=$(apt-get -s -o Debug::NoLocking=1 install --no-install-recommends "$@" 2>&1 </dev/null); then
        printf '%s\n' "$plan" >&2
        dependencies_say "apt cannot install these packages; they are those of Debian 12 (bookworm) with its updates and security suites"
        return 1
    fi
    removed=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan" | grep -Ev "$expected_removals" || true)
    if [ -n "$removed" ]; then
        dependencies_say "installing them would remove:" $removed
        dependencies_say "nothing was changed. Use another machine or container, or install by hand: apt-get install --no-install-recommends $*"
        return 1
    fi
}

# disable_new_services PACKAGE...: on a machine with systemd, what we have just installed does not start at boot either.
disable_new_services() {
    [ -d /run/systemd/system ] || return 0
    local package unit
    for package in "$@"; do
        for unit in "${service_units[@]}"; do
            if [ "${package%-light}" = "$unit" ]; then as_root systemctl --quiet disable --now "$unit" || true; fi
        done
    done
}

# install_dependencies PROFILE: brings in what is missing; silent when nothing is.
install_dependencies() {
    local -a missing
    packages_of "$1" >/dev/null || return
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        dependencies_say "this is not Debian. hinomi is built with the packages of Debian 12:" $(packages_of "$1")
        return 1
    fi
    mapfile -t missing < <(missing_of "$1")
    if [ ${#missing[@]} -eq 0 ]; then return 0; fi
    dependencies_say "profile $1, installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root true || return
    apt update || { dependencies_say "apt-get update failed: see above; is the network there, and are the sources right?"; return 1; }
    refuse_removals "${missing[@]}" || return
    forbid_service_starts || return
    dependencies_say "downloading and unpacking; apt's words go to build/dependencies.log"
    apt install -y --no-install-recommends "${missing[@]}" || dependencies_say "apt-get install reported an error: see above"
    allow_service_starts
    mapfile -t still < <(missing_of "$1")
    if [ ${#still[@]} -ne 0 ]; then
        dependencies_say "still missing: ${still[*]}"
        return 1
    fi
    disable_new_services "${missing[@]}"
    dependencies_say "done"
}
