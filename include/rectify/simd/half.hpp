// Floats of 16 bits as storage: IEEE half precision and bfloat16.
#pragma once

#include <rectify/simd/arithmetic.hpp>
#include <rectify/simd/storage.hpp>

namespace rectify::simd {

/// Lanes of integers and floats, in the compiler's own vectors: they widen and narrow in any number.
template <std::size_t lanes>
struct Lanes {
  using Narrow [[gnu::vector_size(2 * lanes)]] = std::uint16_t;
  using Bits [[gnu::vector_size(4 * lanes)]] = std::uint32_t;
  using Floats [[gnu::vector_size(4 * lanes)]] = float;
};

// Of its own vectors gcc would take four instructions to widen or narrow one.
template <std::size_t lanes>
typename Lanes<lanes>::Bits load_16_bits(const void* p) {
  using Bits = typename Lanes<lanes>::Bits;
#ifdef __AVX512F__
  if constexpr (lanes == 16)
    return Bits(_mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p))));
#endif
#ifdef __AVX2__
  if constexpr (lanes == 8)
    return Bits(_mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
#endif
#ifdef __SSE2__
  if constexpr (lanes == 4)
    return Bits(_mm_unpacklo_epi16(_mm_loadl_epi64(static_cast<const __m128i*>(p)), _mm_setzero_si128()));
#endif
  typename Lanes<lanes>::Narrow narrow;
  std::memcpy(&narrow, p, sizeof narrow);
  return __builtin_convertvector(narrow, Bits);
}
/// The bits above are zero.
template <std::size_t lanes>
void store_16_bits(void* p, typename Lanes<lanes>::Bits bits) {
#ifdef __AVX512F__
  if constexpr (lanes == 16)
    return _mm256_storeu_si256(static_cast<__m256i*>(p), _mm512_cvtepi32_epi16(__m512i(bits)));
#endif
#ifdef __AVX2__
  if constexpr (lanes == 8) {
    const auto all = __m256i(bits);
    return _mm_storeu_si128(static_cast<__m128i*>(p),
                            _mm_packus_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
  }
#endif
#ifdef __SSE2__
  if constexpr (lanes == 4) {
    const __m128i all = _mm_srai_epi32(_mm_slli_epi32(__m128i(bits), 16), 16);
    return _mm_storel_epi64(static_cast<__m128i*>(p), _mm_packs_epi32(all, all));
  }
#endif
  const auto narrow = __builtin_convertvector(bits, typename Lanes<lanes>::Narrow);
  std::memcpy(p, &narrow, sizeof narrow);
}

// The formats: 16 bits of such lanes to float and back, to the nearest, ties to even; NaN to NaN.

struct Half {
  template <class Floats, class Bits>
  static Floats widened(Bits half) {
    constexpr std::uint32_t least_normal = 113u << 23, bias = 112u << 23;
    const Bits magnitude = (half & 0x7fffu) << 13, normal = magnitude + bias;
    const Bits small =
        bits_as<Bits>(bits_as<Floats>(magnitude + least_normal) - bits_as<float>(least_normal));
    const Bits finite = magnitude < (0x0400u << 13) ? small : normal;
    return bits_as<Floats>((half & 0x8000u) << 16 | (magnitude < (0x7c00u << 13) ? finite : normal + bias));
  }
  template <class Bits, class Floats>
  static Bits narrowed(Floats x) {
    constexpr std::uint32_t infinite = 255u << 23, too_large = 143u << 23, least_normal = 113u << 23;
    const Bits bits = bits_as<Bits>(x), magnitude = bits & 0x7fffffffu;
    const Bits normal = (magnitude - (112u << 23) + 0x0fffu + (magnitude >> 13 & 1u)) >> 13;
    // 0.5 has its last place where a subnormal half has its own.
    const Bits small = bits_as<Bits>(bits_as<Floats>(magnitude) + 0.5f) - bits_as<std::uint32_t>(0.5f);
    const Bits finite = magnitude < least_normal ? small : normal;
    const Bits none = magnitude > infinite ? Bits{} + 0x7e00u : Bits{} + 0x7c00u;
    return (bits >> 16 & 0x8000u) | (magnitude < too_large ? finite : none);
  }
};

struct BFloat16 {
  template <class Floats, class Bits>
  static Floats widened(Bits upper) {
    return bits_as<Floats>(upper << 16);
  }
  template <class Bits, class Floats>
  static Bits narrowed(Floats x) {
    const Bits bits = bits_as<Bits>(x), rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    const auto is_number = bits_as<Floats>(bits) == x;  // NaN differs from itself
    return (is_number ? rounded : Bits{} + 0x7fc00000u) >> 16;
  }
};

/// Storage for S, two bytes in one of these formats.
template <class S, class Format>
struct HalfStorage {
  static_assert(sizeof(S) == 2);
  using arithmetic = float;

  template <class Arch>
  static xsimd::batch<float, Arch> load(const S* p) {
#ifdef __F16C__
    [[maybe_unused]] constexpr Registers registers = registers_of<float, Arch>();
    if constexpr (std::is_same_v<Format, Half>) {
      // Clang would compare the halves themselves, one by one.
      if constexpr (registers == Registers::sse)
        return opaque(_mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
      if constexpr (registers == Registers::avx)
        return opaque(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#ifdef __AVX512F__
      if constexpr (registers == Registers::avx512)
        return opaque(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
#endif
    }
#endif
    constexpr std::size_t lanes = xsimd::batch<float, Arch>::size;
    const auto wide = Format::template widened<typename Lanes<lanes>::Floats>(load_16_bits<lanes>(p));
    return xsimd::batch<float, Arch>::load_unaligned(reinterpret_cast<const float*>(&wide));
  }

  template <class Arch>
  static void store(S* p, xsimd::batch<float, Arch> v) {
#ifdef __F16C__
    [[maybe_unused]] constexpr Registers registers = registers_of<float, Arch>();
    if constexpr (std::is_same_v<Format, Half>) {
      if constexpr (registers == Registers::sse)
        return _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_cvtps_ph(v, 0));
      if constexpr (registers == Registers::avx)
        return _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, 0));
#ifdef __AVX512F__
      if constexpr (registers == Registers::avx512)
        return _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, 0));
#endif
    }
#endif
    using L = Lanes<xsimd::batch<float, Arch>::size>;
    typename L::Floats wide;
    v.store_unaligned(reinterpret_cast<float*>(&wide));
    store_16_bits<v.size>(p, Format::template narrowed<typename L::Bits>(wide));
  }
};

}  // namespace rectify::simd
