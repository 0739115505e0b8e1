#include "storage/file_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/error_codes.h"

namespace vlr {
namespace {

namespace fs = std::filesystem;

class FileSourceTest : public testing::Test {
 protected:
  FileSourceTest() {
    std::string name = fs::temp_directory_path() / "vlr-files-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    fs::create_directories(root() / "sub");
    Write(root() / "a.txt", "hello");
    Write(root() / "sub/b c.txt", "nested");
    Write(folder_ / "secret.txt", "secret");
    fs::create_symlink("a.txt", root() / "inside");
    fs::create_symlink("../secret.txt", root() / "outside");
    fs::create_symlink(folder_ / "secret.txt", root() / "absolute");
    fs::create_directory_symlink("..", root() / "up");
    fs::create_symlink("loop", root() / "loop");
    ::mkfifo((root() / "fifo").c_str(), 0600);
  }
  ~FileSourceTest() override { fs::remove_all(folder_); }

  fs::path root() const { return folder_ / "root"; }
  static void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  std::string Absolute(const fs::path& path, std::size_t max_bytes = 100) const {
    const auto source = FileSource::Create({root()}, "");
    const auto bytes = source->ReadAbsolute(path, max_bytes);
    return bytes ? *bytes : bytes.error().code;
  }

  fs::path folder_;
};

TEST_F(FileSourceTest, ReadsBelowItsRoots) {
  EXPECT_EQ(Absolute(root() / "a.txt"), "hello");
  EXPECT_EQ(Absolute(root() / "sub/b c.txt"), "nested");
  EXPECT_EQ(Absolute(root() / "sub/../a.txt"), "hello");
  EXPECT_EQ(Absolute(root() / "inside"), "hello");
}

TEST_F(FileSourceTest, StaysBelowItsRoots) {
  for (const fs::path& path :
       {folder_ / "secret.txt", root() / "../secret.txt", root() / "outside", root() / "absolute",
        root() / "up/secret.txt", root() / "sub/../../secret.txt", root() / "loop", fs::path("/etc/passwd"),
        root() / "/etc/passwd", fs::path(root().string() + "x/a.txt"), root() / "sub", root() / "fifo",
        fs::path("/dev/zero"), root() / "../root/a.txt"}) {
    EXPECT_EQ(Absolute(path), kMediaForbidden) << path;
  }
  EXPECT_EQ(Absolute(root() / "none"), kMediaNotFound);
  EXPECT_EQ(Absolute(root() / "a.txt/x"), kMediaNotFound);
}

TEST_F(FileSourceTest, BoundsTheSize) {
  EXPECT_EQ(Absolute(root() / "a.txt", 5), "hello");
  EXPECT_EQ(Absolute(root() / "a.txt", 4), kMediaTooLarge);
}

TEST_F(FileSourceTest, RelativePathsNeedAMediaRoot) {
  const auto code = [](const Result<std::string>& bytes) { return bytes ? *bytes : bytes.error().code; };
  const auto none = FileSource::Create({root()}, "");
  EXPECT_EQ(code(none->ReadRelative("a.txt", 9)), kMediaInvalidUrl);
  const auto source = FileSource::Create({}, root());
  EXPECT_EQ(code(source->ReadRelative("sub/b c.txt", 9)), "nested");
  EXPECT_EQ(code(source->ReadRelative("../secret.txt", 9)), kMediaForbidden);
  EXPECT_EQ(code(source->ReadRelative("/etc/passwd", 9)), kMediaForbidden);
  EXPECT_EQ(code(source->ReadAbsolute(root() / "a.txt", 9)), "hello");
}

TEST_F(FileSourceTest, WalksWithoutOpenat2) {
  const UniqueFd folder(::open(root().c_str(), O_PATH | O_DIRECTORY));
  const auto code = [&](const char* path) {
    const auto fd = OpenBeneathByWalking(folder.get(), path);
    return fd ? "ok" : fd.error().code;
  };
  EXPECT_EQ(code("a.txt"), "ok");
  EXPECT_EQ(code("./sub//b c.txt"), "ok");
  EXPECT_EQ(code("inside"), kMediaForbidden);
  EXPECT_EQ(code("outside"), kMediaForbidden);
  EXPECT_EQ(code("up/secret.txt"), kMediaNotFound);
  EXPECT_EQ(code("sub/../a.txt"), kMediaForbidden);
  EXPECT_EQ(code(""), kMediaNotFound);
}

TEST_F(FileSourceTest, NamesTheRootThatIsMissing) {
  EXPECT_EQ(FileSource::Create({root(), root() / "none"}, "").error().part, "storage.file_roots[1]");
  EXPECT_EQ(FileSource::Create({""}, "").error().part, "storage.file_roots[0]");
  EXPECT_EQ(FileSource::Create({}, root() / "a.txt").error().part, "storage.media_root");
}

}  // namespace
}  // namespace vlr
