#include "rerank/warmer.h"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <exception>
#include <list>
#include <string_view>
#include <utility>

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

// Each holds its pixels in memory and, while it is read, one of media.max_in_flight.
constexpr std::size_t kAtOnce = 4;
constexpr std::chrono::seconds kRetryAfter{5};
// Of the references that wait; data: URLs are long.
constexpr std::size_t kMaxWaitingBytes = std::size_t{64} << 20;

std::size_t BytesOf(const WarmMedium& medium) {
  std::size_t bytes = medium.media.url.size();
  for (const std::string& frame : medium.media.frames) bytes += frame.size();
  return bytes;
}

Error Stopped() {
  return {"draining", "the server is shutting down"};
}

bool NamesVideo(std::string_view url) {
  constexpr std::array<std::string_view, 10> kExtensions = {".mp4", ".m4v", ".mov",  ".mkv", ".webm",
                                                            ".avi", ".mpg", ".mpeg", ".ts",  ".flv"};
  if (url.starts_with("data:")) return url.starts_with("data:video/");
  std::string path(url.substr(0, url.find_first_of("?#")));
  std::transform(path.begin(), path.end(), path.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

bool IsOfAnotherKind(const Error& error) {
  return error.code == "image_unsupported" || error.code == "video_unsupported";
}

}  // namespace

// The media of one call.
struct Warmer::Batch {
  std::string model;
  std::vector<WarmMedium> media;
  PreparationOptions preparation;
  std::vector<WarmResult> results;
  std::size_t pending = 0;
  asio::steady_timer* answer = nullptr;  // of the caller, while there is one

  void Finish(std::size_t index, Result<WarmOutcome> result) {
    results[index] = std::move(result);
    // Moving the expiry into the past also wakes a wait that starts only afterwards.
    if (--pending == 0 && answer != nullptr) answer->expires_at(SteadyClock::time_point::min());
  }
};

struct Warmer::State {
  WarmOne warm_one;
  std::size_t max_waiting = 0;
  std::deque<Turn> waiting;
  std::size_t waiting_bytes = 0;
  WarmerStats stats;
  bool stopped = false;
  std::list<asio::cancellation_signal> workers;
};

Warmer::Warmer(WarmOne warm_one, std::size_t max_waiting) : state_(std::make_shared<State>()) {
  state_->warm_one = std::move(warm_one);
  state_->max_waiting = max_waiting;
}

asio::awaitable<Result<std::vector<WarmResult>>> Warmer::Warm(std::string model,
                                                              std::vector<WarmMedium> media,
                                                              PreparationOptions preparation,
                                                              Deadline answer_by) {
  const std::shared_ptr<State> state = state_;
  if (state->stopped) co_return Stopped();
  std::size_t bytes = 0;
  for (const WarmMedium& medium : media) bytes += BytesOf(medium);
  if (state->waiting.size() + media.size() > state->max_waiting ||
      state->waiting_bytes + bytes > kMaxWaitingBytes) {
    Error full{"overloaded", "too many media wait to be encoded"};
    full.retry_after = kRetryAfter;
    co_return full;
  }
  if (media.empty()) co_return std::vector<WarmResult>();
  const auto executor = co_await asio::this_coro::executor;
  const auto batch = std::make_shared<Batch>();
  batch->model = std::move(model);
  batch->preparation = preparation;
  batch->results.resize(media.size());
  batch->pending = media.size();
  batch->media = std::move(media);
  asio::steady_timer answer(executor, answer_by);
  batch->answer = &answer;
  // Cleared on every way out.
  const std::shared_ptr<void> leaving(nullptr, [batch](void*) { batch->answer = nullptr; });
  for (std::size_t i = 0; i < batch->media.size(); ++i) state->waiting.push_back({batch, i});
  state->waiting_bytes += bytes;
  // A worker may be done before co_spawn returns.
  const std::size_t busy = state->stats.running;
  for (std::size_t more = std::min(kAtOnce - busy, state->waiting.size()); more > 0; --more) {
    ++state->stats.running;
    const auto stop = state->workers.emplace(state->workers.end());
    asio::co_spawn(executor, Work(state),
                   asio::bind_cancellation_slot(stop->slot(), [state, stop](const std::exception_ptr&) {
                     state->workers.erase(stop);
                   }));
  }
  boost::system::error_code ignored;
  co_await answer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return batch->results;
}

asio::awaitable<void> Warmer::Work(std::shared_ptr<State> state) {
  while (!state->waiting.empty()) {
    const Turn turn = std::move(state->waiting.front());
    state->waiting.pop_front();
    const WarmMedium medium = std::move(turn.batch->media[turn.index]);
    state->waiting_bytes -= BytesOf(medium);
    Result<WarmOutcome> result = Error{"internal", "the medium could not be encoded"};
    try {
      result = co_await Encode(*state, *turn.batch, medium);
    } catch (const std::exception& failure) {
      result = Error{"internal", std::string("the medium could not be encoded: ") + failure.what()};
    }
    if (!result && state->stopped) {
      ++state->stats.dropped;
      result = Stopped();
    } else if (!result) {
      ++state->stats.refused;
    } else {
      ++(*result == WarmOutcome::kKnown ? state->stats.known : state->stats.encoded);
    }
    turn.batch->Finish(turn.index, std::move(result));
  }
  --state->stats.running;
}

asio::awaitable<Result<WarmOutcome>> Warmer::Encode(const State& state, const Batch& batch,
                                                    WarmMedium medium) {
  Result<WarmOutcome> first =
      co_await state.warm_one(batch.model, medium.media, medium.kind, batch.preparation);
  if (first || medium.kind_is_sure || !IsOfAnotherKind(first.error())) co_return first;
  const MediaKind other = medium.kind == MediaKind::kImage ? MediaKind::kVideo : MediaKind::kImage;
  Result<WarmOutcome> second = co_await state.warm_one(batch.model, medium.media, other, batch.preparation);
  // What is of neither kind is told as what its name says.
  if (!second && IsOfAnotherKind(second.error())) co_return first;
  co_return second;
}

void Warmer::Stop() {
  state_->stopped = true;
  state_->waiting_bytes = 0;
  for (auto worker = state_->workers.begin(); worker != state_->workers.end();)
    (worker++)->emit(asio::cancellation_type::terminal);
  for (const Turn& turn : std::exchange(state_->waiting, {})) {
    ++state_->stats.dropped;
    turn.batch->Finish(turn.index, Stopped());
  }
}

WarmerStats Warmer::stats() const {
  WarmerStats stats = state_->stats;
  stats.waiting = state_->waiting.size();
  return stats;
}

WarmMedium WarmMediumOf(MediaRef media) {
  WarmMedium medium;
  medium.kind_is_sure = !media.frames.empty() || media.start_s || media.end_s;
  const bool video = medium.kind_is_sure || NamesVideo(media.url);
  medium.kind = video ? MediaKind::kVideo : MediaKind::kImage;
  medium.media = std::move(media);
  return medium;
}

}  // namespace vlr
