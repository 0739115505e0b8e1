// The whole worker path: real processes, real sandbox, real media.
#include "media/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "media/inline_decoder.h"
#include "media/testing/drop_privileges.h"
#include "pixels/jpeg_writer.h"

namespace vlr {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* kMedia = VLR_TEST_DATA "/golden-a/media/";

std::string MediaFile(const std::string& name) {
  const auto bytes = ReadFile(kMedia + name, std::size_t{1} << 30);
  return bytes ? *bytes : "";
}

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::unique_ptr<WorkerPool> Pool(const char* program, int workers, const DecodeLimits& limits = {}) {
  auto pool = WorkerPool::Create({program, workers, limits});
  if (!pool) ADD_FAILURE() << pool.error().message;
  return pool ? std::move(*pool) : nullptr;
}

steady_clock::time_point Soon() {
  return steady_clock::now() + seconds(60);
}

template <class T>
std::string CodeOf(const Result<T>& result) {
  return result ? "ok" : result.error().code;
}

std::string DecodeCode(WorkerPool& pool, const std::string& bytes) {
  return CodeOf(pool.DecodeImage(Bytes(bytes), {}, Soon()));
}

TEST(WorkerPoolTest, RefusesAProgramThatIsNotThere) {
  const auto pool = WorkerPool::Create({"/nonexistent/vl-rerank-decode", 1, {}});
  EXPECT_EQ(CodeOf(pool), "decoder_unavailable");
  EXPECT_EQ(CodeOf(WorkerPool::Create({VLR_DECODE_PROGRAM, 0, {}})), "invalid_request");
}

TEST(WorkerPoolTest, ServesManyThreads) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 2);
  const std::string picture = MediaFile("j420.jpg");
  const std::string video = MediaFile("v10bit.mp4");
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  constexpr int kThreads = 6;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k) {
        const std::string code = i % 3 == 2 ? CodeOf(pool->DecodeVideo(Bytes(video), {}, Soon()))
                                            : CodeOf(pool->DecodeImage(Bytes(picture), {}, Soon()));
        EXPECT_EQ(code, "ok") << (i % 3 == 2 ? "video" : "picture");
        if (code == "ok") ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 30);
  EXPECT_EQ(pool->stats().calls, 30u);
  EXPECT_EQ(pool->stats().failed, 0u);
  EXPECT_LE(pool->stats().started, 2u);
  EXPECT_EQ(pool->stats().busy, 0);
}

// Large enough for the resize to start threads: the sandbox lets it.
TEST(WorkerPoolTest, LargePicturesAreResizedAsInline) {
  RgbImage large = MakeRgbImage({2400, 1800});
  for (std::size_t i = 0; i < large.rgb.size(); ++i)
    large.rgb[i] = static_cast<std::uint8_t>(i * i / 7 + i / 7200);
  const std::string jpeg = WriteJpeg(large, 90).value();
  InlineDecoder inline_decoder{DecodeLimits{}};
  const auto expected = inline_decoder.DecodeImage(Bytes(jpeg), {}, Soon());
  ASSERT_TRUE(expected) << expected.error().message;
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  const auto found = pool->DecodeImage(Bytes(jpeg), {}, Soon());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->pixels.size, expected->pixels.size);
  EXPECT_TRUE(found->pixels.rgb == expected->pixels.rgb);
  EXPECT_EQ(pool->stats().crashed, 0u);
}

TEST(WorkerPoolTest, TellsWhatMediaAre) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  const auto picture = pool->Inspect(Bytes(MediaFile("jcmyk.jpg")), Soon());
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->kind, MediaKind::kImage);
  EXPECT_EQ(picture->format, "jpeg");
  EXPECT_EQ(picture->size, (Size{100, 140}));
  const auto video = pool->Inspect(Bytes(MediaFile("vp9.webm")), Soon());
  ASSERT_TRUE(video);
  EXPECT_EQ(video->kind, MediaKind::kVideo);
  EXPECT_EQ(video->format, "matroska");
  EXPECT_EQ(video->codec, "vp9");
  EXPECT_EQ(video->frames, 24);
  EXPECT_EQ(video->fps, 12.0);
}

TEST(WorkerPoolTest, BadDocumentsFailAloneAndKeepTheWorker) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  const std::string good = MediaFile("j.jpg");
  EXPECT_EQ(DecodeCode(*pool, "this is a text named .jpg"), "image_unsupported");
  EXPECT_EQ(DecodeCode(*pool, ""), "image_unsupported");
  EXPECT_EQ(DecodeCode(*pool, good.substr(0, good.size() / 2)), "image_corrupt");
  const std::string video = MediaFile("v1.mp4");
  EXPECT_EQ(CodeOf(pool->DecodeVideo(Bytes(video.substr(0, video.size() / 2)), {}, Soon())), "video_corrupt");
  EXPECT_EQ(DecodeCode(*pool, good), "ok");
  EXPECT_EQ(pool->stats().started, 1u);
}

struct Fault {
  const char* name;
  const char* code;
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.code;
}

class WorkerFaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(WorkerFaultTest, FailsOneDocumentOnly) {
  DecodeLimits limits;
  limits.max_cpu = seconds(1);
  const auto pool = Pool(VLR_FAULTY_PROGRAM, 1, limits);
  EXPECT_EQ(DecodeCode(*pool, std::string("FAULT:") + GetParam().name), GetParam().code);
  EXPECT_EQ(DecodeCode(*pool, MediaFile("a.png")), "ok");
}

