# Which distribution packages a subset of the project needs; sourced by scripts/setup.
# shellcheck shell=bash

# distribution -> debian-12, ubuntu-24.04, …
distribution() {
  # shellcheck disable=SC1091
  (. /etc/os-release && echo "$ID-${VERSION_ID:-}")
}

# packages SUBSET DISTRIBUTION -> names, one a line; fails on a distribution that was never tried.
packages() {
  local boost
  case "$2" in
    debian-12) boost=1.81 ;;
    ubuntu-24.04) boost=1.83 ;;
    *) return 1 ;;
  esac
  case "$1" in
    build)
      # libgtest, libgmock: unit tests; python3-pip: the wheel that libtorch comes in.
      printf '%s\n' ca-certificates curl git python3 python3-pip pkg-config cmake ninja-build ccache \
        "clang-$CLANG_MAJOR" "lld-$CLANG_MAJOR" "libclang-rt-$CLANG_MAJOR-dev" \
        "libboost$boost-dev" "libboost-url$boost-dev" rapidjson-dev libssl-dev libcli11-dev libyaml-cpp-dev libspdlog-dev \
        prometheus-cpp-dev libmimalloc-dev libseccomp-dev libjpeg-dev libpng-dev libwebp-dev \
        libavformat-dev libavcodec-dev libswscale-dev libavutil-dev libgtest-dev libgmock-dev
      ;;
    check) printf '%s\n' "clang-format-$CLANG_MAJOR" "clang-tidy-$CLANG_MAJOR" shellcheck ;;
    search) printf '%s\n' ca-certificates curl unzip python3 maven ;;
    s3 | cuda | gpu) printf '%s\n' ca-certificates curl python3 python3-pip ;;
    reference | clients) printf '%s\n' ca-certificates python3 python3-venv python3-pip ;;
    browser) printf '%s\n' chromium nodejs npm ;;
    *) return 1 ;;
  esac
}

# jdk_package DISTRIBUTION -> the newest JDK the distribution carries that the search nodes run on
jdk_package() {
  case "$1" in
    debian-12) echo openjdk-17-jdk-headless ;;
    *) echo openjdk-21-jdk-headless ;;
  esac
}
