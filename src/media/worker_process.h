// One running decode worker as its client sees it. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/unique_fd.h"
#include "media/fd_channel.h"
#include "media/protocol.h"

namespace vlr {

class WorkerProcess {
 public:
  // Starts the program with a clean environment and only its socket open. It dies with the thread that calls
  // this. Error: "decoder_unavailable".
  static Result<std::unique_ptr<WorkerProcess>> Start(const std::string& program, const DecodeLimits& limits);
  ~WorkerProcess();  // kills it
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  struct Reply {
    WireAnswer answer;
    UniqueFd payload;
  };
  // Errors: "decode_timeout", "decoder_crashed", "cancelled"; after each of them the process is dead.
  Result<Reply> Call(const WireRequest& request, int document, const Decoder::Deadline& deadline);
  bool alive() const { return pid_ > 0; }
  // Waits for a call: it has not ended by itself, and says nothing that it was not asked.
  bool IsIdle() const { return alive() && !IsReadable(socket_.get()); }

 private:
  WorkerProcess(pid_t pid, UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}
  void AllowCpu(std::chrono::seconds more) const;
  int Kill();  // its wait status

  pid_t pid_;
  UniqueFd socket_;
};

}  // namespace vlr
