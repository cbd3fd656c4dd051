// The loop of a per-channel backward pass over runs of one slope in bundles of whole vectors.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/sum_step.hpp>

namespace rectify::kernels {

/// Adds the shares of runs of so many elements to the sums of their channels, in double precision.
template <std::size_t inner, class Arch, class T>
void add_runs(std::size_t runs, const T* shares, double* sums) {
  for (std::size_t run = 0; run < runs; ++run, shares += inner)
    sums[run] += sum_of<inner>([shares](std::size_t i) { return static_cast<double>(shares[i]); }, 0);
}
/// The one for runs of less than a vector; once for all loops, for the compiler's time.
template <class V>
auto add_runs_of(std::size_t inner) {
  using T = simd::scalar_t<V>;
  void (*add)(std::size_t, const T*, double*) = nullptr;
  with_constant<V::size - 1>(inner,
                             [&](auto constant) { add = add_runs<constant, typename V::arch_type, T>; });
  return add;
}

/// Runs of less than a vector. begin is a multiple of its width; the shares of a bundle go through memory.
template <class Arch, Reach reach, class F, class T, class S, class... In>
void sum_bundles(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums, S* out,
                 const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner, channels = slopes.shape().channels;
  const Bundle<T, Arch> bundle(inner);
  const auto add = add_runs_of<V>(inner);
  std::size_t channel = slopes.channel(begin / bundle.size() * width), at = begin % bundle.size();
  alignas(64) T shares[width * width];
  std::fill_n(shares, at, T(0));
  for (std::size_t i = begin; i < end; at = 0) {
    T wrapped[width];
    const V of_runs = V::load_unaligned(slopes.of_runs(channel, wrapped));
    const std::size_t stop = std::min(end, i + bundle.size() - at);
    for (; i + width <= stop; i += width, at += width)
      step<Arch, reach>(f, bundle.slopes(of_runs, at), out + i, (in + i)...).store_aligned(shares + at);
    if (i < stop) {
      const V share = part_step<Arch>(f, bundle.slopes(of_runs, at), stop - i, out + i, (in + i)...);
      share.store_aligned(shares + at);
      at += width;
      i = stop;
    }
    std::fill_n(shares + at, bundle.size() - at, T(0));
    const std::size_t before = std::min(width, channels - channel);
    add(before, shares, sums + channel);
    if (before < width) add(width - before, shares + before * inner, sums);
    channel = slopes.channel(channel + width);
  }
}

}  // namespace rectify::kernels
