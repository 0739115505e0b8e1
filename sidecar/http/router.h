// Which handler answers which path and method.
#pragma once

#include <map>
#include <string>

#include "sidecar/http/message.h"

namespace vlr::http {

// Filled once, then read from any thread.
class Router {
 public:
  using ErrorPage = std::function<Response(const Request&, int status, const std::string& code,
                                           const std::string& message)>;

  // `error_page` writes the body of 404, 405 and whatever the server itself refuses.
  explicit Router(ErrorPage error_page) : error_page_(std::move(error_page)) {}

  void Add(const std::string& method, const std::string& path, Handler handler) {
    routes_[path][method] = std::move(handler);
  }
  bool Has(const std::string& path) const { return routes_.contains(path); }
  // Every path with its methods.
  const std::map<std::string, std::map<std::string, Handler>>& routes() const { return routes_; }
  // The handler of the request, or one that answers 404, or 405 with Allow.
  Handler Find(const Request& request) const;

  Response Error(const Request& request, int status, const std::string& code,
                 const std::string& message) const {
    return error_page_(request, status, code, message);
  }

 private:
  ErrorPage error_page_;
  std::map<std::string, std::map<std::string, Handler>> routes_;
};

}  // namespace vlr::http
