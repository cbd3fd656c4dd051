// Rectifier calls that keep or read a SignMask instead of x.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <rectify/kernels/masked.hpp>
#include <rectify/kernels/sign_mask.hpp>

namespace rectify::eigen {

/// Calls body(offset) for elements [begin, begin + n) in storage order of a shape.
template <int rank, class Strides, class Body>
void walk(const Shape<rank>& shape, bool row_major, const Strides& stride, Index begin, Index n, Body body) {
  PerAxis<rank> at{};
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

/// Strided elements [begin, end), a word of the mask at a time: calls body(n, buffer, word) on the values of
/// `from`, and puts what it leaves in the buffer to `to`.
template <class S, int rank, class Body>
void for_words(std::size_t begin, std::size_t end, const View<const S, rank>& from, const View<S, rank>& to,
               bool row_major, Body body) {
  for (; begin < end; begin += 64) {
    S buffer[64];
    S* element = buffer;
    const std::size_t n = std::min<std::size_t>(64, end - begin);
    const auto first = static_cast<Index>(begin), count = static_cast<Index>(n);
    walk(from.shape, row_major, from.stride, first, count, [&](Index i) { *element++ = from.data[i]; });
    body(n, buffer, begin / 64);
    element = buffer;
    walk(to.shape, row_major, to.stride, first, count, [&](Index i) { to.data[i] = *element++; });
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
  constexpr auto work = work_of<F, S>(2);
  if (is_flat(vy, vx)) {
    for_stores<F>(device, vy, {vx.data}, [&](auto streaming) {
      parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
        kernels::with_form(f, [&](auto form) {
          kernels::map_to_mask<Arch, streaming>(form, end - begin, vx.data + begin, vy.data + begin,
                                                mask.words() + begin / 64);
        });
      });
    });
    return;
  }
  parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
    for_words(begin, end, vx, vy, vx.row_major, [&](std::size_t n, S* buffer, std::size_t word) {
      kernels::with_form(
          f, [&](auto form) { kernels::map_to_mask<Arch>(form, n, buffer, buffer, mask.words() + word); });
    });
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
  constexpr auto work = work_of<Gate, S>(2);
  if (is_flat(vdx, vdy, order)) {
    for_stores<Gate>(device, vdx, {vdy.data}, [&](auto streaming) {
      parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
        kernels::with_form(gate, [&](auto form) {
          kernels::map_from_mask<Arch, streaming>(form, end - begin, mask.words() + begin / 64,
                                                  vdy.data + begin, vdx.data + begin);
        });
      });
    });
    return;
  }
  parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
    for_words(begin, end, vdy, vdx, mask.row_major(), [&](std::size_t n, S* buffer, std::size_t word) {
      kernels::with_form(gate, [&](auto form) {
        kernels::map_from_mask<Arch>(form, n, mask.words() + word, buffer, buffer);
      });
    });
  });
}

}  // namespace rectify::eigen
