// Strided arrays as straight lines: the loops run over what is contiguous, the rest goes through a buffer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <rectify/kernels/map.hpp>
#include <rectify/simd/transpose.hpp>
#include <tuple>

namespace rectify::kernels {

constexpr int max_rank = 8;

/// Elements of a line that pass through a buffer at a time.
constexpr std::ptrdiff_t chunk_elements = 128;
/// Lines that do together where arrays are transposed: two cache lines of elements across them, since each
/// row across may be a page of its own, and one takes 1.3 times as long.
template <class S>
constexpr std::ptrdiff_t tile_lines = 2 * simd::line_bytes / sizeof(S);
/// The longest piece of a contiguous line, for threads to share.
constexpr std::ptrdiff_t piece_elements = 16384;

/// One shape, walked through several arrays at once, each with strides of its own. Axis 0 is the innermost:
/// where the first array's elements lie closest. Axes that continue each other in all arrays are one.
template <std::size_t arrays>
struct Lattice {
  using Offset = std::array<std::ptrdiff_t, arrays>;

  int rank = 0;
  std::array<std::ptrdiff_t, max_rank> dim{};
  std::array<Offset, max_rank> stride{};
  /// Neighbouring lines that are one in the axes above: how many, of how many in all, and how far from one
  /// to the next.
  std::ptrdiff_t together = 1, side_by_side = 1;
  Offset across{};

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
  /// Takes lines together where one of the first `memory` arrays is contiguous across them instead of along
  /// them: transposed arrays, whose cache lines are used whole.
  void join_lines(std::size_t memory, std::ptrdiff_t most) {
    for (int axis = 1; axis < rank; ++axis)
      for (std::size_t a = 0; a < memory; ++a)
        if (stride[0][a] != 1 && stride[index(axis)][a] == 1) {
          std::swap(dim[1], dim[index(axis)]);
          std::swap(stride[1], stride[index(axis)]);
          side_by_side = dim[1];
          across = stride[1];
          together = most;
          dim[1] = (side_by_side + together - 1) / together;
          for (std::ptrdiff_t& step : stride[1]) step *= together;
          return;
        }
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
  /// A line, or the first of those together: its place on the axes, and where it begins in each array.
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
  /// How many lines that is.
  std::ptrdiff_t lines_at(const Line& line) const {
    return together == 1 ? 1 : std::min(together, side_by_side - line.at[1] * together);
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

/// The lines of a lattice, cut to pieces. An aggregate, which takes the lattice without a copy.
template <std::size_t arrays>
struct Pieces {
  Lattice<arrays> lattice;
  /// The first so many arrays are loaded and stored; of others only the offsets are used.
  std::size_t memory = arrays;
  bool contiguous = lattice.contiguous_lines(memory);
  std::ptrdiff_t length = contiguous ? piece_elements : chunk_elements;
  std::ptrdiff_t lines = lattice.line_count();
  std::ptrdiff_t per_line = (lattice.line_length() + length - 1) / length;

  std::ptrdiff_t count() const { return lines * per_line; }

  /// Calls body(line, n) for pieces [begin, end): all lines of one stretch, then those of the next.
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
      body(line, std::min(length, lattice.line_length() - from));
      if (lattice.advance(line)) continue;
      from += length;
      move(length);
    }
  }
};

// Not inlined: out of the way of pieces that are contiguous.
template <class Arch, class S>
[[gnu::noinline]] void gather(const S* from, std::ptrdiff_t step, std::ptrdiff_t n, S* to) {
  if (step == 1) {
    std::copy_n(from, n, to);
    return;
  }
#pragma GCC unroll 4
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] = from[i * step];
}
template <class Arch, class S>
[[gnu::noinline]] void scatter(const S* from, std::ptrdiff_t n, S* to, std::ptrdiff_t step) {
  if (step == 1) {
    std::copy_n(from, n, to);
    return;
  }
#pragma GCC unroll 4
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i * step] = from[i];
}

/// Lines of a strided array as contiguous memory: themselves where their step is 1, a buffer elsewhere. Of
/// const elements it is an input, which load() reads, else an output, which store() writes back.
template <class Arch, class S>
class Piece {
 public:
  Piece(S* data, std::ptrdiff_t step, std::ptrdiff_t across, std::ptrdiff_t n, std::ptrdiff_t lines)
      : data_(data), step_(step), across_(across), n_(n), lines_(lines) {}

  void load() {
    if constexpr (std::is_const_v<S>) {
      if (step_ == 1) return;
      if (across_ == 1) return simd::transpose<Arch>(n_, lines_, data_, step_, buffer(0), chunk_elements);
      for (std::ptrdiff_t k = 0; k < lines_; ++k) gather<Arch>(data_ + k * across_, step_, n_, buffer(k));
    }
  }
  S* line(std::ptrdiff_t k) { return step_ == 1 ? data_ + k * across_ : buffer(k); }
  void store() {
    if constexpr (!std::is_const_v<S>) {
      if (step_ == 1) return;
      if (across_ == 1) return simd::transpose<Arch>(lines_, n_, buffer(0), chunk_elements, data_, step_);
      for (std::ptrdiff_t k = 0; k < lines_; ++k) scatter<Arch>(buffer(k), n_, data_ + k * across_, step_);
    }
  }

 private:
  using Element = std::remove_const_t<S>;
  Element* buffer(std::ptrdiff_t k) { return reinterpret_cast<Element*>(buffer_) + k * chunk_elements; }

  S* data_;
  std::ptrdiff_t step_, across_, n_, lines_;
  // Of bytes, because Eigen's half-precision types would be set to zero.
  alignas(64) unsigned char buffer_[chunk_elements * tile_lines<S> * sizeof(S)];
};

/// Calls run(offsets, n, contiguous memory...) for the lines of pieces [begin, end) of strided arrays.
template <class Arch, std::size_t arrays, class Run, class... S>
void for_each_line(const Pieces<arrays>& pieces, std::ptrdiff_t begin, std::ptrdiff_t end, const Run& run,
                   S*... data) {
  // Braces below, because they evaluate from left to right.
  if (pieces.contiguous)
    return pieces.each(begin, end, [&](const auto& line, std::ptrdiff_t n) {
      std::size_t a = 0;
      const auto at = [&](auto* p) { return p + line.offset[a++]; };
      const std::tuple<S*...> all{at(data)...};
      std::apply([&](auto*... memory) { run(line.offset, static_cast<std::size_t>(n), memory...); }, all);
    });
  const auto& across = pieces.lattice.across;
  const auto step = pieces.lattice.step();
  pieces.each(begin, end, [&](const auto& first, std::ptrdiff_t n) {
    const std::ptrdiff_t lines = pieces.lattice.lines_at(first);
    std::size_t a = 0;
    const auto piece = [&](auto* p) {
      const std::size_t k = a++;
      using Of = Piece<Arch, std::remove_pointer_t<decltype(p)>>;
      return Of(p + first.offset[k], step[k], across[k], n, lines);
    };
    std::tuple<Piece<Arch, S>...> all{piece(data)...};
    std::apply(
        [&](auto&... each) {
          (each.load(), ...);
          auto offset = first.offset;
          for (std::ptrdiff_t k = 0; k < lines; ++k) {
            run(offset, static_cast<std::size_t>(n), each.line(k)...);
            for (std::size_t i = 0; i < arrays; ++i) offset[i] += across[i];
          }
          (each.store(), ...);
        },
        all);
  });
}

}  // namespace rectify::kernels
