#include "model/feature_spill.h"

#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <exception>
#include <utility>

#include "model/encoded_features.h"

namespace vlr {
namespace {

constexpr std::int64_t kMaxWaitingBytes = std::int64_t{2} << 30;  // of the device's memory

}  // namespace

FeatureSpill::FeatureSpill(c10::Device device, std::shared_ptr<VisionStore> store)
    : device_(device), store_(std::move(store)), thread_([this] { Run(); }) {}

FeatureSpill::~FeatureSpill() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void FeatureSpill::Put(const VisionPatches& medium, const VisionFeatures& features) {
  const auto bytes =
      static_cast<std::int64_t>(features.merged.nbytes()) * (1 + std::ssize(features.deepstack));
  Item item{{.grid = medium.grid, .key = medium.key, .note = medium.note},
            features,
            c10::Event(device_.type()),
            bytes};
  item.made.record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  {
    const std::lock_guard lock(mutex_);
    if (bytes_ + bytes > kMaxWaitingBytes) return;
    bytes_ += bytes;
    items_.push_back(std::move(item));
  }
  wake_.notify_one();
}

void FeatureSpill::Run() {
  const c10::InferenceMode inference;
  const c10::Stream stream = c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_);
  const c10::StreamGuard guard(stream);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !items_.empty(); });
    if (stopping_) return;
    Item item = std::move(items_.front());
    items_.pop_front();
    lock.unlock();
    try {
      stream.wait(item.made);
      store_->Put(item.medium, ToHost(item.features));
    } catch (const std::exception&) {  // what the host lacks is encoded again
    }
    const std::int64_t bytes = item.bytes;
    { const Item gone = std::move(item); }
    lock.lock();
    bytes_ -= bytes;
  }
}

}  // namespace vlr
