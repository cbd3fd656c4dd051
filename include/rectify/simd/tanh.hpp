// The hyperbolic tangent: a polynomial around 0, elsewhere from the exponential.
#pragma once

#include <rectify/simd/logistic.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, (tanh(x) / x - 1) / x^2 in x^2. From `one` on, tanh is 1.
template <class T>
struct TanhTable;
template <>
struct TanhTable<float> {
  static constexpr float one = 9.1f;
  static constexpr float series[] = {-0.333333145f, 0.13332472f, -0.0538393092f, 0.0210144902f,
                                     -0.00618887527f};
};
template <>
struct TanhTable<double> {
  static constexpr double one = 19.1;
  static constexpr double series[] = {-0.3333333333333184,    0.13333333333101203,    -0.053968253843201671,
                                      0.021869485195298807,   -0.0088631841120701373, 0.0035916364574245203,
                                      -0.0014528078631302464, 0.00057793157191592278, -0.00020834563257051603,
                                      4.9677532896081866e-5};
};

template <class V>
[[gnu::always_inline]] inline V tanh(V x) {
  using T = scalar_t<V>;
  using Table = TanhTable<T>;
  const V z = simd::bounded_magnitude(x, Table::one), square = z * z;
  const V small = simd::fma(z * square, simd::polynomial(square, Table::series), z);
  // 1 - 2 / (e^2z + 1), whose second term is at most half of it where it is used.
  const auto [scale, m] = simd::reduced_exp<0>(z + z);
  const V large = V(T(1)) - simd::divide(V(T(2)), scale + simd::fma(scale, m, V(T(1))));
  return simd::with_sign(simd::select(z < V(T(0.5625)), small, large), simd::signed_zero(x));
}

}  // namespace rectify::simd
