// The lower tail of the normal distribution, Phi(-z) for z >= 0.
#pragma once

#include <rectify/simd/exp.hpp>
#include <rectify/simd/normal_segments.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, sqrt(2 pi) (z + 23/32) Phi(-z) e^(z^2/2) - 1 on [0, bound]; beyond,
/// z Phi(-z) is 0.
template <class T>
struct NormalTailTable;
template <>
struct NormalTailTable<float> {
  static constexpr float bound = 14.9f;
  static constexpr float numerator[] = {-0.0991804717f, 0.361867983f, 0.251482362f, 0.0758226594f,
                                        0.0102582196f};
  static constexpr float denominator[] = {1.0f,         1.74123891f,  1.3079268f,
                                          0.539536559f, 0.125299317f, 0.0142733866f};
};
template <>
struct NormalTailTable<double> {
  static constexpr double bound = 39;
  static constexpr double numerator[] = {-0.099180463804484195, 0.28789746353499295,  0.49262290406819661,
                                         0.3613182541165451,    0.16393579839423304,  0.051245114711719149,
                                         0.011471384416826046,  0.001843479114516862, 0.00020605863356444707,
                                         1.4663762202430314e-5, 5.14611340501404e-7};
  static constexpr double denominator[] = {1.0,
                                           2.4870490045979718,
                                           2.8964783850995567,
                                           2.0896364389980404,
                                           1.0402565931974372,
                                           0.37633160691269632,
                                           0.10132316941373645,
                                           0.020393959189362758,
                                           0.0030245400521748673,
                                           0.00031717725012017246,
                                           2.1397903579136614e-5,
                                           7.159809954828679e-7};
};

/// Coefficients: tests/coefficients.py, z Phi(-z) e^(z^2/2) from z = 5.4 to 14.9, a polynomial in 1 / z^2.
inline constexpr float far_normal_ratio[] = {0.398942261f, -0.398932677f, 1.19502486f,
                                             -5.817026f,   33.4458451f,   -135.024534f};

/// 1 / sqrt(2 pi)
inline constexpr long double normal_density = 0.398942280401432677939946059934L;

/// -z^2 / 2
template <class V>
[[gnu::always_inline]] inline Twofold<V> bell_exponent(V z) {
  return simd::product(z * V(scalar_t<V>(-0.5)), z);
}
/// 2^lift e^(-z^2/2) as scale (1 + m), scale a power of two.
template <class V>
[[gnu::always_inline]] inline auto lifted_bell(V z) {
  constexpr bool table = false;  // whose scale is no power of two, and of two parts it saves nothing
  return simd::reduced_exp<ExpTable<scalar_t<V>>::lift, 1, table>(simd::bell_exponent(z));
}

/// Phi(-z) e^(z^2/2) as r (1 + rho), of which rho is a small part.
template <class V>
struct NormalRatio {
  V r, rho;

  [[gnu::always_inline]] explicit NormalRatio(V z) {
    using T = scalar_t<V>;
    using Table = NormalTailTable<T>;
    const auto density = simd::in_two_parts<V>(normal_density);
    const auto divisor = simd::ordered_sum(V(T(23.0 / 32)), z);
    r = simd::divide(density.hi, divisor.hi);
    // What r has lost is added to rho.
    const V lost = simd::remainder(density.hi, r, divisor.hi) + density.lo;
    const V rest = simd::fma(simd::negated(r), divisor.lo, lost);
    const V p = simd::polynomial(z, Table::numerator), q = simd::polynomial(z, Table::denominator);
    rho = simd::fma(rest, V(T(1 / normal_density)), simd::divide(p, q));
  }
};

/// 2^lift z Phi(-z); here and below, far is for floats z >= 5.4 alone.
template <bool far, class V>
[[gnu::always_inline]] inline V lifted_normal_tail(V z) {
  if constexpr (far) {
    const V ratio = simd::horner(simd::divide(V(1), z * z), far_normal_ratio);
    return simd::lifted_exp_times(ratio, simd::bell_exponent(z)).hi;
  } else {
    const auto [scale, m] = simd::lifted_bell(z);
    const NormalRatio<V> ratio(z);
    auto tail = simd::product(z * scale, ratio.r);
    tail.lo = simd::fma(tail.hi, ratio.rho, tail.lo);
    return tail.hi + simd::fma(tail.hi, m, simd::fma(tail.lo, m, tail.lo));
  }
}

/// 2^lift (Phi(-z) - z e^(-z^2/2) / sqrt(2 pi)), the derivative of z Phi(-z).
template <bool far, class V>
[[gnu::always_inline]] inline V lifted_normal_slope(V z) {
  const auto density = simd::in_two_parts<V>(normal_density);
  if constexpr (far) {
    const V w = simd::divide(V(1), z * z);
    const V rest = z * simd::fma(w, simd::horner(w, far_normal_ratio), simd::negated(density.lo));
    const V ratio = simd::fma(simd::negated(z), density.hi, rest);
    return simd::lifted_exp_times(ratio, simd::bell_exponent(z)).hi;
  } else {
    const auto [scale, m] = simd::lifted_bell(z);
    const NormalRatio<V> parts(z);
    const auto ratio = simd::grown(parts.r, parts.rho), line = simd::product(z, density);
    const V difference = (ratio.hi - line.hi) + (ratio.lo - line.lo);
    return simd::rounded_product(difference, simd::grown(scale, m));
  }
}

}  // namespace rectify::simd
