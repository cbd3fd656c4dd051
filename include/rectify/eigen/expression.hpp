// Lazy expressions: a formula as an Eigen functor, on Eigen's packets by way of xsimd batches.
#pragma once

#include <cstring>
#include <rectify/eigen/view.hpp>
#include <rectify/kernels/formula.hpp>
#include <rectify/simd/storage.hpp>

namespace rectify::eigen {

/// The batch with as many lanes as an Eigen packet; where xsimd has none, the widest, partly used.
template <class Scalar, std::size_t lanes>
using batch_for = std::conditional_t<std::is_void_v<xsimd::make_sized_batch_t<Scalar, lanes>>,
                                     xsimd::batch<Scalar>, xsimd::make_sized_batch_t<Scalar, lanes>>;

template <class Scalar>
constexpr bool has_batches() {
  constexpr std::size_t lanes = Eigen::internal::packet_traits<Scalar>::size;
  if constexpr (std::is_floating_point_v<Scalar> && lanes > 1)
    return batch_for<Scalar, lanes>::size >= lanes;
  else
    return false;
}

/// Op on coefficients and packets. Op is a stateless way to call a formula, such as Value below.
template <class Op, class Formula, class Scalar>
struct Functor {
  Formula formula;

  template <class... In>
  Scalar operator()(const In&... x) const {
    using T = simd::arithmetic_t<Scalar>;
    return static_cast<Scalar>(Op::on_scalar(formula, static_cast<T>(x)...));
  }
  template <class Packet, class... More>
  Packet packetOp(const Packet& x, const More&... more) const {
    using Batch = batch_for<Scalar, sizeof(Packet) / sizeof(Scalar)>;
    const auto as_batch = [](const Packet& packet) {
      Batch batch(Scalar(0));
      std::memcpy(static_cast<void*>(&batch), &packet, sizeof packet);
      return batch;
    };
    const Batch result = Op{}(formula, as_batch(x), as_batch(more)...);
    Packet packet;
    std::memcpy(static_cast<void*>(&packet), &result, sizeof packet);
    return packet;
  }
};

/// Calls of a formula. Rectifiers are the same for scalars, others are computed in a vector.
template <class Op>
struct OneByOne {
  template <class Formula, class T>
  static T on_scalar(const Formula& formula, T x) {
    if constexpr (kernels::is_rectifier<Formula, T>)
      return Op{}(formula, x);
    else
      return kernels::on_vector(x, [&](auto v) { return Op{}(formula, v); });
  }
};
struct Value : kernels::CallValue, OneByOne<Value> {};
struct Derivative : OneByOne<Derivative> {
  template <class Formula, class V>
  V operator()(const Formula& formula, V x) const {
    return kernels::derivative(formula, x);
  }
};
struct SecondDerivative : OneByOne<SecondDerivative> {
  template <class Formula, class V>
  V operator()(const Formula& formula, V x) const {
    return kernels::second_derivative(formula, x);
  }
};

/// op(x) for a dense expression; tensor.hpp adds the same for tensors.
template <class Fn, class Expression>
auto lazy(const Fn& functor, const Eigen::DenseBase<Expression>& x) {
  return x.derived().unaryExpr(functor);
}

}  // namespace rectify::eigen

template <class Op, class Formula, class Scalar>
struct Eigen::internal::functor_traits<rectify::eigen::Functor<Op, Formula, Scalar>> {
  enum {
    Cost = rectify::kernels::instructions<Formula>::value,
    PacketAccess = rectify::eigen::has_batches<Scalar>()
  };
};
