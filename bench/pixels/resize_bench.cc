// vl-rerank-resize-bench image|frame IN WIDTH HEIGHT OUT NEW_WIDTH NEW_HEIGHT: resizes raw RGB bytes, as
// Pillow's bicubic does or as torchvision's, writes the result and prints the milliseconds that the resize
// took.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "pixels/resize.h"

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr,
                 "usage: vl-rerank-resize-bench image|frame IN WIDTH HEIGHT OUT NEW_WIDTH NEW_HEIGHT\n");
    return 2;
  }
  std::ifstream in(argv[2], std::ios::binary);
  vlr::RgbImage image{{std::atoi(argv[3]), std::atoi(argv[4])}, {}};
  image.rgb.assign(std::istreambuf_iterator<char>(in), {});
  if (image.rgb.size() != static_cast<std::size_t>(image.size.pixels()) * 3) {
    std::fprintf(stderr, "%s does not hold that many pixels\n", argv[2]);
    return 2;
  }
  const bool frame = std::string(argv[1]) == "frame";
  const vlr::Size size = {std::atoi(argv[6]), std::atoi(argv[7])};
  const auto start = std::chrono::steady_clock::now();
  const vlr::RgbImage out = frame ? vlr::ResizeBicubicTorch(image, size) : vlr::ResizeBicubicPil(image, size);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::ofstream(argv[5], std::ios::binary)
      .write(reinterpret_cast<const char*>(out.rgb.data()), static_cast<std::streamsize>(out.rgb.size()));
  std::printf("%.3f\n", took.count());
  return 0;
}
