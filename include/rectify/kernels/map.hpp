// The loop behind every element-wise call: y[i] = f(x[i]...).
#pragma once

#include <cstdint>
#include <rectify/simd/storage.hpp>

namespace rectify::kernels {

/// Elements to skip until y + skip starts a vector register's worth of aligned memory; 0 where y is not even
/// aligned to its own elements.
template <class Batch, class S>
std::size_t misalignment(const S* y) {
  constexpr std::size_t bytes = Batch::size * sizeof(S);
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(y) % bytes;
  return beyond % sizeof(S) == 0 ? (bytes - beyond) % bytes / sizeof(S) : 0;
}

/// y[i] = f(x[i]...) for i < n, through f on vectors alone. y may be one of the x.
///
/// The first and the last vector overlap the aligned body. They are computed before the body writes and
/// stored after it, so each element is written the same value twice and nothing is read after it changed.
template <class Arch, class F, class S, class... In>
void map(F f, std::size_t n, S* y, const In*... x) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  constexpr std::size_t width = V::size;
  if (n < width) {
    if (n > 0) simd::store_part<Arch>(y, n, V(f(simd::load_part<Arch>(x, n)...)));
    return;
  }
  const auto at = [&](std::size_t i) { return V(f(simd::load<Arch>(x + i)...)); };
  const std::size_t end = n - width;
  const V first = at(0);
  const V last = at(end);
  std::size_t i = misalignment<V>(y);
  for (; i + 3 * width < end; i += 4 * width) {
    const V a = at(i), b = at(i + width), c = at(i + 2 * width), d = at(i + 3 * width);
    simd::store<Arch>(y + i, a);
    simd::store<Arch>(y + i + width, b);
    simd::store<Arch>(y + i + 2 * width, c);
    simd::store<Arch>(y + i + 3 * width, d);
  }
  for (; i < end; i += width) simd::store<Arch>(y + i, at(i));
  simd::store<Arch>(y, first);
  simd::store<Arch>(y + end, last);
}

}  // namespace rectify::kernels
