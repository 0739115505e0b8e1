#include "sidecar/http/expiry.h"

namespace vlr::http {

Expiry::~Expiry() {
  state_->socket = nullptr;
  state_->timer.cancel();
}

void Expiry::Set(Time time) {
  state_->time = time;
  if (time < state_->due) SetTimer(state_);
}

void Expiry::SetTimer(const std::shared_ptr<State>& state) {
  state->due = state->time;
  state->timer.expires_at(state->due);  // ends the wait for an earlier setting
  state->timer.async_wait([state](boost::system::error_code error) {
    if (error || state->socket == nullptr) return;
    state->due = Time::max();
    if (state->time == Time::max()) return;
    if (state->time > std::chrono::steady_clock::now()) {
      SetTimer(state);
    } else {
      state->socket->close(error);
    }
  });
}

}  // namespace vlr::http
