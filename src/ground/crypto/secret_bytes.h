// Memory for secrets inside this room: guard pages around it, locked against swapping, wiped when freed.
#pragma once

#include <sodium.h>

#include "ground/base/bytes.h"
#include "ground/base/result.h"
#include "ground/crypto/crypto.h"

namespace tocsin::crypto {

struct SecretBytes {
  explicit SecretBytes(std::size_t n) : size(n) {
    initialise();
    data = static_cast<std::uint8_t*>(sodium_malloc(n));
    CHECK(data != nullptr);
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { sodium_free(data); }

  std::uint8_t* data = nullptr;
  std::size_t size;
};

}  // namespace tocsin::crypto
