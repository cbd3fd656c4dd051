// Everything: activations on arrays, matrices and tensors.
#pragma once

#include <rectify/dense.hpp>
#include <rectify/eigen/tensor.hpp>
