#!/bin/sh
# Compiles the extensions with AddressSanitizer and UndefinedBehaviorSanitizer into a directory of their own and
# runs tests/lpm with them. Freed trie nodes are poisoned, so a use after free is found even inside the arena.
#
#   tests/lpm/run_sanitized.sh [pytest arguments]     (PYTHON=... and CC=... choose the interpreter and compiler)
set -eu

python=${PYTHON:-python}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy of the prefix table's sources: cythonize writes beside its inputs, and the tree stays as it is.
mkdir "$work/source"
cp "$root/setup.py" "$root/pyproject.toml" "$root/LICENSE" "$work/source/"
[ ! -f "$root/README.md" ] || cp "$root/README.md" "$work/source/"
(
    cd "$root"
    find routeng \( -name '*.py' -o -name '*.json' -o -name py.typed -o -path 'routeng/_*.p[yx][xd]' \
        -o -path 'routeng/*.h' \) -print | tar -cf - -T -
) | tar -xf - -C "$work/source"
cd "$work/source"
ROUTENG_SANITIZE=address,undefined "$python" setup.py -q build_ext --inplace

compiler=${CC:-gcc}
libasan=$("$compiler" -print-file-name=libasan.so)
libubsan=$("$compiler" -print-file-name=libubsan.so)
libstdcxx=$("$compiler" -print-file-name=libstdc++.so)
cp -r "$root/tests/lpm" "$work/tests"
cd "$work"
# The interpreter keeps memory to its end, so leaks are the business of test_life.py.
LD_PRELOAD="$libasan $libubsan $libstdcxx" ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:quarantine_size_mb=8 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 PYTHONMALLOC=malloc PYTHONPATH="$work/source" \
    "$python" -m pytest "$work/tests" -q -p no:cacheprovider --import-mode=importlib -W error "$@"
