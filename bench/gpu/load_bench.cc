// vl-rerank-load-bench make 2B|8B FOLDER: a checkpoint of the released layout, bfloat16, its values random.
// vl-rerank-load-bench load FOLDER DEVICE [bfloat16|fp8]: reads all files once, so that they are in the page
// cache, loads the model and prints one JSON object, the seconds of the load and the memory of the host; then
// a logit, to show that the model works.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "base/unique_fd.h"
#include "model/released_checkpoint.h"
#include "model/reranker_model.h"
#include "model/safetensors.h"

namespace {

constexpr std::size_t kBlock = std::size_t{16} << 20;

struct Block {
  std::filesystem::path file;
  std::uint64_t offset;
  std::size_t bytes;
};

// The data of every shard in FOLDER, cut into blocks.
std::vector<Block> BlocksOf(const std::filesystem::path& folder) {
  std::vector<Block> blocks;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    std::uint64_t header = 0;
    std::ifstream(entry.path(), std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof(header));
    for (std::uint64_t at = sizeof(header) + header; at < entry.file_size(); at += kBlock) {
      blocks.push_back({entry.path(), at, std::min<std::size_t>(kBlock, entry.file_size() - at)});
    }
  }
  return blocks;
}

// work(block, a buffer of kBlock bytes), on all cores.
template <class Work>
void ForAll(const std::vector<Block>& blocks, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      std::vector<std::uint64_t> buffer(kBlock / sizeof(std::uint64_t));
      for (std::size_t at = next++; at < blocks.size(); at = next++) work(blocks[at], buffer);
    });
  }
}

// Four bfloat16 of either sign between 1/128 and 1/32: products stay finite through all layers.
std::uint64_t FourValues(std::uint64_t* state) {
  std::uint64_t z = (*state += 0x9E3779B97F4A7C15U);
  z = (z ^ z >> 30U) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27U) * 0x94D049BB133111EBU;
  return (z & 0x80FF80FF80FF80FFU) + 0x3C003C003C003C00U;
}

int Make(const vlr::testing::Release& release, const std::string& folder) {
  const auto start = std::chrono::steady_clock::now();
  std::filesystem::create_directories(folder);
  vlr::testing::WriteCheckpoint(release, folder);
  std::atomic<bool> failed = false;
  ForAll(BlocksOf(folder), [&](const Block& block, std::vector<std::uint64_t>& buffer) {
    std::uint64_t state = block.offset + std::hash<std::string>{}(block.file.string());
    for (std::uint64_t& values : buffer) values = FourValues(&state);
    const vlr::UniqueFd fd(::open(block.file.c_str(), O_WRONLY | O_CLOEXEC));
    const auto written = ::pwrite(fd.get(), buffer.data(), block.bytes, static_cast<off_t>(block.offset));
    if (written != static_cast<ssize_t>(block.bytes)) failed = true;
  });
  if (failed)
    throw std::runtime_error("the checkpoint cannot be written: " + std::string(std::strerror(errno)));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << "made " << release.name << " in " << took.count() << " s\n";
  return 0;
}

std::int64_t StatusBytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoll(line.substr(key.size() + 1)) * 1024;
  }
  return 0;
}

int Load(const std::string& folder, const std::string& device, const std::string& dtype) {
  ForAll(BlocksOf(folder), [](const Block& block, std::vector<std::uint64_t>& buffer) {
    const vlr::UniqueFd fd(::open(block.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (::pread(fd.get(), buffer.data(), block.bytes, static_cast<off_t>(block.offset)) < 0)
      std::cerr << block.file << ": " << std::strerror(errno) << '\n';
  });
  std::int64_t most = 0;
  int reports = 0;
  double last = 0;
  bool rises = true;
  vlr::ModelOptions options;
  options.directory = folder;
  options.device = device;
  options.dtype = dtype == "fp8" ? vlr::DType::kFloat8 : vlr::DType::kBFloat16;
  options.yes_id = 9693;
  options.no_id = 2152;
  options.progress = [&](double share) {
    most = std::max(most, StatusBytes("RssAnon"));
    rises = rises && share >= last;
    last = share;
    ++reports;
  };
  const std::int64_t before = StatusBytes("RssAnon");
  const auto start = std::chrono::steady_clock::now();
  const auto model = vlr::RerankModel::Load(options).value();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  most = std::max(most, StatusBytes("RssAnon"));
  vlr::json::Writer writer;
  writer.BeginObject().Key("seconds").Double(took.count()).Key("weight_bytes").Integer(model->weight_bytes());
  writer.Key("gb_per_second").Double(static_cast<double>(model->weight_bytes()) / took.count() / 1e9);
  writer.Key("host_anonymous_bytes_before").Integer(before).Key("host_anonymous_bytes_most").Integer(most);
  writer.Key("host_anonymous_bytes_after").Integer(StatusBytes("RssAnon"));
  writer.Key("host_peak_resident_bytes").Integer(StatusBytes("VmHWM"));
  writer.Key("progress_reports").Integer(reports).Key("progress_rises").Bool(rises).EndObject();
  std::cout << writer.Take() << std::endl;
  const std::vector<vlr::ModelInput> inputs(1, {std::vector<std::int32_t>(64, 100), {}, {}});
  const float logit = model->Logits(inputs).value().at(0);
  std::cout << "a text of 64 tokens has the logit " << logit << '\n';
  return std::isfinite(logit) ? 0 : 1;
}

int Run(const std::vector<std::string>& arguments) {
  const std::size_t count = arguments.size();
  if (count == 3 && arguments[0] == "make" && (arguments[1] == "2B" || arguments[1] == "8B")) {
    return Make(arguments[1] == "2B" ? vlr::testing::Released2B() : vlr::testing::Released8B(), arguments[2]);
  }
  if ((count == 3 || count == 4) && arguments[0] == "load") {
    return Load(arguments[1], arguments[2], count == 4 ? arguments[3] : "bfloat16");
  }
  std::cerr << "usage: vl-rerank-load-bench make 2B|8B FOLDER\n"
               "       vl-rerank-load-bench load FOLDER DEVICE [bfloat16|fp8]\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run({argv + 1, argv + argc});
  } catch (const vlr::ErrorException& exception) {
    std::cerr << exception.error().code << ": " << exception.error().message << '\n';
    return 2;
  } catch (const std::exception& exception) {
    std::cerr << "vl-rerank-load-bench: " << exception.what() << '\n';
    return 1;
  }
}
