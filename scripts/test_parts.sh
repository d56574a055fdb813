# shellcheck shell=bash
# Sourced by scripts/test: the parts. Each is a function that returns 0 (ok), 77 (its subject is not in the tree) or anything else
# (failed), and may leave a sentence in `note`.

names=() results=() times=() notes=()
note='' last_result=''
jobs=${JOBS:-$(nproc)}
ctest_closing=build/asan-ubsan/ctest-closing.txt
absent=77
stamp=built-by-scripts-test  # in a build folder: its last build succeeded, so nothing in it is stale

say() { printf '[%s] %s\n' "$(clock "$SECONDS")" "$*"; }
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# commit_name: the commit under test, with `-changed` when the tree differs from it.
commit_name() {
    local name
    name=$(git rev-parse --short=12 HEAD 2>/dev/null) || { echo without-git; return; }
    if [ -n "$(git status --porcelain 2>/dev/null | head -n 1)" ]; then name+=-changed; fi
    echo "$name"
}

prepare() {
    install_dependencies test || return
    mkdir -p build
    if [ -z "${CCACHE_DIR:-}" ] && ! { [ -n "${HOME:-}" ] && mkdir -p "$HOME/.cache/ccache" 2>/dev/null && [ -w "$HOME/.cache/ccache" ]; }; then
        export CCACHE_DIR=$PWD/build/ccache
    fi
    export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
    export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 TSAN_OPTIONS=${TSAN_OPTIONS:-external_symbolizer_path=/usr/bin/llvm-symbolizer-19}
    rm -f "$ctest_closing"
    say "testing commit $(commit_name) with $jobs jobs"
}

# our_files SUFFIX...: tracked and new files of ours that end so, without those planted for the tidy test.
our_files() {
    local pattern
    pattern=$(printf '%s|' "$@")
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . \( -path ./build -o -path ./.git \) -prune -o -type f -printf '%P\n'
    fi | grep -E "\\.(${pattern%|})\$" | grep -v '^tests/tidy/data/' | sort -u | while read -r file; do [ -f "$file" ] && echo "$file"; done
}

# configured PRESET: words go to build/PRESET.log, from the first error on to the screen.
configured() {
    cmake --preset "$1" >"build/$1.log" 2>&1 && return 0
    sed -n '/^CMake Error/,$p' "build/$1.log" | head -n 60
    note="cmake --preset $1 failed: build/$1.log"
    return 1
}

# built PRESET TARGET...: configures the preset and builds the targets (all when none is named). Words go to build/PRESET.log.
built() {
    local preset=$1 log=build/$1.log
    shift
    rm -f "build/$preset/$stamp"
    configured "$preset" || return
    if ninja -C "build/$preset" -j "$jobs" -k 20 "$@" >>"$log" 2>&1; then
        touch "build/$preset/$stamp"
        return 0
    fi
    grep -E -A 12 'error:|FAILED:|ninja: error' "$log" | head -n 80
    note="the build failed: $log"
    return 1
}

# has_target PRESET NAME: whether the configured build knows it.
has_target() { ninja -C "build/$1" -t query "$2" >/dev/null 2>&1; }

# program PRESET NAME: 0 when build/PRESET/NAME can be run; 77 when the build has no such target; 1 when its build failed.
program() {
    if [ ! -f "build/$1/$stamp" ]; then note="the $1 build failed"; return 1; fi
    if ! has_target "$1" "$2"; then note="no target $2"; return $absent; fi
    if [ ! -x "build/$1/$2" ]; then note="build/$1/$2 was not built"; return 1; fi
}

# --- parts of the quick run

