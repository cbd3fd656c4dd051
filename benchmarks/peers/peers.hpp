// What the contestants of `./dev peers` have in common.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace peers {

constexpr float slope = 0.01f;

/// The arrays of an operation: x and dy of n floats, y = f(x), one slope for each channel. Adjacent channels
/// are the fastest axis, others the slowest.
struct Arrays {
  std::size_t n, channels;
  const float *x, *dy, *y, *alpha;
  float* out;
};

/// An operation done by a library: called once to set up, what it returns is timed.
struct Contestant {
  std::string operation, library;
  std::function<std::function<void()>(const Arrays&)> prepare;
};
using Contestants = std::vector<Contestant>;

void add_rectify(Contestants& all);
void add_eigen(Contestants& all);
void add_plain(Contestants& all);
void add_aten(Contestants& all);
void add_onednn(Contestants& all);
void add_xnnpack(Contestants& all);
void add_tiny_dnn(Contestants& all);
void add_dlib(Contestants& all);

}  // namespace peers
