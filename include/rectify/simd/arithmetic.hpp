// Arithmetic in a formula's terms, with the same bits for a scalar and for a batch of any width.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <rectify/simd/sign.hpp>

namespace rectify::simd {

/// Whether fma() rounds once.
#if defined(__FMA__) || defined(__aarch64__)
constexpr bool has_fma = true;
#else
constexpr bool has_fma = false;
#endif

/// -x, also for zeros; unary minus of some batches is 0 - x.
template <class T>
T negated(T x) {
  return -x;
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> negated(xsimd::batch<T, Arch> x) {
#if defined(__GNUC__)
  // The compiler's own minus becomes part of a multiply-add.
  if constexpr (registers_of<T, Arch>() != Registers::other)
    return static_cast<typename xsimd::batch<T, Arch>::register_type>(
        -static_cast<typename xsimd::batch<T, Arch>::register_type>(x));
#endif
  return x ^ xsimd::batch<T, Arch>(T(-0.0));
}

/// a b + c. A product that is added to something is spelled fma() or times(): the compiler would contract it
/// in one place and not in another, and never where a rounding error is computed.
template <class T>
T fma(T a, T b, T c) {
  if constexpr (has_fma)
    return std::fma(a, b, c);
  else
    return a * b + c;
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> fma(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b,
                                                        xsimd::batch<T, Arch> c) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
  // Not xsimd::fma on x86, which is two roundings for a width whose Arch does not name FMA.
#ifdef __FMA__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_fmadd_ps(a, b, c);
    else
      return _mm_fmadd_pd(a, b, c);
  }
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_fmadd_ps(a, b, c);
    else
      return _mm256_fmadd_pd(a, b, c);
  }
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_fmadd_ps(a, b, c);
    else
      return _mm512_fmadd_pd(a, b, c);
  }
#endif
#endif
  if constexpr (has_fma && registers == Registers::other)
    return xsimd::fma(a, b, c);
  else if constexpr (!has_fma)
    return a * b + c;
}

/// a b, rounded.
template <class V>
[[gnu::always_inline]] inline V times(V a, V b) {
  if constexpr (has_fma)
    return simd::fma(a, b, V(scalar_t<V>(-0.0)));
  else
    return a * b;
}

/// a / b, correctly rounded; xsimd's for floats is an estimate on ARM.
template <class T>
T divide(T a, T b) {
  return a / b;
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> divide(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) {
#ifdef __aarch64__
  if constexpr (std::is_same_v<T, float> && sizeof(a) == sizeof(float32x4_t))
    return vdivq_f32(a, b);
  else
#endif
    return a / b;
}

template <class T>
std::enable_if_t<std::is_floating_point_v<T>, T> select(bool mask, T a, T b) {
  return mask ? a : b;
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> select(xsimd::batch_bool<T, Arch> mask,
                                                           xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) {
  return xsimd::select(mask, a, b);
}

/// Whether a mask holds in any lane.
inline bool any(bool mask) { return mask; }
template <class T, class Arch>
[[gnu::always_inline]] inline bool any(xsimd::batch_bool<T, Arch> mask) {
  return xsimd::any(mask);
}

template <class T>
using integer_t = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// The bits of a value that a number names.
template <class T>
T keep_bits(T x, integer_t<T> bits) {
  return bits_as<T>(bits_as<integer_t<T>>(x) & bits);
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> keep_bits(xsimd::batch<T, Arch> x, integer_t<T> bits) {
  return x & xsimd::batch<T, Arch>(bits_as<T>(bits));
}

template <class T>
constexpr integer_t<T> sign_bit = integer_t<T>{1} << (8 * sizeof(T) - 1);

template <class V>
[[gnu::always_inline]] inline V magnitude(V x) {
  using T = scalar_t<V>;
  return simd::keep_bits(x, ~sign_bit<T>);
}
/// +0 or -0, as x is signed.
template <class V>
[[gnu::always_inline]] inline V signed_zero(V x) {
  return simd::keep_bits(x, sign_bit<scalar_t<V>>);
}
/// a magnitude with the sign of a zero.
template <class T>
T with_sign(T magnitude, T zero) {
  return bits_as<T>(bits_as<integer_t<T>>(magnitude) | bits_as<integer_t<T>>(zero));
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> with_sign(xsimd::batch<T, Arch> magnitude,
                                                              xsimd::batch<T, Arch> zero) {
  return magnitude | zero;
}

/// x with the bits inverted that another value has.
template <class T>
T flip_bits(T x, T bits) {
  return bits_as<T>(bits_as<integer_t<T>>(x) ^ bits_as<integer_t<T>>(bits));
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> flip_bits(xsimd::batch<T, Arch> x,
                                                              xsimd::batch<T, Arch> bits) {
  return x ^ bits;
}

/// |x|, but not beyond a bound; NaN stays.
template <class V>
[[gnu::always_inline]] inline V bounded_magnitude(V x, scalar_t<V> bound) {
  return simd::smaller(V(bound), simd::magnitude(x));
}

/// x where x is positive, elsewhere the zero with its sign: relu(x) for what is subtracted from it.
template <class V>
[[gnu::always_inline]] inline V positive_part(V x) {
  return simd::larger(V(scalar_t<V>(-0.0)), x);
}

template <class T>
constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;

/// The largest one that is not above a positive number, of the normal ones.
template <class T>
T power_of_two(T x) {
  constexpr int dropped = mantissa_bits<T>;
  return simd::keep_bits(x, ~((integer_t<T>{1} << dropped) - 1));
}

/// x's bits as an integer, moved from the bottom of the mantissa to the exponent, of which `fraction` bits
/// are in the mantissa's top.
template <int fraction, class T>
T shift_to_exponent(T x) {
  return bits_as<T>(static_cast<integer_t<T>>(bits_as<integer_t<T>>(x) << (mantissa_bits<T> - fraction)));
}
template <int fraction, class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> shift_to_exponent(xsimd::batch<T, Arch> x) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
  [[maybe_unused]] constexpr int places = mantissa_bits<T> - fraction;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(x), places));
    else
      return _mm_castsi128_pd(_mm_slli_epi64(_mm_castpd_si128(x), places));
  }
#endif
#ifdef __AVX2__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), places));
    else
      return _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(x), places));
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(x), places));
    else
      return _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_castpd_si512(x), places));
  }
