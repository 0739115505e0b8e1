// AWS Signature Version 4, header form.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vlr {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // may be empty
};

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct SigningInput {
  std::string method = "GET";
  std::string path = "/";      // percent-encoded as it is sent
  NamedValues query;           // percent-encoded, any order
  NamedValues headers;         // all that are to be signed, "host" and "x-amz-date" among them; any case
  std::string payload_sha256;  // hexadecimal
};

struct SigningScope {
  std::string region;
  std::string service;
  std::chrono::system_clock::time_point time;
};

struct Signature {
  std::string canonical_request;
  std::string authorization;  // value of the Authorization header
};

Signature SignV4(const SigningInput& input, const SigningScope& scope, const AwsCredentials& credentials);

// "20150830T123600Z"
std::string AmzDate(std::chrono::system_clock::time_point time);

// Lower-case hexadecimal.
std::string Sha256Hex(std::string_view bytes);

}  // namespace vlr
