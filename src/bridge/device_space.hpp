// SPDX-License-Identifier: BSD-3-Clause
// Where kernels run that work on arrays of a device.
#pragma once

#include <initializer_list>

#include "shearwater/bridge/array_ref.hpp"
#include "shearwater/core/views.hpp"

namespace shearwater::bridge {

/// The execution space whose queue is the stream of the arrays, or nothing where they are on the
/// host; arrays without data do not count. Throws InternalError where they are not all on one
/// device and stream, or on a device that kernels of this build do not run on.
ExecSpace const* device_space(std::initializer_list<ArrayRef const*> arrays);

}  // namespace shearwater::bridge
