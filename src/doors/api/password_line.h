// Who waits for Argon2id, the slowest that a handler does. Without a limit a flood of log-ins would hold every worker,
// and sensors and alerts would wait behind it. Internal to this room.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "ground/base/result.h"

namespace tocsin::api {

/// One is served at a time, the others of its places wait; whoever comes to a full line hears so at once. Thread safe.
class PasswordLine {
 public:
  explicit PasswordLine(unsigned places) : places_(places) {}

  /// Held while Argon2id runs.
  class [[nodiscard]] Turn {
   public:
    explicit Turn(PasswordLine& line) : place_(&line), turn_(line.turn_) {}

   private:
    struct Leave {
      void operator()(PasswordLine* line) const { --line->taken_; }
    };
    std::unique_ptr<PasswordLine, Leave> place_;  // given back after the turn
    std::unique_lock<std::mutex> turn_;
  };

  /// Waits behind those who came before. api.too_many_passwords.
  Result<Turn> enter() {
    if (taken_++ < places_) return Turn(*this);
    --taken_;
    return fail(ErrorCode::Unavailable, "api.too_many_passwords");
  }

 private:
  const unsigned places_;
  std::atomic<unsigned> taken_ = 0;
  std::mutex turn_;
};

}  // namespace tocsin::api
