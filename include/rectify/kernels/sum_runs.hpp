// The loop of a per-channel backward pass over runs of one slope, of at least a vector.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/sum_step.hpp>

namespace rectify::kernels {

/// A vector across the end of a run blends two slopes; the next run's part of its shares is carried on. There
/// is none where runs and range are of whole vectors.
template <bool whole, class Arch, Reach reach, class F, class T, class S, class... In>
void sum_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums, S* out,
              const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner;
  const T* slope = slopes.alpha();
  std::size_t channel = slopes.channel(slopes.run(begin));
  std::size_t rest = (slopes.run(begin) + 1) * inner - begin, left = end - begin;
  out += begin;
  ((in += begin), ...);
  V alpha(slope[channel]), carried(T(0));
  const auto at = [&](std::size_t k) __attribute__((always_inline)) {
    return step_at<Arch, reach>(k, f, alpha, out, in...);
  };
  for (;;) {
    std::size_t done = whole ? rest : rest / width * width;
    if (whole ? rest >= left : done + width > left) break;
    const std::size_t vectors = rest / width;
    auto sum = simd::fold<T, Arch>(pairwise_sum<T, Arch>(vectors, at));
    double& total = sums[channel];
    channel = slopes.next_channel(channel);
    const V next(slope[channel]);
    if constexpr (!whole) {
      V terms = carried;
      carried = V(T(0));
      if (done < rest) {
        const auto here = simd::first_lanes<V>(rest - done);
        const V both = xsimd::select(here, alpha, next);
        const V shares = step<Arch, reach>(f, both, out + done, (in + done)...);
        terms = terms + simd::keep_if(here, shares);
        carried = simd::zero_if(here, shares);
        done += width;
      }
      sum += simd::fold(terms);
    }
    total += simd::sum<Arch>(sum);
    alpha = next;
    out += done;
    ((in += done), ...);
    rest += inner - done;
    left -= done;
  }
  // The end, apart, because a part-vector in the loop takes registers from all the others.
  const std::size_t vectors = std::min(rest, left) / width, done = vectors * width;
  auto sum = simd::fold<T, Arch>(pairwise_sum<T, Arch>(vectors, at));
  if constexpr (!whole) {
    sum += simd::fold(carried);
    if (done < left) {
      const std::size_t next = slopes.next_channel(channel);
      const auto here = simd::first_lanes<V>(std::min(rest - done, width));
      const V both = xsimd::select(here, alpha, V(slope[next]));
      const V shares = part_step<Arch>(f, both, left - done, out + done, (in + done)...);
      sum += simd::fold(simd::keep_if(here, shares));
      sums[next] += simd::sum<Arch>(simd::fold(simd::zero_if(here, shares)));
    }
  }
  sums[channel] += simd::sum<Arch>(sum);
}

}  // namespace rectify::kernels
