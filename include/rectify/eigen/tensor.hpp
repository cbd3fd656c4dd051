// Tensors as arguments: Tensor, TensorMap, TensorFixedSize and tensor expressions.
#pragma once

#include <rectify/eigen/expression.hpp>
#include <unsupported/Eigen/CXX11/Tensor>

namespace rectify::eigen {

template <class Object>
struct is_tensor_memory : std::false_type {};
template <class T, int rank, int options, class I>
struct is_tensor_memory<Eigen::Tensor<T, rank, options, I>> : std::true_type {};
template <class T, class Dims, int options, class I>
struct is_tensor_memory<Eigen::TensorFixedSize<T, Dims, options, I>> : std::true_type {};
template <class Plain, int options, template <class> class Pointer>
struct is_tensor_memory<Eigen::TensorMap<Plain, options, Pointer>> : std::true_type {};

template <class Object>
constexpr bool is_tensor = std::is_base_of_v<Eigen::TensorBase<Object, Eigen::ReadOnlyAccessors>, Object>;

template <class Object>
Type<Object> eigen_type(Tag, const Eigen::TensorBase<Object, Eigen::ReadOnlyAccessors>*);

template <class Object>
struct is_resizable_tensor : std::false_type {};
template <class T, int rank, int options, class I>
struct is_resizable_tensor<Eigen::Tensor<T, rank, options, I>> : std::true_type {};

template <class Object>
struct Access<Object, std::enable_if_t<is_tensor<Object>>> {
  using Scalar = std::remove_const_t<typename Eigen::internal::traits<Object>::Scalar>;
  static constexpr int rank = Eigen::internal::traits<Object>::NumDimensions;
  static constexpr bool row_major =
      static_cast<int>(Eigen::internal::traits<Object>::Layout) == Eigen::RowMajor;
  static_assert(rank >= 1 && rank <= max_rank, "rectify: tensors are of rank 1 to 8");

  static constexpr bool known = true;
  static constexpr bool direct = is_tensor_memory<Object>::value;
  static constexpr bool owns_memory = is_resizable_tensor<Object>::value;
  static constexpr int fixed_size = Eigen::Dynamic;
  static constexpr bool writable = [] {
    if constexpr (direct)
      return !std::is_const_v<std::remove_pointer_t<decltype(std::declval<Object&>().data())>>;
    else
      return false;
  }();

  static Shape<rank> shape(const Object& x) {
    Shape<rank> shape;
    // Short, because dimensions() of some tensors takes a signed index and of others an unsigned one.
    for (unsigned short axis = 0; axis < rank; ++axis) shape.dim[axis] = x.dimensions()[axis];
    return shape;
  }
  static View<const Scalar, rank> view(const char* name, const Object& x) {
    return make<const Scalar>(name, x.data(), x);
  }
  static View<Scalar, rank> view(const char* name, Object& x) { return make<Scalar>(name, x.data(), x); }
  static auto evaluate(const Object& x) {
    return Eigen::Tensor<Scalar, rank, Eigen::internal::traits<Object>::Layout, Index>(x);
  }

  static bool can_resize(const Shape<rank>&) { return owns_memory; }
  static void resize(Object& x, const Shape<rank>& to) {
    typename Object::Dimensions dimensions;
    for (std::size_t axis = 0; axis < rank; ++axis) dimensions[axis] = to.dim[axis];
    x.resize(dimensions);
  }

 private:
  template <class S>
  static View<S, rank> make(const char* name, S* data, const Object& x) {
    View<S, rank> view{name, data, shape(x), {}, true, row_major};
    Index stride = 1;
    for (int k = 0; k < rank; ++k) {
      const auto axis = static_cast<std::size_t>(row_major ? rank - 1 - k : k);
      view.stride[axis] = stride;
      stride *= view.shape.dim[axis];
    }
    return view;
  }
};

template <class Fn, class Expression>
auto lazy(const Fn& functor, const Eigen::TensorBase<Expression, Eigen::ReadOnlyAccessors>& x) {
  return static_cast<const Expression&>(x).unaryExpr(functor);
}

}  // namespace rectify::eigen
