// The loop behind every element-wise call: y[i] = f(x[i]...).
#pragma once

#include <algorithm>
#include <cstdint>
#include <rectify/kernels/formula.hpp>
#include <rectify/simd/part.hpp>
#include <rectify/simd/stream.hpp>
#include <tuple>
#include <utility>

namespace rectify::kernels {

/// Elements to skip until y + skip is aligned to so many bytes; 0 where y is not even aligned to its own
/// elements.
template <class S>
std::size_t misalignment(const S* y, std::size_t bytes) {
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(y) % bytes;
  return beyond % sizeof(S) == 0 ? (bytes - beyond) % bytes / sizeof(S) : 0;
}

/// What a loop computes before it stores vectors where y is aligned: at least for arrays that leave the L1
/// cache, in which alignment is not worth it, and for streaming stores.
template <class V, bool streaming, class S>
std::size_t unaligned_head(const S* y, std::size_t n) {
  constexpr std::size_t cached = 32768;
  if (!streaming && n * sizeof(S) < cached) return 0;
  return std::min(n, misalignment(y, V::size * sizeof(S)));
}

/// One past the last place from which so many elements fit. For `i + count <= end` compilers keep two
/// counters, and move one to the other in each turn of a loop; for `i < starts_end(end, count)` one.
inline std::size_t starts_end(std::size_t end, std::size_t count) {
  return end < count ? 0 : end - count + 1;
}

/// Stores vectors f(k, the kth of x...), k = 0, 1 ..., when all of them are loaded and computed. A load waits
/// for a store just before it that it seems to overlap, 4 KiB away or a multiple, and arrays of one heap
/// often lie like that: up to 3 times as fast. Past the cache one after another: up to 1.2 times as fast
/// where a line is read and one written by turns. In order of their addresses: out of it, up to 1.4 times as
/// slow beyond L1. `ask` is for inputs that leave the cache.
template <class Arch, bool streaming, std::size_t... k, class S, class F, class... In>
[[gnu::always_inline]] inline void store_each(std::index_sequence<k...>, bool ask, F f, S* y,
                                              const In*... x) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  using Store = simd::Store<Arch, streaming>;
  const auto load = [&](std::size_t j) __attribute__((always_inline)) {
    if (streaming && ask) simd::ask_past<V>(j, (x + j * V::size)...);
    return std::tuple(j, simd::load<Arch>(x + j * V::size)...);
  };
  if constexpr (streaming && sizeof(V) >= simd::line_bytes) {
    (Store::whole(y + k * V::size, V(std::apply(f, load(k)))), ...);
  } else {
    const decltype(load(0)) in[] = {load(k)...};
    const V v[] = {V(std::apply(f, in[k]))...};
    (Store::whole(y + k * V::size, v[k]), ...);
  }
}
template <class Arch, bool streaming, std::size_t count, class S, class F, class... In>
[[gnu::always_inline]] inline void store_each(bool ask, F f, S* y, const In*... x) {
  store_each<Arch, streaming>(std::make_index_sequence<count>(), ask, f, y, x...);
}

