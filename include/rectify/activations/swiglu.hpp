// SwiGLU: a half of the features gated by the SiLU of the other.
#pragma once

#include <rectify/activations/silu.hpp>
#include <rectify/gated.hpp>

namespace rectify {

/// y = SiLU(gate) up. Packed, the gate is the first half, as LLaMA's implementations have it.
/// Source: Shazeer, "GLU variants improve transformer", 2020; ONNX SwiGLU.
RECTIFY_GATED(SwiGLU, SiLU, Half::first);

}  // namespace rectify