part_format() {
    local -a files
    mapfile -t files < <(our_files hpp cpp)
    note="${#files[@]} files"
    [ ${#files[@]} -gt 0 ] || return $absent
    clang-format-19 --dry-run -Werror "${files[@]}" 2>build/format.log && return 0
    local -a wrong
    mapfile -t wrong < <(sed -n 's/^\([^: ]*\.[ch]pp\):[0-9]*:[0-9]*: error:.*/\1/p' build/format.log | sort -u)
    note="to mend: clang-format-19 -i ${wrong[*]}"
    return 1
}

part_asan_build() { built asan-ubsan; }

part_ctest() {
    local log=build/asan-ubsan/ctest.log code
    [ -f "build/asan-ubsan/$stamp" ] || { note="the asan-ubsan build failed"; return 1; }
    ctest --test-dir build/asan-ubsan -j "$jobs" --output-on-failure --no-tests=error >"$log" 2>&1
    code=$?
    if [ $code -ne 0 ]; then grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test.* Passed )' "$log" | tail -n 300; fi
    sed -n '/^[0-9]*% tests passed/,$p' "$log" | sed '/^Errors while running CTest/d; /^Output from these tests/d; /^Use "--rerun/d' >"$ctest_closing"
    note=$(head -n 1 "$ctest_closing")
    return $code
}

# seeds PRESET FIRST LAST [HOURS]: the simulator over a range of seeds, a share per processor; their last lines go into the note.
seeds() {
    local first=$2 last=$3 hours=${4:-3} share log pid code=0
    local -a logs=() pids=()
    program "$1" hinomi-sim || return
    share=$(((last - first + jobs) / jobs))
    while [ "$first" -le "$last" ]; do
        log=build/$1/seeds-$first-$hours-hours.log
        "build/$1/hinomi-sim" --hours "$hours" --seeds "$first..$((first + share - 1 < last ? first + share - 1 : last))" >"$log" 2>&1 </dev/null &
        pids+=($!) logs+=("$log")
        first=$((first + share))
    done
    for pid in "${pids[@]}"; do wait "$pid" || code=1; done
    for log in "${logs[@]}"; do
        if [ $code -ne 0 ]; then tail -n 40 "$log"; fi
        note+="${note:+; }$(tail -n 1 "$log")"
    done
    [ $code -eq 0 ] || note+="; see ${logs[*]}"
    return $code
}

# kills CYCLES: the real executable under kill -9.
kills() {
    local log=build/asan-ubsan/kill.log
    program asan-ubsan hinomi || return
    HINOMI_EXECUTABLE=$PWD/build/asan-ubsan/hinomi python3 -B tests/acceptance/kill_cycles.py "$1" 1 >"$log" 2>&1 </dev/null ||
        { tail -n 40 "$log"; note="$1 cycles: $log"; return 1; }
    note=$(tail -n 2 "$log" | tr '\n' ' ')
}

part_seeds_100() { seeds asan-ubsan 1 100 && histories=$note; }

# 300 seeds of the release build; the first hundred must come to what they came to with sanitizers.
part_seeds_300() {
    seeds release 1 100 || return
    if [ "$note" != "${histories:-}" ]; then note="two histories: '${histories:-none}' with sanitizers, '$note' in the release build"; return 1; fi
    seeds release 101 300
}
part_kill_40() { kills 40; }

# attacks PRESET LAST: no run may exceed what is computed, whatever the target does, and one relay.
attacks() {
    local attack log
    program "$1" hinomi-sim || return
    for attack in fault-free one-relay-hangs; do
        log=build/$1/attack-$attack.log
        "build/$1/hinomi-sim" --attack "$attack" --seeds "1..$2" >"$log" 2>&1 </dev/null || { grep -A 2 VIOLATED "$log" | head -n 20; note="$attack: $log"; return 1; }
        note+="${note:+; }$attack: $(grep -o 'longest wait.*%)' "$log")"
    done
}

part_attacks_100() { attacks release 100; }

part_release_build() {
    local target
    local -a targets=()
    configured release || return
    for target in hinomi hinomi-sim; do has_target release "$target" && targets+=("$target"); done
    [ ${#targets[@]} -gt 0 ] || { note="no target hinomi or hinomi-sim"; return $absent; }
    built release "${targets[@]}" && note=${targets[*]}
}

part_smoke() {
    local said
    program release hinomi || return
    said=$(build/release/hinomi version 2>&1 </dev/null) || { note="hinomi version: $said"; return 1; }
    note=${said%%$'\n'*}
    [ -f tests/data/smoke.yaml ] || { note+="; no tests/data/smoke.yaml"; return $absent; }
    said=$(build/release/hinomi check --config tests/data/smoke.yaml 2>&1 </dev/null) && return 0
    printf '%s\n' "$said"
    note="hinomi check --config tests/data/smoke.yaml failed"
    return 1
}

# One seed has one history, whatever the build type.
part_same_history() {
    local seed asan release count=0
    program asan-ubsan hinomi-sim || return
    program release hinomi-sim || return
    for seed in 1 2 3 20 300; do
        asan=$(build/asan-ubsan/hinomi-sim --seed "$seed" 2>/dev/null </dev/null | tail -n 1)
        release=$(build/release/hinomi-sim --seed "$seed" 2>/dev/null </dev/null | tail -n 1)
        if ! [[ $asan =~ ^seed\ $seed\ history\ [0-9a-zA-Z]+$ ]] || [ "$asan" != "$release" ]; then
            note="seed $seed: '$asan' with sanitizers, '$release' in the release build"
            return 1
        fi
        count=$((count + 1))
    done
    note="$count seeds, as '$release'"
}

# What changed last: no more than takes a few minutes. All of it is checked by --full (tidy-all).
part_tidy_recent() {
    local -a changed files
    local most=70
    if [ "$(git rev-list --count HEAD 2>/dev/null || echo 0)" -gt 20 ]; then
        mapfile -t changed < <({ git ls-files --others --modified --exclude-standard; git log --name-only --format= HEAD~20..HEAD; } |
            grep -E '\.[ch]pp$' | awk '!seen[$0]++')
    else
        mapfile -t changed < <(our_files hpp cpp)
    fi
    mapfile -t files < <(printf '%s\n' "${changed[@]:0:most}" | sources_of)
    clang_tidy "${files[@]}"
    local code=$?
    if [ ${#changed[@]} -gt $most ]; then note+="; of ${#changed[@]} changed files the last $most"; fi
    return $code
}

# sources_of: reads names of files, prints the sources to check: the .cpp files, and for each header one that includes it.
sources_of() {
    local file source
    while read -r file; do
        case $file in
            tests/tidy/data/*) ;;
            *.cpp) [ -f "$file" ] && echo "$file" ;;
            *.hpp)
                if [ -f "${file%.hpp}.cpp" ]; then echo "${file%.hpp}.cpp"; continue; fi
                source=$(our_files cpp | xargs -r grep -lF "#include \"$file\"" | head -n 1)
                [ -n "$source" ] && echo "$source"
                ;;
        esac
    done | sort -u
}

# clang_tidy FILE...: with the flags of the asan-ubsan build; files that no target compiles are named, not passed over.
clang_tidy() {
    local log=build/tidy.log known
    [ -f build/asan-ubsan/compile_commands.json ] || { note="build/asan-ubsan is not configured"; return 1; }
    known=$(sed -n "s|^ *\"file\": \"$PWD/\(.*\)\".*|\1|p" build/asan-ubsan/compile_commands.json | sort -u)
    local -a files skipped
    mapfile -t files < <(printf '%s\n' "$@" | sort -u | comm -12 - <(printf '%s\n' "$known"))
    mapfile -t skipped < <(printf '%s\n' "$@" | sed '/^$/d' | sort -u | comm -23 - <(printf '%s\n' "$known"))
    note="${#files[@]} files"
    if [ ${#skipped[@]} -gt 0 ]; then note+="; in no target: ${skipped[*]}"; fi
    # a file that nothing compiles is a mistake (a test that never runs); only those of bench/ belong to a build of their own
    if printf '%s\n' "${skipped[@]}" | grep -v '^bench/' | grep -q .; then return 1; fi
    [ ${#files[@]} -gt 0 ] || return $absent
    printf '%s\n' "${files[@]}" | xargs -P "$jobs" -n 1 clang-tidy-19 -p build/asan-ubsan --quiet >"$log" 2>/dev/null && return 0
    grep -E -A 4 '(error|warning):' "$log" | head -n 120
    note+="; $(grep -cE ' (error|warning): ' "$log") complaints: $log"
    return 1
}

# --- parts of the full run

full_asan() {
    part_asan_build && part_ctest
}

full_release() {
    local words
    part_release_build || return
    part_smoke || return
    words=$note
    part_same_history
    local code=$?
    note="$words; $note"
    return $code
}

full_tsan() {
    local room program
    local -a rooms=()
    configured tsan || return
    for room in io ledger; do has_target tsan "${room}_test" && rooms+=("$room"); done
    [ ${#rooms[@]} -gt 0 ] || { note="no tests of io or ledger"; return $absent; }
    built tsan "${rooms[@]/%/_test}" || return
    for room in "${rooms[@]}"; do
        program=$(find build/tsan -type f -name "${room}_test" -perm -u+x | head -n 1)
        "$program" >"build/tsan/$room.log" 2>&1 </dev/null || { tail -n 80 "build/tsan/$room.log"; note="$room: build/tsan/$room.log"; return 1; }
    done
    note="tests of ${rooms[*]}"
    [ ${#rooms[@]} -eq 2 ] || { note+=" only"; return $absent; }
}

full_tidy_all() {
    local -a files
    built asan-ubsan || return
    mapfile -t files < <(our_files cpp)
    clang_tidy "${files[@]}"
}

full_seeds() {
    built asan-ubsan && seeds asan-ubsan 1 "${SEEDS:-1000}" || return
    # what takes its time to go wrong: half a day each, without sanitizers
    local said=$note
    part_release_build || return
    note=$said
    seeds release 1 "${LONG_SEEDS:-1000}" 12
}

full_attacks() { part_release_build && note= && attacks release "${ATTACKS:-1000}"; }

full_mutations() {
    local log=build/mutations.log
    [ -x scripts/mutations ] || { note="no scripts/mutations"; return $absent; }
    scripts/mutations >"$log" 2>&1 </dev/null || { tail -n 40 "$log"; note="$log"; return 1; }
    note=$(tail -n 1 "$log")
}

full_kill() {
    built asan-ubsan && kills "${CYCLES:-300}"
}

# fuzz_targets: the executables NAME_fuzz of the configured fuzz build.
fuzz_targets() {
    ninja -C build/fuzz -t targets all | sed -n 's|^\([a-z/]*/\)\{0,1\}\([a-z0-9_]*_fuzz\): CXX_EXECUTABLE_LINKER.*|\2|p' | sort -u
}

# kept_corpus TARGET: the folder with its kept inputs, if there is one.
kept_corpus() { if [ -d "tests/fuzz/corpus/$1" ]; then echo "tests/fuzz/corpus/$1"; fi; }

# How a target is run: for so long on one input, in so much memory. Leaks are looked for once, when it ends: after each input, as libFuzzer
# would where a world stays between inputs, costs four fifths of the time.
fuzz_limits=(-timeout=10 -rss_limit_mb=2048 -detect_leaks=0)

# Corpora are kept in tests/fuzz/corpus/TARGET, what they find new in build/fuzz/corpus/TARGET. scripts/fuzz runs them for longer.
full_fuzz() {
    local target
    local -a targets
    configured fuzz || return
    mapfile -t targets < <(fuzz_targets)
    [ ${#targets[@]} -gt 0 ] || { note="no target NAME_fuzz"; return $absent; }
    built fuzz "${targets[@]}" || return
    for target in "${targets[@]}"; do
        mkdir -p "build/fuzz/corpus/$target"
        if ! "$(find build/fuzz -type f -name "$target" -perm -u+x | head -n 1)" -max_total_time="${FUZZ_SECONDS:-60}" "${fuzz_limits[@]}" \
            -artifact_prefix="build/fuzz/$target-" "build/fuzz/corpus/$target" $(kept_corpus "$target") >"build/fuzz/$target.log" 2>&1 </dev/null; then
            tail -n 40 "build/fuzz/$target.log"
            note="$target: build/fuzz/$target.log"
            return 1
        fi
        say "$target: $(grep -E '^Done|DONE' "build/fuzz/$target.log" | tail -n 1)"
    done
    note="${#targets[@]} targets, ${FUZZ_SECONDS:-60} s each: ${targets[*]}"
}

full_storm() {
    local log=build/storm.log
    program release hinomi || return
    HINOMI_EXECUTABLE=$PWD/build/release/hinomi python3 -B tests/acceptance/faults_test.py Storm >"$log" 2>&1 </dev/null || { tail -n 40 "$log"; note="$log"; return 1; }
    note=$(grep -o 'storm: .*' "$log" | tr '\n' ' ')
}

full_bench() {
    local log=build/bench.log
    [ -x bench/run ] || { note="no bench/run"; return $absent; }
    bench/run --short >"$log" 2>&1 </dev/null || { tail -n 40 "$log"; note="$log"; return 1; }
    note=$(tail -n 1 "$log")
}
