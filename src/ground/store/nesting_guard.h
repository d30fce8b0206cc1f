// A thread inside a transaction of a database must not open another one of the same database: with one connection
// (":memory:") it would wait for itself, with many it would read what its own transaction has already changed.
#pragma once

#include "ground/base/result.h"

namespace tocsin::store {

class NestingGuard {
 public:
  explicit NestingGuard(const void* database) : database_(database), outer_(innermost_) {
    for (const NestingGuard* guard = outer_; guard; guard = guard->outer_) CHECK(guard->database_ != database);
    innermost_ = this;
  }
  ~NestingGuard() { innermost_ = outer_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  const void* database_;
  const NestingGuard* outer_;
  inline static thread_local const NestingGuard* innermost_ = nullptr;
};

}  // namespace tocsin::store
