// Gated: one half of the features weights the other, with its public calls on Eigen objects.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/eigen/halves.hpp>

namespace rectify {

/// Which half of a packed array is the gate.
enum class Half { first, second };

/// y = g(gate) up, with g the activation of Formula.
///
/// gate, up, y and their gradients are of one shape; packed, gate and up are the two halves of x along an
/// axis: rows (0) or columns (1) of a matrix, the tensor's own axis number of a tensor. `half` says which one
/// is the gate. Halves are read where they lie, nothing is copied.
///
/// Aliasing, memory, errors and devices are those of Activation. dgate and dup share no memory; each may be
/// one of the inputs. Packed, dx may be x; y and dy share no memory with x or dx.
template <class Formula, Half usual>
class Gated {
 public:
  using Scalar = typename kernels::formula_scalar<Formula>::type;
  static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                "rectify: an activation's Scalar is float or double; half precision is a storage type");

  explicit Gated(Half gate_half = usual) : half(gate_half) {}

  Half half;

  /// y = g(gate) up
  template <class Gate, class Up, class Y, class Device = parallel::Serial,
            class = std::enable_if_t<eigen::access_t<Up>::known>>
  void forward(const Gate& gate, const Up& up, Y&& y, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, Y, Gate, Up>())
      eigen::apply(call("forward"), device, value, eigen::named("y", y), eigen::named("gate", gate),
                   eigen::named("up", up));
  }

  /// dgate = dy up g'(gate), dup = dy g(gate)
  template <class Gate, class Up, class DY, class DGate, class DUp, class Device = parallel::Serial,
            class = std::enable_if_t<eigen::access_t<Up>::known>>
  void backward(const Gate& gate, const Up& up, const DY& dy, DGate&& dgate, DUp&& dup,
                const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, DGate, Gate, Up, DY>() &&
                  eigen::check_types<Scalar, DUp, Gate>())
      eigen::apply_two(call("backward"), device, gradients, eigen::named("dgate", dgate),
                       eigen::named("dup", dup), eigen::named("gate", gate), eigen::named("up", up),
                       eigen::named("dy", dy));
  }

  /// The same with gate and up the halves of x along an axis.
  template <class X, class Y, class Device = parallel::Serial>
  void forward(const X& x, int axis, Y&& y, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, Y, X>())
      eigen::apply_to_halves(call("forward"), device, value, axis, half == Half::first, eigen::named("y", y),
                             eigen::named("x", x));
  }

  /// dx holds dgate and dup as x holds gate and up.
  template <class X, class DY, class DX, class Device = parallel::Serial>
  void backward(const X& x, int axis, const DY& dy, DX&& dx, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, DX, X, DY>())
      eigen::apply_from_halves(call("backward"), device, gradients, axis, half == Half::first,
                               eigen::named("dx", dx), eigen::named("x", x), eigen::named("dy", dy));
  }

 private:
  static constexpr eigen::Call call(const char* function) { return {Formula::gated_name, function}; }

  static constexpr auto value =
      kernels::counted<Formula>([](auto gate, auto up) { return Formula{}.value(gate) * up; });
  static constexpr auto gradients = kernels::counted<Formula>([](auto gate, auto up, auto dy) {
    return std::pair(kernels::backward(Formula{}, gate, dy * up), dy * Formula{}.value(gate));
  });
};

}  // namespace rectify

/// Makes rectify::Name<Scalar>, gated by formula::Gate<Scalar>.
#define RECTIFY_GATED(Name, Gate, usual)                    \
  namespace formula {                                       \
  template <class T>                                        \
  struct Name : Gate<T> {                                   \
    static constexpr const char* gated_name = #Name;        \
  };                                                        \
  }                                                         \
  template <class Scalar = float>                           \
  class Name : public Gated<formula::Name<Scalar>, usual> { \
   public:                                                  \
    using Gated<formula::Name<Scalar>, usual>::Gated;       \
  };                                                        \
  Name(Half)->Name<float>
