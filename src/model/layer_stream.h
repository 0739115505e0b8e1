// Weights that a device has no room for: they lie in the host's memory and come to the device group by group,
// the next while one is at work.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace vlr {

// The groups are used in the order in which they were added, round after round: Begin(0), End(0), Begin(1) …
// . Two groups' room is taken on the device, whatever the number of groups. Not thread safe.
class LayerStream {
 public:
  static constexpr std::size_t kPlaces = 2;  // groups that are on the device at a time

  explicit LayerStream(c10::Device device);

  // Takes tensors of the device to the host and lets each stand for its place on the device, which holds it
  // between Begin and End alone. All groups are of equal sizes. Gives the group's number.
  std::size_t Add(const std::vector<at::Tensor*>& tensors);

  // The current stream waits until the group is there.
  void Begin(std::size_t group);
  // What the current stream was given up to now is the last that needs the group: the one after the next
  // comes to its place.
  void End(std::size_t group);

  // Bytes that come over in a round.
  std::int64_t bytes() const;

 private:
  struct Place {
    at::Tensor bytes;  // on the device
    std::optional<std::size_t> holds;
    std::optional<c10::Event> filled;
  };

  void Fetch(std::size_t group);
  Place& PlaceOf(std::size_t group) { return places_[group % kPlaces]; }

  const c10::Device device_;
  std::optional<c10::Stream> copies_;  // none on the CPU, where a copy is there at once
  std::vector<at::Tensor> groups_;     // bytes in the host's memory, pinned where there is a device
  std::array<Place, kPlaces> places_;
};

}  // namespace vlr
