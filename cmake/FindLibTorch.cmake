# LibTorch's headers and the three shared objects that we call, as LibTorch::LibTorch.
#
# LibTorch ships a TorchConfig.cmake of its own. It is not used: it adds protobuf, glog, gflags and the defines of the distributed
# runtime to whatever links it, and it picks a language standard and an ABI define. None of that is needed by our code. An
# unpacked upstream LibTorch works too: -DCMAKE_PREFIX_PATH=/path/to/libtorch.

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h)
find_library(LibTorch_torch_LIBRARY torch)
find_library(LibTorch_cpu_LIBRARY torch_cpu)
find_library(LibTorch_c10_LIBRARY c10)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_torch_LIBRARY LibTorch_cpu_LIBRARY LibTorch_c10_LIBRARY
                                  LibTorch_INCLUDE_DIR)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_torch_LIBRARY LibTorch_cpu_LIBRARY LibTorch_c10_LIBRARY)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch INTERFACE "${LibTorch_INCLUDE_DIR}"
                                                          "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(LibTorch::LibTorch INTERFACE "${LibTorch_torch_LIBRARY}" "${LibTorch_cpu_LIBRARY}"
                                                     "${LibTorch_c10_LIBRARY}")
endif()
