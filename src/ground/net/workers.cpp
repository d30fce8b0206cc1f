#include "ground/net/workers.h"

#include <pthread.h>

#include <string>

#include "ground/base/result.h"

namespace tocsin::net {

Workers::Workers(unsigned threads, std::size_t queue_capacity) : queue_(queue_capacity) {
  for (unsigned i = 0; i < threads; ++i)
    threads_.emplace_back([this, i] {
      name_this_thread("net.worker." + std::to_string(i));
      while (auto job = queue_.pop()) (*job)();
    });
}

void Workers::finish() {
  queue_.close();
  for (std::thread& thread : threads_) {
    CHECK(thread.get_id() != std::this_thread::get_id());
    thread.join();
  }
  threads_.clear();
}

void name_this_thread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace tocsin::net
