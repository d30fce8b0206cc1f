// The API: one router for the interface, the command line and integrators. docs/api.md is its contract.
//
// A handler is a plain function from a request of a known person to a reply. Who asks is proved in one place
// (identify.cpp); what they may do is asked in one place (people::permit); what they see is filtered by trust::scope in
// the queries themselves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/people/people.h"
#include "ground/net/server.h"
#include "journeys/context.h"

namespace tocsin::api {

/// Handlers that wait for Argon2id at most, of log-ins and of persons within: a listener needs more workers than these.
inline constexpr unsigned kMostWaitForPasswords = 5;

struct Settings {
  std::string node_id;  ///< first 8 characters of the party id: part of the cookie's name
  std::string version;
  std::string data_folder;                 ///< whose disk must not run full
  std::string web_folder;                  ///< static files of the interface, may be empty
  std::vector<std::string> allowed_hosts;  ///< Host headers that are ours; empty: any (unix socket, tests)
  bool secure_cookies = true;
  /// A sealed backup of the running node: the path of a file that is ours to remove (the data folder is the node's
  /// business).
  std::function<Result<std::string>(std::string_view passphrase)> make_backup;
};

struct Route {
  std::string method, pattern;           ///< "/api/alerts/{id}/ack"
  std::optional<people::Action> action;  ///< absent: any person who is logged in
  bool open = false;                     ///< nobody needs to be logged in
  bool raw_body = false;                 ///< the body is no JSON
};

class Router {
 public:
  Router(const journeys::Context& context, Settings settings);
  ~Router();

  /// People over TLS: cookie or API key; Host, Origin and CSRF are checked.
  net::Response people(const net::Request& request) const;
  /// What people() would refuse whatever the body holds, asked with the head alone, so that nobody can send us what
  /// they may not. Nothing: let the body come.
  std::optional<net::Response> refuse_body(const net::Request& head) const;
  /// The console: unix socket or the same process. Header x-tocsin-as names the account; the audit trail says
  /// "console".
  net::Response console(const net::Request& request) const;

  /// Every endpoint, for the tests that go through all of them.
  std::vector<Route> routes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::api
