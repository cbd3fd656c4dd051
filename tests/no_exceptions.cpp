// Built with -fno-exceptions -fno-rtti: works, and bad input ends the program with the message on stderr.
#include <rectify/rectify.hpp>

int main(int argc, char**) {
  Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(3, 5), dy = Eigen::ArrayXXf::Random(3, 4), dx;
  rectify::ReLU<float>().forward(x, x);
  if (argc > 1) rectify::ReLU<float>().backward(x, dy, dx);
  return (x >= 0).all() ? 0 : 1;
}
