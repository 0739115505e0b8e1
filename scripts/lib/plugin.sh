# The search node's version and our plugin for it; sourced after common.sh.
# shellcheck shell=bash

VLR_NODE="$VLR_ROOT/integration-tests/search/node"

# engine_version ENGINE -> the newest pinned version that a JDK here can run; brings the node's zip where it is missing.
engine_version() {
  local zip
  zip="$("$VLR_NODE" zip --engine "$1")" || return
  basename "$(dirname "$zip")"
}

# plugin_zip ENGINE VERSION -> path; built only when a source is newer than the zip.
plugin_zip() {
  local zip="$VLR_ROOT/plugin-java/target/vl-rerank-$1-$2.zip"
  if [ ! -s "$zip" ] || [ -n "$(find "$VLR_ROOT/plugin-java" -name target -prune -o -type f -newer "$zip" -print -quit)" ]; then
    "$VLR_ROOT/plugin-java/build" "$1" "$2" -DskipTests >/dev/null || return
    touch "$zip"
  fi
  echo "$zip"
}
