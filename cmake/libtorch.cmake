# libtorch from the pinned PyPI wheel, laid out as `pip install --target` leaves it (torch/ beside nvidia/).
# Only libtorch_cpu and libc10 are linked: libtorch_cuda is opened at run time when a GPU is wanted.
if(DEFINED ENV{VL_RERANK_CACHE})
  set(VLR_CACHE_DIR "$ENV{VL_RERANK_CACHE}")
else()
  set(VLR_CACHE_DIR "$ENV{HOME}/.cache/vl-rerank")
endif()
set(VLR_LIBTORCH_ROOT "${VLR_CACHE_DIR}/libtorch-${VLR_LIBTORCH_VERSION}" CACHE PATH
    "Folder that holds torch/ and nvidia/ of the PyPI wheels")
if(NOT EXISTS "${VLR_LIBTORCH_ROOT}/torch/lib/libtorch_cpu.so")
  message(FATAL_ERROR "libtorch ${VLR_LIBTORCH_VERSION} not found in ${VLR_LIBTORCH_ROOT}: run scripts/setup")
endif()

set(_torch "${VLR_LIBTORCH_ROOT}/torch")
add_library(vlr_torch INTERFACE)
target_include_directories(vlr_torch SYSTEM INTERFACE
  "${_torch}/include" "${_torch}/include/torch/csrc/api/include")
target_link_libraries(vlr_torch INTERFACE "${_torch}/lib/libtorch_cpu.so" "${_torch}/lib/libc10.so")
target_link_options(vlr_torch INTERFACE
  "LINKER:-rpath,${_torch}/lib" "LINKER:-rpath-link,${VLR_LIBTORCH_ROOT}/nvidia/cu13/lib"
  "LINKER:--allow-shlib-undefined")
