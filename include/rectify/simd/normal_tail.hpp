// The lower tail of the normal distribution, Phi(-z) for z >= 0.
#pragma once

#include <rectify/simd/exp.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, sqrt(2 pi) (z + 51/64) Phi(-z) e^(z^2/2) - 1 on [0, bound]; beyond,
/// z Phi(-z) is 0.
template <class T>
struct NormalTailTable;
template <>
struct NormalTailTable<float> {
  static constexpr float bound = 15;
  static constexpr float numerator[] = {-0.00126530464f, 0.45423493f, 0.293098744f, 0.085889163f,
                                        0.0114565467f};
  static constexpr float denominator[] = {1.0f,         1.74261839f,  1.30991423f,
                                          0.540960058f, 0.125779068f, 0.0143778089f};
};
template <>
struct NormalTailTable<double> {
  static constexpr double bound = 39;
  static constexpr double numerator[] = {
      -0.0012652968267107384, 0.45329170440001307,   0.6310959382149535,   0.43563432121603663,
      0.19200095524089991,    0.059006669657441439,  0.013062139746201874, 0.0020825521647305857,
      0.00023140095046203248, 1.6390374081086479e-5, 5.7300925403413191e-7};
  static constexpr double denominator[] = {1.0,
                                           2.4875055789632566,
                                           2.8975919513626743,
                                           2.0909023234809586,
                                           1.0411425780280475,
                                           0.37675597345868484,
                                           0.10146918781788496,
                                           0.020430726364432392,
                                           0.0030312816505812107,
                                           0.000318048169697915,
                                           2.1470675472461768e-5,
                                           7.1907043643736638e-7};
};

/// 2^lift e^(-z^2/2) / sqrt(2 pi), the density; and Phi(-z) divided by the density, which is Mills' ratio.
template <class V>
struct NormalTail {
  Twofold<V> lifted_density, ratio;
};

/// The rational function is small beside the 1 that it is added to, so its errors are too.
template <class V>
[[gnu::always_inline]] inline NormalTail<V> normal_tail(V z) {
  using T = scalar_t<V>;
  using Table = NormalTailTable<T>;
  constexpr long double exact = 0.398942280401432677939946059934L;  // 1 / sqrt(2 pi)
  constexpr T high = T(exact), low = T(exact - high);
  const auto square = simd::product(z * V(T(-0.5)), z);
  const auto up = simd::lifted_exp(square);
  const V q = simd::polynomial(z, Table::denominator), p = simd::polynomial(z, Table::numerator);
  const auto divisor = simd::product(q, simd::ordered_sum(V(T(51.0 / 64)), z));
  return {simd::product(up, Twofold<V>{V(high), V(low)}), simd::quotient(simd::ordered_sum(q, p), divisor)};
}

}  // namespace rectify::simd
