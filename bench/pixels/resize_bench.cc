// vl-rerank-resize-bench IN WIDTH HEIGHT OUT NEW_WIDTH NEW_HEIGHT: resizes raw RGB bytes as Pillow's bicubic
// does, writes the result and prints the milliseconds that the resize took.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "pixels/resize.h"

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: vl-rerank-resize-bench IN WIDTH HEIGHT OUT NEW_WIDTH NEW_HEIGHT\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  vlr::RgbImage image{{std::atoi(argv[2]), std::atoi(argv[3])}, {}};
  image.rgb.assign(std::istreambuf_iterator<char>(in), {});
  if (image.rgb.size() != static_cast<std::size_t>(image.size.pixels()) * 3) {
    std::fprintf(stderr, "%s does not hold that many pixels\n", argv[1]);
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const vlr::RgbImage out = vlr::ResizeBicubicPil(image, {std::atoi(argv[5]), std::atoi(argv[6])});
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::ofstream(argv[4], std::ios::binary)
      .write(reinterpret_cast<const char*>(out.rgb.data()), static_cast<std::streamsize>(out.rgb.size()));
  std::printf("%.3f\n", took.count());
  return 0;
}
