// Every path through the loops gives the bits of the scalar call: strided, mixed order, in place,
// expressions.
#include <testing.hpp>

namespace {

using namespace testing_tools;

TEST(Layout, EveryLayout) {
  for_each_loop_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    const ArrayXX<T> x = array(inputs<T>(35 * 151), 35), dy = array(inputs<T>(35 * 151, 3), 35);
    const ArrayXX<T> y = values(act, x), dx = gradients(op.traits, act, x, dy);

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

    ArrayXX<T> frame = ArrayXX<T>::Constant(80, 310, T(7));
    auto block = frame.block(3, 5, 35, 151);
    act.forward(x, block);
    expect_same(block.eval(), y);
    EXPECT_EQ((frame == T(7)).count() - (y == T(7)).count(), 80 * 310 - 35 * 151);
    Eigen::Map<ArrayXX<T>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        frame.data(), 35, 151, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(160, 3));
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

TEST(Layout, LazyExpressions) {
  for_each_loop_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    const ArrayXX<T> x = array(inputs<T>(37 * 10), 37);
    const ArrayXX<T> y = values(act, x), slope = slopes(act, x);
    expect_same(ArrayXX<T>(act(x)), y);
    expect_same(ArrayXX<T>(act.derivative(x)), slope);
    expect_same(ArrayXX<T>(act(x.matrix())), y);
    expect_same(ArrayXX<T>(act(x.transpose().transpose().block(1, 1, 5, 5))), y.block(1, 1, 5, 5).eval());
    using Functor = std::decay_t<decltype(act(x).functor())>;
    EXPECT_EQ(bool(Eigen::internal::functor_traits<Functor>::PacketAccess),
              bool(Eigen::internal::packet_traits<T>::Vectorizable));

    Eigen::Tensor<T, 2> tensor = Eigen::TensorMap<const Eigen::Tensor<const T, 2>>(x.data(), 37, 10);
    const Eigen::Tensor<T, 2> lazy = act(tensor), lazy_derivative = act.derivative(tensor);
    expect_same(ArrayXX<T>(Eigen::Map<const ArrayXX<T>>(lazy.data(), 37, 10)), y);
    expect_same(ArrayXX<T>(Eigen::Map<const ArrayXX<T>>(lazy_derivative.data(), 37, 10)), slope);
  });
}

TEST(Layout, InPlace) {
  for_each_loop_case([](const auto& op, auto t) {
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

}  // namespace
