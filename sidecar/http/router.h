// Which handler answers which path and method.
#pragma once

#include <map>
#include <string>

#include "sidecar/http/message.h"

namespace vlr::http {

// What a caller must be allowed to do, where there are keys.
enum class Access { kOpen, kScore, kAdmin };

// Filled once, then read from any thread.
class Router {
 public:
  using ErrorPage = std::function<Response(const Request&, int status, const std::string& code,
                                           const std::string& message)>;
  struct Route {
    Handler handler;
    Access access;
  };

  // `error_page` writes the body of 404, 405 and whatever the server itself refuses.
  explicit Router(ErrorPage error_page) : error_page_(std::move(error_page)) {}

  void Add(const std::string& method, const std::string& path, Handler handler,
           Access access = Access::kScore) {
    routes_[path][method] = {std::move(handler), access};
  }
  bool Has(const std::string& path) const { return routes_.contains(path); }
  // Every path with its methods.
  const std::map<std::string, std::map<std::string, Route>>& routes() const { return routes_; }
  // The handler of the request, or one that answers 404, or 405 with Allow.
  Handler Find(const Request& request) const;
  // What the request needs; kScore where there is no such route.
  Access AccessOf(const Request& request) const;

  Response Error(const Request& request, int status, const std::string& code,
                 const std::string& message) const {
    return error_page_(request, status, code, message);
  }

 private:
  ErrorPage error_page_;
  std::map<std::string, std::map<std::string, Route>> routes_;
};

}  // namespace vlr::http
