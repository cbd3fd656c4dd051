// The loop behind a per-channel forward pass: y[i] = f(x[i], alpha of i's channel).
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>

namespace rectify::kernels {

/// A few vectors, of the slopes slope(0), slope(width) and so on.
template <class Arch, bool streaming, std::size_t count, class F, class S, class Slope>
[[gnu::always_inline]] inline void map_vectors(bool ask, F f, const S* x, S* y, const Slope& slope) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  store_each<Arch, streaming, count>(
      ask, [&](std::size_t k, V v) __attribute__((always_inline)) { return f(v, slope(k * V::size)); }, y, x);
}

/// Runs of so many vectors, from the beginning of one on, four at a time; returns where the rest begins.
template <std::size_t vectors, class Arch, bool streaming, class F, class T, class S>
std::size_t map_whole_runs(bool ask, F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end,
                           const S* x, S* y) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t runs = 4, inner = vectors * V::size;
  std::size_t channel = slopes.channel(slopes.run(begin));
  const std::size_t stop = starts_end(end, runs * inner);
  for (; begin < stop; begin += runs * inner) {
    T wrapped[runs];
    const T* slope = slopes.of_runs(channel, wrapped);
    const V alpha[] = {V(slope[0]), V(slope[1]), V(slope[2]), V(slope[3])};
#pragma GCC unroll 4
    for (std::size_t k = 0; k < runs * vectors; k += 4)
      map_vectors<Arch, streaming, 4>(ask, f, x + begin + k * V::size, y + begin + k * V::size,
                                      [&](std::size_t i) { return alpha[(k + i / V::size) / vectors]; });
    channel = slopes.channel(channel + runs);
  }
  return begin;
}

/// The first of the runs, if they are of a few whole vectors: the other loop takes as long for the end of
/// such a run as for its elements. Returns where the rest begins.
template <class Arch, bool streaming, class F, class T, class S>
std::size_t map_short_runs(bool ask, F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end,
                           const S* x, S* y) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, most = sizeof(V) < simd::line_bytes ? 4 : 3;
  const std::size_t inner = slopes.shape().inner;
  if (inner <= most * width && inner % width == 0 && begin % inner == 0)
    with_constant<most>(inner / width, [&](auto vectors) {
      begin = map_whole_runs<vectors, Arch, streaming>(ask, f, slopes, begin, end, x, y);
    });
  return begin;
}

template <class Arch, bool streaming, class F, class T, class S>
void map_runs(bool ask, F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
              S* y) {
  using V = xsimd::batch<T, Arch>;
  using Store = simd::Store<Arch, streaming>;
  constexpr std::size_t width = V::size, count = simd::vectors_at_once<V, streaming>;
  const std::size_t inner = slopes.shape().inner;
  const auto step = [&](std::size_t i, V alpha) {
    Store::whole(y + i, V(f(simd::load<Arch>(x + i), alpha)));
  };
  std::size_t run_end = (slopes.run(begin) + 1) * inner;
  std::size_t channel = slopes.channel(slopes.run(begin));
  V alpha(slopes.alpha()[channel]);
  std::size_t i = begin;
  for (;;) {
    const std::size_t stop = std::min(run_end, end);
    const std::size_t turns = starts_end(stop, count * width);
    for (; i < turns; i += count * width)
      map_vectors<Arch, streaming, count>(ask, f, x + i, y + i, [&](std::size_t) { return alpha; });
    for (; i + width <= stop; i += width) step(i, alpha);
    if (i == end) return;
    channel = slopes.next_channel(channel);
    const V next(slopes.alpha()[channel]);
    if (i < run_end) {
      const V both = xsimd::select(simd::first_lanes<V>(std::min(run_end - i, width)), alpha, next);
      if (i + width > end) {
        simd::store_part<Arch>(y + i, end - i, V(f(simd::load_part<Arch>(x + i, end - i), both)));
        return;
      }
      step(i, both);
      i += width;
    }
    alpha = next;
    run_end += inner;
  }
}

/// A pattern of so few vectors that it stays in registers, from the slopes at `at` on. A function of its own,
/// or clang keeps its counters in memory. Returns where the rest begins, at the same slopes again.
template <std::size_t vectors, class Arch, bool streaming, class F, class T, class S>
std::size_t map_whole_periods(bool ask, F f, const T* pattern, std::size_t at, std::size_t begin,
                              std::size_t end, const S* x, S* y) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, period = vectors * width, count = vectors < 3 ? 4 : vectors;
  V alpha[count];
  for (V& next : alpha) {
    next = V::load_unaligned(pattern + at);
    at += width;
    if (at >= period) at -= period;
  }
  const std::size_t stop = starts_end(end - 1, count * width);
  for (; begin < stop; begin += count * width)
    map_vectors<Arch, streaming, count>(ask, f, x + begin, y + begin,
                                        [&](std::size_t k) { return alpha[k / width]; });
  return begin;
}

