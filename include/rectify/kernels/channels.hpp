// How a slope per channel meets a flat array: as runs of one slope, bundles of short ones, or a pattern.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <rectify/kernels/bundle.hpp>
#include <rectify/simd/part.hpp>
#include <rectify/simd/stream.hpp>
#include <utility>

namespace rectify::kernels {

/// Memory for n elements, aligned to cache lines, on the stack where they are few.
template <class T, std::size_t few>
class Scratch {
 public:
  explicit Scratch(std::size_t n) : heap_(n > few ? new (std::align_val_t{64}) T[n] : nullptr) {}
  T* data() { return heap_ ? heap_.get() : stack_; }

 private:
  struct Delete {
    void operator()(T* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  alignas(64) T stack_[few];
  std::unique_ptr<T[], Delete> heap_;
};

/// A packed array of outer x channels x inner elements.
struct ChannelShape {
  std::size_t outer, channels, inner;

  std::size_t size() const { return outer * channels * inner; }
};

/// Whether n divides a power of two; without a division, which costs as much as a small array.
inline bool divides(std::size_t n, std::size_t power_of_two) {
  return n <= power_of_two && (n & (n - 1)) == 0;
}

/// Calls body with n as a constant, where it is 1 to `most`.
template <class Body, std::size_t... less>
[[gnu::always_inline]] inline void with_constant(std::index_sequence<less...>, std::size_t n,
                                                 const Body& body) {
  ((n == less + 1 ? body(std::integral_constant<std::size_t, less + 1>()) : void()), ...);
}
template <std::size_t most, class Body>
[[gnu::always_inline]] inline void with_constant(std::size_t n, const Body& body) {
  kernels::with_constant(std::make_index_sequence<most>(), n, body);
}

/// Whether the lanes of as many runs as a vector has doubles are added in fewer steps together.
template <class V>
constexpr bool sums_across = sizeof(V) > 16;

enum class Loop { runs, pattern, bundles };

/// Of how many vectors of slopes the registers hold, beside those of a loop.
constexpr std::size_t most_in_registers = 8;

/// What a pattern of slopes is for: an unrolled loop, or tiles that are summed.
enum class Layout { unrolled, tiles };

/// The slopes of an array, laid out once per call so that the loops load them as whole vectors.
///
/// - runs, of at least a vector: one slope in a register; a vector across the end of a run blends two;
/// - pattern, for channels next to each other and short runs that repeat: one period in memory, repeated to
///   whole vectors where that stays small;
/// - bundles, for other short runs: permuted in registers.
template <class T, class Arch>
class Slopes {
 public:
  using V = xsimd::batch<T, Arch>;
  static constexpr std::size_t width = V::size;

  /// A pattern that is laid out here is aligned where `phase` elements of it have passed.
  [[gnu::always_inline]] Slopes(const T* alpha, ChannelShape shape, Layout layout, std::size_t phase = 0)
      : alpha_(alpha),
        shape_(shape),
        period_(repeated_period(shape, layout)),
        loop_(choose_loop(layout)),
        copy_(needs_copy() ? period_ + 3 * width : 0),
        pattern_(needs_copy() ? lay_out(copy_.data() + (width - phase) % width) : alpha) {}

  const ChannelShape& shape() const { return shape_; }
  const T* alpha() const { return alpha_; }
  Loop loop() const { return loop_; }
  /// The number of the run of one slope that element i is in.
  std::size_t run(std::size_t i) const {
    return i < shape_.inner ? 0 : i / shape_.inner;  // a division costs as much as a small array
  }
  std::size_t channel(std::size_t run) const { return run < shape_.channels ? run : run % shape_.channels; }
  std::size_t next_channel(std::size_t channel) const {
    return channel + 1 < shape_.channels ? channel + 1 : 0;
  }

  /// The slopes of as many runs, from this channel's on, as `wrapped` has room for; in it where they go on at
  /// the first channel.
  template <std::size_t runs>
  const T* of_runs(std::size_t channel, T (&wrapped)[runs]) const {
    if (channel + runs <= shape_.channels) return alpha_ + channel;
    for (T& slope : wrapped) {
      slope = alpha_[channel];
      channel = next_channel(channel);
    }
    return wrapped;
  }

  /// Length of the pattern, a multiple of channels x inner and at least a vector where the array is.
  std::size_t period() const { return period_; }
  /// A vector can be loaded from any multiple of the width below period(), and from any position of a period
  /// that repeats often.
  const T* pattern() const { return pattern_; }
  bool repeats_often() const { return shape_.outer >= 16; }

