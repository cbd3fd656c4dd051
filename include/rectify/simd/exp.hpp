// The exponential: reduced, of what is not positive, and less 1.
#pragma once

#include <rectify/simd/twofold.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, (e^r - 1 - r) / r^2 on |r| <= ln2 / 2. ln2_high has so few bits that
/// its products with the exponents of T are exact. Where x <= least, x e^x is 0.
template <class T>
struct ExpTable;
template <>
struct ExpTable<float> {
  static constexpr float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float series[] = {0.500000006f, 0.166665427f, 0.0416662764f, 0.00836663788f,
                                     0.00139469266f};
  static constexpr float least = -112;
  static constexpr int lift = 64;
  static constexpr float unlift = 0x1p-64f;
};
template <>
struct ExpTable<double> {
  static constexpr double log2_e = 1.4426950408889634, ln2_high = 0.693147180369123816490,
                          ln2_low = 1.90821492927058770002e-10;
  static constexpr double series[] = {0.50000000000000056,   0.16666666666666686,   0.041666666666572951,
                                      0.0083333333333144115, 0.001388888893261566,  0.00019841269903448304,
                                      2.4801504145091476e-5, 2.7557227559611792e-6, 2.7626451762450519e-7,
                                      2.5114603768965627e-8};
  static constexpr double least = -760;
  static constexpr int lift = 512;
  static constexpr double unlift = 0x1p-512;
};

/// x - n ln2, in as many parts as x.
template <class V>
[[gnu::always_inline]] inline V without_exponent(V n, V x) {
  using Table = ExpTable<scalar_t<V>>;
  return simd::fma(n, V(-Table::ln2_low), simd::fma(n, V(-Table::ln2_high), x));
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> without_exponent(V n, Twofold<V> x) {
  using Table = ExpTable<scalar_t<V>>;
  return {simd::fma(n, V(-Table::ln2_high), x.hi), simd::fma(n, V(-Table::ln2_low), x.lo)};
}

/// e^r - 1 for |r| <= ln2 / 2
template <class V>
[[gnu::always_inline]] inline V small_expm1(V r) {
  return simd::fma(r * r, simd::polynomial(r, ExpTable<scalar_t<V>>::series), r);
}
template <class V>
[[gnu::always_inline]] inline V small_expm1(Twofold<V> r) {
  const V sum = r.hi + r.lo;
  return r.hi + simd::fma(sum * sum, simd::polynomial(sum, ExpTable<scalar_t<V>>::series), r.lo);
}

/// e^x = scale (1 + m) with |m| < 0.42 and scale = 2^(n + lift). Here and below x is a number, or a Twofold
/// where its rounding error would be too large an error of e^x.
template <int lift, class X>
[[gnu::always_inline]] inline auto reduced_exp(X x) {
  using V = decltype(simd::leading(x));
  using T = scalar_t<V>;
  using Table = ExpTable<T>;
  // In the sum with magic, n is an integer in the lowest bits, together with the exponent's bias.
  constexpr T magic = T(3) * static_cast<T>(integer_t<T>{1} << (mantissa_bits<T> - 1)) +
                      T(std::numeric_limits<T>::max_exponent - 1 + lift);
  const V t = simd::fma(simd::leading(x), V(Table::log2_e), V(magic)), n = t - V(magic);
  return Twofold<V>{simd::shift_to_exponent(t), simd::small_expm1(simd::without_exponent(n, x))};
}

/// |x|, bounded where e^-|x|, and |x| times it, is 0.
template <class V>
[[gnu::always_inline]] inline V exp_magnitude(V x) {
  return simd::bounded_magnitude(x, -ExpTable<scalar_t<V>>::least);
}

/// 2^lift e^x, a normal number even where e^x is not: what is computed from it is rounded to a subnormal
/// number once, by unlifted(). ExpTable::least <= x <= 0; lo is what hi has lost.
template <class X>
[[gnu::always_inline]] inline auto lifted_exp(X x) {
  using V = decltype(simd::leading(x));
  const auto [scale, m] = simd::reduced_exp<ExpTable<scalar_t<V>>::lift>(x);
  const V hi = simd::fma(scale, m, scale);
  return Twofold<V>{hi, simd::fma(scale, m, scale - hi)};
}
template <class V>
[[gnu::always_inline]] inline V unlifted(V v) {
  return simd::times(v, V(ExpTable<scalar_t<V>>::unlift));
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> unlifted(Twofold<V> v) {
  return {simd::unlifted(v.hi), simd::unlifted(v.lo)};
}

/// Not below where e^x is less than half of 1's last place.
template <class V>
[[gnu::always_inline]] inline V visible_in_one(V x) {
  using T = scalar_t<V>;
  return simd::larger(V(T(-std::numeric_limits<T>::digits)), x);
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> visible_in_one(Twofold<V> x) {
  return {simd::visible_in_one(x.hi), x.lo};
}

/// e^x - 1 for x <= 0.
template <class X>
[[gnu::always_inline]] inline auto expm1(X x) {
  const auto [scale, m] = simd::reduced_exp<0>(simd::visible_in_one(x));
  using V = decltype(simd::leading(x));
  return simd::fma(scale, m, scale - V(scalar_t<V>(1)));
}

/// The same, -0 for -0.
template <class X>
[[gnu::always_inline]] inline auto signed_expm1(X x) {
  return simd::with_sign(simd::expm1(x), simd::signed_zero(simd::leading(x)));
}

}  // namespace rectify::simd
