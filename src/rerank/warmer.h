// Media that are encoded into the vision cache before a request asks for them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"
#include "rerank/content.h"
#include "rerank/engine.h"
#include "rerank/request.h"

namespace vlr {

struct WarmMedium {
  MediaRef media;
  MediaKind kind = MediaKind::kImage;
  bool kind_is_sure = false;  // else the other kind is tried when the bytes are not of this one
};

// What became of a medium; nothing yet: it waits or is at work.
using WarmResult = std::optional<Result<WarmOutcome>>;

struct WarmerStats {
  std::uint64_t encoded = 0, known = 0, refused = 0;
  std::uint64_t dropped = 0;  // the server stopped before their turn
  std::size_t waiting = 0;
  std::size_t running = 0;
};

// A bounded queue with a few media at work at once, so that requests find room beside them. Used on one
// thread that runs one handler at a time, which is also where the work runs.
class Warmer {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // Engine::Warm with the model of that name.
  using WarmOne = std::function<boost::asio::awaitable<Result<WarmOutcome>>(
      const std::string& model, MediaRef media, MediaKind kind, PreparationOptions preparation)>;

  // What `warm_one` refers to must outlive the work.
  Warmer(WarmOne warm_one, std::size_t max_waiting);

  // Takes all of the media or none, and tells what has become of each when all are done or at `answer_by`,
  // whichever is first; the others go on. Errors: "overloaded" with Error::retry_after, "draining".
  boost::asio::awaitable<Result<std::vector<WarmResult>>> Warm(std::string model,
                                                               std::vector<WarmMedium> media,
                                                               PreparationOptions preparation,
                                                               Deadline answer_by);
  // Drops what waits and gives up what is at work: "draining".
  void Stop();
  WarmerStats stats() const;

 private:
  struct Batch;
  struct Turn {
    std::shared_ptr<Batch> batch;
    std::size_t index;
  };
  struct State;

  static boost::asio::awaitable<void> Work(std::shared_ptr<State> state);
  static boost::asio::awaitable<Result<WarmOutcome>> Encode(const State& state, const Batch& batch,
                                                            WarmMedium medium);

  std::shared_ptr<State> state_;  // shared with the work under way
};

// Which kind a medium is, as far as its name tells.
WarmMedium WarmMediumOf(MediaRef media);

}  // namespace vlr
