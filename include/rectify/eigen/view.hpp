// What the kernels need of an Eigen object: pointer, dimensions and strides.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <rectify/eigen/error.hpp>
#include <rectify/eigen/half.hpp>
#include <rectify/kernels/lines.hpp>
#include <type_traits>

namespace rectify::eigen {

using Eigen::Index;
using kernels::max_rank;

/// One number for each axis.
template <int rank>
using PerAxis = std::array<Index, static_cast<std::size_t>(rank)>;

template <int rank_>
struct Shape {
  static constexpr int rank = rank_;
  PerAxis<rank_> dim;

  Index size() const {
    Index n = 1;
    for (Index d : dim) n *= d;
    return n;
  }
  Index operator[](int axis) const { return dim[static_cast<std::size_t>(axis)]; }
};

template <int rank>
bool operator==(const Shape<rank>& a, const Shape<rank>& b) {
  bool equal = true;  // not through std::array, whose comparison is a call of memcmp
  for (std::size_t i = 0; i < rank; ++i) equal &= a.dim[i] == b.dim[i];
  return equal;
}

/// 3x4
template <int rank>
std::string to_string(const Shape<rank>& shape) {
  std::string text;
  for (int axis = 0; axis < rank; ++axis)
    text.append(axis > 0 ? "x" : "").append(std::to_string(shape[axis]));
  return text;
}

/// An array in memory. Packed: its elements fill one stretch of memory in row- or column-major order.
template <class S, int rank>
struct View {
  const char* name;
  S* data;
  Shape<rank> shape;
  PerAxis<rank> stride;
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

  static constexpr int rank = 2;
  static Shape<2> shape(const Object& x) { return {{x.rows(), x.cols()}}; }
  static View<const Scalar, 2> view(const char* name, const Object& x) { return make(name, x.data(), x); }
  static View<Scalar, 2> view(const char* name, Object& x) { return make(name, x.data(), x); }
  static auto evaluate(const Object& x) { return x.eval(); }

  static bool can_resize(const Shape<2>& to) {
    const auto fits = [](Index n, Index fixed, Index most) {
      return (fixed == Eigen::Dynamic || n == fixed) && (most == Eigen::Dynamic || n <= most);
    };
    return owns_memory && fits(to[0], Object::RowsAtCompileTime, Object::MaxRowsAtCompileTime) &&
           fits(to[1], Object::ColsAtCompileTime, Object::MaxColsAtCompileTime);
  }
  static void resize(Object& x, const Shape<2>& to) { x.resize(to[0], to[1]); }

 private:
  template <class S>
  static View<S, 2> make(const char* name, S* data, const Object& x) {
    const Index rows = x.rows(), cols = x.cols();
    const bool row_major = Object::IsRowMajor;
    const Index inner = row_major ? cols : rows, outer = row_major ? rows : cols;
    const bool packed = (inner == 1 || x.innerStride() == 1) && (outer == 1 || x.outerStride() == inner);
    return {name, data, {{rows, cols}}, {x.rowStride(), x.colStride()}, packed, row_major};
  }
};

}  // namespace rectify::eigen
