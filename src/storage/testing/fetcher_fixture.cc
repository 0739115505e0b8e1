#include "storage/testing/fetcher_fixture.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace vlr::testing {

namespace asio = boost::asio;

namespace {

Error Thrown(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted)
      return {std::string(kAborted), "operation_aborted thrown"};
    return {"thrown", error.what()};
  }
}

}  // namespace

void MapResolver::Set(const std::string& host, std::deque<std::vector<std::string>> answers) {
  const std::lock_guard lock(mutex_);
  answers_[host] = std::move(answers);
}

void MapResolver::Hang(const std::string& host) {
  const std::lock_guard lock(mutex_);
  hangs_ = host;
}

std::size_t MapResolver::lookups() const {
  const std::lock_guard lock(mutex_);
  return lookups_;
}

void MapResolver::Resolve(const std::string& host, Done done) {
  std::vector<asio::ip::address> addresses;
  {
    const std::lock_guard lock(mutex_);
    ++lookups_;
    if (host == hangs_) {
      hanging_.push_back(std::move(done));
      return;
    }
    auto& answers = answers_[host];
    if (!answers.empty()) {
      for (const std::string& text : answers.front()) addresses.push_back(asio::ip::make_address(text));
      if (answers.size() > 1) answers.pop_front();
    }
  }
  if (addresses.empty()) {
    done(Error{std::string(kMediaUnreachable), "the host name does not resolve"});
  } else {
    done(std::move(addresses));
  }
}

FetcherTest::FetcherTest() : work_(context_.get_executor()), caller_(asio::make_strand(context_)) {
  constexpr int kThreads = 3;
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { context_.run(); });
  resolver_->Set("good.test", {{"127.0.0.1"}});
  resolver_->Set("private.test", {{"127.0.0.1"}});
  options_.allow_hosts = {"good.test"};
  options_.s3.use_environment = false;
  options_.retry_backoff = std::chrono::milliseconds(1);
}

FetcherTest::~FetcherTest() {
  fetcher_.reset();
  work_.reset();
  for (std::thread& thread : threads_) thread.join();
}

void FetcherTest::Start() {
  auto fetcher = Fetcher::Create(context_.get_executor(), options_, {resolver_, clock_});
  ASSERT_TRUE(fetcher) << fetcher.error().message;
  fetcher_ = std::move(*fetcher);
}

std::future<Result<Bytes>> FetcherTest::Begin(FetchRequest request, asio::cancellation_signal* cancel) {
  if (!fetcher_) Start();
  const auto promise = std::make_shared<std::promise<Result<Bytes>>>();
  auto done = [promise](const std::exception_ptr& thrown, Result<Bytes> result) {
    promise->set_value(thrown ? Thrown(thrown) : std::move(result));
  };
  const auto slot = cancel != nullptr ? cancel->slot() : asio::cancellation_slot();
  asio::co_spawn(caller_, fetcher_->Fetch(std::move(request)),
                 asio::bind_cancellation_slot(slot, std::move(done)));
  return promise->get_future();
}

void FetcherTest::Cancel(asio::cancellation_signal* cancel) {
  asio::post(caller_, [cancel] { cancel->emit(asio::cancellation_type::terminal); });
}

Result<Bytes> FetcherTest::Fetch(FetchRequest request) {
  return Begin(std::move(request)).get();
}

std::string FetcherTest::Get(const std::string& url, std::size_t max_bytes) {
  FetchRequest request;
  request.url = url;
  request.max_bytes = max_bytes;
  const auto bytes = Fetch(std::move(request));
  return bytes ? **bytes : bytes.error().code;
}

void FetcherTest::Until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace vlr::testing