/// y[i] = f(x[i]...) for i < n, through f on vectors alone. y may be one of the x, but for streaming.
///
/// The first and the last vector overlap the aligned body. They are computed before the body writes and
/// stored after it, so each element is written the same value twice and nothing is read after it changed.
///
/// Flattened, since gcc calls a formula of some size instead of inlining it, which costs up to half the
/// speed; so f stands in as few places as can be.
template <class Arch, bool streaming = false, class F, class S, class... In>
[[gnu::flatten]] void map(F f, std::size_t n, S* y, const In*... x) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  using Store = simd::Store<Arch, streaming>;
  constexpr std::size_t width = V::size;
  if (n < width) {
    if (n > 0) simd::store_part<Arch>(y, n, V(f(simd::load_part<Arch>(x, n)...)));
    return;
  }
  const auto load = [&](std::size_t k) { return std::tuple(simd::load<Arch>(x + k)...); };
  const auto at = [&](std::size_t i) { return V(std::apply(f, load(i))); };
  const auto each = [&](std::size_t, auto... v) __attribute__((always_inline)) { return f(v...); };
  const std::size_t end = n - width;
  V edges[2];
  for (int k = 0; k < 2; ++k) edges[k] = at(k == 0 ? 0 : end);
  std::size_t i = misalignment(y, width * sizeof(S));
  if constexpr (streaming) {
    constexpr std::size_t page = 4096 / sizeof(S), line = simd::line_bytes / sizeof(S);
    constexpr std::size_t turn = simd::asks_ahead<V> ? simd::vectors_at_once<V, true> * width : line;
    const std::size_t pages = simd::pages_in_turn() * page;
    const bool ask = pages == page && simd::leave_cache<In...>(n);
    const auto store_lines = [&](std::size_t k) __attribute__((always_inline)) {
      store_each<Arch, true, turn / width>(ask, each, y + k, (x + k)...);
    };
    for (; i < end && !simd::is_aligned(y + i, simd::line_bytes); i += width) Store::whole(y + i, at(i));
    if (pages > page)
      for (; i + pages <= end; i += pages)
        for (std::size_t j = i; j < i + page; j += turn)
          for (std::size_t k = j; k < j + pages; k += page) store_lines(k);
    const std::size_t lines = starts_end(end, turn);
    for (; i < lines; i += turn) store_lines(i);
  } else if constexpr (instructions<F>::value <= 8 && sizeof...(In) <= 2) {
    const std::size_t fours = starts_end(end, 4 * width);
    for (; i < fours; i += 4 * width) store_each<Arch, false, 4>(false, each, y + i, (x + i)...);
  } else if (i + 2 * width <= n) {
    // For the same reason: the next two vectors are loaded before two are stored.
    auto a = load(i), b = load(i + width);
    const std::size_t fours = starts_end(n, 4 * width);
    for (; i < fours; i += 2 * width) {
      const V first = std::apply(f, a), second = std::apply(f, b);
      a = load(i + 2 * width);
      b = load(i + 3 * width);
      Store::whole(y + i, first);
      Store::whole(y + i + width, second);
    }
  }
  for (; i < end; i += width) Store::whole(y + i, at(i));
  Store::fence();
  simd::store<Arch>(y, edges[0]);
  simd::store<Arch>(y + end, edges[1]);
}

/// The same for a few elements, n of them, without a loop.
template <class Arch, std::size_t n, class F, class S, class... In>
[[gnu::always_inline]] inline void map_few(F f, S* y, const In*... x) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  constexpr std::size_t width = V::size;
  if constexpr (n < width) {
    simd::store_part<Arch>(y, n, V(f(simd::load_part<Arch>(x, n)...)));
  } else {
    const V last = f(simd::load<Arch>(x + (n - width))...);
#pragma GCC unroll 8
    for (std::size_t i = 0; i + width < n; i += width)
      simd::store<Arch>(y + i, V(f(simd::load<Arch>(x + i)...)));
    simd::store<Arch>(y + (n - width), last);
  }
}

/// (y1[i], y2[i]) = f(x[i]...), through the cache. Each output may be one of the x.
template <class Arch, class F, class S, class... In>
[[gnu::flatten]] void map_two(F f, std::size_t n, S* y1, S* y2, const In*... x) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  constexpr std::size_t width = V::size;
  if (n < width) {
    if (n == 0) return;
    const std::pair<V, V> part = f(simd::load_part<Arch>(x, n)...);
    simd::store_part<Arch>(y1, n, part.first);
    simd::store_part<Arch>(y2, n, part.second);
    return;
  }
  const auto at = [&](std::size_t i) { return std::pair<V, V>(f(simd::load<Arch>(x + i)...)); };
  const auto store = [&](std::size_t i, const std::pair<V, V>& v) {
    simd::store<Arch>(y1 + i, v.first);
    simd::store<Arch>(y2 + i, v.second);
  };
  const std::size_t end = n - width;
  const auto last = at(end);
  for (std::size_t i = 0; i < end; i += width) store(i, at(i));
  store(end, last);
}

}  // namespace rectify::kernels
