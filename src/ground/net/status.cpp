#include "ground/net/status.h"

namespace tocsin::net {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::Malformed:
      return 400;
    case ErrorCode::Unauthenticated:
      return 401;
    case ErrorCode::Forbidden:
      return 403;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::Conflict:
      return 409;
    case ErrorCode::TooLarge:
      return 413;
    case ErrorCode::TooFast:
      return 429;
    case ErrorCode::Timeout:
      return 504;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

}  // namespace tocsin::net
