// What formulas and loops ask of a value type V, whether it is a scalar or an xsimd::batch.
#pragma once

#include <cstddef>
#include <type_traits>
#include <xsimd/xsimd.hpp>

namespace rectify::simd {

template <class V>
struct value_traits {
  using scalar = V;
};
template <class T, class Arch>
struct value_traits<xsimd::batch<T, Arch>> {
  using scalar = T;
};

/// The scalar type of a value: float for float, and for a batch of floats.
template <class V>
using scalar_t = typename value_traits<V>::scalar;

enum class Registers { other, sse, avx, avx512 };

/// Which registers a batch lives in. The few places where xsimd's common subset costs an instruction,
/// or means different things in different versions of xsimd, choose by it.
template <class T, class Arch>
constexpr Registers registers_of() {
  if constexpr (std::is_floating_point_v<T>) {
    using Batch = xsimd::batch<T, Arch>;
    [[maybe_unused]] constexpr bool vector_mask =
        sizeof(typename Batch::register_type) == sizeof(typename Batch::batch_bool_type::register_type);
#ifdef __SSE2__
    if (std::is_base_of_v<xsimd::sse2, Arch> && vector_mask) return Registers::sse;
#endif
#ifdef __AVX__
    if (std::is_base_of_v<xsimd::avx, Arch> && vector_mask && sizeof(Batch) == 32) return Registers::avx;
#endif
#ifdef __AVX512F__
    if (std::is_base_of_v<xsimd::avx512f, Arch> && !vector_mask && sizeof(Batch) == 64)
      return Registers::avx512;
#endif
  }
  return Registers::other;
}

#ifdef __SSE2__
/// v itself, of which the compiler knows no more than that it is in a register.
template <class Register>
[[gnu::always_inline]] inline Register opaque(Register v) {
  asm("" : "+v"(v));
  return v;
}
#endif

}  // namespace rectify::simd
