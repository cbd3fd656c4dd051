// The exponential: reduced, of what is not positive, and less 1.
#pragma once

#include <cstdint>
#include <rectify/simd/lookup.hpp>
#include <rectify/simd/twofold.hpp>
#include <type_traits>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py, (e^r - 1 - r) / r^2 on |r| <= ln2 / 2 and, shorter, on what
/// sixteenths of exponents leave. ln2_high has so few bits that its products with the exponents of T are
/// exact. Where x is least, 2^lift e^x is 0.
template <class T>
struct ExpTable;
template <>
struct ExpTable<float> {
  static constexpr float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float series[] = {0.500000006f, 0.166665427f, 0.0416662764f, 0.00836663788f,
                                     0.00139469266f};
  static constexpr float short_series[] = {0.5f, 0.166670856f, 0.0416678755f};
  static constexpr float least = -132.391f;
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
  static constexpr double short_series[] = {0.50000000000000068,   0.16666666666666689,
                                            0.041666666658006543,  0.0083333333316653874,
                                            0.0013889163088289776, 0.00019841652995369242};
  static constexpr double least = -1063.98;
  static constexpr int lift = 512;
  static constexpr double unlift = 0x1p-512;
};

/// Powers of two between the whole ones, for e^x - 1: 2^(j/16) = (1 + mantissa / 128) e^rest. Seven bits are
/// so few that 1 minus such a number times 2^n is exact down to 2^-16.
template <class T>
struct Expm1Sixteenths {
  static constexpr int bits = 7;
  /// For j = 15, one with which rest - ln2_low / 16 is nearly a multiple of the last place of r for small -x.
  static constexpr int mantissa[16] = {0,  6,  12, 18, 24, 31, 38,  45,
                                       53, 61, 69, 78, 87, 97, 107, sizeof(T) == 4 ? 117 : 118};
  alignas(64) static constexpr T rest[] = {
      T(0),
      T(-0.0024878372462976213),
      T(-0.0029687611196939689),
      T(-0.0016112614337295271),
      T(0.001436538213327105),
      T(-0.00026544437563145043),
      T(-2.7331726946575941e-5),
      T(0.0019905609168142919),
      T(0.00010682293376407379),
      T(0.00017853792494402318),
      T(0.0020435230315944775),
      T(0.00069278176499848596),
      T(0.0012526212119133499),
      T(-0.00088805407984740217),
      T(-0.0010514672345896498),
      T(sizeof(T) == 4 ? 0.00059753514983890869 : -0.0034757902377969112)};
};

/// The same for e^x, with a common factor for which all powers are nearly mantissas, so that one polynomial
/// is for all of them: 2^(j/16) e^r = (1 + mantissa / 2^bits) (1 + growth[0] + growth[1] r + ...) within 0.27
/// ULP (double: 0.15), the last factor below 1; or eighths of exponents, within 0.5 ULP. Coefficients:
/// tests/coefficients.py.
template <class T, int fraction>
struct ExpParts;
template <>
struct ExpParts<float, 3> {
  static constexpr int bits = mantissa_bits<float>;
  static constexpr std::int32_t mantissa[] = {371892,  1164785, 2029441, 2972355,
                                              4000610, 5121930, 6344738, 7678220};
  static constexpr float growth[] = {-0.0424510211f, 0.957548982f, 0.478849532f, 0.159614009f};
};
template <>
struct ExpParts<float, 4> {
  static constexpr int bits = mantissa_bits<float>;
  static constexpr std::int32_t mantissa[] = {212305,  593100,  990754,  1406014, 1839659, 2292503,
                                              2765396, 3259226, 3774920, 4313445, 4875813, 5463079,
                                              6076346, 6716764, 7385536, 8083917};
  static constexpr float growth[] = {-0.0246840078f, 0.975315992f, 0.487677102f, 0.162558397f};
};
template <>
struct ExpParts<double, 4> {
  static constexpr int bits = mantissa_bits<double>;
  static constexpr std::int64_t mantissa[] = {
      105283319947235,  309336000790198,  522422865628533,  744943891958860,
      977316765794461,  1219977665688292, 1473382081467663, 1738005669217396,
      2014345144116322, 2302919212803029, 2604269547020965, 2918961800370494,
      3247586670076413, 3590761005763929, 3949128967324346, 4323363234043845};
  static constexpr double growth[] = {-0.022843565599449118, 0.97715643440055088,   0.48857821720027607,
                                      0.16285940573342534,   0.040714851426660583,  0.0081429702854065144,
                                      0.0013571845019068136, 0.00019388340984452041};
};
/// The mantissas of one of these, exclusive or what shift_to_exponent() leaves in their place.
template <class T, int fraction, class Parts>
struct MantissaFlips {
  alignas(64) T of[1 << fraction] = {};

  constexpr MantissaFlips() {
    for (std::uint64_t j = 0; j >> fraction == 0; ++j) {
      const auto mantissa = static_cast<std::uint64_t>(Parts::mantissa[j])
                            << (mantissa_bits<T> - Parts::bits);
      of[j] = std::numeric_limits<T>::denorm_min() * T(mantissa ^ j << (mantissa_bits<T> - fraction));
    }
  }
};

/// How many bits of a fraction of the exponent are looked up. e^x - 1, without a lift, has no eighths.
template <class T, int lift>
constexpr int exp_fraction = has_lookup                                                        ? 4
                             : lift != 0 && floats_to_look_up == 8 && std::is_same_v<T, float> ? 3
                                                                                               : 0;

