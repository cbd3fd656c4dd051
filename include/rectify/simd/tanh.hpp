// The hyperbolic tangent of a magnitude, where tables in registers spare its exponential and division.
#pragma once

#include <rectify/simd/lookup.hpp>

namespace rectify::simd {

/// Coefficients: tests/coefficients.py. Segments of [0, bound], one for each exponent and first three
/// mantissa bits of z + shift: a center, at which tanh is nearly a float, and a polynomial in the distance
/// from it, too small but for its first term to add much to the error. From bound on, tanh is 1.
struct TanhTable {
  static constexpr float shift = 0.703125f, bound = 9.1f;
  static constexpr float segments[][6] = {
      {0, 0, 1, 2.51025876e-6f, -0.333658712f, 0.0119867111f},
      {0.0781245381f, 0.0779659822f, 0.993921274f, -0.0774914494f, -0.325118186f, 0.0504311207f},
      {0.140624359f, 0.139704675f, 0.980482573f, -0.136977704f, -0.307557823f, 0.0882399901f},
      {0.20312424f, 0.200375989f, 0.959849437f, -0.192330601f, -0.281302268f, 0.120219684f},
      {0.265625656f, 0.259549826f, 0.932633869f, -0.242064841f, -0.247970959f, 0.144860051f},
      {0.359375894f, 0.344664186f, 0.881206492f, -0.303719303f, -0.188934752f, 0.165836378f},
      {0.484372169f, 0.449738294f, 0.797735572f, -0.358771862f, -0.104666419f, 0.166332043f},
      {0.609376848f, 0.543688297f, 0.704403282f, -0.382975777f, -0.0268373316f, 0.142044574f},
      {0.734378219f, 0.625736594f, 0.608454013f, -0.380732052f, 0.0351104533f, 0.104825214f},
      {0.859371245f, 0.69593358f, 0.515676732f, -0.358876915f, 0.0775709099f, 0.0655870915f},
      {0.984378576f, 0.754955113f, 0.430043002f, -0.324663329f, 0.101525161f, 0.0315633747f},
      {1.10937011f, 0.803839624f, 0.353842017f, -0.284432373f, 0.110526818f, 0.00597838859f},
      {1.23437262f, 0.843842983f, 0.287929116f, -0.242967077f, 0.108949357f, -0.010919151f},
      {1.42188108f, 0.889990687f, 0.207917048f, -0.185045442f, 0.0952555426f, -0.0229544321f},
      {1.67187428f, 0.931799054f, 0.131750345f, -0.12276549f, 0.0705227111f, -0.0246669375f},
      {1.9218657f, 0.958070755f, 0.0821000673f, -0.0786580343f, 0.0480857643f, -0.0197563718f},
      {2.17187095f, 0.974357366f, 0.0506273966f, -0.0493293729f, 0.0312726861f, -0.0139638752f},
      {2.42188597f, 0.984368563f, 0.0310182912f, -0.0305335381f, 0.0197792483f, -0.00925107537f},
      {2.6718688f, 0.990489483f, 0.0189304205f, -0.0187504454f, 0.0123043343f, -0.00591102706f},
      {2.92186594f, 0.994220734f, 0.011525027f, -0.0114584578f, 0.00757796831f, -0.00369842973f},
      {3.1718843f, 0.996490836f, 0.00700594637f, -0.00698138248f, 0.00463883757f, -0.00228550207f},
      {3.54688215f, 0.998340845f, 0.00331504028f, -0.00330969456f, 0.0022329874f, -0.0011069355f},
      {4.04686594f, 0.999389291f, 0.00122085167f, -0.00122016265f, 0.000825118328f, -0.000410801083f},
      {4.54686832f, 0.99977529f, 0.000449297102f, -0.000449216823f, 0.000304033985f, -0.000151611698f},
      {5.04686975f, 0.999917328f, 0.000165310118f, -0.00016530404f, 0.000111914093f, -5.58407441e-5f},
      {5.5469079f, 0.999969588f, 6.08127269e-5f, -6.08136075e-5f, 4.11767234e-5f, -2.05514348e-5f},
      {6.04683876f, 0.999988811f, 2.23752734e-5f, -2.23760669e-5f, 1.51514118e-5f, -7.56176197e-6f},
      {6.5469141f, 0.999995884f, 8.23022153e-6f, -8.23055569e-6f, 5.57320724e-6f, -2.78193897e-6f},
      {7.04691696f, 0.999998486f, 3.02771984e-6f, -3.02785042e-6f, 2.05027882e-6f, -1.02343971e-6f},
      {7.79682875f, 0.999999662f, 6.74075095e-7f, -6.74556323e-7f, 4.78974485e-7f, -2.3789253e-7f},
      {8.69838524f, 0.999999944f, 1.11244183e-7f, -1.11277908e-7f, 7.72459147e-8f, -3.84507461e-8f}};

  struct Columns {
    alignas(64) float of[6][32];
  };
  /// The segments by the numbers that a lookup finds, of which shift has the lowest, 19.
  static constexpr Columns columns = [] {
    Columns all{};
    std::size_t number = 19;
    for (const auto& segment : segments) {
      for (std::size_t k = 0; k < 6; ++k) all.of[k][number] = segment[k];
      number = (number + 1) % 32;
    }
    return all;
  }();
};

/// tanh(z) for 0 <= z <= TanhTable::bound.
template <class V>
[[gnu::always_inline]] inline V tanh_of_magnitude(V z) {
  const V place = z + V(TanhTable::shift);
  const auto column = [&](int k) __attribute__((always_inline)) {
    return simd::lookup<mantissa_bits<float> - 3>(TanhTable::columns.of[k], place);
  };
  const V t = z - column(0);
  V sum = column(5);
  for (int k = 4; k > 0; --k) sum = simd::fma(sum, t, column(k));
  return sum;
}

}  // namespace rectify::simd
