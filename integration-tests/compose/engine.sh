# A container engine of our own for the test: podman with its images in the cache, the real Compose in front. Sourced after common.sh.
# Works without systemd, and without a registry: what cannot be pulled is made here.
# shellcheck shell=bash

readonly kBaseImage=docker.io/library/ubuntu:24.04
readonly kBaseRelease=noble
readonly kArchive=http://archive.ubuntu.com/ubuntu
readonly kHealthSeconds=3

# engine_start WORK: sets DOCKER_HOST and what podman reads; WORK is an existing folder.
engine_start() {
  local work="$1" here
  here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
  cat >"$work/containers.conf" <<CONF
[containers]
log_driver = "k8s-file"
[engine]
runtime = "limits"
cgroup_manager = "cgroupfs"
events_logger = "file"
env = ["BUILDAH_FORMAT=docker"]
[engine.runtimes]
limits = ["$here/limits-runc"]
[network]
network_backend = "netavark"
CONF
  cat >"$work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$VLR_CACHE/containers"
runroot = "$work/run"
CONF
  export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf" BUILDAH_FORMAT=docker
  export DOCKER_HOST="unix://$work/podman.sock" DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
  mkdir -p "$VLR_CACHE/containers"
  start_process "$work/service.pid" "$work/service.log" podman system service --time 0 "$DOCKER_HOST"
  on_exit stop_process "$work/service.pid"
  # Timers of systemd would do this.
  start_process "$work/health.pid" "$work/health.log" bash -c \
    "while sleep $kHealthSeconds; do for c in \$(podman ps -q); do podman healthcheck run \$c; done; done"
  on_exit stop_process "$work/health.pid"
}

# compose_program -> a Compose v2; built by Go where there is none, once.
compose_program() {
  local program="$VLR_CACHE/bin/docker-compose-$COMPOSE_VERSION" work
  if [ ! -x "$program" ]; then
    log "building Compose $COMPOSE_VERSION (some minutes, once)"
    work="$(mktemp -d "$VLR_CACHE/.compose.XXXXXX")"
    (
      cd "$work"
      export GOPATH="$work/path" GOCACHE="$work/cache" GOFLAGS="-buildvcs=false -modcacherw"
      go mod init compose
      go get "github.com/docker/compose/v2/cmd@v$COMPOSE_VERSION"
      go build -trimpath -ldflags "-s -w" -o docker-compose github.com/docker/compose/v2/cmd
    ) >&2 && mv "$work/docker-compose" "$program"
    rm -rf "$work"
  fi
  [ -x "$program" ] && echo "$program"
}

# base_image WORK: pulled, or made by debootstrap. What this machine's apt and TLS need to reach the archives goes along.
base_image() {
  local root="$1/rootfs"
  podman image exists "$kBaseImage" && return
  podman pull -q "$kBaseImage" && return
  log "no registry to pull $kBaseImage from: making it with debootstrap"
  [ -e "/usr/share/debootstrap/scripts/$kBaseRelease" ] || set -- "$1" /usr/share/debootstrap/scripts/gutsy
  debootstrap --no-check-gpg --variant=minbase --components=main,universe "$kBaseRelease" "$root" "$kArchive" ${2+"$2"} || return
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
  grep -rlZ '^ *Acquire::' /etc/apt/apt.conf.d | xargs -0r cp -t "$root/etc/apt/apt.conf.d"
  rm -rf "$root"/var/cache/apt/archives/*.deb
  tar -C "$root" -c . | podman import --change 'CMD ["/bin/bash"]' - "$kBaseImage"
  rm -rf "$root"
}

# storage_image WORK: versitygw's own image, or one of the same program with the same way to start.
storage_image() {
  local image="docker.io/versity/versitygw:v$VERSITYGW_VERSION" context="$1/storage"
  podman image exists "$image" && return
  podman pull -q "$image" && return
  log "no registry to pull $image from: making one of versitygw $VERSITYGW_VERSION"
  mkdir -p "$context"
  cp "$VLR_CACHE/bin/versitygw-$VERSITYGW_VERSION" "$context/versitygw"
  cat >"$context/Dockerfile" <<DOCKERFILE
FROM $kBaseImage
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends wget && rm -rf /var/lib/apt/lists/*
COPY versitygw /usr/local/bin/versitygw
ENTRYPOINT ["/bin/sh", "-c", "exec versitygw \"\$VGW_BACKEND\" \"\$VGW_BACKEND_ARG\""]
DOCKERFILE
  podman build -q -t "$image" "$context"
}
