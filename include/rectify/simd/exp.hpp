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
  static constexpr float series[] = {0.5f,           0.166666668f,  0.0416663536f,
                                     0.00833327234f, 0.0013941102f, 0.00019914532f};
  static constexpr float least = -112;
  static constexpr int lift = 64;
  static constexpr float unlift = 0x1p-64f;
};
template <>
struct ExpTable<double> {
  static constexpr double log2_e = 1.4426950408889634, ln2_high = 0.693147180369123816490,
                          ln2_low = 1.90821492927058770002e-10;
  static constexpr double series[] = {0.5,
                                      0.16666666666666677,
                                      0.041666666666666702,
                                      0.0083333333333215317,
                                      0.0013888888888866534,
                                      0.00019841269886400962,
                                      2.4801587361105915e-5,
                                      2.7557243911267744e-6,
                                      2.7557242312070611e-7,
                                      2.5109147687639431e-8,
                                      2.0924577704576704e-9};
  static constexpr double least = -760;
  static constexpr int lift = 512;
  static constexpr double unlift = 0x1p-512;
};

/// e^x = scale (1 + m) with |m| < 0.42 and scale = 2^(n + lift).
template <int lift, class V>
[[gnu::always_inline]] inline Twofold<V> reduced_exp(V x, V x_low) {
  using T = scalar_t<V>;
  using Table = ExpTable<T>;
  // In the sum with magic, n is an integer in the lowest bits, together with the exponent's bias.
  constexpr T magic = T(3) * static_cast<T>(integer_t<T>{1} << (mantissa_bits<T> - 1)) +
                      T(std::numeric_limits<T>::max_exponent - 1 + lift);
  const V t = simd::fma(x, V(Table::log2_e), V(magic)), n = t - V(magic);
  const V r = simd::fma(n, V(-Table::ln2_high), x) + simd::fma(n, V(-Table::ln2_low), x_low);
  const V m = simd::fma(r * r, simd::polynomial(r, Table::series), r);
  return {simd::shift_to_exponent(t), m};
}

/// |x|, bounded where e^-|x|, and |x| times it, is 0.
template <class V>
[[gnu::always_inline]] inline V exp_magnitude(V x) {
  return simd::bounded_magnitude(x, -ExpTable<scalar_t<V>>::least);
}

/// 2^lift e^x, a normal number even where e^x is not: what is computed from it is rounded to a subnormal
/// number once, by unlifted(). ExpTable::least <= x <= 0; lo is what hi has lost.
template <class V>
[[gnu::always_inline]] inline Twofold<V> lifted_exp(V x, V x_low = V(scalar_t<V>(0))) {
  const auto [scale, m] = simd::reduced_exp<ExpTable<scalar_t<V>>::lift>(x, x_low);
  const V hi = simd::fma(scale, m, scale);
  return {hi, simd::fma(scale, m, scale - hi)};
}
template <class V>
[[gnu::always_inline]] inline V unlifted(V v) {
  return simd::times(v, V(ExpTable<scalar_t<V>>::unlift));
}
template <class V>
[[gnu::always_inline]] inline Twofold<V> unlifted(Twofold<V> v) {
  return {simd::unlifted(v.hi), simd::unlifted(v.lo)};
}

/// e^x - 1 for x <= 0.
template <class V>
[[gnu::always_inline]] inline V expm1(V x, V x_low = V(scalar_t<V>(0))) {
  using T = scalar_t<V>;
  constexpr T all_of_one = T(-std::numeric_limits<T>::digits);
  const auto [scale, m] = simd::reduced_exp<0>(simd::larger(V(all_of_one), x), x_low);
  return simd::fma(scale, m, scale - V(T(1)));
}

/// The same, -0 for -0.
template <class V>
[[gnu::always_inline]] inline V signed_expm1(V x, V x_low = V(scalar_t<V>(0))) {
  return simd::with_sign(simd::expm1(x, x_low), simd::signed_zero(x));
}

}  // namespace rectify::simd
