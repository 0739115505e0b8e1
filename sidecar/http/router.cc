#include "sidecar/http/router.h"

namespace vlr::http {

Handler Router::Find(const Request& request) const {
  const auto answer = [](Response response) -> Handler {
    return [response = std::move(response)](const Request&) -> boost::asio::awaitable<Response> {
      co_return response;
    };
  };
  const auto path = routes_.find(request.path);
  if (path == routes_.end())
    return answer(error_page_(request, 404, "route_not_found", "there is no such route"));
  const auto method = path->second.find(request.method);
  if (method != path->second.end()) return method->second.handler;
  std::string allowed;
  for (const auto& [name, route] : path->second) {
    allowed += (allowed.empty() ? "" : ", ") + name;
    if (name == "GET") allowed += ", HEAD";
  }
  Response response = error_page_(request, 405, "method_not_allowed", "this route answers " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return answer(std::move(response));
}

Access Router::AccessOf(const Request& request) const {
  const auto path = routes_.find(request.path);
  if (path == routes_.end()) return Access::kScore;
  const auto method = path->second.find(request.method);
  return method == path->second.end() ? Access::kScore : method->second.access;
}

}  // namespace vlr::http
