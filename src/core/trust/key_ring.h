// The keys of a running node, and those that are to follow them. A new key is made on the node and waits in the folder
// `next` until a descriptor that names it has been signed by the root and stored. Which keys are in force is what our
// own descriptor says, also after a crash between the two: a key that was announced is never lost.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/trust/descriptor.h"
#include "core/trust/own_keys.h"

namespace tocsin::trust {

class KeyRing {
 public:
  /// `folder`: what OwnKeys::save has written.
  static Result<std::unique_ptr<KeyRing>> open(std::string folder);

  /// Stays as it is, and stays valid while the ring lives, also when others come into force. Any thread.
  const OwnKeys& in_force() const { return *in_force_; }

  /// The key that is to follow, as a descriptor would name it. It is on the disk before this returns, and stays the
  /// same until it is in force.
  Result<Bytes> next(KeyUse use);
  /// Whether this is the key that waits to follow.
  bool is_waiting(KeyUse use, ByteView announced);

  /// The keys that the descriptor names come into force. keys.not_here {use}: neither one in force nor one that waits;
  /// then nothing has changed.
  Result<void> adopt(const Descriptor& own);
  /// The transaction in which they were adopted was not kept.
  void put_back(const OwnKeys& before);
  /// Writes those in force to where they are read at start, over those that they follow, and removes them from `next`.
  /// Nothing is lost where it fails or the power does: it can be repeated.
  Result<void> settle();
  /// Issues the browsers' certificate again where it is due. See OwnKeys.
  Result<bool> renew_people_tls(const std::vector<std::string>& names, Time now);

 private:
  explicit KeyRing(std::string folder) : folder_(std::move(folder)) {}
  std::string next_folder(KeyUse use) const;
  Result<OwnKeys> waiting(KeyUse use) const;
  void put_in_force(OwnKeys keys);

  const std::string folder_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const OwnKeys>> all_;
  std::atomic<const OwnKeys*> in_force_ = nullptr;
};

/// Where whoever signs finds the keys in force: those of a ring, or some that never change.
class KeysInForce {
 public:
  KeysInForce() = default;
  KeysInForce(const OwnKeys* fixed) : fixed_(fixed) {}  // NOLINT: for those who have no ring, it is the same
  KeysInForce(const KeyRing* ring) : ring_(ring) {}     // NOLINT
  const OwnKeys& operator*() const { return fixed_ != nullptr ? *fixed_ : ring_->in_force(); }
  const OwnKeys* operator->() const { return &**this; }

 private:
  const OwnKeys* fixed_ = nullptr;
  const KeyRing* ring_ = nullptr;
};

}  // namespace tocsin::trust
