// What the kernels need of an Eigen object: pointer, dimensions and strides.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <rectify/eigen/error.hpp>
#include <rectify/kernels/lines.hpp>
#include <type_traits>

namespace rectify::eigen {

using Eigen::Index;
using kernels::max_rank;

struct Shape {
  int rank;
  std::array<Index, max_rank> dim;

  Index size() const {
    Index n = 1;
    for (int axis = 0; axis < rank; ++axis) n *= dim[static_cast<std::size_t>(axis)];
    return n;
  }
  Index operator[](int axis) const { return dim[static_cast<std::size_t>(axis)]; }
  friend bool operator==(const Shape& a, const Shape& b) {
    return a.rank == b.rank && std::equal(a.dim.begin(), a.dim.begin() + a.rank, b.dim.begin());
  }
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }
};

/// 3x4
inline std::string to_string(const Shape& shape) {
  std::string text;
  for (int axis = 0; axis < shape.rank; ++axis) text += (axis ? "x" : "") + std::to_string(shape[axis]);
  return text;
}

/// An array in memory. Packed: its elements fill one stretch of memory in row- or column-major order.
template <class S>
struct View {
  const char* name;
  S* data;
  Shape shape;
  std::array<Index, max_rank> stride;
  bool packed, row_major;
};

/// An argument and the name it has in the documentation and in messages.
template <class Object>
struct Named {
  const char* name;
  Object& object;
};
template <class Object>
Named<Object> named(const char* name, Object& object) {
  return {name, object};
}

/// How a family of Eigen types is read, written and resized: dense objects here, tensors in tensor.hpp.
template <class Object, class = void>
struct Access {
  static constexpr bool known = false;
};

/// The Eigen type that a class is or is derived from, found by overload. The tag lets tensor.hpp add one.
struct Tag {};
template <class Object>
struct Type {
  using type = Object;
};
template <class Object>
Type<Object> eigen_type(Tag, const Eigen::DenseBase<Object>*);
Type<void> eigen_type(Tag, ...);

template <class Object>
using access_t = Access<typename decltype(eigen_type(
    Tag{}, static_cast<const std::remove_reference_t<Object>*>(nullptr)))::type>;

template <class Object>
struct Access<Object, std::enable_if_t<std::is_base_of_v<Eigen::DenseBase<Object>, Object>>> {
  using Scalar = typename Object::Scalar;
  static constexpr bool known = true;
  static constexpr bool direct = (Object::Flags & Eigen::DirectAccessBit) != 0;
  static constexpr bool writable = direct && (Object::Flags & Eigen::LvalueBit) != 0;
  static constexpr bool owns_memory = std::is_base_of_v<Eigen::PlainObjectBase<Object>, Object>;
  static constexpr int fixed_size = Object::SizeAtCompileTime;

  static Shape shape(const Object& x) { return {2, {x.rows(), x.cols()}}; }
  static View<const Scalar> view(const char* name, const Object& x) { return make(name, x.data(), x); }
  static View<Scalar> view(const char* name, Object& x) { return make(name, x.data(), x); }
  static auto evaluate(const Object& x) { return x.eval(); }

  static bool can_resize(const Shape& to) {
    const auto fits = [](Index n, Index fixed, Index most) {
      return (fixed == Eigen::Dynamic || n == fixed) && (most == Eigen::Dynamic || n <= most);
    };
    return owns_memory && to.rank == 2 && fits(to[0], Object::RowsAtCompileTime, Object::MaxRowsAtCompileTime) &&
           fits(to[1], Object::ColsAtCompileTime, Object::MaxColsAtCompileTime);
  }
  static void resize(Object& x, const Shape& to) { x.resize(to[0], to[1]); }

 private:
  template <class S>
  static View<S> make(const char* name, S* data, const Object& x) {
    const Index rows = x.rows(), cols = x.cols();
    const bool row_major = Object::IsRowMajor;
    const Index inner = row_major ? cols : rows, outer = row_major ? rows : cols;
    const bool packed =
        (inner == 1 || x.innerStride() == 1) && (outer == 1 || x.outerStride() == inner);
    View<S> view{name, data, {2, {rows, cols}}, {}, packed, row_major};
    view.stride[0] = x.rowStride();
    view.stride[1] = x.colStride();
    return view;
  }
};

}  // namespace rectify::eigen
