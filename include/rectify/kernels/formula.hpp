// What the loops ask of a formula, and what stands in for the parts that a formula may leave out.
#pragma once

#include <rectify/simd/sign.hpp>

namespace rectify::kernels {

/// A formula's own Scalar, or float for one that names none.
template <class Formula, class = void>
struct formula_scalar {
  using type = float;
};
template <class Formula>
struct formula_scalar<Formula, std::void_t<typename Formula::Scalar>> {
  using type = typename Formula::Scalar;
};

template <class Formula, class V, class = void>
struct has_derivative : std::false_type {};
template <class Formula, class V>
struct has_derivative<Formula, V,
                      std::void_t<decltype(std::declval<const Formula&>().derivative(std::declval<V>()))>>
    : std::true_type {};

/// A rectifier: dx depends on x through its sign alone.
template <class Formula, class V, class = void>
struct is_rectifier : std::false_type {};
template <class Formula, class V>
struct is_rectifier<Formula, V,
                    std::void_t<decltype(std::declval<const Formula&>().gate(true, std::declval<V>()))>>
    : std::true_type {};

template <class Formula, class V, class = void>
struct has_derivative_from_output : std::false_type {};
template <class Formula, class V>
struct has_derivative_from_output<
    Formula, V,
    std::void_t<decltype(std::declval<const Formula&>().derivative_from_output(std::declval<V>()))>>
    : std::true_type {};

template <class Formula, class Scalar>
constexpr bool follows_from_output =
    is_rectifier<Formula, Scalar>::value || has_derivative_from_output<Formula, Scalar>::value;

struct AnyUse {
  template <class Form>
  void operator()(const Form&) const;
};
template <class Formula, class = void>
struct has_forms : std::false_type {};
template <class Formula>
struct has_forms<Formula, std::void_t<decltype(std::declval<const Formula&>().specialise(AnyUse{}))>>
    : std::true_type {};

/// Calls use with the form of the formula that is cheapest for its parameters.
template <class Formula, class Use>
auto with_form(const Formula& formula, Use use) {
  if constexpr (has_forms<Formula>::value)
    return formula.specialise(use);
  else
    return use(formula);
}

/// dx = dy f'(x)
template <class Formula, class V>
V backward(const Formula& formula, V x, V dy) {
  using T = simd::scalar_t<V>;
  if constexpr (is_rectifier<Formula, T>::value)
    return formula.gate(simd::not_positive(x), dy);
  else
    return dy * formula.derivative(x);
}

/// dx = dy f'(x), from y = f(x)
template <class Formula, class V>
V backward_from_output(const Formula& formula, V y, V dy) {
  using T = simd::scalar_t<V>;
  if constexpr (is_rectifier<Formula, T>::value)
    return formula.gate(simd::not_positive(y), dy);
  else
    return dy * formula.derivative_from_output(y);
}

}  // namespace rectify::kernels