// "kill" of the parent is refused by the sandbox, or this test would not be here to tell.
INSTANTIATE_TEST_SUITE_P(
    All, WorkerFaultTest,
    ::testing::Values(Fault{"crash", "decoder_crashed"}, Fault{"exit", "decoder_crashed"},
                      Fault{"open", "decoder_crashed"}, Fault{"socket", "decoder_crashed"},
                      Fault{"connect", "decoder_crashed"}, Fault{"exec", "decoder_crashed"},
                      Fault{"fork", "decoder_crashed"}, Fault{"kill", "decoder_crashed"},
                      Fault{"ptrace", "decoder_crashed"}, Fault{"unlink", "decoder_crashed"},
                      Fault{"execmem", "decoder_crashed"}, Fault{"loop", "decode_timeout"}),
    [](const auto& info) { return info.param.name; });

#if !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)  // they need the address space themselves
TEST(WorkerPoolTest, MemoryIsLimited) {
  DecodeLimits limits;
  limits.max_memory_bytes = std::size_t{256} << 20;
  limits.max_video_bytes = std::size_t{16} << 20;
  limits.max_output_bytes = std::size_t{64} << 20;
  const auto pool = Pool(VLR_FAULTY_PROGRAM, 1, limits);
  EXPECT_EQ(DecodeCode(*pool, "FAULT:memory"), "decode_memory");
  EXPECT_EQ(DecodeCode(*pool, MediaFile("a.png")), "ok");
}
#endif

TEST(WorkerPoolTest, TheDeadlineKillsAndSiblingsGoOn) {
  const auto pool = Pool(VLR_FAULTY_PROGRAM, 2);
  const std::string loop = "FAULT:loop";
  std::string code;
  std::thread stuck([&] {
    code = CodeOf(pool->DecodeImage(Bytes(loop), {}, steady_clock::now() + std::chrono::milliseconds(500)));
  });
  EXPECT_EQ(DecodeCode(*pool, MediaFile("b.png")), "ok");
  stuck.join();
  EXPECT_EQ(code, "decode_timeout");
  EXPECT_EQ(DecodeCode(*pool, MediaFile("b.png")), "ok");
  EXPECT_EQ(pool->stats().timed_out, 1u);
}

// Processes that a thread of this one has started.
std::vector<pid_t> Children() {
  std::vector<pid_t> children;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(thread.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

// As ps tells it.
char StateOf(pid_t child) {
  std::ifstream file("/proc/" + std::to_string(child) + "/stat");
  std::string id, name, state;
  file >> id >> name >> state;
  return state.empty() ? '?' : state[0];
}

void WaitForState(pid_t child, const std::string& states) {
  const auto end = Soon();
  while (states.find(StateOf(child)) == std::string::npos && steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(WorkerPoolTest, AWorkerThatIsStoppedAndContinuedGoesOn) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  EXPECT_EQ(DecodeCode(*pool, MediaFile("a.png")), "ok");
  const std::vector<pid_t> children = Children();
  ASSERT_EQ(children.size(), 1u);
  WaitForState(children[0], "S");
  ASSERT_EQ(::kill(children[0], SIGSTOP), 0);
  WaitForState(children[0], "T");
  ASSERT_EQ(::kill(children[0], SIGCONT), 0);
  WaitForState(children[0], "SZ");
  EXPECT_EQ(DecodeCode(*pool, MediaFile("b.png")), "ok");
  EXPECT_EQ(pool->stats().started, 1u);
}

TEST(WorkerPoolTest, AWorkerThatDiedIdleHarmsNoDocument) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  EXPECT_EQ(DecodeCode(*pool, MediaFile("a.png")), "ok");
  const std::vector<pid_t> children = Children();
  ASSERT_EQ(children.size(), 1u);
  ASSERT_EQ(::kill(children[0], SIGKILL), 0);
  WaitForState(children[0], "Z");
  EXPECT_EQ(DecodeCode(*pool, MediaFile("b.png")), "ok");
  EXPECT_EQ(pool->stats().started, 2u);
  EXPECT_EQ(pool->stats().crashed, 0u);
}

// "loop" never ends by itself, so that it is there to be killed, and is at work again until its time is over.
TEST(WorkerPoolTest, ADocumentWhoseWorkerIsKilledIsTriedOnceMore) {
  const auto pool = Pool(VLR_FAULTY_PROGRAM, 1);
  const std::string loop = "FAULT:loop";
  EXPECT_EQ(DecodeCode(*pool, MediaFile("a.png")), "ok");
  const std::vector<pid_t> children = Children();
  ASSERT_EQ(children.size(), 1u);
  WaitForState(children[0], "S");
  std::thread killer([child = children[0]] {
    WaitForState(child, "R");
    ::kill(child, SIGKILL);
  });
  EXPECT_EQ(CodeOf(pool->DecodeImage(Bytes(loop), {}, steady_clock::now() + seconds(3))), "decode_timeout");
  killer.join();
  EXPECT_EQ(pool->stats().started, 2u);
  EXPECT_EQ(pool->stats().crashed, 0u);
}

int PicturesThatFail(int workers) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, workers);
  const std::string picture = MediaFile("a.png");
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) failed += DecodeCode(*pool, picture) == "ok" ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failed;
}

TEST(WorkerPoolDeathTest, ManyWorkersNeedNoPrivileges) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(testing::DropPrivileges() && PicturesThatFail(48) == 0 ? 0 : 1),
              ::testing::ExitedWithCode(0), "");
}

TEST(WorkerPoolTest, ADeadlineThatHasPassedStartsNothing) {
  const auto pool = Pool(VLR_DECODE_PROGRAM, 1);
  const std::string picture = MediaFile("a.png");
  EXPECT_EQ(CodeOf(pool->DecodeImage(Bytes(picture), {}, steady_clock::now() - seconds(1))),
            "decode_timeout");
}

}  // namespace
}  // namespace vlr
