// Element-wise calls on Eigen objects: what the arguments may be, shapes and overlap, then the kernel.
#pragma once

#include <rectify/eigen/overlap.hpp>
#include <rectify/eigen/strided.hpp>
#include <rectify/kernels/formula.hpp>
#include <rectify/parallel/stores.hpp>

namespace rectify::eigen {

/// The element type of an Eigen object, void for anything else.
template <class Object, bool known = access_t<Object>::known>
struct element {
  using type = void;
};
template <class Object>
struct element<Object, true> {
  using type = std::remove_const_t<typename access_t<Object>::Scalar>;
};
template <class Object>
using element_t = typename element<Object>::type;

template <class Object, class Scalar>
constexpr bool is_input() {
  using S = element_t<Object>;
  if constexpr (std::is_void_v<S>)
    return false;
  else
    return std::is_same_v<simd::arithmetic_t<S>, Scalar>;
}

template <class Object, bool known = access_t<Object>::known>
struct is_writable : std::false_type {};
template <class Object>
struct is_writable<Object, true>
    : std::bool_constant<access_t<Object>::writable && !std::is_const_v<std::remove_reference_t<Object>>> {};

template <class Object>
constexpr int rank_of() {
  if constexpr (access_t<Object>::known)
    return access_t<Object>::rank;
  else
    return 0;
}

/// Says in one sentence what is wrong with the types of a call; true where nothing is.
template <class Scalar, class Out, class... In>
constexpr bool check_types() {
  constexpr bool eigen = access_t<Out>::known && (access_t<In>::known && ...);
  static_assert(
      eigen,
      "rectify: an argument is not an Eigen array, matrix or tensor (tensors need <rectify/rectify.hpp>)");
  constexpr bool scalars = !eigen || (is_input<Out, Scalar>() && (is_input<In, Scalar>() && ...));
  static_assert(scalars, "rectify: the arguments' element type is not the activation's Scalar");
  constexpr bool one_type = !eigen || !scalars || (std::is_same_v<element_t<Out>, element_t<In>> && ...);
  static_assert(one_type, "rectify: the arguments' element types differ from each other");
  constexpr bool one_rank = !eigen || ((rank_of<Out>() == rank_of<In>()) && ...);
  static_assert(one_rank, "rectify: the arguments are tensors of different rank");
  constexpr bool writable = !eigen || is_writable<Out>::value;
  static_assert(writable, "rectify: the output is read-only (const, or an expression)");
  return eigen && scalars && one_type && one_rank && writable;
}

/// The object itself where it has memory, its value where it is an expression.
template <class Object>
decltype(auto) evaluated(const Object& x) {
  if constexpr (access_t<Object>::direct)
    return (x);
  else
    return access_t<Object>::evaluate(x);
}

template <class Object>
auto view_of(const char* name, Object& object) {
  return access_t<Object>::view(name, object);
}

template <int rank>
[[noreturn, gnu::noinline]] void refuse_shape(Call call, const char* name, Shape<rank> shape,
                                              const char* other, Shape<rank> expected) {
  fail(call, std::string(name) + " is " + to_string(shape) + " but " + other + " is " + to_string(expected));
}

template <int rank>
[[gnu::always_inline]] inline void check_same_shape(Call call, const char* name, const Shape<rank>& shape,
                                                    const char* other, const Shape<rank>& expected) {
  if (!(shape == expected)) refuse_shape(call, name, shape, other, expected);
}

/// Refuses an output that has not the shape of x and cannot get it.
template <class Out, class In, int rank>
void check_output(Call call, const char* name, const Out& out, const View<In, rank>& x) {
  using A = access_t<Out>;
  if (!A::can_resize(x.shape)) check_same_shape(call, name, A::shape(out), x.name, x.shape);
}

template <class Out, class In, int rank>
[[gnu::noinline]] void resize_output(Call call, const char* name, Out& out, const View<In, rank>& x) {
  using A = access_t<Out>;
  check_output(call, name, out, x);
  if constexpr (A::owns_memory) A::resize(out, x.shape);
}

/// Gives an output the shape of x, by resizing it where it owns its memory.
template <class Out, class In, int rank>
[[gnu::always_inline]] inline void shape_output(Call call, const char* name, Out& out,
                                                const View<In, rank>& x) {
  if (!(access_t<Out>::shape(out) == x.shape)) resize_output(call, name, out, x);
}

/// Whether arrays of one shape are the same sequence in memory.
template <class A, int rank, class... B>
bool is_flat(const View<A, rank>& a, const View<B, rank>&... b) {
  if (!(a.packed && ... && b.packed)) return false;
  if (((a.row_major == b.row_major) && ...)) return true;
  int long_axes = 0;
  for (Index d : a.shape.dim) long_axes += d > 1;
  return long_axes <= 1;
}

/// What f costs on one element of so many arrays.
template <class F, class S>
constexpr parallel::Work work_of(std::size_t arrays) {
  constexpr double lanes = xsimd::batch<simd::arithmetic_t<S>>::size;
  return {arrays * sizeof(S), kernels::instructions<F>::value / lanes};
}

/// Calls body(streaming) with the way to store a flat y: past the cache where that pays, and where y is not
/// one of the inputs, whose lines are in the cache anyway. Where f does not wait for memory, there is no such
/// body, unless the caller chooses.
template <class F, class Device, class S, int rank, std::size_t inputs, class Body>
[[gnu::always_inline]] inline void for_stores(const Device& device, const View<S, rank>& y,
                                              const S* const (&in)[inputs], const Body& body) {
  constexpr auto work = work_of<F, S>(1 + inputs);
  if constexpr (simd::can_stream<xsimd::default_arch, S> &&
                (work.waits_for_memory() || parallel::chooses_stores<Device>)) {
    const auto n = static_cast<std::size_t>(y.shape.size());
    if (parallel::stream_output(device, n, work) && simd::is_aligned(y.data, sizeof(S)) &&
        std::find(std::begin(in), std::end(in), y.data) == std::end(in)) {
      body(std::true_type());
      return;
    }
  }
  body(std::false_type());
}

/// y = f(x...) on views of one shape.
template <class Device, class F, class S, int rank, class... In>
[[gnu::always_inline]] inline void map_views(const Device& device, F f, const View<S, rank>& y,
                                             const View<In, rank>&... x) {
  using Arch = xsimd::default_arch;
  constexpr auto work = work_of<F, S>(1 + sizeof...(In));
  if (y.shape.size() == 0) return;
  if (!is_flat(y, x...)) {
    kernels::with_form(f, [&](auto form) {
      const auto line = [form](std::size_t n, auto*... arrays) { kernels::map<Arch>(form, n, arrays...); };
      for_strided(device, work, OnLine<S, In...>(line), y, x...);
    });
    return;
  }
  const auto size = static_cast<std::size_t>(y.shape.size());
  const auto run = [&](auto streaming) __attribute__((always_inline)) {
    const auto range = [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
      kernels::with_form(
          f, [&](auto form) __attribute__((always_inline)) {
            kernels::map<Arch, streaming>(form, end - begin, y.data + begin, (x.data + begin)...);
          });
    };
    parallel::for_range(parallel::device_of(device), size, work, range);
  };
  for_stores<F>(device, y, {x.data...}, run);
}

/// (y1, y2) = f(x...) on views of one shape.
template <class Device, class F, class S, int rank, class... In>
[[gnu::always_inline]] inline void map_two_views(const Device& device, F f, const View<S, rank>& y1,
                                                 const View<S, rank>& y2, const View<In, rank>&... x) {
  constexpr auto work = work_of<F, S>(2 + sizeof...(In));
  if (y1.shape.size() == 0) return;
  const auto run = [f](std::size_t n, auto*... arrays) {
    kernels::with_form(f, [&](auto form) { kernels::map_two<xsimd::default_arch>(form, n, arrays...); });
  };
  if (!is_flat(y1, y2, x...)) {
    for_strided(device, work, OnLine<S, S, In...>(run), y1, y2, x...);
    return;
  }
  parallel::for_range(parallel::device_of(device), static_cast<std::size_t>(y1.shape.size()), work,
                      [&](std::size_t begin, std::size_t end) {
                        run(end - begin, y1.data + begin, y2.data + begin, (x.data + begin)...);
                      });
}

/// Calls body with views of the inputs, which all have the shape of the first; expressions are evaluated.
template <class Body, class First, class... More>
[[gnu::always_inline]] inline void with_views(Call call, const Body& body, Named<First> first,
                                              Named<More>... more) {
  const auto& x = evaluated(first.object);
  const auto run = [&](const auto&... rest) __attribute__((always_inline)) {
    const auto vx = view_of(first.name, x);
    const auto checked = [&](const auto&... views) __attribute__((always_inline)) {
      (check_same_shape(call, views.name, views.shape, vx.name, vx.shape), ...);
      body(vx, views...);
    };
    checked(view_of(more.name, rest)...);
  };
  run(evaluated(more.object)...);
}

/// The size of arrays that all have it by their types and are small, else 0.
template <class Out, class... In>
constexpr std::size_t few_elements() {
  constexpr int size = access_t<Out>::fixed_size;
  constexpr bool same = ((access_t<In>::fixed_size == size) && ...);
  return same && size > 0 && size <= 128 ? static_cast<std::size_t>(size) : 0;
}

/// y = f(inputs...) on Eigen objects, all checked.
template <class Device, class F, class Out, class... In>
[[gnu::always_inline]] inline void apply(Call call, const Device& device, F f, Named<Out> out,
                                         Named<In>... in) {
  const auto body = [&](const auto& vx, const auto&... views) __attribute__((always_inline)) {
    const auto before = view_of(out.name, out.object);
    check_overlap(call, before, vx);
    (check_overlap(call, before, views), ...);
    shape_output(call, out.name, out.object, vx);
    const auto vy = view_of(out.name, out.object);
    constexpr std::size_t few = few_elements<Out, In...>();
    if constexpr (few > 0)
      if (is_flat(vy, vx, views...))
        return kernels::with_form(
            f, [&](auto form) __attribute__((always_inline)) {
              kernels::map_few<xsimd::default_arch, few>(form, vy.data, vx.data, views.data...);
            });
    map_views(device, f, vy, vx, views...);
  };
  with_views(call, body, in...);
}

/// (y1, y2) = f(inputs...) on Eigen objects, all checked. The outputs share nothing.
template <class Device, class F, class Out1, class Out2, class... In>
[[gnu::always_inline]] inline void apply_two(Call call, const Device& device, F f, Named<Out1> out1,
                                             Named<Out2> out2, Named<In>... in) {
  const auto body = [&](const auto& vx, const auto&... views) __attribute__((always_inline)) {
    const auto before1 = view_of(out1.name, out1.object);
    const auto before2 = view_of(out2.name, out2.object);
    check_overlap(call, before1, vx);
    check_overlap(call, before2, vx);
    (check_overlap(call, before1, views), ...);
    (check_overlap(call, before2, views), ...);
    check_overlap(call, before2, before1, false);
    check_output(call, out1.name, out1.object, vx);
    check_output(call, out2.name, out2.object, vx);
    shape_output(call, out1.name, out1.object, vx);
    shape_output(call, out2.name, out2.object, vx);
    map_two_views(device, f, view_of(out1.name, out1.object), view_of(out2.name, out2.object), vx, views...);
  };
  with_views(call, body, in...);
}

}  // namespace rectify::eigen