/// x - sign n ln2 / parts, in as many parts as x. Here and below sign is 1 or -1: in the constants it costs
/// nothing.
template <int sign, int parts, class V>
[[gnu::always_inline]] inline V without_exponent(V n, V x) {
  using Table = ExpTable<scalar_t<V>>;
  return simd::fma(n, V(-sign * Table::ln2_low / parts), simd::fma(n, V(-sign * Table::ln2_high / parts), x));
}
template <int sign, int parts, class V>
[[gnu::always_inline]] inline Twofold<V> without_exponent(V n, Twofold<V> x) {
  using Table = ExpTable<scalar_t<V>>;
  return {simd::fma(n, V(-sign * Table::ln2_high / parts), x.hi),
          simd::fma(n, V(-sign * Table::ln2_low / parts), x.lo)};
}

/// The same plus rest, for sixteenths.
template <int sign, class V>
[[gnu::always_inline]] inline V without_sixteenths(V n, V x, V rest) {
  return simd::rounded(simd::without_exponent<sign, 16>(n, Twofold<V>{x, rest}));
}
template <int sign, class V>
[[gnu::always_inline]] inline Twofold<V> without_sixteenths(V n, Twofold<V> x, V rest) {
  const auto r = simd::without_exponent<sign, 16>(n, Twofold<V>{x.hi, rest});
  return {r.hi, r.lo + x.lo};
}

/// sign v
template <int sign, class V>
[[gnu::always_inline]] inline V signed_by(V v) {
  return sign < 0 ? simd::negated(v) : v;
}

/// e^(sign r) - 1, by a series of ExpTable.
template <int sign, const auto& series, class V>
[[gnu::always_inline]] inline V small_expm1(V r) {
  static constexpr auto mirrored = simd::mirrored<sign>(series);
  return simd::fma(r * r, simd::polynomial(r, mirrored.c), simd::signed_by<sign>(r));
}
template <int sign, const auto& series, class V>
[[gnu::always_inline]] inline V small_expm1(Twofold<V> r) {
  static constexpr auto mirrored = simd::mirrored<sign>(series);
  const V sum = simd::rounded(r);
  return simd::signed_by<sign>(r.hi) +
         simd::fma(sum * sum, simd::polynomial(sum, mirrored.c), simd::signed_by<sign>(r.lo));
}

/// e^(sign x) = scale (1 + m) with |m| < 0.42 and scale = 2^(n + lift) or, by a table, -0.09 < m <= 0 and
/// scale near a sixteenth or an eighth of such powers. Without a lift it is for e^x - 1, of which m may be a
/// large part. Here and below x is a number, or a Twofold where its rounding error would be too large an
/// error of e^x.
template <int lift, int sign = 1, bool table = true, class X>
[[gnu::always_inline]] inline auto reduced_exp(X x) {
  using V = decltype(simd::leading(x));
  using T = scalar_t<V>;
  using Table = ExpTable<T>;
  constexpr int fraction = table ? exp_fraction<T, lift> : 0;
  constexpr T parts = 1 << fraction;
  // In the sum with magic, n is an integer in the lowest bits, together with the exponent's bias.
  constexpr T magic = T(3) * static_cast<T>(integer_t<T>{1} << (mantissa_bits<T> - 1)) +
                      parts * T(std::numeric_limits<T>::max_exponent - 1 + lift);
  const V t = simd::fma(simd::leading(x), V(sign * parts * Table::log2_e), V(magic)), n = t - V(magic);
  const V power = simd::shift_to_exponent<fraction>(t);
  if constexpr (fraction > 0) {
    using Parts = std::conditional_t<lift == 0, Expm1Sixteenths<T>, ExpParts<T, fraction>>;
    static constexpr MantissaFlips<T, fraction, Parts> flips;
    const V scale = simd::flip_bits(power, simd::lookup(flips.of, t));
    if constexpr (lift == 0) {
      const V rest = simd::lookup(Parts::rest, t);
      const auto r = simd::without_sixteenths<sign>(n, x, simd::signed_by<sign>(rest));
      return Twofold<V>{scale, simd::small_expm1<sign, Table::short_series>(r)};
    } else {
      static constexpr auto growth = simd::mirrored<sign>(Parts::growth);
      const V r = simd::rounded(simd::without_exponent<sign, 1 << fraction>(n, x));
      return Twofold<V>{scale, simd::horner(r, growth.c)};
    }
  } else {
    return Twofold<V>{power, simd::small_expm1<sign, Table::series>(simd::without_exponent<sign, 1>(n, x))};
  }
}

/// x for reduced_exp, where a rounding of x - n ln2 would show; beside a table it is too small to.
template <class V>
[[gnu::always_inline]] inline auto unrounded(V x) {
  if constexpr (has_lookup)
    return x;
  else
    return Twofold<V>{x, V(scalar_t<V>(0))};
}

/// |x|, bounded where e^-|x| is 0, lifted or not.
template <class V>
[[gnu::always_inline]] inline V exp_magnitude(V x) {
  return simd::bounded_magnitude(x, -ExpTable<scalar_t<V>>::least);
}

/// 2^lift e^(sign x), a normal number even where e^(sign x) is not: what is computed from it is rounded to a
/// subnormal number once, by unlifted(). ExpTable::least <= sign x <= 0; lo is what hi has lost.
template <int sign = 1, class X>
[[gnu::always_inline]] inline auto lifted_exp(X x) {
  using V = decltype(simd::leading(x));
  const auto [scale, m] = simd::reduced_exp<ExpTable<scalar_t<V>>::lift, sign>(x);
  return simd::grown(scale, m);
}
/// The same times a weight, which costs no rounding: it is multiplied by a power of two.
template <int sign = 1, class V, class X>
[[gnu::always_inline]] inline Twofold<V> lifted_exp_times(V weight, X x) {
  const auto [scale, m] = simd::reduced_exp<ExpTable<scalar_t<V>>::lift, sign, false>(x);
  return simd::grown(scale * weight, m);
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

}  // namespace rectify::simd
