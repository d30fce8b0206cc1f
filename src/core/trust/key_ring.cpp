#include "core/trust/key_ring.h"

#include <algorithm>
#include <filesystem>

#include "ground/base/file.h"

namespace tocsin::trust {
namespace {

bool equal(const Bytes& key, ByteView announced) {
  return std::equal(key.begin(), key.end(), announced.begin(), announced.end());
}

bool names(const Descriptor& own, KeyUse use, const Bytes& key) {
  switch (use) {
    case KeyUse::Statement:
      return equal(key, own.statement_key.view());
    case KeyUse::Log:
      return equal(key, own.log_key.view());
    case KeyUse::Exercise:
      return equal(key, own.exercise_key.view());
    case KeyUse::Tls:
      return std::any_of(own.tls_pins.begin(), own.tls_pins.end(),
                         [&](const Digest& pin) { return equal(key, pin.view()); });
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<KeyRing>> KeyRing::open(std::string folder) {
  auto ring = std::unique_ptr<KeyRing>(new KeyRing(std::move(folder)));
  ring->put_in_force(TRY(OwnKeys::load(ring->folder_)));
  return ring;
}

// A folder for each use, so that one that is half written, or half removed, is told from none.
std::string KeyRing::next_folder(KeyUse use) const {
  return folder_ + "/next/" + std::string(name(use));
}

Result<OwnKeys> KeyRing::waiting(KeyUse use) const {
  OwnKeys keys = in_force().copy();
  TRY_VOID(keys.load_one(next_folder(use), use));
  return keys;
}

void KeyRing::put_in_force(OwnKeys keys) {
  all_.push_back(std::make_unique<const OwnKeys>(std::move(keys)));
  in_force_ = all_.back().get();
}

Result<Bytes> KeyRing::next(KeyUse use) {
  std::lock_guard lock(mutex_);
  // One that is in force may still lie there, where settle() could not remove it.
  if (const auto there = waiting(use))
    if (TRY(there->announced(use)) != TRY(in_force().announced(use))) return there->announced(use);
  OwnKeys keys = in_force().copy();
  keys.make_anew(use);
  TRY_VOID(base::make_folder(folder_ + "/next"));
  TRY_VOID(base::make_folder(next_folder(use)));
  TRY_VOID(keys.save_one(next_folder(use), use));
  return keys.announced(use);
}

bool KeyRing::is_waiting(KeyUse use, ByteView announced) {
  std::lock_guard lock(mutex_);
  const auto there = waiting(use);
  const auto key = there ? there->announced(use) : Result<Bytes>(tl::unexpected(there.error()));
  return key && equal(*key, announced);
}

Result<void> KeyRing::adopt(const Descriptor& own) {
  std::lock_guard lock(mutex_);
  OwnKeys next = in_force().copy();
  for (const KeyUse use : kKeyUses) {
    // What waits goes first: where settle() was cut off, a certificate may lie beside another one's key.
    const auto there = waiting(use);
    if (there && names(own, use, TRY(there->announced(use))))
      TRY_VOID(next.load_one(next_folder(use), use));
    else if (!names(own, use, TRY(next.announced(use))))
      return fail(ErrorCode::Corrupt, "keys.not_here", {std::string(name(use))});
  }
  put_in_force(std::move(next));
  return {};
}

void KeyRing::put_back(const OwnKeys& before) {
  std::lock_guard lock(mutex_);
  in_force_ = &before;
}

Result<void> KeyRing::settle() {
  std::lock_guard lock(mutex_);
  for (const KeyUse use : kKeyUses) {
    const auto there = waiting(use);
    if (!there || TRY(there->announced(use)) != TRY(in_force().announced(use))) continue;
    TRY_VOID(in_force().save_one(folder_, use));
    std::error_code error;
    std::filesystem::remove_all(next_folder(use), error);
    if (error) return fail(ErrorCode::Unavailable, "keys.not_removed", {next_folder(use)}, error.message());
  }
  return {};
}

Result<bool> KeyRing::renew_people_tls(const std::vector<std::string>& names, Time now) {
  std::lock_guard lock(mutex_);
  OwnKeys next = in_force().copy();
  const bool renewed = TRY(next.renew_people_tls(folder_, names, now));
  if (renewed) put_in_force(std::move(next));
  return renewed;
}

}  // namespace tocsin::trust
