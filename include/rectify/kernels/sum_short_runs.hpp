// The loops of a per-channel backward pass over runs of a few vectors.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/sum_runs.hpp>

namespace rectify::kernels {

/// As many runs at once as a vector has doubles: their lanes are added across all of them in about as many
/// steps as those of one. shares(j, slope) sums the jth, its slope and the next one's at `slope`.
template <class T, class Arch, class Shares>
[[gnu::always_inline]] inline void sum_across(const Slopes<T, Arch>& slopes, std::size_t& channel,
                                              double* sums, const Shares& shares) {
  using Double = xsimd::batch<double, Arch>;
  constexpr std::size_t together = Double::size;
  T wrapped[together + 1];
  const T* slope = slopes.of_runs(channel, wrapped);
  Double rows[together];
#pragma GCC unroll 8
  for (std::size_t j = 0; j < together; ++j) rows[j] = shares(j, slope + j);
  const Double sum = xsimd::haddp(rows);
  if (channel + together <= slopes.shape().channels) {
    (Double::load_unaligned(sums + channel) + sum).store_unaligned(sums + channel);
    channel = slopes.channel(channel + together);
  } else {
    double terms[together];
    sum.store_unaligned(terms);
    for (double term : terms) {
      sums[channel] += term;
      channel = slopes.next_channel(channel);
    }
  }
}

/// at(i) + ... + at(i + count - 1), in double precision but for groups of at most 8 terms.
template <std::size_t count, class At>
[[gnu::always_inline]] inline auto sum_in_groups(const At& at, std::size_t i) {
  constexpr std::size_t group = count >= 4 ? 4 : count >= 2 ? 2 : 1;
  const auto sum = simd::fold(sum_of<group>(at, i));
  if constexpr (count == group)
    return sum;
  else
    return sum + sum_in_groups<count - group>(at, i + group);
}

/// Runs of so many whole vectors, from the beginning of one on. Ends where fewer are left than are summed
/// across.
template <std::size_t vectors, class Arch, Reach reach, class F, class T, class S, class... In>
std::size_t sum_whole_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end,
                           double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t inner = vectors * V::size, together = xsimd::batch<double, Arch>::size;
  std::size_t channel = slopes.channel(slopes.run(begin));
  // Lines are asked for apart from the steps: between them, gcc compiles for half as long again.
  for (; begin + together * inner <= end; begin += together * inner)
    sum_across(
        slopes, channel, sums, [&](std::size_t j, const T* slope) __attribute__((always_inline)) {
          const V alpha(*slope);
          const std::size_t run = begin + j * inner;
#pragma GCC unroll 4
          for (std::size_t k = 0; k < vectors; ++k)
            ask_ahead<V, reach>(j * vectors + k, out + run + k * V::size, (in + run + k * V::size)...);
          const auto at = [&](std::size_t k) __attribute__((always_inline)) {
            const std::size_t i = run + k * V::size;
            return step<Arch, reach>(f, alpha, out + i, (in + i)...);
          };
          return sum_in_groups<vectors>(at, 0);
        });
  return begin;
}

/// Runs of at least one and less than eight vectors that end anywhere, as in sum_runs().
template <class Arch, Reach reach, class F, class T, class S, class... In>
std::size_t sum_ragged_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end,
                            double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  using Double = xsimd::batch<double, Arch>;
  constexpr std::size_t width = V::size, together = Double::size;
  const std::size_t inner = slopes.shape().inner, run = slopes.run(begin);
  std::size_t i = begin, run_end = (run + 1) * inner, channel = slopes.channel(run);
  V carried(T(0));
  while (run_end + (together - 1) * inner + width <= end)
    sum_across(
        slopes, channel, sums, [&](std::size_t, const T* slope) __attribute__((always_inline)) {
          const V alpha(slope[0]), next(slope[1]);
          const std::size_t vectors = (run_end - i) / width;
          const auto at = [&](std::size_t k) __attribute__((always_inline)) {
            return step_at<Arch, reach>(k, f, alpha, out + i, (in + i)...);
          };
          Double sum(0.0);
          if (vectors & 4) {
            sum = simd::fold(sum_of<4>(at, 0));
            i += 4 * width;
          }
          if (vectors & 2) {
            sum += simd::fold(sum_of<2>(at, 0));
            i += 2 * width;
          }
          V terms = carried;
          if (vectors & 1) {
            terms = terms + at(0);
            i += width;
          }
          const auto here = simd::first_lanes<V>(run_end - i);
          const V share = step<Arch, reach>(f, V(xsimd::select(here, alpha, next)), out + i, (in + i)...);
          terms = xsimd::select(here, terms + share, terms);
          carried = simd::zero_if(here, share);
          i += width;
          run_end += inner;
          return sum + simd::fold(terms);
        });
  sums[channel] += simd::sum<Arch>(simd::fold(carried));
  return i;
}

/// The first of the runs, if they are short; returns where the rest begins. `whole` as in sum_runs().
template <bool whole, class Arch, Reach reach, class F, class T, class S, class... In>
std::size_t sum_short_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end,
                           double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  const std::size_t inner = slopes.shape().inner;
  if constexpr (!sums_across<V>) {
    return begin;
  } else if (end - begin < xsimd::batch<double, Arch>::size * inner) {
    return begin;
  } else if constexpr (!whole) {
    if (inner >= 4 * simd::line_bytes / sizeof(T)) return begin;
    return sum_ragged_runs<Arch, reach>(f, slopes, begin, end, sums, out, in...);
  } else {
    constexpr std::size_t most = 4, also = 256 / sizeof(V);  // batches of 64 floats
    const std::size_t vectors = inner / V::size;
    if (vectors > most && (vectors != also || kernels::leaves_l2<S>(slopes.shape().size()))) return begin;
    const std::size_t first = std::min(end, slopes.run(begin + inner - 1) * inner);
    if (begin < first) sum_runs<true, Arch, reach>(f, slopes, begin, first, sums, out, in...);
    begin = first;
    const auto sum = [&](auto count) {
      begin = sum_whole_runs<count, Arch, reach>(f, slopes, begin, end, sums, out, in...);
    };
    if (vectors <= most)
      with_constant<most>(vectors, sum);
    else if constexpr (reach == Reach::near || reach == Reach::past)
      sum(std::integral_constant<std::size_t, also>());
    return begin;
  }
}

}  // namespace rectify::kernels
