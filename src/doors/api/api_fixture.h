// A node's router over a database of its own, with one person of every role logged in and one key of every scope.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "doors/api/router.h"
#include "ground/json/json.h"
#include "tests/support/content.h"
#include "tests/support/folder.h"

namespace tocsin::api::testing {

inline constexpr std::string_view kHost = "node.example:8443";
inline constexpr std::string_view kEveryRole = "every_role";  ///< somebody who holds all roles
inline constexpr std::string_view kByLink = "by_link";        ///< has come by a link and set no password yet

/// Who asks: credentials of a person or of a program.
struct Credentials {
  std::string cookie, csrf, key;
};

class World {
 public:
  World();

  const std::vector<Route>& routes() const { return routes_; }
  /// By role ("analyst"), by scope of a key ("key:read"), kEveryRole or kByLink.
  const Credentials& as(std::string_view who) const;

  struct Ask {
    std::string method, path;
    Credentials who = {};
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> query = {};
    std::string host{kHost};
    std::string origin = "https://" + std::string(kHost);
  };
  net::Response ask(const Ask& ask) const;
  test_support::Content content() const { return test_support::content_of(*db_); }
  store::Database& db() const { return *db_; }
  const journeys::Context& context() const { return context_; }

 private:
  test_support::TemporaryFolder folder_;
  std::unique_ptr<store::Database> db_;
  journeys::Context context_;
  std::unique_ptr<Router> router_;
  std::vector<Route> routes_;
};

/// "" where the answer is no error; else its id, after its form was checked.
std::string error_id(const net::Response& response);

}  // namespace tocsin::api::testing
