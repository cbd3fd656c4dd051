// What a per-channel backward pass does with one vector, and how its shares of a sum add up.
#pragma once

#include <rectify/simd/part.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/stream.hpp>
#include <rectify/simd/sum.hpp>

namespace rectify::kernels {

// The inputs of a pass are x and dy, or x, dy and v: the sign of the first one chooses, the last two
// multiply.

/// The arithmetic of one vector: what is stored, and the elements' share of dalpha.
template <class V>
struct Step {
  V share, out;
};
template <class F, class V, class... More>
[[gnu::always_inline]] inline Step<V> compute(F f, V alpha, V x, More... more) {
  const V v[] = {x, more...};
  constexpr std::size_t last = sizeof...(More);
  const auto not_positive = simd::not_positive(x);
  const V share = f.alpha_gradient(not_positive, v[last - 1], v[last]);
  return {share, f.gate(not_positive, v[last], alpha)};
}

/// How a pass reaches its arrays: near, in the L2 cache or before it; far, asking for lines ahead; past the
/// cache, which asks too, and streams the output; or beyond it, where the inputs get no place there either.
enum class Reach { near, far, past, beyond };
constexpr bool streams(Reach reach) { return reach == Reach::past || reach == Reach::beyond; }

/// Whether a pass over arrays of n elements leaves L2 so far behind that asking ahead pays.
template <class S>
bool leaves_l2(std::size_t n) {
  return n * sizeof(S) >= std::size_t{3} << 20;
}

/// Asks for the lines of vector k of some.
template <class V, Reach reach, class S, class... In>
[[gnu::always_inline]] inline void ask(std::size_t k, const S* out, const In*... in) {
  if (!simd::begins_line<V, S>(k)) return;
  (__builtin_prefetch(in), ...);
  if (!streams(reach)) __builtin_prefetch(out, 1);
}
template <class V, Reach reach, class S, class... In>
[[gnu::always_inline]] inline void ask_ahead(std::size_t k, const S* out, const In*... in) {
  constexpr std::size_t ahead = 1024 / sizeof(S);
  if constexpr (reach == Reach::beyond)
    simd::ask_past<V>(k, in...);
  else if constexpr (reach != Reach::near && simd::asks_ahead<V>)
    ask<V, reach>(k, out + ahead, (in + ahead)...);
}

template <class Arch, Reach reach, class F, class S, class V, class... In>
[[gnu::always_inline]] inline V step(F f, V alpha, S* out, const In*... in) {
  const Step<V> whole = compute(f, alpha, simd::load<Arch>(in)...);
  simd::Store<Arch, streams(reach)>::whole(out, whole.out);
  return whole.share;
}
/// The kth of the vectors at these addresses.
template <class Arch, Reach reach, class F, class S, class V, class... In>
[[gnu::always_inline]] inline V step_at(std::size_t k, F f, V alpha, S* out, const In*... in) {
  const std::size_t i = k * V::size;
  ask_ahead<V, reach>(k, out + i, (in + i)...);
  return step<Arch, reach>(f, alpha, out + i, (in + i)...);
}

template <class Arch, class F, class S, class V, class... In>
V part_step(F f, V alpha, std::size_t n, S* out, const In*... in) {
  const Step<V> part = compute(f, alpha, simd::load_part<Arch>(in, n)...);
  simd::store_part<Arch>(out, n, part.out);
  return part.share;
}

/// at(0) + ... + at(count - 1), by halves.
template <std::size_t count, class At>
[[gnu::always_inline]] inline auto sum_of(const At& at, std::size_t i) {
  if constexpr (count == 1) {
    return at(i);
  } else {
    constexpr std::size_t half = count / 2;
    const auto low = sum_of<half>(at, i), high = sum_of<count - half>(at, i + half);
    return low + high;
  }
}

/// The sum of the vectors at(0) to at(count - 1), in double precision but for pairwise groups of at most 8.
/// A group of equal terms is exact, so rounding cannot drift in one direction.
template <class T, class Arch, class At>
[[gnu::always_inline]] inline simd::Wide<T, Arch> pairwise_sum(std::size_t count, const At& at) {
  simd::Wide<T, Arch> sum = simd::wide_zero<T, Arch>();
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) simd::add<T, Arch>(sum, simd::widen(sum_of<8>(at, i)));
  if (count & 4) {
    simd::add<T, Arch>(sum, simd::widen(sum_of<4>(at, i)));
    i += 4;
  }
  if (count & 2) {
    simd::add<T, Arch>(sum, simd::widen(sum_of<2>(at, i)));
    i += 2;
  }
  if (count & 1) simd::add<T, Arch>(sum, simd::widen(at(i)));
  return sum;
}

template <class Arch, class T>
[[gnu::always_inline]] inline void add_to(double* sums, xsimd::batch<T, Arch> terms) {
  auto sum = simd::load_wide<T, Arch>(sums);
  simd::add<T, Arch>(sum, simd::widen(terms));
  simd::store_wide<T, Arch>(sums, sum);
}

/// sums[i] += more[i] for i < n
template <class Arch>
void add_sums(std::size_t n, double* sums, const double* more) {
  using V = xsimd::batch<double, Arch>;
  std::size_t i = 0;
  for (; i + V::size <= n; i += V::size) add_to<Arch>(sums + i, V::load_unaligned(more + i));
  for (; i < n; ++i) sums[i] += more[i];
}

}  // namespace rectify::kernels
