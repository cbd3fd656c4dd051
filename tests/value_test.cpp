// Every entry point gives the reference's bits: scalar, expression, kernel body and tail, strided, mixed
// order.
#include <testing.hpp>

namespace {

using namespace testing_tools;

template <class Op, class T>
ArrayXX<T> reference(const Op& op, const ArrayXX<T>& x) {
  return x.unaryExpr([&](T v) { return op.template f<T>(v); });
}

/// dx as the contract has it: dy where x > 0, and below that +0 for a zero slope, else the product.
template <class Op, class T>
ArrayXX<T> reference(const Op& op, const ArrayXX<T>& x, const ArrayXX<T>& dy) {
  return x.binaryExpr(dy, [&](T v, T d) {
    const T slope = op.template df<T>(v);
    return v > 0 ? d : slope == 0 ? T(0) : slope * d;
  });
}

TEST(Value, ScalarCallsMatchReference) {
  for_each_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    for (T x : inputs<T>(1000)) {
      ASSERT_PRED2(same<T>, act(x), op.template f<T>(x)) << x;
      ASSERT_PRED2(same<T>, act.derivative(x), op.template df<T>(x)) << x;
    }
  });
}

TEST(Value, ForwardAndBackwardInEveryLayout) {
  for_each_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    const ArrayXX<T> x = array(inputs<T>(35 * 100), 35), dy = array(inputs<T>(35 * 100, 3), 35);
    const ArrayXX<T> y = reference(op, x), dx = reference(op, x, dy);

    ArrayXX<T> out;
    act.forward(x, out);
    expect_same(out, y);
    act.backward(x, dy, out);
    expect_same(out, dx);

    const ArrayXXRow<T> x_row = x, dy_row = dy;
    ArrayXXRow<T> out_row;
    act.forward(x_row, out_row);
    expect_same(out_row, y);
    act.forward(x, out_row);
    expect_same(out_row, y);
    act.forward(x_row, out);
    expect_same(out, y);
    act.backward(x_row, dy, out_row);
    expect_same(out_row, dx);
    act.backward(x, dy_row, out);
    expect_same(out, dx);

    ArrayXX<T> frame = ArrayXX<T>::Constant(80, 210, T(7));
    auto block = frame.block(3, 5, 35, 100);
    act.forward(x, block);
    expect_same(block.eval(), y);
    EXPECT_EQ((frame == T(7)).count() - (y == T(7)).count(), 80 * 210 - 35 * 100);
    Eigen::Map<ArrayXX<T>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        frame.data(), 35, 100, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(160, 3));
    act.forward(x, strided);
    expect_same(strided.eval(), y);
    act.backward(x, dy, strided);
    expect_same(strided.eval(), dx);
    strided = x;
    act.forward(strided, out);
    expect_same(out, y);
    act.forward(x.transpose(), out);
    expect_same(out, y.transpose().eval());
    act.forward(x.reverse(), out);
    expect_same(out, y.reverse().eval());
    act.forward(x.col(2), out.transpose().row(1).transpose().head(35));
    expect_same(out.transpose().row(1).head(35).transpose().eval(), y.col(2).eval());
  });
}

TEST(Value, LazyExpressions) {
  for_each_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    const ArrayXX<T> x = array(inputs<T>(37 * 10), 37);
    const ArrayXX<T> y = reference(op, x);
    const ArrayXX<T> slope = x.unaryExpr([&](T v) { return op.template df<T>(v); });
    expect_same(ArrayXX<T>(act(x)), y);
    expect_same(ArrayXX<T>(act.derivative(x)), slope);
    expect_same(ArrayXX<T>(act(x.matrix())), y);
    expect_same(ArrayXX<T>(act(x.transpose().transpose().block(1, 1, 5, 5))), y.block(1, 1, 5, 5).eval());
    using Fixed = Eigen::Array<T, 7, 1>;
    const Fixed head = x.col(0).template head<7>();
    expect_same(Fixed(act(head)), y.col(0).template head<7>().eval());
    using Functor = std::decay_t<decltype(act(x).functor())>;
    EXPECT_EQ(bool(Eigen::internal::functor_traits<Functor>::PacketAccess),
              bool(Eigen::internal::packet_traits<T>::Vectorizable));

    Eigen::Tensor<T, 2> tensor = Eigen::TensorMap<const Eigen::Tensor<const T, 2>>(x.data(), 37, 10);
    const Eigen::Tensor<T, 2> lazy = act(tensor), lazy_derivative = act.derivative(tensor);
    expect_same(ArrayXX<T>(Eigen::Map<const ArrayXX<T>>(lazy.data(), 37, 10)), y);
    expect_same(ArrayXX<T>(Eigen::Map<const ArrayXX<T>>(lazy_derivative.data(), 37, 10)), slope);
  });
}

TEST(Value, FromOutputAgreesWithFromInput) {
  for_each_case([](const auto& op, auto t) {
    using T = decltype(t);
    if (!op.from_output) return;
    const auto act = op.template make<T>();
    const ArrayXX<T> x = array(inputs<T>(1000), 10), dy = array(inputs<T>(1000, 3), 10);
    ArrayXX<T> y, dx, from_output;
    act.forward(x, y);
    act.backward(x, dy, dx);
    act.backward_from_output(y, dy, from_output);
    expect_same(from_output, dx);
  });
}

TEST(Value, InPlace) {
  for_each_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    for (Eigen::Index n : {1, 3, 16, 31, 64, 67, 1000}) {
      const ArrayX<T> x = Eigen::Map<const ArrayX<T>>(inputs<T>(1000).data(), n);
      const ArrayX<T> dy = Eigen::Map<const ArrayX<T>>(inputs<T>(1000, 3).data(), n);
      ArrayX<T> y, dx, a = x, b = dy, c = x;
      act.forward(x, y);
      act.backward(x, dy, dx);
      act.forward(a, a);
      expect_same(a, y);
      act.backward(x, b, b);
      expect_same(b, dx);
      act.backward(c, dy, c);
      expect_same(c, dx);
    }
  });
}

TEST(Value, LeakyReLUWithSlopeZeroIsReLU) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    const rectify::ReLU<T> relu;
    const rectify::LeakyReLU<T> leaky(T(0));
    const ArrayXX<T> x = array(inputs<T>(1000), 10), dy = array(inputs<T>(1000, 3), 10);
    ArrayXX<T> a, b;
    relu.forward(x, a);
    leaky.forward(x, b);
    expect_same(a, b);
    relu.backward(x, dy, a);
    leaky.backward(x, dy, b);
    expect_same(a, b);
    EXPECT_SAME(leaky(-std::numeric_limits<T>::infinity()), T(0));
    EXPECT_SAME(leaky(T(-0.0)), T(-0.0));
  });
}

TEST(Value, Gain) {
  EXPECT_DOUBLE_EQ(rectify::ReLU<float>().gain(), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(rectify::LeakyReLU<double>(0.2).gain(), std::sqrt(2 / 1.04));
  EXPECT_DOUBLE_EQ(rectify::PReLU<double>(3).gain(), std::sqrt(2 / 1.0625));
}

}  // namespace
