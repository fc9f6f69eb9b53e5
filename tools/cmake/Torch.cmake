# SPDX-License-Identifier: BSD-3-Clause
# Makes the target shearwater_torch. The wheel is a CUDA build whose own CMake package stops where no
# CUDA toolkit is installed, so its libraries are named one by one.

set(SHEARWATER_TORCH "" CACHE PATH "Folder of LibTorch, with include/ and lib/; empty to look for it")
set(torch_folder "${SHEARWATER_TORCH}")
# A prefix that the user named wins over the cache of tools/setup.
string(REPLACE ":" ";" environment_prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(prefix ${CMAKE_PREFIX_PATH} ${environment_prefixes} ${SHEARWATER_CACHE_TORCH})
  if(NOT torch_folder AND EXISTS "${prefix}/lib/libtorch_cpu.so")
    set(torch_folder ${prefix})
  endif()
endforeach()
add_library(shearwater_torch INTERFACE)
if(EXISTS "${torch_folder}/version.py")
  file(STRINGS "${torch_folder}/version.py" torch_version_line REGEX "^__version__")
  string(REGEX MATCH "[0-9][^']*" SHEARWATER_TORCH_VERSION "${torch_version_line}")
endif()
if(EXISTS "${torch_folder}/lib/libtorch_cpu.so")
  set(torch_lib ${torch_folder}/lib)
  set(torch_libraries ${torch_lib}/libtorch_cpu.so)
  if(SHEARWATER_CUDA)
    # Networks reach a GPU where the CUDA half is there with what it needs, which a wheel has beside it.
    file(GLOB torch_needs ${torch_folder}/../nvidia/*/lib/libcudnn.so.*)
    if(EXISTS ${torch_lib}/libtorch_cuda.so AND (torch_needs OR NOT EXISTS ${torch_folder}/../nvidia))
      list(APPEND torch_libraries ${torch_lib}/libtorch_cuda.so ${torch_lib}/libc10_cuda.so)
    else()
      message(STATUS "LibTorch at ${torch_folder} lacks what its CUDA half needs: networks stay on the "
        "host (tools/setup --cuda installs it)")
    endif()
  endif()
  target_include_directories(shearwater_torch SYSTEM INTERFACE
    ${torch_folder}/include ${torch_folder}/include/torch/csrc/api/include)
  target_link_libraries(shearwater_torch INTERFACE
    -Wl,--no-as-needed ${torch_libraries} -Wl,--as-needed ${torch_lib}/libc10.so)
  # libtorch_cpu of a CUDA wheel needs the CUDA runtime and CUPTI, which lie beside it as the rest does.
  file(GLOB torch_cuda_dirs ${torch_folder}/../nvidia/*/lib)
  foreach(dir ${torch_lib} ${torch_cuda_dirs})
    target_link_options(shearwater_torch INTERFACE -Wl,-rpath,${dir} -Wl,-rpath-link,${dir})
  endforeach()
else()
  find_package(Torch 2.6 REQUIRED)
  target_link_libraries(shearwater_torch INTERFACE ${TORCH_LIBRARIES})
endif()
