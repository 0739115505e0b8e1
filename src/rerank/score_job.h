// What is asked of the model: callers' jobs, the inputs they share, and batches of these.
#pragma once

#include <boost/container/small_vector.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"

namespace vlr {

struct Batch;
struct ScoreJob;

// One input of the model, wanted by one or more places of jobs.
struct Work {
  struct Want {
    std::shared_ptr<ScoreJob> job;
    std::size_t index;
  };
  ModelInput input;  // until a batch takes it
  std::size_t hash = 0;
  std::int64_t cost = 0;
  Batch* batch = nullptr;  // null while it waits; gone when nobody wants it any more
  std::size_t place = 0;   // in the batch
  // Empty once the batch is finished. Rarely more than one.
  boost::container::small_vector<Want, 1> wants;
};

// What one replica of the model works on.
struct Batch {
  std::vector<std::shared_ptr<Work>> works;
  std::vector<ModelInput> inputs;  // of the works, in their order; nobody changes them any more
  std::int64_t tokens = 0;
  std::size_t wants = 0;   // of its works; what has none left is stopped
  bool left_work = false;  // more waited when it was cut
  std::chrono::steady_clock::time_point since;
  std::stop_source stop;  // asked to stop when nobody wants anything of it any more
};

// One caller's inputs. Belongs to the queue until `pending` is 0.
struct ScoreJob {
  using Time = std::chrono::steady_clock::time_point;

  std::vector<std::shared_ptr<Work>> works;  // one an input; emptied when the job is done
  Time deadline;
  Time submitted;
  std::size_t pending = 0;        // inputs without an outcome
  std::int64_t waiting_cost = 0;  // of inputs that no batch holds
  std::size_t waiting = 0;        // their number
  std::size_t next = 0;           // no input before it waits
  std::optional<Time> first_batch;
  Time finished;
  std::vector<float> logits;
  std::optional<Error> failure;
  std::function<void()> notify;  // called once when pending reaches 0
};

// What an input costs: its ids and its patches, in tokens.
std::int64_t TokenCost(const ModelInput& input);
std::int64_t TokenCost(const VisionPatches& medium);

// Inputs that are equal have the same hash and get the same logit. Media are told apart by their keys, those
// without one by their address.
std::size_t HashOf(const ModelInput& input);
bool AreEqual(const ModelInput& a, const ModelInput& b);

}  // namespace vlr
