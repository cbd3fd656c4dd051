// Forward, backward, and a bit mask instead of the input.
#include <iostream>
#include <rectify/rectify.hpp>

int main() {
  const rectify::LeakyReLU act(0.1f);

  Eigen::ArrayXXf x(2, 3), y;
  x << -2, -1, 0, 1, 2, 3;
  act.forward(x, y);
  std::cout << "y =\n" << y << "\n";

  const Eigen::ArrayXXf dy = Eigen::ArrayXXf::Ones(2, 3);
  Eigen::ArrayXXf dx;
  act.backward(x, dy, dx);
  std::cout << "dx =\n" << dx << "\n";

  // One bit per element is all that the backward pass needs of x, so x may be overwritten.
  rectify::SignMask mask;
  act.forward(x, x, mask);
  act.backward(mask, dy, dx);
  std::cout << "dx from " << mask.bytes() << " byte =\n" << dx << "\n";
}
