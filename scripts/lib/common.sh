# Shared by scripts/* and the integration runners; sourced. Defines functions and:
#   VLR_ROOT   the checkout
#   VLR_CACHE  downloads and tools that outlive a checkout
# and every KEY of versions.env.
# shellcheck shell=bash

VLR_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
VLR_CACHE="${VL_RERANK_CACHE:-$HOME/.cache/vl-rerank}"
# shellcheck source=versions.env
. "$VLR_ROOT/versions.env"

log() { printf '%s: %s\n' "${VLR_NAME:-${0##*/}}" "$*" >&2; }
die() {
  log "$*"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# on_exit COMMAND…: runs it when the script ends, however it ends; the last one registered runs first.
vlr_exit_commands=()
on_exit() {
  local quoted
  printf -v quoted '%q ' "$@"
  vlr_exit_commands=("$quoted" ${vlr_exit_commands[@]+"${vlr_exit_commands[@]}"})
  trap vlr_run_exit_commands EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
vlr_run_exit_commands() {
  local status=$? command
  trap - EXIT
  trap '' INT TERM HUP
  for command in ${vlr_exit_commands[@]+"${vlr_exit_commands[@]}"}; do eval "$command" || true; done
  exit "$status"
}
cancel_exit_commands() { vlr_exit_commands=(); }

# free_port -> a port of 127.0.0.1 that nothing listens on now
free_port() {
  python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# wait_http URL SECONDS [PID]: until URL answers 2xx; fails when the time is over or process PID has ended.
wait_http() {
  local deadline=$((SECONDS + $2))
  until curl -fsS -m 5 -o /dev/null "$1" 2>/dev/null; do
    if [ -n "${3:-}" ] && ! kill -0 "$3" 2>/dev/null; then return 1; fi
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 1
  done
}

# start_process PIDFILE LOG COMMAND…: in a session of its own, so that it outlives the script when it shall.
start_process() {
  local pid_file="$1" log_file="$2"
  shift 2
  setsid "$@" >"$log_file" 2>&1 </dev/null &
  # The start time tells the process from a later one that was given the same number.
  echo "$! $(process_start_time $!)" >"$pid_file"
}

process_start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# stop_process PIDFILE: ends what start_process started, with its children; nothing happens when it has gone already.
stop_process() {
  local pid started waited=0
  [ -s "$1" ] || return 0
  read -r pid started <"$1"
  if [ -n "$started" ] && [ "$(process_start_time "$pid")" = "$started" ]; then
    kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 20 ]; do
      sleep 0.5
      waited=$((waited + 1))
    done
    kill -9 -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}
