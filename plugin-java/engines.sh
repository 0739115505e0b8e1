# Which engine line needs what. Sourced by plugin-java/build and integration-tests/search/node; the versions themselves are
# properties of plugin-java/pom.xml. Defines functions only.

VL_PLUGIN_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# pom_property NAME -> its value in the parent pom (first occurrence)
pom_property() {
  sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" "$VL_PLUGIN_DIR/pom.xml" | head -1
}

# engine_line ENGINE VERSION -> es9 | es8 | os3 | os2; a line is also the name of a Maven profile
engine_line() {
  case "$1-$2" in
    elasticsearch-9.*) echo es9 ;;
    elasticsearch-8.*) echo es8 ;;
    opensearch-3.*) echo os3 ;;
    opensearch-2.*) echo os2 ;;
    *) echo "unsupported engine: $1 $2" >&2; return 2 ;;
  esac
}

# line_engine LINE, line_version LINE: the engine of a line and the version pinned for it
line_engine() {
  case "$1" in es8 | es9) echo elasticsearch ;; os2 | os3) echo opensearch ;; *) echo "unknown engine line: $1" >&2; return 2 ;; esac
}
line_version() {
  pom_property "$1.version"
}

# line_java LINE -> the lowest and highest JDK that the node runs on. OpenSearch 2 needs the SecurityManager, gone in JDK 24.
line_java() {
  case "$1" in
    es8) echo "17 99" ;;
    es9 | os3) echo "21 99" ;;
    os2) echo "11 23" ;;
    *) echo "unknown engine line: $1" >&2; return 2 ;;
  esac
}

# java_major HOME -> 17, 25, …; fails where there is no JDK
java_major() {
  local version
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  version="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")"
  [ -n "$version" ] && echo "$version"
}

# find_java LOW HIGH [RUNNER…] -> home of the newest JDK within the bounds that RUNNER (a command prefix such as setpriv) may
# execute; looks at JAVA_HOME and the usual folders, or at VL_RERANK_JAVA_HOME alone where that is set. Fails, printing nothing,
# where there is none.
find_java() {
  local low="$1" high="$2" best=0 best_home="" home major
  local homes=("${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/*)
  if [ -n "${VL_RERANK_JAVA_HOME:-}" ]; then homes=("$VL_RERANK_JAVA_HOME"); fi
  shift 2
  for home in "${homes[@]}"; do
    [ -n "$home" ] || continue
    major="$(java_major "$home")" || continue
    if [ "$major" -lt "$low" ] || [ "$major" -gt "$high" ] || [ "$major" -le "$best" ]; then continue; fi
    "$@" "$home/bin/java" -version >/dev/null 2>&1 || continue
    best="$major" best_home="$home"
  done
  [ -n "$best_home" ] && (cd "$best_home" && pwd -P)
}
