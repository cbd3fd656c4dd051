// GLU: a half of the features gated by the sigmoid of the other.
#pragma once

#include <rectify/activations/sigmoid.hpp>
#include <rectify/gated.hpp>

namespace rectify {

/// y = s(gate) up, s the sigmoid. Packed, the gate is the second half.
/// Source: Dauphin, Fan, Auli and Grangier, "Language modeling with gated convolutional networks", ICML
/// 2017; torch.nn.GLU.
RECTIFY_GATED(GLU, Sigmoid, Half::second);

}  // namespace rectify
