// Strided arrays as straight lines: the loops run over what is contiguous, the rest goes through a buffer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <rectify/kernels/map.hpp>
#include <tuple>

namespace rectify::kernels {

constexpr int max_rank = 8;

/// One shape, walked through several arrays at once, each with strides of its own. Axis 0 is the innermost:
/// where the first array's elements lie closest. Axes that continue each other in all arrays are one.
template <std::size_t arrays>
struct Lattice {
  using Offset = std::array<std::ptrdiff_t, arrays>;

  int rank = 0;
  std::array<std::ptrdiff_t, max_rank> dim{};
  std::array<Offset, max_rank> stride{};

  /// Axes may come in any order.
  void add(std::ptrdiff_t n, Offset steps) {
    if (n == 1) return;
    int at = rank++;
    for (; at > 0 && std::abs(stride[index(at - 1)][0]) > std::abs(steps[0]); --at) {
      dim[index(at)] = dim[index(at - 1)];
      stride[index(at)] = stride[index(at - 1)];
    }
    dim[index(at)] = n;
    stride[index(at)] = steps;
  }
  void merge() {
    int last = 0;
    for (int axis = 1; axis < rank; ++axis) {
      bool continues = true;
      for (std::size_t a = 0; a < arrays; ++a)
        continues &= stride[index(axis)][a] == stride[index(last)][a] * dim[index(last)];
      if (continues) {
        dim[index(last)] *= dim[index(axis)];
      } else {
        ++last;
        dim[index(last)] = dim[index(axis)];
        stride[index(last)] = stride[index(axis)];
      }
    }
    rank = rank == 0 ? 0 : last + 1;
  }

  /// From one element of a line to the next, in each array.
  Offset step() const {
    Offset unit;
    unit.fill(1);
    return rank == 0 ? unit : stride[0];
  }
  /// Whether lines are contiguous in the first `memory` arrays.
  bool contiguous_lines(std::size_t memory) const {
    const Offset steps = step();
    return std::all_of(steps.data(), steps.data() + memory, [](std::ptrdiff_t s) { return s == 1; });
  }
  std::ptrdiff_t line_length() const { return rank == 0 ? 1 : dim[0]; }
  std::ptrdiff_t line_count() const {
    std::ptrdiff_t n = 1;
    for (int axis = 1; axis < rank; ++axis) n *= dim[index(axis)];
    return n;
  }
  /// A line: its place on the axes, and where it begins in each array.
  struct Line {
    std::array<std::ptrdiff_t, max_rank> at{};
    Offset offset{};
  };
  Line line(std::ptrdiff_t i) const {
    Line line;
    for (int axis = 1; axis < rank; ++axis) {
      const std::ptrdiff_t k = i % dim[index(axis)];
      i /= dim[index(axis)];
      line.at[index(axis)] = k;
      for (std::size_t a = 0; a < arrays; ++a) line.offset[a] += k * stride[index(axis)][a];
    }
    return line;
  }
  /// Goes on to the next line, or from the last one back to the first: false. Without divisions, which cost
  /// as much as a short line.
  bool advance(Line& line) const {
    for (int axis = 1; axis < rank; ++axis) {
      const bool more = ++line.at[index(axis)] < dim[index(axis)];
      const std::ptrdiff_t steps = more ? 1 : 1 - dim[index(axis)];
      for (std::size_t a = 0; a < arrays; ++a) line.offset[a] += steps * stride[index(axis)][a];
      if (more) return true;
      line.at[index(axis)] = 0;
    }
    return false;
  }

 private:
  static std::size_t index(int axis) { return static_cast<std::size_t>(axis); }
};

/// Elements of a line that pass through a buffer at a time: few enough that the cache lines they touch are
/// still there when the next line needs them, which makes transposition cheap.
constexpr std::ptrdiff_t chunk_elements = 64;
/// The longest piece of a contiguous line, for threads to share.
constexpr std::ptrdiff_t piece_elements = 16384;

/// The lines of a lattice, cut to pieces. An aggregate, which takes the lattice without a copy.
template <std::size_t arrays>
struct Pieces {
  Lattice<arrays> lattice;
  /// The first so many arrays are loaded and stored; of others only the offsets are used.
  std::size_t memory = arrays;
  std::ptrdiff_t length = lattice.contiguous_lines(memory) ? piece_elements : chunk_elements;
  std::ptrdiff_t lines = lattice.line_count();
  std::ptrdiff_t per_line = (lattice.line_length() + length - 1) / length;

  std::ptrdiff_t count() const { return lines * per_line; }

  /// Calls body(offsets, n) for pieces [begin, end): all lines of one stretch, then those of the next.
  template <class Body>
  void each(std::ptrdiff_t begin, std::ptrdiff_t end, const Body& body) const {
    const auto step = lattice.step();
    std::ptrdiff_t from = begin / lines * length;
    auto line = lattice.line(begin % lines);
    const auto move = [&](std::ptrdiff_t n) {
      for (std::size_t a = 0; a < arrays; ++a) line.offset[a] += n * step[a];
    };
    move(from);
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      body(line.offset, std::min(length, lattice.line_length() - from));
      if (lattice.advance(line)) continue;
      from += length;
      move(length);
    }
  }
};

// Not inlined: out of the way of pieces that are contiguous.
template <class S>
[[gnu::noinline]] void gather(const S* from, std::ptrdiff_t step, std::ptrdiff_t n, S* to) {
#pragma GCC unroll 4
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] = from[i * step];
}
template <class S>
[[gnu::noinline]] void scatter(const S* from, std::ptrdiff_t n, S* to, std::ptrdiff_t step) {
#pragma GCC unroll 4
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i * step] = from[i];
}

/// A piece of a strided array as contiguous memory: itself where its step is 1, a buffer elsewhere. Of const
/// elements it is an input, which is read there, else an output, which store() writes back.
template <class S>
class Piece {
 public:
  Piece(S* data, std::ptrdiff_t step, std::ptrdiff_t n) : data_(data), step_(step), n_(n) {}

  S* memory() {
    if (step_ == 1) return data_;
    if constexpr (std::is_const_v<S>) gather(data_, step_, n_, buffer_);
    return buffer_;
  }
  void store() {
    if constexpr (!std::is_const_v<S>)
      if (step_ != 1) scatter(buffer_, n_, data_, step_);
  }

 private:
  S* data_;
  std::ptrdiff_t step_, n_;
  std::remove_const_t<S> buffer_[chunk_elements];
};

/// Calls run(n, contiguous memory...) for pieces [begin, end) of strided arrays.
template <std::size_t arrays, class Run, class... S>
void for_each_piece(const Pieces<arrays>& pieces, std::ptrdiff_t begin, std::ptrdiff_t end, const Run& run,
                    S*... data) {
  const auto step = pieces.lattice.step();
  pieces.each(begin, end, [&](const auto& offset, std::ptrdiff_t n) {
    std::size_t a = 0;
    const auto piece = [&](auto* p) {
      const std::size_t k = a++;
      return Piece(p + offset[k], step[k], n);
    };
    // Braces, because they evaluate from left to right.
    std::tuple<Piece<S>...> all{piece(data)...};
    std::apply(
        [&](auto&... each) {
          run(static_cast<std::size_t>(n), each.memory()...);
          (each.store(), ...);
        },
        all);
  });
}

}  // namespace rectify::kernels
