#!/bin/sh
# Compiles every extension with AddressSanitizer and UndefinedBehaviorSanitizer in a copy of the tree, and runs the
# tests of the BGP kernels and the JSON scanner with them; the prefix table has a script of its own beside its tests.
#
#   tests/run_sanitized.sh [pytest arguments]     (PYTHON=... and CC=... choose the interpreter and compiler)
set -eu

python=${PYTHON:-python}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && git ls-files -z | tar --null -T - -cf -) | tar -xf - -C "$work"
cd "$work"
ROUTENG_SANITIZE=address,undefined "$python" setup.py -q build_ext --inplace

compiler=${CC:-gcc}
libasan=$("$compiler" -print-file-name=libasan.so)
libubsan=$("$compiler" -print-file-name=libubsan.so)
libstdcxx=$("$compiler" -print-file-name=libstdc++.so)
# The interpreter keeps memory to its end, so leaks are not looked for.
LD_PRELOAD="$libasan $libubsan $libstdcxx" ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:quarantine_size_mb=8 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 PYTHONMALLOC=malloc \
    "$python" -m pytest tests/bgp tests/inputs -q -p no:cacheprovider "$@"
