// Packed gated calls on Eigen objects: the two halves of an array along an axis, as views.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <utility>

namespace rectify::eigen {

/// The shape of half of x along an axis.
template <class S, int rank>
Shape<rank> half_shape(Call call, const View<S, rank>& x, int axis) {
  if (axis < 0 || axis >= rank)
    fail(call, std::string("axis is ").append(std::to_string(axis)) + " but " + x.name + " is " +
                   to_string(x.shape) + ", of rank " + std::to_string(rank));
  if (x.shape[axis] % 2 != 0)
    fail(call, std::string(x.name) + " is " + to_string(x.shape) + ", which has no halves along axis " +
                   std::to_string(axis));
  Shape<rank> half = x.shape;
  half.dim[static_cast<std::size_t>(axis)] /= 2;
  return half;
}

/// The lower and the upper half, or the other way around.
template <class S, int rank>
std::pair<View<S, rank>, View<S, rank>> halves(const View<S, rank>& x, int axis, bool lower_first) {
  const auto k = static_cast<std::size_t>(axis);
  View<S, rank> lower = x;
  lower.shape.dim[k] /= 2;
  lower.packed = false;
  View<S, rank> upper = lower;
  // Of an empty array there is no upper half to point to.
  if (lower.shape.size() > 0) upper.data += lower.shape.dim[k] * x.stride[k];
  if (lower_first) return {lower, upper};
  return {upper, lower};
}

/// Refuses an array that has not the shape of half of x.
template <class S, class X, int rank>
void check_half(Call call, const View<S, rank>& y, const View<X, rank>& x, const Shape<rank>& half) {
  if (!(y.shape == half))
    fail(call, std::string(y.name) + " is " + to_string(y.shape) + " but half of " + x.name + " is " +
                   to_string(half));
}

/// y = f(gate, up) of the halves of x.
template <class Device, class F, class Y, class X>
void apply_to_halves(Call call, const Device& device, F f, int axis, bool gate_first, Named<Y> y,
                     Named<X> x_in) {
  const auto& x = evaluated(x_in.object);
  const auto vx = view_of(x_in.name, x);
  const auto half = half_shape(call, vx, axis);
  const auto before = view_of(y.name, y.object);
  check_overlap(call, before, vx, false);
  using A = access_t<Y>;
  if (!A::can_resize(half)) check_half(call, before, vx, half);
  if constexpr (A::owns_memory)
    if (!(before.shape == half)) A::resize(y.object, half);
  const auto [gate, up] = halves(vx, axis, gate_first);
  map_views(device, f, view_of(y.name, y.object), gate, up);
}

/// The halves of dx = f(gate, up, dy) of the halves of x.
template <class Device, class F, class DX, class X, class DY>
void apply_from_halves(Call call, const Device& device, F f, int axis, bool gate_first, Named<DX> dx,
                       Named<X> x_in, Named<DY> dy_in) {
  const auto& x = evaluated(x_in.object);
  const auto& dy = evaluated(dy_in.object);
  const auto vx = view_of(x_in.name, x);
  const auto vdy = view_of(dy_in.name, dy);
  check_half(call, vdy, vx, half_shape(call, vx, axis));
  const auto before = view_of(dx.name, dx.object);
  check_overlap(call, before, vx);
  check_overlap(call, before, vdy, false);
  shape_output(call, dx.name, dx.object, vx);
  const auto [gate, up] = halves(vx, axis, gate_first);
  const auto [dgate, dup] = halves(view_of(dx.name, dx.object), axis, gate_first);
  map_two_views(device, f, dgate, dup, gate, up, vdy);
}

}  // namespace rectify::eigen
