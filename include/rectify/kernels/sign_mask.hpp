// SignMask: what a rectifier's backward pass needs to know of x, one bit per element.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <rectify/kernels/lines.hpp>
#include <string>
#include <vector>

namespace rectify {

/// Bit i is x[i] > 0 in x's storage order, with x's shape. `forward(x, y, mask)` fills it,
/// `backward(mask, dy, dx)` reads it: 1 bit per element instead of x. Reuse it across calls; it allocates
/// only when it has to grow.
class SignMask {
 public:
  /// Number of elements.
  std::size_t size() const { return size_; }
  /// Memory that holds the bits.
  std::size_t bytes() const { return (size_ + 7) / 8; }
  bool operator[](std::size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
  /// Number of positive elements.
  std::size_t count() const {
    std::size_t sum = 0;
    for (std::uint64_t word : words_) sum += std::bitset<64>(word).count();
    return sum;
  }

  bool has_shape(int rank, const std::ptrdiff_t* dimensions) const {
    return rank == rank_ && std::equal(dimensions, dimensions + rank, dimensions_.begin());
  }
  /// 3x4
  std::string shape_text() const {
    std::string text;
    for (int axis = 0; axis < rank_; ++axis)
      text.append(axis > 0 ? "x" : "").append(std::to_string(dimensions_[static_cast<std::size_t>(axis)]));
    return text;
  }
  /// Whether the last axis runs fastest.
  bool row_major() const { return row_major_; }

  /// Takes a shape; the bits are to be written through words() after it.
  void reshape(int rank, const std::ptrdiff_t* dimensions, bool row_major) {
    rank_ = rank;
    row_major_ = row_major;
    size_ = 1;
    for (int axis = 0; axis < rank; ++axis) {
      dimensions_[static_cast<std::size_t>(axis)] = dimensions[axis];
      size_ *= static_cast<std::size_t>(dimensions[axis]);
    }
    words_.resize((size_ + 63) / 64);
  }
  /// 64 bits each, bits beyond size() are zero.
  std::uint64_t* words() { return words_.data(); }
  const std::uint64_t* words() const { return words_.data(); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
  std::array<std::ptrdiff_t, kernels::max_rank> dimensions_{};
  int rank_ = 1;
  bool row_major_ = false;
};

}  // namespace rectify