 private:
  /// Elements of one that a cache holds beside the arrays.
  static constexpr std::size_t longest_pattern = 4096;

  /// As many periods as make whole vectors: as many as there are registers for, or else whole groups of the
  /// four that a loop is unrolled by, and so many of those that its beginning and end take little time; as
  /// far as the array is worth it. Where it holds no two of whole vectors, as much of it as stays in
  /// registers, and a vector at least.
  [[gnu::always_inline]] static std::size_t repeated_period(ChannelShape shape, Layout layout) {
    const std::size_t period = shape.channels * shape.inner, size = shape.size();
    if (shape.outer == 1) return period;
    if (layout == Layout::tiles && divides(period, width)) return width;
    const auto repeated = [period](std::size_t unit) {
      std::size_t multiple = period;
      while (multiple % unit != 0) multiple *= 2;
      return multiple;
    };
    const auto doubled = [](std::size_t multiple, std::size_t most) {
      while (2 * multiple <= most) multiple *= 2;
      return multiple;
    };
    constexpr std::size_t in_registers = most_in_registers * width;
    const std::size_t whole = repeated(width);
    if (layout == Layout::unrolled && whole > in_registers) {
      const std::size_t fours = repeated(4 * width), worth_it = size / (whole == period ? 64 : 8);
      if (fours <= std::min(longest_pattern, worth_it))
        return doubled(fours, std::min(longest_pattern / 4, size / 64));
    }
    if (whole == period && (period >= 4 * width || layout == Layout::unrolled)) return period;
    if (whole > std::min(longest_pattern, size / 2))
      return doubled(period, std::min(in_registers, std::max(size, 2 * width)));
    return doubled(whole, std::min(in_registers, size / 64));
  }
  Loop choose_loop(Layout layout) const {
    const std::size_t channels = shape_.channels, inner = shape_.inner;
    if (channels == 1) return Loop::runs;
    if (inner == 1) return Loop::pattern;
    const bool repeats = shape_.outer >= 8 && period_ <= longest_pattern;
    const bool whole = inner % width == 0, enough = channels >= width;
    if (layout == Layout::unrolled && simd::has_permute<T, Arch>() && enough &&
        inner <= Bundle<T, Arch>::longest_run && (whole ? inner <= most_in_registers : inner >= 4))
      return Loop::bundles;
    if (inner < width) return enough && !repeats ? Loop::bundles : Loop::pattern;
    if (whole && (layout == Layout::unrolled || sums_across<V>)) return Loop::runs;
    return repeats && inner < 32 && period_ % width == 0 ? Loop::pattern : Loop::runs;
  }
  bool needs_copy() const {
    if (loop_ != Loop::pattern) return false;
    const bool whole_vectors = period_ % width == 0 && period_ == shape_.channels;
    return !((whole_vectors && !repeats_often()) || (shape_.inner == 1 && shape_.outer == 1));
  }

  /// Whole vectors over each other as long as little is written, because a load waits for smaller stores.
  [[gnu::noinline]] const T* lay_out(T* to) const {
    const std::size_t channels = shape_.channels, inner = shape_.inner;
    const std::size_t length = period_ + width, enough = std::min(length, 4 * width);
    std::size_t done = 0;
    if (inner > 1) {
      while (done < enough)
        for (std::size_t c = 0; c < channels && done < length; ++c, done += inner)
          for (std::size_t i = 0; i < inner && done + i < length; i += width)
            V(alpha_[c]).store_unaligned(to + done + i);
    } else if (channels < width) {
      const V slopes = simd::load_part<Arch>(alpha_, channels);
      for (; done < enough; done += channels) slopes.store_unaligned(to + done);
    } else {
      std::copy_n(alpha_, channels, to);
      done = channels;
    }
    for (; done < length; done *= 2) std::copy_n(to, std::min(done, length - done), to + done);
    return to;
  }

  const T* alpha_;
  ChannelShape shape_;
  std::size_t period_;
  Loop loop_;
  Scratch<T, 1024 + 3 * width> copy_;
  const T* pattern_;
};

/// Whether test(p[i]) for all i < n; it takes numbers and vectors.
template <class Arch, class T, class Test>
bool all_of(const T* p, std::size_t n, const Test& test) {
  using V = xsimd::batch<T, Arch>;
  if (n < V::size) return std::all_of(p, p + n, test);
  auto all = test(V::load_unaligned(p + n - V::size));
  for (std::size_t i = 0; i + V::size < n; i += V::size) all = all && test(V::load_unaligned(p + i));
  return xsimd::all(all);
}

}  // namespace rectify::kernels
