#include "model/layer_stream.h"

#include <ATen/ops/empty.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace vlr {
namespace {

constexpr std::int64_t kAlignment = 256;  // of a tensor among the bytes of its group

std::int64_t AlignedBytes(const at::Tensor& tensor) {
  return (static_cast<std::int64_t>(tensor.nbytes()) + kAlignment - 1) / kAlignment * kAlignment;
}

// The bytes at `offset` as a tensor like `like`.
at::Tensor At(const at::Tensor& bytes, std::int64_t offset, const at::Tensor& like) {
  return bytes.narrow(0, offset, static_cast<std::int64_t>(like.nbytes()))
      .view(like.scalar_type())
      .view(like.sizes());
}

c10::Stream CurrentStream(c10::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

}  // namespace

LayerStream::LayerStream(c10::Device device) : device_(device) {
  if (!device.is_cpu()) copies_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

std::size_t LayerStream::Add(const std::vector<at::Tensor*>& tensors) {
  std::int64_t size = 0;
  for (const at::Tensor* tensor : tensors) size += AlignedBytes(*tensor);
  const std::size_t group = groups_.size();
  const auto bytes = at::TensorOptions(at::kByte);
  const at::Tensor host = at::empty({size}, copies_ ? bytes.pinned_memory(true) : bytes);
  Place& place = PlaceOf(group);
  if (!place.bytes.defined()) place.bytes = at::empty({size}, bytes.device(device_));
  TORCH_CHECK(place.bytes.size(0) == size, "groups of a LayerStream differ in size");
  std::int64_t offset = 0;
  for (at::Tensor* tensor : tensors) {
    At(host, offset, *tensor).copy_(*tensor);
    const std::int64_t next = offset + AlignedBytes(*tensor);
    *tensor = At(place.bytes, offset, *tensor);
    offset = next;
  }
  groups_.push_back(host);
  return group;
}

// Fills a place once the current stream is done with what it was given up to now.
void LayerStream::Fetch(std::size_t group) {
  Place& place = PlaceOf(group);
  if (place.holds == group) return;
  place.holds = group;
  if (!copies_) {
    place.bytes.copy_(groups_[group]);
    return;
  }
  c10::Event free(device_.type());
  free.record(CurrentStream(device_));
  copies_->wait(free);
  const c10::StreamGuard guard(*copies_);
  place.bytes.copy_(groups_[group], /*non_blocking=*/true);
  place.filled.emplace(device_.type());
  place.filled->record(*copies_);
}

void LayerStream::Begin(std::size_t group) {
  Fetch(group);
  if (copies_) CurrentStream(device_).wait(*PlaceOf(group).filled);
}

void LayerStream::End(std::size_t group) {
  const std::size_t next = (group + kPlaces) % groups_.size();
  // With an odd number of groups a round ends where the next begins; then it is fetched when it is wanted.
  if (&PlaceOf(next) == &PlaceOf(group)) Fetch(next);
}

std::int64_t LayerStream::bytes() const {
  std::int64_t sum = 0;
  for (const at::Tensor& group : groups_) sum += group.size(0);
  return sum;
}

}  // namespace vlr
