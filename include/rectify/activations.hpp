// The list of activations.
#pragma once

#include <rectify/activations/celu.hpp>
#include <rectify/activations/elu.hpp>
#include <rectify/activations/geglu.hpp>
#include <rectify/activations/gelu.hpp>
#include <rectify/activations/gelu_tanh.hpp>
#include <rectify/activations/glu.hpp>
#include <rectify/activations/hard_sigmoid.hpp>
#include <rectify/activations/hard_swish.hpp>
#include <rectify/activations/hard_tanh.hpp>
#include <rectify/activations/leaky_relu.hpp>
#include <rectify/activations/log_sigmoid.hpp>
#include <rectify/activations/mish.hpp>
#include <rectify/activations/prelu.hpp>
#include <rectify/activations/reglu.hpp>
#include <rectify/activations/relu.hpp>
#include <rectify/activations/relu6.hpp>
#include <rectify/activations/selu.hpp>
#include <rectify/activations/sigmoid.hpp>
#include <rectify/activations/silu.hpp>
#include <rectify/activations/softplus.hpp>
#include <rectify/activations/softsign.hpp>
#include <rectify/activations/squared_relu.hpp>
#include <rectify/activations/swiglu.hpp>
#include <rectify/activations/tanh.hpp>
#include <rectify/activations/thresholded_relu.hpp>
