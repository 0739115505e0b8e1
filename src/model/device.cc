#include "model/device.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/zeros.h>
#include <dlfcn.h>

#include <optional>

#include "model/linear.h"

namespace vlr {
namespace {

Error Unavailable(const std::string& name, const std::string& why) {
  return {"device_unavailable", "device " + name + " is not available: " + why, "device"};
}

std::optional<c10::Device> ParseDevice(const std::string& name) {
  constexpr int kMaxDigits = 3;
  constexpr char kCuda[] = "cuda";
  constexpr std::size_t kPrefix = sizeof(kCuda) - 1;
  if (name == "cpu") return c10::Device(c10::kCPU);
  if (name == kCuda) return c10::Device(c10::kCUDA, 0);
  if (!name.starts_with("cuda:")) return std::nullopt;
  const std::string digits = name.substr(kPrefix + 1);
  if (digits.empty() || digits.size() > kMaxDigits ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(std::stoi(digits)));
}

}  // namespace

Result<c10::Device> OpenDevice(const std::string& name) {
  const auto device = ParseDevice(name);
  if (!device)
    return Error("invalid_option", "device must be cpu, cuda or cuda:<number>, not " + name, "device");
  if (device->is_cpu()) return *device;
  // Must come before any question about CUDA: libtorch remembers the first answer.
  static void* const cuda = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  if (cuda == nullptr) return Unavailable(name, "libtorch's CUDA libraries are not installed");
  if (!at::hasCUDA()) return Unavailable(name, "no driver or no GPU");
  const auto count = static_cast<unsigned char>(at::detail::getCUDAHooks().deviceCount());
  if (static_cast<unsigned char>(device->index()) >= count)
    return Unavailable(name, std::to_string(count) + " GPUs are there");
  return *device;
}

bool MultipliesFloat8(const c10::Device& device) {
  if (device.is_cpu()) return true;
  constexpr std::int64_t kSide = 64;
  // Tried out: nothing else knows what the libraries have for which device.
  try {
    const at::Tensor square = at::zeros({kSide, kSide}, at::TensorOptions(at::kBFloat16).device(device));
    MakeLinear(square, {}, WeightFormat::kFloat8)(square);
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

}  // namespace vlr
