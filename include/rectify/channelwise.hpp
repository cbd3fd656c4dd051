// Channelwise: a formula with one learnable parameter per channel, with its public calls on Eigen objects.
#pragma once

#include <limits>
#include <rectify/eigen/channelwise.hpp>

namespace rectify {

/// An activation with a slope for each channel.
///
/// The channels lie along `axis`: rows (0) or columns (1) of a matrix, the tensor's own axis number of a
/// tensor; x's dimension there must equal channels(). One channel is shared by all elements of any shape.
/// Channels may be next to each other in memory or far apart.
///
/// Arguments, aliasing, memory, errors and devices are those of Activation; dalpha is a vector of channels()
/// numbers and shares memory with nothing. alpha must be finite. dx and dalpha come from one pass, and
/// dalpha has the same bits for any number of threads.
template <template <class> class Formula, class Scalar_>
class Channelwise {
 public:
  using Scalar = Scalar_;
  static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                "rectify: an activation's Scalar is float or double; half precision is a storage type");
  using Alpha = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

  /// channels >= 1 slopes along axis (0 to 7), all starting at init.
  explicit Channelwise(Eigen::Index channels, int axis_ = 1, Scalar init = Formula<Scalar>::init)
      : axis(axis_) {
    if (channels < 1)
      eigen::fail(call(Formula<Scalar>::name),
                  std::string("channels is ").append(std::to_string(channels)) + " but must be at least 1");
    check_axis(Formula<Scalar>::name);
    alpha = Alpha::Constant(channels, init);
    check_alpha(Formula<Scalar>::name);
  }

  Alpha alpha;
  int axis;

  Eigen::Index channels() const { return alpha.size(); }

  /// y = f(x)
  template <class X, class Y, class Device = parallel::Serial>
  void forward(const X& x, Y&& y, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, Y, X>()) {
      check_axis("forward");
      const bool gentle = is_gentle();
      if (!gentle) check_alpha("forward");
      eigen::apply_by_channel(call("forward"), device, Value{gentle}, alpha.data(), channels(), axis,
                              eigen::named("y", y), eigen::named("x", x));
    }
  }

  /// dx = dy df/dx; dalpha = for each channel the sum of dy df/dalpha
  template <class X, class DY, class DX, class DAlpha, class Device = parallel::Serial>
  void backward(const X& x, const DY& dy, DX&& dx, DAlpha&& dalpha, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, DX, X, DY>() && eigen::check_types<Scalar, DAlpha>()) {
      check("backward");
      eigen::apply_with_sum(call("backward"), device, Formula<Scalar>{}, alpha.data(), channels(), axis,
                            eigen::named("dx", dx), eigen::named("dalpha", dalpha), eigen::named("x", x),
                            eigen::named("dy", dy));
    }
  }

  /// gdy = v df/dx, gx = 0, galpha = for each channel the sum of v dy where x is not positive: the gradient
  /// of sum(v dx), dx = dy df/dx, with respect to dy, x and alpha. The outputs share no memory; gdy and gx
  /// may each be one of the inputs.
  template <class X, class DY, class Vector, class GDY, class GX, class GAlpha,
            class Device = parallel::Serial>
  void double_backward(const X& x, const DY& dy, const Vector& v, GDY&& gdy, GX&& gx, GAlpha&& galpha,
                       const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, GDY, X, DY, Vector>() && eigen::check_types<Scalar, GX, X>() &&
                  eigen::check_types<Scalar, GAlpha>()) {
      check("double_backward");
      eigen::apply_double_backward(call("double_backward"), device, Formula<Scalar>{}, alpha.data(),
                                   channels(), axis, eigen::named("gdy", gdy), eigen::named("gx", gx),
                                   eigen::named("galpha", galpha), eigen::named("x", x),
                                   eigen::named("dy", dy), eigen::named("v", v));
    }
  }

  /// He et al. 2015, with the mean of alpha squared.
  double gain() const { return std::sqrt(2 / (1 + static_cast<double>(alpha.square().mean()))); }

 private:
  static constexpr eigen::Call call(const char* function) { return {Formula<Scalar>::name, function}; }

  static constexpr auto value =
      kernels::counted<Formula<Scalar>>([](auto x, auto a) { return Formula<Scalar>{}.value(x, a); });
  static constexpr auto gentle_value =
      kernels::counted<Formula<Scalar>>([](auto x, auto a) { return Formula<Scalar>{}.value_gentle(x, a); });
  /// f, in a form that is cheaper, and exact where all slopes are gentle.
  struct Value {
    static constexpr int instructions = kernels::instructions<Formula<Scalar>>::value;

    bool gentle;

    template <class Use>
    [[gnu::always_inline]] auto specialise(Use use) const {
      return gentle ? use(gentle_value) : use(value);
    }
  };

  void check(const char* function) const {
    check_axis(function);
    check_alpha(function);
  }
  void check_axis(const char* function) const {
    if (axis < 0 || axis >= kernels::max_rank)
      eigen::fail(call(function),
                  std::string("axis is ").append(std::to_string(axis)) + " but must be 0 to 7");
  }
  template <class Test>
  bool all_of_alpha(const Test& test) const {
    return kernels::all_of<xsimd::default_arch>(alpha.data(), static_cast<std::size_t>(channels()), test);
  }
  /// Whether all slopes are finite and at most 1, and none is 0.
  bool is_gentle() const {
    return channels() > 0 && all_of_alpha([](auto a) {
             using V = decltype(a);
             return V(std::numeric_limits<Scalar>::lowest()) <= a && a <= V(Scalar(1)) && a != V(Scalar(0));
           });
  }
  void check_alpha(const char* function) const {
    if (channels() < 1) eigen::fail(call(function), "alpha is empty");
    const auto is_finite = [](auto a) {
      using V = decltype(a);
      using L = std::numeric_limits<Scalar>;
      return V(L::lowest()) <= a && a <= V(L::max());
    };
    if (!all_of_alpha(is_finite)) eigen::fail(call(function), "alpha is not finite");
  }
};

}  // namespace rectify

/// Makes rectify::Name<Scalar> of rectify::formula::Name<Scalar>.
#define RECTIFY_CHANNELWISE(Name)                          \
  template <class Scalar = float>                          \
  class Name : public Channelwise<formula::Name, Scalar> { \
   public:                                                 \
    using Channelwise<formula::Name, Scalar>::Channelwise; \
  }
