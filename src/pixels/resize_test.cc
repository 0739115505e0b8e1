#include "pixels/resize.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

namespace vlr {
namespace {

std::string Sha256(const std::vector<std::uint8_t>& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    constexpr const char* digits = "0123456789abcdef";
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

// The rules of integration-tests/data/resize/make_resize_vectors.py.
std::uint8_t NoiseByte(std::uint64_t index, std::uint64_t seed) {
  std::uint64_t z = index + seed + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return static_cast<std::uint8_t>(z >> 56);
}

RgbImage MakePicture(const std::string& kind, Size size, std::uint64_t seed) {
  RgbImage image = MakeRgbImage(size);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    const std::uint64_t pixel = i / 3;
    const std::uint64_t x = pixel % static_cast<std::uint64_t>(size.width);
    const std::uint64_t y = pixel / static_cast<std::uint64_t>(size.width);
    const std::uint8_t noise = NoiseByte(i, seed);
    image.rgb[i] = kind == "noise"   ? noise
                   : kind == "edges" ? (noise >= 128 ? 255 : 0)
                                     : static_cast<std::uint8_t>(3 * x + 2 * y + 40 * (i % 3) + seed);
  }
  return image;
}

std::ifstream Vectors() {
  std::ifstream file(VLR_TEST_DATA "/resize/vectors.txt");
  EXPECT_TRUE(file.is_open());
  return file;
}

TEST(ResizeTest, EqualsPillowAndTorchvision) {
  std::ifstream file = Vectors();
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string library;
    std::string kind;
    std::string sha;
    std::uint64_t seed = 0;
    Size in;
    Size out;
    fields >> library;
    if (library != "PIL" && library != "TORCH") continue;
    fields >> kind >> seed >> in.width >> in.height >> out.width >> out.height >> sha;
    const RgbImage picture = MakePicture(kind, in, seed);
    for (const int bands : {0, 1, 2, 5}) {
      const int used = std::min(bands, out.height);
      const RgbImage resized =
          library == "PIL" ? ResizeBicubicPil(picture, out, used) : ResizeBicubicTorch(picture, out, used);
      EXPECT_EQ(resized.size, out);
      EXPECT_EQ(Sha256(resized.rgb), sha) << line << ", bands: " << bands;
    }
    ++cases;
  }
  EXPECT_EQ(cases, 480);
}

// Where a limit leaves no memory for the stack of a thread.
TEST(ResizeTest, GoesOnWhereNoThreadCanBeHad) {
  constexpr std::size_t kMoreThanThereIs = std::size_t{1} << 50;
  const RgbImage picture = MakePicture("noise", {90, 70}, 1);
  const RgbImage pil = ResizeBicubicPil(picture, {60, 50}, 1);
  const RgbImage torch = ResizeBicubicTorch(picture, {60, 50}, 1);
  pthread_attr_t before;
  pthread_attr_t huge;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_attr_init(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, kMoreThanThereIs), 0);
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  EXPECT_THROW(std::thread([] {}).join(), std::system_error);
  const RgbImage pil_alone = ResizeBicubicPil(picture, {60, 50}, 4);
  const RgbImage torch_alone = ResizeBicubicTorch(picture, {60, 50}, 4);
  ASSERT_EQ(pthread_setattr_default_np(&before), 0);
  pthread_attr_destroy(&huge);
  pthread_attr_destroy(&before);
  EXPECT_EQ(pil_alone.rgb, pil.rgb);
  EXPECT_EQ(torch_alone.rgb, torch.rgb);
}

TEST(SmartResizeTest, EqualsTheReference) {
  std::ifstream file = Vectors();
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    Size in;
    Size expected;
    int factor = 0;
    std::int64_t min_pixels = 0;
    double max_pixels = 0;
    fields >> name;
    if (name != "SMART") continue;
    fields >> in.width >> in.height >> factor >> min_pixels >> max_pixels >> expected.width >>
        expected.height;
    const auto size = SmartResize(in, factor, min_pixels, max_pixels);
    EXPECT_EQ(size ? *size : Size{}, expected) << line;
    ++cases;
  }
  EXPECT_EQ(cases, 1500);
}

TEST(SmartResizeTest, NamesWhatItRefuses) {
  EXPECT_EQ(SmartResize({201, 1}, 32, 4096, 1e6).error().code, "aspect_ratio");
  EXPECT_EQ(SmartResize({0, 1}, 32, 4096, 1e6).error().code, "size_unsupported");
  EXPECT_EQ(SmartResize({20000, 100}, 32, 4096, 80 * 1024).error().code, "size_unsupported");
  EXPECT_EQ(*SmartResize({1, 1}, 32, 4096, 1e6), (Size{64, 64}));
}

}  // namespace
}  // namespace vlr
