// What the tests share: inputs with every special value, and comparison bit for bit.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <op_table.hpp>
#include <random>
#include <vector>

namespace testing_tools {

template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
Bits<T> bits(T v) {
  Bits<T> b;
  std::memcpy(&b, &v, sizeof b);
  return b;
}

/// Same bits; any NaN equals any other.
template <class T>
bool same(T a, T b) {
  return bits(a) == bits(b) || (std::isnan(a) && std::isnan(b));
}

#define EXPECT_SAME(a, b) EXPECT_PRED2(testing_tools::same<std::decay_t<decltype(a)>>, a, b)
#define ASSERT_SAME(a, b) ASSERT_PRED2(testing_tools::same<std::decay_t<decltype(a)>>, a, b)

template <class T>
const std::vector<T>& special_values() {
  using L = std::numeric_limits<T>;
  static const std::vector<T> values{T(0),
                                     T(-0.0),
                                     T(1),
                                     T(-1),
                                     L::min(),
                                     -L::min(),
                                     L::denorm_min(),
                                     -L::denorm_min(),
                                     L::max(),
                                     L::lowest(),
                                     L::infinity(),
                                     -L::infinity(),
                                     L::quiet_NaN(),
                                     -L::quiet_NaN(),
                                     L::epsilon(),
                                     -L::epsilon(),
                                     T(0.1),
                                     T(-0.1),
                                     T(88.5),
                                     T(-88.5)};
  return values;
}

template <class Act>
using formula_t = std::decay_t<decltype(std::declval<Act>().formula())>;

/// dx as the contract has it: +0 where the slope is 0 by a comparison, else the product.
template <class T>
T gradient(const op_table::Traits& traits, T slope, T dy) {
  return traits.exact_zero && slope == 0 ? T(0) : slope * dy;
}

/// n values: the special ones first, then a fixed random sequence around zero.
template <class T>
std::vector<T> inputs(std::size_t n, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<T> normal(0, 2);
  std::vector<T> values = special_values<T>();
  values.resize(n);
  for (std::size_t i = special_values<T>().size(); i < n; ++i) values[i] = normal(random);
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

/// n finite values.
template <class T>
std::vector<T> normal_values(std::size_t n, unsigned seed = 2) {
  std::mt19937 random(seed);
  std::normal_distribution<T> normal;
  std::vector<T> values(n);
  for (T& v : values) v = normal(random);
  return values;
}

/// Calls visit(T()) for float and double.
template <class Visit>
void for_each_scalar(Visit visit) {
  visit(float());
  visit(double());
}

/// Calls visit(op, T()) for the activations that differ in how the loops treat them, for both scalar types:
/// where a test is of the loops, the formula does not matter.
template <class Visit>
void for_each_loop_case(Visit visit) {
  op_table::for_each_loop([&](const auto& op) {
    // Not inlined, since clang is slow with all in one function.
    for_each_scalar([&](auto t) __attribute__((noinline)) {
      SCOPED_TRACE(op.name + (sizeof t == 4 ? " float" : " double"));
      visit(op, t);
    });
  });
}

/// What body() throws.
template <class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing thrown";
}

template <class T>
using ArrayX = Eigen::Array<T, Eigen::Dynamic, 1>;
template <class T>
using ArrayXX = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using ArrayXXRow = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Every entry point has to give the scalar call's bits; the scalar call is compared with the reference.
template <class Act, class T>
ArrayXX<T> values(const Act& act, const ArrayXX<T>& x) {
  return x.unaryExpr([&](T v) { return act(v); });
}

template <class Act, class T>
ArrayXX<T> slopes(const Act& act, const ArrayXX<T>& x) {
  return x.unaryExpr([&](T v) { return act.derivative(v); });
}

template <class Act, class T>
ArrayXX<T> gradients(const op_table::Traits& traits, const Act& act, const ArrayXX<T>& x,
                     const ArrayXX<T>& dy) {
  return x.binaryExpr(dy, [&](T v, T d) { return gradient(traits, act.derivative(v), d); });
}

template <class T>
ArrayXX<T> array(const std::vector<T>& values, Eigen::Index rows) {
  return Eigen::Map<const ArrayXX<T>>(values.data(), rows, static_cast<Eigen::Index>(values.size()) / rows);
}

/// Elements of two arrays of the same shape, bit for bit.
template <class A, class B>
void expect_same(const A& a, const B& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.cols(), b.cols());
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    for (Eigen::Index i = 0; i < a.rows(); ++i)
      ASSERT_PRED2(same<typename A::Scalar>, a(i, j), b(i, j)) << "at " << i << ", " << j;
}

}  // namespace testing_tools
