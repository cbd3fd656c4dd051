// Splits a range over an Eigen device, at boundaries that do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace rectify::parallel {

/// The default device: everything in the calling thread.
struct Serial {};

/// What an element costs: bytes loaded and stored, and its share of a vector's instructions.
struct Work {
  std::size_t bytes;
  double instructions;

  /// Of n elements: about 16 bytes a cycle from the last-level cache, two instructions a cycle. Eigen's own
  /// price of a byte is four times as much, at which threads come where they slow down.
  double cycles(std::size_t n) const {
    return static_cast<double>(n) * (static_cast<double>(bytes) / 16 + instructions / 2);
  }
  /// More than half of the time, at about 8 bytes a cycle from memory.
  constexpr bool waits_for_memory() const { return instructions / 2 <= static_cast<double>(bytes) / 16; }
};

template <class Device, class = void>
struct has_threads : std::false_type {};
template <class Device>
struct has_threads<Device, std::void_t<decltype(std::declval<const Device&>().getPool())>> : std::true_type {
};

/// Calls body(block) for every block below count, each of so many cycles. The device's own cost model decides
/// how many threads are worth it.
template <class Device, class Body>
void for_blocks(const Device& device, std::size_t count, double cycles, const Body& body) {
  if constexpr (has_threads<Device>::value) {
    if (count > 1 && device.numThreads() > 1) {
      // A task for each thread: more of them take longer to hand out than they balance, and the calling
      // thread takes one of so many.
      using Index = std::ptrdiff_t;
      const std::size_t tasks = std::min(count, static_cast<std::size_t>(device.numThreads()));
      const double blocks = static_cast<double>(count) / static_cast<double>(tasks);
      device.parallelFor(static_cast<Index>(tasks), {0, 0, cycles * blocks}, [&](Index first, Index last) {
        const std::size_t end = static_cast<std::size_t>(last) * count / tasks;
        for (std::size_t i = static_cast<std::size_t>(first) * count / tasks; i < end; ++i) body(i);
      });
      return;
    }
  }
  for (std::size_t block = 0; block < count; ++block) body(block);
}

/// Blocks of equal size, the last one shorter. One block takes no division, which would cost a small array
/// more than its elements do.
struct Blocks {
  std::size_t size, block;

  std::size_t count() const { return size <= block ? 1 : (size + block - 1) / block; }
  std::size_t begin(std::size_t i) const { return i * block; }
  std::size_t end(std::size_t i) const { return std::min(size, (i + 1) * block); }
};

/// Blocks that are multiples of a grain, unless one is enough. size is at least 1.
inline Blocks split(std::size_t size, std::size_t about, std::size_t grain) {
  if (size <= about) return {size, size};
  return {size, std::max(grain, (about + grain - 1) / grain * grain)};
}

/// Enough elements that a block is worth a thread's while, few enough to stay in its L2 cache.
constexpr std::size_t block_elements = 16384;

/// Calls body(begin, end) over [0, size) of an element-wise loop. Its results do not depend on the blocks, so
/// a single thread takes the whole range at once.
template <class Device, class Body>
[[gnu::always_inline]] inline void for_range(const Device& device, std::size_t size, Work work,
                                             const Body& body) {
  if constexpr (has_threads<Device>::value) {
    const Blocks blocks = split(size, block_elements, block_elements);
    if (blocks.count() > 1 && device.numThreads() > 1) {
      for_blocks(device, blocks.count(), work.cycles(block_elements),
                 [&](std::size_t i) { body(blocks.begin(i), blocks.end(i)); });
      return;
    }
  }
  body(std::size_t{0}, size);
}

}  // namespace rectify::parallel
