// log(1 + e^-z) for z >= 0.
#pragma once

#include <rectify/simd/exp.hpp>
#include <rectify/simd/log1p_segments.hpp>
#include <rectify/simd/segments.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, (log(1 + e) - e) / e^2 on [0, 1], as a polynomial in e - 1/2.
template <class T>
struct Log1pTable;
template <>
struct Log1pTable<float> {
  static constexpr float series[] = {-0.37813956f,   0.179224858f,   -0.0932317851f,
                                     0.0510903822f,  -0.0289080161f, 0.016642246f,
                                     -0.0101454758f, 0.006975385f,   -0.00341408765f};
};
template <>
struct Log1pTable<double> {
  static constexpr double series[] = {
      -0.37813956756734247,    0.17922493693603717,    -0.093230366363671334,   0.051083446105405802,
      -0.028943183164123731,   0.016788742490618964,   -0.0099099007811840572,  0.0059290115918286163,
      -0.0035856644331684368,  0.002187646849623488,   -0.0013445357097735008,  0.00083135260188099703,
      -0.00051650396647769218, 0.00032339234586226373, -0.00020503662745225264, 0.00012577670154395491,
      -7.0710101043276418e-5,  5.1963589812570706e-5,  -5.1500950096239247e-5,  2.6102432667549069e-5};
};

/// 2^lift log(1 + e), given 2^lift e; e^2 times the series is what the leading term lacks.
template <class V>
[[gnu::always_inline]] inline Twofold<V> lifted_log1p(Twofold<V> up) {
  using T = scalar_t<V>;
  const V e = simd::unlifted(up.hi), series = simd::polynomial(e - V(T(0.5)), Log1pTable<T>::series);
  // d log(1 + e) = lo / (1 + e), and 1 - e / 2 is close enough to 1 / (1 + e) for what lo is.
  const V low = simd::fma(up.lo * V(T(-0.5)), e, up.lo);
  return simd::ordered_sum(up.hi, simd::fma(up.hi * e, series, low));
}

/// 2^lift log(1 + e^-z), 0 <= z <= -ExpTable::least.
template <class Z>
[[gnu::always_inline]] inline auto lifted_log1p_exp(Z z) {
  using V = decltype(simd::leading(z));
  if constexpr (has_segments<Log1pSegments, V>) {
    const V near = simd::smaller(V(Log1pSegments::bound), simd::leading(z));
    return simd::lifted_exp_times<-1>(simd::by_segments<Log1pSegments>(near), z);
  } else {
    return simd::lifted_log1p(simd::lifted_exp<-1>(z));
  }
}

/// a + 2^-lift b; b's low part counts where a is small.
template <class V>
[[gnu::always_inline]] inline V plus_unlifted(V a, Twofold<V> b,
                                              scalar_t<V> unlift = ExpTable<scalar_t<V>>::unlift) {
  return simd::fma(b.hi, V(unlift), simd::fma(b.lo, V(unlift), a));
}

}  // namespace rectify::simd
