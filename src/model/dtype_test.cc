#include "model/dtype.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

TEST(DTypeTest, NamesStandForTheTypesAndOthersForNone) {
  for (const DType dtype : {DType::kFloat32, DType::kBFloat16, DType::kFloat8, DType::kInt8}) {
    EXPECT_EQ(ParseDType(NameOf(dtype)).value(), dtype);
  }
  EXPECT_EQ(DTypeNames(), (std::vector<std::string>{"float32", "bfloat16", "fp8", "int8"}));
  for (const char* name : {"", "int4", "FP8"}) EXPECT_FALSE(ParseDType(name)) << name;
  EXPECT_EQ(ParseDType("int4").error().message, "dtype must be float32, bfloat16, fp8 or int8, not \"int4\"");
}

}  // namespace
}  // namespace vlr