#endif
#ifdef __AVX2__
  constexpr bool done = registers != Registers::other;
#else
  constexpr bool done = registers == Registers::sse;
#endif
  if constexpr (!done) {
    T lanes[xsimd::batch<T, Arch>::size];
    x.store_unaligned(lanes);
    for (T& lane : lanes) lane = simd::shift_to_exponent<fraction>(lane);
    return xsimd::batch<T, Arch>::load_unaligned(lanes);
  }
}

/// The coefficients of p(sign x), given those of p.
template <class T, std::size_t n>
struct Series {
  T c[n];
};
template <int sign, class T, std::size_t n>
constexpr Series<T, n> mirrored(const T (&p)[n]) {
  Series<T, n> series{};
  for (std::size_t i = 0; i < n; ++i) series.c[i] = i % 2 == 0 ? p[i] : sign * p[i];
  return series;
}

/// c[first] + c[first + step] x + c[first + 2 step] x^2 ... by even and odd powers.
template <std::size_t first, std::size_t step, class V, std::size_t n>
[[gnu::always_inline]] inline V every_other_power(V x, const scalar_t<V> (&c)[n]) {
  constexpr std::size_t last = first + (n - 1 - first) / step * step;
  if constexpr (last <= first + step) {
    return last == first ? V(c[first]) : simd::fma(V(c[last]), x, V(c[first]));
  } else {
    const V square = x * x;
    return simd::fma(simd::every_other_power<first + step, 2 * step>(square, c), x,
                     simd::every_other_power<first, 2 * step>(square, c));
  }
}

/// c[0] + c[1] x + c[2] x^2 ... Even and odd powers apart make a shorter chain, which is what the loops wait
/// for; c[0] is added last, so that the error is little more than the rounding of the result.
template <class V, std::size_t n>
[[gnu::always_inline]] inline V polynomial(V x, const scalar_t<V> (&c)[n]) {
  return simd::fma(simd::every_other_power<1, 1>(x, c), x, V(c[0]));
}

/// The same in fewer instructions, for loops that wait for those.
template <std::size_t first = 0, class V, std::size_t n>
[[gnu::always_inline]] inline V horner(V x, const scalar_t<V> (&c)[n]) {
  if constexpr (first == n - 1)
    return V(c[first]);
  else
    return simd::fma(simd::horner<first + 1>(x, c), x, V(c[first]));
}

}  // namespace rectify::simd
