#include "ground/net/workers.h"

#include <pthread.h>

#include <algorithm>
#include <string>

#include "ground/base/result.h"

namespace tocsin::net {

Workers::Workers(unsigned threads, std::size_t queue_capacity) : queue_(queue_capacity) {
  try {
    for (unsigned i = 0; i < std::max(1u, threads); ++i) threads_.emplace_back([this, i] { run(i); });
  } catch (...) {  // the machine gives no more threads: those there are must not be left behind
    finish();
    throw;
  }
}

void Workers::run(unsigned number) {
  name_this_thread("net.worker." + std::to_string(number));
  while (auto job = queue_.pop()) (*job)();
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
