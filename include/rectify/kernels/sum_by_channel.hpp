// The loop behind a per-channel backward pass: dx and the gradient of the slopes in one sweep.
#pragma once

#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/kernels/sum_bundles.hpp>
#include <rectify/kernels/sum_pattern.hpp>
#include <rectify/kernels/sum_runs.hpp>
#include <rectify/kernels/sum_short_runs.hpp>

namespace rectify::kernels {

/// The loops over runs.
template <bool whole, class Arch, Reach reach, class F, class T, class S, class... In>
void sum_all_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums,
                  S* out, const In*... in) {
  begin = sum_short_runs<whole, Arch, reach>(f, slopes, begin, end, sums, out, in...);
  if (begin < end) sum_runs<whole, Arch, reach>(f, slopes, begin, end, sums, out, in...);
}

/// sum_by_channel() by the loop for the channels' order.
template <class Arch, Reach reach, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_at(F f, const Slopes<T, Arch>& slopes, std::size_t begin,
                                          std::size_t end, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr bool streaming = streams(reach);
  const std::size_t head = unaligned_head<V, streaming>(out + begin, end - begin);
  const std::size_t period = slopes.period();
  if (slopes.loop() == Loop::bundles) {
    if (streaming && simd::is_aligned(out + begin, V::size * sizeof(S)))
      sum_bundles<Arch, streaming ? reach : Reach::near>(f, slopes, begin, end, sums, out, in...);
    else
      sum_bundles<Arch, Reach::near>(f, slopes, begin, end, sums, out, in...);
  } else if (slopes.loop() == Loop::runs) {
    const std::size_t body = begin + head;
    if (begin < body) sum_runs<false, Arch, Reach::near>(f, slopes, begin, body, sums, out, in...);
    if ((slopes.shape().inner | body | end) % V::size == 0)
      sum_all_runs<true, Arch, reach>(f, slopes, body, end, sums, out, in...);
    else
      sum_all_runs<false, Arch, reach>(f, slopes, body, end, sums, out, in...);
  } else if (period % V::size == 0 && head == 0) {
    sum_pattern<Arch, reach>(f, slopes, 0, begin, end, sums, out, in...);
  } else if (period % V::size == 0 && 16 * period <= end - begin) {
    sum_turned_pattern<Arch, reach>(f, slopes, head, begin, end, sums, out, in...);
  } else {
    constexpr Reach through_cache = !streaming ? reach : simd::asks_ahead<V> ? Reach::far : Reach::near;
    sum_pattern<Arch, through_cache>(f, slopes, 0, begin, end, sums, out, in...);
  }
  simd::Store<Arch, streaming>::fence();
}

/// out[i] = dy[i] f'(x[i], alpha) for begin <= i < end of flat arrays, and the sums over them of df/dalpha
/// dy, one for each position that sum_count() counts; the same of v, and of df'/dalpha v dy, from three
/// inputs. Of a pattern, begin is a multiple of the period, and end is one too, or the array's end. out may
/// be an input, but for streaming.
template <class Arch, bool streaming = false, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin,
                                                  std::size_t end, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  if constexpr (streaming && simd::asks_ahead<V>) {
    // sum_long_rows() loads four vectors before it stores them: with AVX2 two lines.
    constexpr bool two_lines = 4 * sizeof(V) >= 2 * simd::line_bytes;
    const bool long_rows = slopes.loop() == Loop::pattern && slopes.period() > most_in_registers * V::size;
    if (!(two_lines && long_rows) && (simd::waits_for(in, out) || ...))
      return sum_by_channel<Arch>(f, slopes, begin, end, sums, out, in...);
  }
  // Not past the cache with three inputs, for the time it takes to compile.
  constexpr bool asks = simd::asks_ahead<V> && (!streaming || sizeof...(In) == 2);
  constexpr Reach within = streaming ? Reach::past : Reach::near;
  constexpr Reach outside = !asks ? within : streaming ? Reach::beyond : Reach::far;
  const std::size_t size = slopes.shape().size();
  if (within != outside && (streaming ? simd::leave_cache<In...>(size) : kernels::leaves_l2<S>(size)))
    sum_at<Arch, outside>(f, slopes, begin, end, sums, out, in...);
  else
    sum_at<Arch, within>(f, slopes, begin, end, sums, out, in...);
}

/// How many sums sum_by_channel accumulates.
template <class T, class Arch>
std::size_t sum_count(const Slopes<T, Arch>& slopes) {
  return slopes.loop() == Loop::pattern ? slopes.period() : slopes.shape().channels;
}

/// Adds them up, in their own memory, and calls write(channel, sum). A pattern is repeated by doubling, so
/// its sums fold by halves.
template <class T, class Arch, class Write>
[[gnu::always_inline]] inline void fold_sums(const Slopes<T, Arch>& slopes, double* sums,
                                             const Write& write) {
  const std::size_t inner = slopes.loop() == Loop::pattern ? slopes.shape().inner : 1;
  const std::size_t channels = slopes.shape().channels, period = channels * inner;
  for (std::size_t half = sum_count(slopes) / 2; half >= period; half /= 2)
    kernels::add_sums<Arch>(half, sums, sums + half);
  if (inner > 1)
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = sums[c * inner];
      for (std::size_t i = 1; i < inner; ++i) sum += sums[c * inner + i];
      sums[c] = sum;
    }
  for (std::size_t c = 0; c < channels; ++c) write(c, sums[c]);
}

}  // namespace rectify::kernels
