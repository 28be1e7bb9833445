#!/usr/bin/env bash
# Runs every example through the commands that answer for it; any bad input or fault stops it.
set -euo pipefail
cd "$(dirname "$0")"

# exit status 1 means "something got worse", which examples may show; 2 and above are failures
answers() {
  local status=0
  "$@" >/dev/null || status=$?
  [ "$status" -le 1 ] || { echo "failed with $status: $*" >&2; exit "$status"; }
}

for file in *.json; do
  case "$file" in
    *plan*.json)
      echo "plan    $file"
      answers routeng plan "$file" ;;
    *)
      echo "routes  $file"
      answers routeng routes "$file" --all -o jsonl
      answers routeng limits "$file"
      answers routeng diff "$file" "$file" ;;
  esac
done

pair() { echo "diff    $1 $2"; answers routeng diff "$1" "$2" -o markdown; }
pair hub-and-spoke.json hub-and-spoke-firewall.json
pair hairpin.json mesh.json
pair two-hubs-baseline.json two-hubs-full-inspection.json
pair two-hubs-baseline.json two-hubs-bypass-onprem-inspection.json
pair two-hubs-baseline.json two-hubs-transit-vnets.json
pair summarized-prefixes-before.json summarized-prefixes-after.json
pair summarized-prefixes-before-dual-stack.json summarized-prefixes-after-dual-stack.json
pair firewall-pair.json firewall-pair-failed-over.json
pair p2s-beside-expressroute.json p2s-beside-expressroute-route-server.json
pair missing-return-route.json missing-return-route-fixed.json

answers routeng rib two-hubs-full-inspection.json ars1
answers routeng why two-hubs-full-inspection.json exr1 192.168.0.0/24
answers routeng why two-hubs-full-inspection.json spoke1/vm 192.168.2.0/24

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
for name in $(routeng example 2>/dev/null | awk 'NR > 2 { print $1 }'); do
  echo "example $name"
  routeng example "$name" -o "$made/$name" >/dev/null 2>&1
done
