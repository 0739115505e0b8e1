#include "sidecar/http/expiry.h"

namespace vlr::http {

void Expiry::Set(Time time) {
  state_->time = time;
  if (time < state_->due) SetTimer(state_);
}

void Expiry::SetTimer(const std::shared_ptr<State>& set) {
  set->due = set->time;
  set->timer.expires_at(set->due);  // ends the wait for an earlier setting
  set->timer.async_wait([weak = std::weak_ptr(set)](boost::system::error_code error) {
    const std::shared_ptr<State> state = weak.lock();
    if (error || !state) return;
    state->due = Time::max();
    if (state->time == Time::max()) return;
    if (state->time > std::chrono::steady_clock::now()) {
      SetTimer(state);
    } else {
      state->socket.close(error);
    }
  });
}

}  // namespace vlr::http
