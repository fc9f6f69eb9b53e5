# SPDX-License-Identifier: BSD-3-Clause
# Makes the target shearwater_torch. The wheel is a CUDA build whose own CMake package stops where no
# CUDA toolkit is installed, so for a CPU build its libraries are named one by one.

set(SHEARWATER_TORCH "${SHEARWATER_CACHE_TORCH}" CACHE PATH "Folder of LibTorch, with include/ and lib/")
add_library(shearwater_torch INTERFACE)
if(EXISTS "${SHEARWATER_TORCH}/version.py")
  file(STRINGS "${SHEARWATER_TORCH}/version.py" torch_version_line REGEX "^__version__")
  string(REGEX MATCH "[0-9][^']*" SHEARWATER_TORCH_VERSION "${torch_version_line}")
endif()
if(EXISTS "${SHEARWATER_TORCH}/lib/libtorch_cpu.so")
  set(torch_lib ${SHEARWATER_TORCH}/lib)
  target_include_directories(shearwater_torch SYSTEM INTERFACE
    ${SHEARWATER_TORCH}/include ${SHEARWATER_TORCH}/include/torch/csrc/api/include)
  target_link_libraries(shearwater_torch INTERFACE
    -Wl,--no-as-needed ${torch_lib}/libtorch_cpu.so -Wl,--as-needed ${torch_lib}/libc10.so)
  # libtorch_cpu of a CUDA wheel needs the CUDA runtime and CUPTI, which lie beside it.
  file(GLOB torch_cuda_dirs ${SHEARWATER_TORCH}/../nvidia/cu*/lib)
  foreach(dir ${torch_lib} ${torch_cuda_dirs})
    target_link_options(shearwater_torch INTERFACE -Wl,-rpath,${dir} -Wl,-rpath-link,${dir})
  endforeach()
else()
  find_package(Torch 2.6 REQUIRED)
  target_link_libraries(shearwater_torch INTERFACE ${TORCH_LIBRARIES})
endif()
