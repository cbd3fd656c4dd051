// Whether two arrays share memory, exactly: blocks of one matrix may interleave without sharing an element.
#pragma once

#include <cstdint>
#include <rectify/eigen/view.hpp>

namespace rectify::eigen {

/// The bytes of an array: `lines` lines of `count` elements.
struct Footprint {
  std::intptr_t base;
  std::ptrdiff_t width, count, step, lines, line_step;
  bool solid;  // every byte of the range belongs to an element
  std::intptr_t low, high;

  /// Only matrices are ever not packed.
  template <class S, int rank>
  explicit Footprint(const View<S, rank>& view)
      : base(reinterpret_cast<std::intptr_t>(view.data)),
        width(sizeof(S)),
        count(view.shape.size()),
        step(width),
        lines(1),
        line_step(0),
        solid(view.packed) {
    if (rank == 2 && !view.packed) {
      const std::size_t inner = std::abs(view.stride[0]) <= std::abs(view.stride[rank - 1]) ? 0 : 1;
      count = view.shape.dim[inner];
      step = view.stride[inner] * width;
      lines = view.shape.dim[1 - inner];
      line_step = view.stride[1 - inner] * width;
    }
    low = base + std::min<std::ptrdiff_t>(0, (count - 1) * step) +
          std::min<std::ptrdiff_t>(0, (lines - 1) * line_step);
    high = base + std::max<std::ptrdiff_t>(0, (count - 1) * step) +
           std::max<std::ptrdiff_t>(0, (lines - 1) * line_step) + width;
  }
};

/// Whether element i of one progression touches element j of another: |d + i step - j step'| < width.
inline bool lines_touch(std::ptrdiff_t d, std::ptrdiff_t step, std::ptrdiff_t count,
                        std::ptrdiff_t other_step, std::ptrdiff_t other_count, std::ptrdiff_t width) {
  if (other_count == 1) other_step = width;
  if (other_step == 0) return true;
  const auto hits = [&](std::ptrdiff_t at) {
    const std::ptrdiff_t j = at / other_step;
    for (std::ptrdiff_t k = j - 1; k <= j + 1; ++k)
      if (k >= 0 && k < other_count && std::abs(at - k * other_step) < width) return true;
    return false;
  };
  if (step == other_step) {
    // Only the difference of the indices matters.
    for (std::ptrdiff_t k = -d / step - 1; k <= -d / step + 1; ++k)
      if (std::abs(d + k * step) < width && k < count && -k < other_count) return true;
    return false;
  }
  for (std::ptrdiff_t i = 0; i < count; ++i)
    if (hits(d + i * step)) return true;
  return false;
}

inline bool shares_elements(const Footprint& a, const Footprint& b) {
  if (a.high <= b.low || b.high <= a.low) return false;
  if (a.solid && b.solid) return true;
  const std::ptrdiff_t width = std::max(a.width, b.width);
  const std::intptr_t b_span = std::abs((b.count - 1) * b.step) + width;
  const std::intptr_t b_first = b.base + std::min<std::ptrdiff_t>(0, (b.count - 1) * b.step);
  for (std::ptrdiff_t line = 0; line < a.lines; ++line) {
    const std::intptr_t from = a.base + line * a.line_step;
    const std::intptr_t low = from + std::min<std::ptrdiff_t>(0, (a.count - 1) * a.step) - width;
    const std::intptr_t high = low + std::abs((a.count - 1) * a.step) + 2 * width;
    // The lines of b that reach into [low, high), one more at either end.
    std::ptrdiff_t first = 0, last = b.lines - 1;
    if (b.line_step > 0) {
      first = std::max(first, (low - b_span - b_first) / b.line_step - 1);
      last = std::min(last, (high - b_first) / b.line_step + 1);
    }
    for (std::ptrdiff_t k = first; k <= last; ++k)
      if (lines_touch(from - (b.base + k * b.line_step), a.step, a.count, b.step, b.count, width))
        return true;
  }
  return false;
}

/// Whether two arrays are the same elements in the same order.
template <class A, class B, int rank, int other_rank>
bool same_elements(const View<A, rank>& a, const View<B, other_rank>& b) {
  if constexpr (rank != other_rank || sizeof(A) != sizeof(B)) {
    return false;
  } else {
    if (static_cast<const void*>(a.data) != static_cast<const void*>(b.data) || !(a.shape == b.shape))
      return false;
    for (std::size_t axis = 0; axis < rank; ++axis)
      if (a.shape.dim[axis] > 1 && a.stride[axis] != b.stride[axis]) return false;
    return true;
  }
}

template <class Out, class In>
[[gnu::noinline]] void check_overlap_in_detail(Call call, Out out, In in, bool may_be_same) {
  if (out.shape.size() == 0 || in.shape.size() == 0) return;
  if (may_be_same && same_elements(out, in)) return;
  if (shares_elements(Footprint(out), Footprint(in)))
    fail(call, std::string(out.name) + " (" + to_string(out.shape) + ") shares memory with " + in.name +
                   " (" + to_string(in.shape) + ") without being the same elements in the same order");
}

/// Refuses an output that shares memory with an input (or another output) without being it. The usual case
/// is decided in a few instructions, in registers; the other one takes copies, so that no view need be in
/// memory.
template <class Out, class In>
[[gnu::always_inline]] inline void check_overlap(Call call, const Out& out, const In& in,
                                                 bool may_be_same = true) {
  const auto begin = [](const auto& view) { return reinterpret_cast<std::uintptr_t>(view.data); };
  const auto end = [&](const auto& view) {
    return begin(view) + static_cast<std::size_t>(view.shape.size()) * sizeof(*view.data);
  };
  if (out.packed && in.packed && (end(out) <= begin(in) || end(in) <= begin(out))) return;
  check_overlap_in_detail(call, out, in, may_be_same);
}

}  // namespace rectify::eigen