template <class Arch, bool streaming, class F, class T, class S>
void map_pattern(bool ask, F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                 S* y) {
  using V = xsimd::batch<T, Arch>;
  using Store = simd::Store<Arch, streaming>;
  constexpr std::size_t width = V::size, count = simd::vectors_at_once<V, streaming>;
  const std::size_t period = slopes.period();
  const T* pattern = slopes.pattern();
  std::size_t at = begin < period ? begin : begin % period;
  if (end - begin < width) {
    const std::size_t n = end - begin;
    const V alpha = simd::load_part<Arch>(pattern + at, n);
    simd::store_part<Arch>(y + begin, n, V(f(simd::load_part<Arch>(x + begin, n), alpha)));
    return;
  }
  const auto slope = [&](std::size_t k) { return V::load_unaligned(pattern + k); };
  const V last = simd::load<Arch>(x + end - width);
  std::size_t i = begin;
  if (period % width == 0 && i + period < end)
    with_constant<most_in_registers>(
        period / width, [&](auto vectors) __attribute__((always_inline)) {
          i = map_whole_periods<vectors, Arch, streaming>(ask, f, pattern, at, i, end, x, y);
        });
  while (i + width < end) {
    const std::size_t rest = (period - at + width - 1) / width * width;
    const std::size_t stop = std::min(i + rest, end);
    const std::size_t turns = starts_end(stop, count * width);
    for (; i < turns; i += count * width, at += count * width)
      map_vectors<Arch, streaming, count>(ask, f, x + i, y + i, [&](std::size_t k) { return slope(at + k); });
    for (; i < stop && i + width < end; i += width, at += width)
      Store::whole(y + i, V(f(simd::load<Arch>(x + i), slope(at))));
    if (at >= period) at -= period;
  }
  const std::size_t back = i - (end - width);
  simd::store<Arch>(y + (end - width), V(f(last, slope(at >= back ? at - back : at + period - back))));
}

/// Bundles of so few vectors that what permutes their slopes stays in registers.
template <std::size_t vectors, class Arch, class F, class T, class S>
void map_whole_bundles(F f, const Bundle<T, Arch>& bundle, const T* alpha, std::size_t bundles, const S* x,
                       S* y) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  V codes[vectors];
  for (std::size_t k = 0; k < vectors; ++k) codes[k] = bundle.codes(k * width);
  for (; bundles > 0; --bundles, alpha += width, x += vectors * width, y += vectors * width) {
    const V of_runs = V::load_unaligned(alpha);
    map_vectors<Arch, false, vectors>(
        false, f, x, y, [&](std::size_t k) { return simd::permute(of_runs, codes[k / width]); });
  }
}

/// begin is a multiple of the vector's width.
template <class Arch, bool streaming, class F, class T, class S>
void map_bundles(bool ask, F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                 S* y) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, count = simd::vectors_at_once<V, streaming>;
  const std::size_t channels = slopes.shape().channels;
  const Bundle<T, Arch> bundle(slopes.shape().inner);
  std::size_t channel = slopes.channel(begin / bundle.size() * width), at = begin % bundle.size();
  T wrapped[width];
  for (std::size_t i = begin; i < end;) {
    const T* alpha = slopes.of_runs(channel, wrapped);
    const std::size_t bundles = alpha == wrapped ? 1 : (channels - channel) / width;
    const std::size_t stop = std::min(end, i - at + bundles * bundle.size());
    channel = slopes.channel(channel + bundles * width);
    if constexpr (!streaming && simd::has_permute<T, Arch>())
      if (at == 0)
        with_constant<most_in_registers>(slopes.shape().inner, [&](auto vectors) {
          const std::size_t whole = (stop - i) / bundle.size();
          map_whole_bundles<vectors>(f, bundle, alpha, whole, x + i, y + i);
          i += whole * bundle.size();
          alpha += whole * width;
        });
    while (i < stop) {
      const V of_runs = V::load_unaligned(alpha);
      const auto slope = [&](std::size_t k) { return bundle.slopes(of_runs, k); };
      const std::size_t bundle_end = std::min(stop, i + bundle.size() - at);
      const std::size_t turns = starts_end(bundle_end, count * width);
      for (; i < turns; i += count * width, at += count * width)
        map_vectors<Arch, streaming, count>(ask, f, x + i, y + i,
                                            [&](std::size_t k) { return slope(at + k); });
      for (; i + width <= bundle_end; i += width, at += width)
        simd::Store<Arch, streaming>::whole(y + i, V(f(simd::load<Arch>(x + i), slope(at))));
      if (i < bundle_end)
        return simd::store_part<Arch>(y + i, end - i, V(f(simd::load_part<Arch>(x + i, end - i), slope(at))));
      at = 0;
      alpha += width;
    }
  }
}

/// f of one slope. A base, because beside a member clang copies padding too, and that load waits for a store.
template <class F, class T>
struct WithSlope : F {
  T alpha;

  template <class V>
  V operator()(V x) const {
    return F::operator()(x, V(alpha));
  }
};
template <class F, class T>
WithSlope<F, T> with_slope(F f, T alpha) {
  return {f, alpha};
}

/// y[i] = f(x[i], alpha) for begin <= i < end of the flat array. y may be x, but for streaming.
template <class Arch, bool streaming = false, class F, class T, class S>
void map_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                    S* y) {
  using V = xsimd::batch<T, Arch>;
  const bool ask = streaming && simd::leave_cache<S>(slopes.shape().size());
  const auto run = [&](auto stream, std::size_t from, std::size_t to) {
    if (slopes.loop() == Loop::pattern) return map_pattern<Arch, stream>(ask, f, slopes, from, to, x, y);
    if (slopes.loop() == Loop::bundles) return map_bundles<Arch, stream>(ask, f, slopes, from, to, x, y);
    from = map_short_runs<Arch, stream>(ask, f, slopes, from, to, x, y);
    if (from < to) map_runs<Arch, stream>(ask, f, slopes, from, to, x, y);
  };
  std::size_t body = begin;
  if (slopes.loop() == Loop::runs || (slopes.loop() == Loop::pattern && slopes.repeats_often()))
    body += unaligned_head<V, streaming>(y + begin, end - begin);
  if (begin < body) run(std::false_type(), begin, body);
  if (streaming && simd::is_aligned(y + body, V::size * sizeof(S)))
    run(std::bool_constant<streaming>(), body, end);
  else
    run(std::false_type(), body, end);
  simd::Store<Arch, streaming>::fence();
}

}  // namespace rectify::kernels
