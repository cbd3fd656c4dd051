// Rectifier calls that keep or read a SignMask instead of x.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <rectify/kernels/masked.hpp>
#include <rectify/kernels/sign_mask.hpp>

namespace rectify::eigen {

/// Calls body(offset) for elements [begin, begin + n) in storage order of a shape.
template <int rank, class Strides, class Body>
void walk(const Shape<rank>& shape, bool row_major, const Strides& stride, Index begin, Index n, Body body) {
  std::array<Index, rank> at{};
  Index offset = 0;
  const auto axis_of = [&](int k) { return static_cast<std::size_t>(row_major ? rank - 1 - k : k); };
  for (int k = 0; k < rank; ++k) {
    const std::size_t axis = axis_of(k);
    at[axis] = begin % shape.dim[axis];
    begin /= shape.dim[axis];
    offset += at[axis] * stride[axis];
  }
  for (; n > 0; --n) {
    body(offset);
    for (int k = 0; k < rank; ++k) {
      const std::size_t axis = axis_of(k);
      offset += stride[axis];
      if (++at[axis] < shape.dim[axis]) break;
      offset -= at[axis] * stride[axis];
      at[axis] = 0;
    }
  }
}

/// y = f(x) and the signs of x.
template <class Device, class F, class Out, class In>
void apply_to_mask(Call call, const Device& device, F f, Named<Out> out, Named<In> in, SignMask& mask) {
  using Arch = xsimd::default_arch;
  const auto& x = evaluated(in.object);
  const auto vx = view_of(in.name, x);
  using S = std::remove_const_t<std::remove_reference_t<decltype(*vx.data)>>;
  check_overlap(call, view_of(out.name, out.object), vx);
  shape_output(call, out.name, out.object, vx);
  const auto vy = view_of(out.name, out.object);
  mask.reshape(access_t<In>::rank, vx.shape.dim.data(), vx.row_major);
  const auto& threads = parallel::device_of(device);
  if (is_flat(vy, vx)) {
    for_stores(device, 2 * sizeof(S), vy, {vx.data}, [&](auto streaming) {
      parallel::for_range(threads, mask.size(), sizeof(S), sizeof(S),
                          [&](std::size_t begin, std::size_t end) {
                            kernels::map_to_mask<Arch, streaming>(f, end - begin, vx.data + begin,
                                                                  vy.data + begin, mask.words() + begin / 64);
                          });
    });
    return;
  }
  parallel::for_range(threads, mask.size(), sizeof(S), sizeof(S), [&](std::size_t begin, std::size_t end) {
    for (; begin < end; begin += 64) {
      S buffer[64];
      const std::size_t n = std::min<std::size_t>(64, end - begin);
      const auto first = static_cast<Index>(begin), count = static_cast<Index>(n);
      S* to = buffer;
      walk(vx.shape, vx.row_major, vx.stride, first, count, [&](Index i) { *to++ = vx.data[i]; });
      kernels::map_to_mask<Arch>(f, n, buffer, buffer, mask.words() + begin / 64);
      const S* from = buffer;
      walk(vx.shape, vx.row_major, vy.stride, first, count, [&](Index i) { vy.data[i] = *from++; });
    }
  });
}

/// dx = gate(mask, dy)
template <class Device, class Gate, class Out, class In>
void apply_from_mask(Call call, const Device& device, Gate gate, Named<Out> out, const SignMask& mask,
                     Named<In> in) {
  using Arch = xsimd::default_arch;
  const auto& dy = evaluated(in.object);
  const auto vdy = view_of(in.name, dy);
  using S = std::remove_const_t<std::remove_reference_t<decltype(*vdy.data)>>;
  const auto shape = vdy.shape;
  if (!mask.has_shape(shape.rank, shape.dim.data()))
    fail(call, std::string(in.name) + " is " + to_string(shape) + " but mask is " + mask.shape_text());
  check_overlap(call, view_of(out.name, out.object), vdy);
  shape_output(call, out.name, out.object, vdy);
  const auto vdx = view_of(out.name, out.object);
  auto order = vdy;
  order.row_major = mask.row_major();
  const auto& threads = parallel::device_of(device);
  if (is_flat(vdx, vdy, order)) {
    for_stores(device, 2 * sizeof(S), vdx, {vdy.data}, [&](auto streaming) {
      parallel::for_range(
          threads, mask.size(), sizeof(S), sizeof(S), [&](std::size_t begin, std::size_t end) {
            kernels::map_from_mask<Arch, streaming>(gate, end - begin, mask.words() + begin / 64,
                                                    vdy.data + begin, vdx.data + begin);
          });
    });
    return;
  }
  parallel::for_range(threads, mask.size(), sizeof(S), sizeof(S), [&](std::size_t begin, std::size_t end) {
    for (; begin < end; begin += 64) {
      S buffer[64];
      const std::size_t n = std::min<std::size_t>(64, end - begin);
      const auto first = static_cast<Index>(begin), count = static_cast<Index>(n);
      S* to = buffer;
      walk(shape, mask.row_major(), vdy.stride, first, count, [&](Index i) { *to++ = vdy.data[i]; });
      kernels::map_from_mask<Arch>(gate, n, mask.words() + begin / 64, buffer, buffer);
      const S* from = buffer;
      walk(shape, mask.row_major(), vdx.stride, first, count, [&](Index i) { vdx.data[i] = *from++; });
    }
  });
}

}  // namespace rectify::eigen
