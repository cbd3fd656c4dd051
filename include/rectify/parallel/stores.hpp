// Whether results go through the cache or past it, and a device that says so.
#pragma once

#include <cstddef>
#include <rectify/parallel/blocks.hpp>
#include <rectify/simd/cache.hpp>

namespace rectify {

/// `automatic` streams past the cache what would not stay in it and waits for memory, which saves reading
/// each line before it is written. `cached` and `streaming` force it, for a caller who knows when the result
/// is read next.
enum class Stores { automatic, cached, streaming };

namespace parallel {

/// A device together with a choice of stores.
template <class Device>
struct WithStores {
  Stores stores;
  const Device& device;
};

template <class Device>
inline constexpr bool chooses_stores = false;
template <class Device>
inline constexpr bool chooses_stores<WithStores<Device>> = true;

template <class Device>
const Device& device_of(const Device& device) {
  return device;
}
template <class Device>
const Device& device_of(const WithStores<Device>& with) {
  return with.device;
}
template <class Device>
Stores stores_of(const Device&) {
  return Stores::automatic;
}
template <class Device>
Stores stores_of(const WithStores<Device>& with) {
  return with.stores;
}

/// Whether to stream an output of n elements. A loop that computes for a good part of the time hides what
/// cached stores cost, but not what streaming ones do.
template <class Device>
bool stream_output(const Device& device, std::size_t n, Work work) {
  constexpr std::size_t always_cached = std::size_t{1} << 20;
  const Stores stores = stores_of(device);
  if (stores != Stores::automatic) return stores == Stores::streaming;
  const std::size_t bytes = n * work.bytes;
  return bytes > always_cached && work.waits_for_memory() && bytes > simd::cached_bytes();
}

}  // namespace parallel

/// The optional last argument of a call: `act.forward(x, y, rectify::with(rectify::Stores::cached))`.
template <class Device = parallel::Serial>
parallel::WithStores<Device> with(Stores stores, const Device& device = {}) {
  return {stores, device};
}

}  // namespace rectify
