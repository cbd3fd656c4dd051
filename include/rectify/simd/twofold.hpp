// Numbers in two parts, for the few steps whose rounding errors would add up: Dekker 1971; Ogita, Rump and
// Oishi 2005.
#pragma once

#include <rectify/simd/arithmetic.hpp>

namespace rectify::simd {

/// An unevaluated sum, lo the smaller part.
template <class V>
struct Twofold {
  V hi, lo;
};

/// A constant.
template <class V>
[[gnu::always_inline]] inline Twofold<V> in_two_parts(long double exact) {
  using T = scalar_t<V>;
  const T high = static_cast<T>(exact);
  return {V(high), V(static_cast<T>(exact - high))};
}

/// What a number and a Twofold have in common.
template <class V>
[[gnu::always_inline]] inline V leading(V x) {
  return x;
}
template <class V>
[[gnu::always_inline]] inline V leading(Twofold<V> x) {
  return x.hi;
}

/// All of it in one number.
template <class V>
[[gnu::always_inline]] inline V rounded(V x) {
  return x;
}
template <class V>
[[gnu::always_inline]] inline V rounded(Twofold<V> x) {
  return x.hi + x.lo;
}

template <class V>
[[gnu::always_inline]] inline Twofold<V> negated(Twofold<V> x) {
  return {simd::negated(x.hi), simd::negated(x.lo)};
}

/// A value without the lower half of its mantissa: two of them have an exact product.
template <class V>
[[gnu::always_inline]] inline V upper_half(V x) {
  using T = scalar_t<V>;
  constexpr int dropped = (std::numeric_limits<T>::digits + 1) / 2;
  return simd::keep_bits(x, ~((integer_t<T>{1} << dropped) - 1));
}

/// a b, exact but for underflow.
template <class V>
[[gnu::always_inline]] inline Twofold<V> product(V a, V b) {
  const V hi = simd::times(a, b);
  if constexpr (has_fma) return {hi, simd::fma(a, b, simd::negated(hi))};
  const V a1 = simd::upper_half(a), a2 = a - a1, b1 = simd::upper_half(b), b2 = b - b1;
  return {hi, ((a1 * b1 - hi) + a1 * b2 + a2 * b1) + a2 * b2};
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> product(V a, Twofold<V> b) {
  const auto p = simd::product(a, b.hi);
  return {p.hi, simd::fma(a, b.lo, p.lo)};
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> product(Twofold<V> a, Twofold<V> b) {
  const auto p = simd::product(a.hi, b.hi);
  return {p.hi, simd::fma(a.hi, b.lo, simd::fma(a.lo, b.hi, p.lo))};
}

/// a (1 + b), |b| < 1.
template <class V>
[[gnu::always_inline]] inline Twofold<V> grown(V a, V b) {
  const V hi = simd::fma(a, b, a);
  return {hi, simd::fma(a, b, a - hi)};
}

/// a + b, exact where |a| >= |b| or a is a multiple of the last place of the sum.
template <class V>
[[gnu::always_inline]] inline Twofold<V> ordered_sum(V a, V b) {
  const V hi = a + b;
  return {hi, (a - hi) + b};
}
/// a + b, exact: Knuth 1969.
template <class V>
[[gnu::always_inline]] inline Twofold<V> sum(V a, V b) {
  const V hi = a + b, b_part = hi - a;
  return {hi, (a - (hi - b_part)) + (b - b_part)};
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> ordered_sum(V a, Twofold<V> b) {
  const auto s = simd::ordered_sum(a, b.hi);
  return {s.hi, s.lo + b.lo};
}

template <class V>
[[gnu::always_inline]] inline Twofold<V> sum(Twofold<V> a, Twofold<V> b) {
  const auto s = simd::sum(a.hi, b.hi);
  return {s.hi, s.lo + (a.lo + b.lo)};
}

template <class Mask, class V>
[[gnu::always_inline]] inline Twofold<V> select(Mask mask, Twofold<V> a, Twofold<V> b) {
  return {simd::select(mask, a.hi, b.hi), simd::select(mask, a.lo, b.lo)};
}

/// a - b c, exact but for a last rounding, where b c is close to a.
template <class V>
[[gnu::always_inline]] inline V remainder(V a, V b, V c) {
  if constexpr (has_fma) return simd::fma(simd::negated(b), c, a);
  const auto back = simd::product(b, c);
  return (a - back.hi) - back.lo;
}

template <class V>
[[gnu::always_inline]] inline Twofold<V> quotient(Twofold<V> a, Twofold<V> b) {
  const V r = simd::divide(V(scalar_t<V>(1)), b.hi), q = simd::times(a.hi, r);
  const V rest = simd::remainder(a.hi, q, b.hi);
  return {q, simd::times(simd::fma(simd::negated(q), b.lo, rest) + a.lo, r)};
}

/// 1 / b, rounded once or nearly so.
template <class V>
[[gnu::always_inline]] inline V rounded_reciprocal(Twofold<V> b) {
  const V one(scalar_t<V>(1)), r = simd::divide(one, b.hi);
  return simd::fma(simd::fma(simd::negated(r), b.lo, simd::remainder(one, r, b.hi)), r, r);
}

/// a b, rounded once or nearly so.
template <class V>
[[gnu::always_inline]] inline V rounded_product(V a, Twofold<V> b) {
  if constexpr (has_fma) return simd::fma(a, b.hi, a * b.lo);
  const auto p = simd::product(a, b);
  return simd::rounded(p);
}

}  // namespace rectify::simd
